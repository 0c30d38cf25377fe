package shaping

import (
	"context"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/wording"
	"caravan/web"
)

// journeyRoutes are where treated patients hold promises against what they got.
// A journey is its patient's: for everybody else it is not there.
func (s *Service) journeyRoutes() []httpd.Route {
	return []httpd.Route{
		{Method: "GET", Path: "/packages/:slug/enrol", Gate: access.Member, Do: s.showEnrol},
		{Method: "POST", Path: "/packages/:slug/enrol", Gate: access.Member, Do: s.postEnrol},
		{Method: "GET", Path: "/me/journeys", Gate: access.Member, Do: s.showJourneys},
		{Method: "GET", Path: "/me/journeys/:id", Gate: access.Member, Do: s.showJourney},
		{Method: "POST", Path: "/me/journeys/:id", Gate: access.Member, Do: s.postVerdicts},
		{Method: "POST", Path: "/me/journeys/:id/treated", Gate: access.Member, Do: s.postTreated},
		{Method: "POST", Path: "/me/journeys/:id/price", Gate: access.Member, Do: s.postAskedPrice},
		{Method: "POST", Path: "/me/journeys/:id/leave", Gate: access.Member, Do: s.postLeave},
		{Method: "POST", Path: "/me/journeys/:id/link", Gate: access.Member, Do: s.postLink},
		{Method: "POST", Path: "/me/journeys/:id/needed", Gate: access.Member, Do: s.postNeeded},
		{Method: "GET", Path: "/console/:slug/promises", Gate: access.Member, Do: s.showPromises},
		{Method: "POST", Path: "/console/:slug/promises", Gate: access.Member, Do: s.postReply},
	}
}

var isID = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// journeyID reads the address of a journey.
func journeyID(c echo.Context) (string, error) {
	id := strings.ToLower(c.Param("id"))
	if !isID.MatchString(id) {
		return "", errNoJourney
	}
	return id, nil
}

func (s *Service) showEnrol(c echo.Context) error { return s.enrolForm(c, nil) }

func (s *Service) enrolForm(c echo.Context, wrong error) error {
	q, a, lang := s.db.Read(c.Request().Context()), httpd.Actor(c), httpd.Lang(c)
	p, err := load(q, c.Param("slug"))
	if err == nil && p.PublishedAt == nil {
		err = errNoPackage
	}
	if err != nil {
		return err
	}
	k, err := standing(q, p.ID)
	if err == nil && k == nil {
		err = errs.New(errs.Conflict, "shaping.enrol_closed")
	}
	if err != nil {
		return err
	}
	v, err := s.enrolView(q, a, lang, p, *k)
	if err != nil {
		return err
	}
	title := httpd.Say(c, "shaping.enrol_title")
	return httpd.Page(c, enrolPage, httpd.Head{Title: title, Place: "packages", Err: wrong,
		Crumbs: []web.Crumb{{Label: httpd.Say(c, "nav.packages"), Path: "/packages"}, {Label: p.Title, Path: v.PackagePath}, {Label: title}}}, v)
}

func (s *Service) enrolView(q *db.Tx, a access.Actor, lang string, p Package, k Commitment) (v EnrolView, err error) {
	version, err := versionByID(q, k.VersionID)
	if err != nil {
		return v, err
	}
	says, err := content(q, version.ID)
	if err != nil {
		return v, err
	}
	taken, err := placesTaken(q, k.ID)
	if err != nil {
		return v, err
	}
	v = EnrolView{Action: "/packages/" + p.Slug + "/enrol", Capacity: k.Capacity, Places: max(0, k.Capacity-taken), Remedies: remedies(lang, k, says)}
	if v.UnderView, err = s.underView(q, lang, p, k, version, says); err != nil {
		return v, err
	}
	mine, err := journeyUnder(q, k.ID, a.PersonID)
	if err != nil {
		return v, err
	}
	if mine != nil && mine.Stage != StageLeft {
		v.Mine = journeyPath(mine.PublicID)
	}
	if e := canEnrol(p, &k, taken, RolesOf(a, p, false), q.Now); e != nil {
		v.WhyNot = errs.Of(e).Key
	}
	return v, nil
}

func (s *Service) postEnrol(c echo.Context) error {
	key, err := httpd.NeedOnce(c)
	if err != nil {
		return err
	}
	path, err := s.Enrol(c.Request().Context(), httpd.Actor(c), c.Param("slug"), key)
	if errs.Is(err, errs.Conflict) || errs.Is(err, errs.TooMany) {
		return s.enrolForm(c, err)
	}
	if err != nil {
		return err
	}
	return httpd.SeeOther(c, path+"?done=enrolled")
}

func (s *Service) showJourneys(c echo.Context) error {
	q, a, lang := s.db.Read(c.Request().Context()), httpd.Actor(c), httpd.Lang(c)
	all, err := listJourneys(q, a.PersonID)
	if err != nil {
		return err
	}
	var v JourneysView
	for _, j := range all {
		row, err := s.journeyRow(q, lang, j)
		if err != nil {
			return err
		}
		v.Rows = append(v.Rows, row)
	}
	title := httpd.Say(c, "shaping.journeys_title")
	return httpd.Page(c, journeysPage, httpd.Head{Title: title, Place: "me", Crumbs: []web.Crumb{{Label: httpd.Say(c, "nav.me"), Path: "/me"}, {Label: title}}}, v)
}

func (s *Service) journeyRow(q *db.Tx, lang string, j Journey) (r JourneyRow, err error) {
	u, err := s.under(q, j)
	if err != nil {
		return r, err
	}
	r = JourneyRow{Path: journeyPath(j.PublicID), Stage: j.Stage}
	if r.UnderView, err = s.underView(q, lang, u.Package, u.Commitment, u.Version, u.Content); err != nil {
		return r, err
	}
	today := DayAfter(q.Now.UTC(), 0)
	for _, v := range u.Verdicts {
		switch {
		case v.Verdict != "" && v.Verdict != TooEarly:
		case !v.DueOn.After(today):
			r.Due++
		case r.Next.IsZero() || v.DueOn.Before(r.Next):
			r.Next = v.DueOn
		}
	}
	return r, nil
}

func (s *Service) showJourney(c echo.Context) error {
	return s.journeyForm(c, typedJourney{changing: c.QueryParam("change") == "all"}, nil)
}

// journeyForm shows an own journey with what was typed and what is wrong with
// it.
func (s *Service) journeyForm(c echo.Context, in typedJourney, wrong error) error {
	id, err := journeyID(c)
	if err != nil {
		return err
	}
	q, lang := s.db.Read(c.Request().Context()), httpd.Lang(c)
	u, err := s.ownJourney(q, httpd.Actor(c), id)
	if err != nil {
		return err
	}
	in.wrong = fieldsWrong(lang, wrong)
	v, err := s.journeyView(q, lang, u, in)
	if err != nil {
		return err
	}
	if in.price != "" && wrong == nil {
		if err := s.judgeAsked(lang, u, in.price, &v); err != nil {
			wrong = err
		}
	}
	return httpd.Page(c, journeyPage, httpd.Head{Title: u.Package.Title, Place: "me", Err: wrong,
		Crumbs: []web.Crumb{{Label: httpd.Say(c, "nav.me"), Path: "/me"}, {Label: httpd.Say(c, "shaping.journeys_title"), Path: "/me/journeys"}, {Label: u.Package.Title}}}, v)
}

func (s *Service) ownJourney(q *db.Tx, a access.Actor, id string) (u underway, err error) {
	j, err := findJourney(q, a.PersonID, id)
	if err != nil {
		return u, err
	}
	return s.under(q, j)
}

// judgeAsked holds a price that is asked for now against the promise. It is
// neither kept nor told to anybody.
func (s *Service) judgeAsked(lang string, u underway, typed string, v *JourneyView) error {
	l, ok := u.Content.Find(PriceKey)
	if !ok {
		return nil
	}
	asked, err := ReadValue(l.Item.Spec(), lang, u.Package.Currency, []string{typed})
	if err != nil {
		f := errs.Of(err).Fields
		if len(f) == 0 {
			return err
		}
		return errs.Field("asked", f[0].Key, f[0].Args...)
	}
	v.holdPrice(lang, u, l, asked)
	return nil
}

// fieldsWrong is what is wrong by field, ready to print.
func fieldsWrong(lang string, err error) map[string]string {
	wrong := map[string]string{}
	if err == nil {
		return wrong
	}
	for _, f := range errs.Of(err).Fields {
		wrong[f.Name] = wording.Text(lang, f.Key, f.Args...)
	}
	return wrong
}

// readSayings reads the forms of a journey: what was answered of it.
func readSayings(f url.Values) (order []Saying, byKey map[string]Saying) {
	byKey = map[string]Saying{}
	for name := range f {
		key, ok := strings.CutPrefix(name, "verdict.")
		if !ok {
			key, ok = strings.CutPrefix(name, "got.")
		}
		if !ok || len(key) > 80 || len(byKey) >= 200 {
			continue
		}
		byKey[key] = Saying{Key: key, Verdict: Verdict(f.Get("verdict." + key)), Got: strings.TrimSpace(f.Get("got." + key)), Mattered: f.Get("mattered." + key)}
	}
	for _, x := range byKey {
		if x.Verdict != "" || x.Got != "" {
			order = append(order, x)
		}
	}
	slices.SortFunc(order, func(a, b Saying) int { return strings.Compare(a.Key, b.Key) })
	return order, byKey
}

func (s *Service) postVerdicts(c echo.Context) error {
	id, err := journeyID(c)
	if err != nil {
		return err
	}
	form, err := c.FormParams()
	if err != nil {
		return errs.New(errs.Malformed, "common.malformed")
	}
	all, typed := readSayings(form)
	in := typedJourney{sayings: typed, changing: form.Get("changing") != ""}
	var out Said
	if len(all) == 0 {
		err = errs.New(errs.Invalid, "shaping.verdict_none")
	} else {
		out, err = s.Say(c.Request().Context(), httpd.Actor(c), id, httpd.Lang(c), all)
	}
	if errs.Is(err, errs.Invalid) || errs.Is(err, errs.Conflict) {
		return s.journeyForm(c, in, err)
	}
	if err != nil {
		return err
	}
	done := "verdicts_kept"
	if len(out.Flagged) > 0 {
		done = "verdicts_flagged"
	}
	return httpd.SeeOther(c, journeyPath(id)+"?done="+done)
}

// onJourney runs a deed on an own journey and shows the page again.
func (s *Service) onJourney(c echo.Context, done string, in typedJourney, f func(ctx context.Context, a access.Actor, id string) error) error {
	id, err := journeyID(c)
	if err != nil {
		return err
	}
	err = f(c.Request().Context(), httpd.Actor(c), id)
	if errs.Is(err, errs.Invalid) || errs.Is(err, errs.Conflict) {
		return s.journeyForm(c, in, err)
	}
	if err != nil {
		return err
	}
	return httpd.SeeOther(c, journeyPath(id)+"?done="+done)
}

func (s *Service) postTreated(c echo.Context) error {
	day := c.FormValue("day")
	return s.onJourney(c, "journey_treated", typedJourney{day: day}, func(ctx context.Context, a access.Actor, id string) error {
		return s.SayTreated(ctx, a, id, day)
	})
}

func (s *Service) postAskedPrice(c echo.Context) error {
	return s.journeyForm(c, typedJourney{price: c.FormValue("asked")}, nil)
}

func (s *Service) postLeave(c echo.Context) error {
	return s.onJourney(c, "journey_left", typedJourney{}, s.Leave)
}

func (s *Service) postLink(c echo.Context) error {
	on := c.FormValue("link") == "yes"
	return s.onJourney(c, "journey_linked", typedJourney{}, func(ctx context.Context, a access.Actor, id string) error { return s.Link(ctx, a, id, on) })
}

func (s *Service) postNeeded(c echo.Context) error {
	var in struct {
		Wish   int64  `form:"wish"`
		Needed string `form:"needed"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	return s.onJourney(c, "needs_kept", typedJourney{}, func(ctx context.Context, a access.Actor, id string) error {
		return s.SayNeeded(ctx, a, id, in.Wish, in.Needed == "yes")
	})
}
