package shaping

import (
	"context"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/money"
	"caravan/internal/wording"
	"caravan/web"
)

// priceForm is what the page of one's price sends: taps on the ladder so far, or
// all that makes an interest, as it was typed.
type priceForm struct {
	Action    string   `form:"action"`
	Taps      string   `form:"taps"` // a letter for each price that was asked: y or n
	Price     string   `form:"price"`
	Readiness string   `form:"readiness"`
	From      string   `form:"from"`
	To        string   `form:"to"`
	Must      []string `form:"must"`
}

// What the buttons of the page do.
const (
	tapYes     = "yes"
	tapNo      = "no"
	writeIt    = "write" // the price by hand
	startAgain = "again"
	saveIt     = "save"
)

func (s *Service) showPrice(c echo.Context) error {
	return s.pricePage(c, priceForm{}, nil)
}

// savePrice takes a tap on the ladder, which is kept nowhere but in the page,
// or the whole interest.
func (s *Service) savePrice(c echo.Context) error {
	var in priceForm
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	switch in.Action {
	case tapYes:
		in.Taps += "y"
	case tapNo:
		in.Taps += "n"
	case saveIt:
		slug := c.Param("slug")
		err := s.takePrice(c, slug, in)
		if errs.Is(err, errs.Invalid) {
			return s.pricePage(c, in, err)
		}
		if err != nil {
			return err
		}
		return httpd.SeeOther(c, "/packages/"+slug+"/price?done=package_interest")
	}
	return s.pricePage(c, in, nil)
}

func (s *Service) takePrice(c echo.Context, slug string, in priceForm) error {
	ctx := c.Request().Context()
	p, err := load(s.db.Read(ctx), slug)
	if err != nil {
		return err
	}
	most, err := money.Parse(httpd.Lang(c), in.Price, p.Currency)
	if err != nil {
		return errs.Field("price", "shaping.interest_price")
	}
	from, err := readDay("window", in.From)
	if err != nil {
		return err
	}
	to, err := readDay("window", in.To)
	if err != nil {
		return err
	}
	if _, err := s.meet(c, httpd.Actor(c)); err != nil {
		return err
	}
	return s.SetInterest(ctx, httpd.Actor(c), slug, Interest{PriceMaxMinor: most.Minor, Readiness: Readiness(in.Readiness), WindowFrom: from, WindowTo: to, MustItems: in.Must})
}

// readDay reads a day as a form sends it; nothing is no day.
func readDay(field, day string) (*time.Time, error) {
	if day == "" {
		return nil, nil
	}
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return nil, errs.Field(field, "shaping.interest_window")
	}
	return &t, nil
}

// keepInterest confirms or takes back, in one tap.
func (s *Service) keepInterest(c echo.Context) error {
	var in struct {
		Slug   string `param:"slug"`
		Action string `form:"action"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	do, done := s.ConfirmInterest, "package_interest"
	switch in.Action {
	case "confirm":
	case "withdraw":
		do, done = s.WithdrawInterest, "package_interest_back"
	default:
		return errs.New(errs.Malformed, "common.malformed")
	}
	if _, err := s.meet(c, httpd.Actor(c)); err != nil {
		return err
	}
	err := do(c.Request().Context(), httpd.Actor(c), in.Slug)
	if errs.Is(err, errs.Invalid) {
		return s.pricePage(c, priceForm{Action: writeIt}, err)
	}
	if err != nil {
		return err
	}
	return httpd.SeeOther(c, "/packages/"+in.Slug+"/price?done="+done)
}

// pricePage shows where a person's answer stands: the next price of the ladder,
// the rest of the questions, or what was said before. Nothing on it depends on
// what others said.
func (s *Service) pricePage(c echo.Context, in priceForm, err error) error {
	v, e := s.priceView(c, in)
	if e != nil {
		return e
	}
	return httpd.Page(c, pricePage, httpd.Head{Title: httpd.Say(c, "shaping.price_title"), Place: "packages", Err: err,
		Crumbs: []web.Crumb{{Label: httpd.Say(c, "nav.packages"), Path: "/packages"}, {Label: v.Title, Path: v.Path}, {Label: httpd.Say(c, "shaping.price_crumb")}}}, v)
}

func (s *Service) priceView(c echo.Context, in priceForm) (v PriceView, err error) {
	q, a, lang := s.db.Read(c.Request().Context()), httpd.Actor(c), httpd.Lang(c)
	p, err := load(q, c.Param("slug"))
	if err != nil {
		return v, err
	}
	if p.PublishedAt == nil || p.NewestVersionID == nil {
		return v, errNoPackage
	}
	content, err := content(q, *p.NewestVersionID)
	if err != nil {
		return v, err
	}
	known, err := peopleNow(q, []int64{a.PersonID})
	if err != nil {
		return v, err
	}
	own, said, err := findInterest(q, p.ID, a.PersonID)
	if err != nil {
		return v, err
	}
	v = PriceView{Title: p.Title, TitleLang: p.Lang, Path: packagePath(p.Slug), Currency: p.Currency, Taps: in.Taps}
	offer, priced := content.Price()
	if priced {
		v.Offer = money.Amount{Minor: offer, Currency: p.Currency}.Format(lang)
	}
	voter := known[a.PersonID].voter(p.ID, offeredBy(p), q.Now, q.Now)
	if said && own.State != TakenBack && in.Action == "" {
		v.Said = saidView(lang, p, own, q.Now)
	}
	if v.WhyNot = priceRefusal(p, voter, own); v.WhyNot != "" {
		return v, nil
	}
	if status := StatusOf(OnPackage, voter, false); status != Counted {
		v.Uncounted = "shaping.interest_uncounted"
	}
	if v.Said != nil {
		return v, nil
	}
	exponent, _ := money.Exponent(p.Currency) // the table of packages knows only currencies
	v.climb(lang, p, Ladder(offer, exponent), a.PersonID, in)
	if !v.Asking {
		v.rest(lang, p, content, own, in)
	}
	return v, nil
}

// priceRefusal is the sentence for somebody who cannot say a price here now.
func priceRefusal(p Package, voter Voter, own Interest) string {
	if own.State == Converted {
		return "shaping.interest_converted"
	}
	if err := CanCast(OnPackage, voter, 1, ""); err != nil {
		return errs.Of(err).Key
	}
	if err := May(p.State, ShowInterest, people); err != nil {
		return errs.Of(err).Key
	}
	return ""
}

// climb shows the next price of the ladder, or fills in the answer it led to.
func (v *PriceView) climb(lang string, p Package, ladder []int64, person int64, in priceForm) {
	v.Price = in.Price
	if len(ladder) == 0 || in.Action == writeIt || in.Action == saveIt {
		return
	}
	var taken []bool
	for _, r := range in.Taps[:min(len(in.Taps), ladderTaps)] {
		taken = append(taken, r == 'y')
	}
	if in.Action == startAgain {
		taken, v.Taps = nil, ""
	}
	ask, done, highest := Climb(len(ladder), Start(person, p.ID, len(ladder)), taken)
	switch {
	case !done:
		v.Asking, v.Step, v.Ask = true, len(taken)+1, money.Amount{Minor: ladder[ask], Currency: p.Currency}.Format(lang)
	case highest >= 0:
		v.Price = money.Amount{Minor: ladder[highest], Currency: p.Currency}.Format(lang)
	default:
		v.NonePrice = true
	}
}

// rest are the questions after the price, with what was said before.
func (v *PriceView) rest(lang string, p Package, content Content, own Interest, in priceForm) {
	readiness, must := in.Readiness, in.Must
	v.From, v.To = in.From, in.To
	if in.Action != saveIt && own.PriceMaxMinor > 0 {
		readiness, must = string(own.Readiness), own.MustItems
		v.From, v.To = dayText(own.WindowFrom), dayText(own.WindowTo)
		if v.Price == "" && !v.NonePrice {
			v.Price = money.Amount{Minor: own.PriceMaxMinor, Currency: p.Currency}.Format(lang)
		}
	}
	for _, r := range Readinesses {
		v.Readinesses = append(v.Readinesses, PickView{Value: string(r), Label: wording.Text(lang, "shaping.readiness_"+string(r)), Note: wording.Text(lang, "shaping.readiness_means_"+string(r)), Chosen: string(r) == readiness})
	}
	for _, l := range content.held() {
		if l.Item.Key == PriceKey {
			continue
		}
		spec := l.Item.Spec()
		v.Must = append(v.Must, PickView{Value: l.Item.Key, Label: spec.Name(lang), Note: spec.Print(lang, l.Value), Chosen: slices.Contains(must, l.Item.Key)})
	}
}

func dayText(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.Format(time.DateOnly)
}

// saidView is what a person said before.
func saidView(lang string, p Package, in Interest, now time.Time) *OwnPriceView {
	return &OwnPriceView{Price: money.Amount{Minor: in.PriceMaxMinor, Currency: p.Currency}.Format(lang), Readiness: wording.Text(lang, "shaping.readiness_"+string(in.Readiness)),
		From: in.WindowFrom, To: in.WindowTo, Must: len(in.MustItems), State: string(in.State), Expires: in.ExpiresAt,
		Confirm: in.State == CarriedOver || in.State == NeedsConfirm || in.State == Gone || in.Remind(now)}
}

type interestIn struct {
	Slug string `path:"slug" maxLength:"120"`
	Body struct {
		PriceMax  int64    `json:"price_max_minor" minimum:"1" doc:"In minor units of the package's currency"`
		Readiness string   `json:"readiness" enum:"curious,planning,ready"`
		From      string   `json:"window_from,omitempty" format:"date"`
		To        string   `json:"window_to,omitempty" format:"date"`
		Must      []string `json:"must_items,omitempty" maxItems:"100" doc:"Keys of items without which the interest falls"`
	}
}

type slugIn struct {
	Slug string `path:"slug" maxLength:"120"`
}

type interestOut struct {
	Body struct {
		State   string    `json:"state"`
		Version int64     `json:"version_id"`
		Counted bool      `json:"counted"`
		Expires time.Time `json:"expires_at"`
	}
}

func (s *Service) apiInterest(ctx context.Context, a access.Actor, in *interestIn) (*interestOut, error) {
	from, err := readDay("window_from", in.Body.From)
	if err != nil {
		return nil, err
	}
	to, err := readDay("window_to", in.Body.To)
	if err != nil {
		return nil, err
	}
	if _, err := s.meet(httpd.APIContext(ctx), a); err != nil {
		return nil, err
	}
	err = s.SetInterest(ctx, a, in.Slug, Interest{PriceMaxMinor: in.Body.PriceMax, Readiness: Readiness(in.Body.Readiness), WindowFrom: from, WindowTo: to, MustItems: in.Body.Must})
	return s.interestNow(ctx, a, in.Slug, err)
}

func (s *Service) apiConfirm(ctx context.Context, a access.Actor, in *slugIn) (*interestOut, error) {
	if _, err := s.meet(httpd.APIContext(ctx), a); err != nil {
		return nil, err
	}
	return s.interestNow(ctx, a, in.Slug, s.ConfirmInterest(ctx, a, in.Slug))
}

func (s *Service) apiWithdraw(ctx context.Context, a access.Actor, in *slugIn) (*interestOut, error) {
	return s.interestNow(ctx, a, in.Slug, s.WithdrawInterest(ctx, a, in.Slug))
}

// interestNow answers with what a person's interest is now, unless err says that
// nothing was done.
func (s *Service) interestNow(ctx context.Context, a access.Actor, slug string, err error) (*interestOut, error) {
	if err != nil {
		return nil, err
	}
	q := s.db.Read(ctx)
	id, err := s.packageID(ctx, slug)
	if err != nil {
		return nil, err
	}
	own, _, err := findInterest(q, id, a.PersonID)
	var out interestOut
	out.Body.State, out.Body.Version, out.Body.Counted, out.Body.Expires = string(own.State), own.VersionID, own.Status == Counted, own.ExpiresAt.UTC()
	return &out, err
}
