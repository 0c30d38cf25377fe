package visit

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/internal/account"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/provider"
	"caravan/web"
)

// clinic finds the clinic of the address, if the person works there.
func (s *Service) clinic(c echo.Context) (provider.Organisation, error) {
	o, err := s.provider.FindClinic(s.db.Read(c.Request().Context()), c.Param("slug"))
	if err != nil {
		return o, err
	}
	return o, canMake(httpd.Actor(c), o)
}

func crumbs(c echo.Context, o provider.Organisation, more ...web.Crumb) []web.Crumb {
	return append([]web.Crumb{{Label: httpd.Say(c, "nav.console"), Path: "/console/" + o.Slug}}, more...)
}

func (s *Service) showCodes(c echo.Context) error {
	o, err := s.clinic(c)
	if err != nil {
		return err
	}
	return s.codesForm(c, o, Sheet{Codes: 20}, Declaration{}, "", nil)
}

// codesForm is the page with what was typed into one of its forms.
func (s *Service) codesForm(c echo.Context, o provider.Organisation, v Sheet, d Declaration, patients string, wrong error) error {
	q, lang := s.db.Read(c.Request().Context()), httpd.Lang(c)
	standings, err := s.Standings(q, o.ID)
	if err != nil {
		return err
	}
	batches, err := listBatches(q, o.ID)
	if err != nil {
		return err
	}
	specialties, err := listSpecialties(q)
	if err != nil {
		return err
	}
	view := CodesView{Name: o.Name, Path: "/console/" + o.Slug + "/codes", Standings: standings, Codes: v.Codes, MaxBatch: MaxBatch, LeastCap: LeastCap,
		MaxPatients: MaxPatients, TellUsed: TellUsed, Patients: patients, Seed: NewSeed()}
	if err := s.waysToSign(q, httpd.Actor(c), &view); err != nil {
		return err
	}
	for _, x := range openQuarters(q.Now) {
		view.Quarters = append(view.Quarters, provider.Choice{Value: string(x), Label: x.Name(lang), Chosen: string(x) == v.Quarter})
	}
	for _, x := range declarable(q.Now) {
		view.Declarable = append(view.Declarable, provider.Choice{Value: string(x), Label: x.Name(lang), Chosen: string(x) == d.Quarter})
	}
	view.Specialties = append(view.Specialties, provider.Choice{Value: "0", Label: httpd.Say(c, "visit.any_specialty")})
	for _, x := range specialties {
		view.Specialties = append(view.Specialties, provider.Choice{Value: strconv.Itoa(int(x.ID)), Label: nameIn(x.Names, lang), Chosen: x.ID == v.Specialty})
	}
	for _, b := range batches {
		row := BatchRow{By: b.Handle, ByKey: b.ByKey, Quarter: b.Quarter, Codes: b.Batch.Codes, MadeAt: b.MadeAt, ExpiresAt: b.ExpiresAt}
		if b.SpecialtyNames != nil {
			row.Specialty = nameIn(*b.SpecialtyNames, lang)
		}
		view.Batches = append(view.Batches, row)
	}
	return httpd.Page(c, codesPage, httpd.Head{Title: httpd.Say(c, "visit.codes_title", "clinic", o.Name), Place: "console", Err: wrong,
		Scripts: []string{"passkey"}, Crumbs: crumbs(c, o, web.Crumb{Label: httpd.Say(c, "visit.codes")})}, view)
}

// waysToSign says by what somebody can sign a batch, and what they must show first.
func (s *Service) waysToSign(q *db.Tx, a access.Actor, v *CodesView) error {
	ways, err := s.account.Ways(q, a)
	if err != nil {
		return err
	}
	need := s.account.NeedCode(q, a)
	if need != nil && !errs.Is(need, errs.Forbidden) {
		return need
	}
	coded := need == nil // who went on with a code signs nothing
	v.Key.Host, v.Key.Origin = s.account.PasskeyHost()
	v.Sign, v.NeedsCode, v.Lead = ways.Passkeys > 0 && !coded, ways.HasSecond() && !coded, ways.Passkeys == 0
	return nil
}

// sheetForm is a batch as its form sends it.
type sheetForm struct {
	Quarter    string `form:"quarter"`
	Specialty  int16  `form:"specialty"`
	Codes      int    `form:"codes"`
	Seed       string `form:"seed"`
	Ticket     string `form:"ticket"`
	Credential string `form:"credential"`
}

func (f sheetForm) sheet() Sheet {
	return Sheet{Quarter: f.Quarter, Specialty: f.Specialty, Codes: f.Codes, Seed: f.Seed, Proof: account.Answer{Ticket: f.Ticket, Credential: f.Credential}}
}

// startSign answers the script that has the batch signed before it is sent.
func (s *Service) startSign(c echo.Context) error {
	var in sheetForm
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	o, err := s.clinic(c)
	if err != nil {
		return err
	}
	x, err := s.BeginSign(c.Request().Context(), httpd.Actor(c), o, in.sheet())
	if err != nil {
		return err
	}
	return account.PasskeyAsked(c, x)
}

// postBatch shows the codes in its answer, because they are kept nowhere and so
// cannot be shown by a page after it.
func (s *Service) postBatch(c echo.Context) error {
	var in sheetForm
	key, err := httpd.BindOnce(c, &in)
	if err != nil {
		return err
	}
	o, err := s.clinic(c)
	if err != nil {
		return err
	}
	ctx, sheet := c.Request().Context(), in.sheet()
	b, codes, err := s.Make(ctx, httpd.Actor(c), o, sheet, key)
	if errs.Is(err, errs.Forbidden) { // no key signed it, and no code was used
		return httpd.SeeOther(c, "/me/step-up?next=/console/"+o.Slug+"/codes")
	}
	if errs.Is(err, errs.SignIn) || errs.Is(err, errs.Invalid) && len(errs.Of(err).Fields) > 0 {
		return s.codesForm(c, o, sheet, Declaration{}, "", err)
	}
	if err != nil {
		return err
	}
	v, err := s.sheetView(c, o, b, codes)
	if err != nil {
		return err
	}
	title := httpd.Say(c, "visit.sheet_title", "count", len(codes))
	return httpd.Page(c, sheetPage, httpd.Head{Title: title, Place: "console", Status: http.StatusCreated,
		Crumbs: crumbs(c, o, web.Crumb{Label: httpd.Say(c, "visit.codes"), Path: "/console/" + o.Slug + "/codes"}, web.Crumb{Label: title})}, v)
}

func (s *Service) sheetView(c echo.Context, o provider.Organisation, b Batch, codes []string) (SheetView, error) {
	base := httpd.BaseURL(c)
	v := SheetView{Name: o.Name, ByKey: b.ByKey, Back: "/console/" + o.Slug + "/codes", Quarter: b.Quarter, ExpiresAt: b.ExpiresAt, Address: base + "/v", Sentences: sentences(o.Country)}
	for i, code := range codes {
		svg, err := drawing(v.Address + "#" + strings.ReplaceAll(code, " ", ""))
		if err != nil {
			return v, err
		}
		v.Cards = append(v.Cards, Card{N: i + 1, Code: code, Drawing: svg})
	}
	return v, nil
}

func (s *Service) postDeclare(c echo.Context) error {
	var in struct {
		Quarter  string `form:"declared_quarter"`
		Patients string `form:"patients"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	o, err := s.clinic(c)
	if err != nil {
		return err
	}
	d := Declaration{Quarter: in.Quarter, Patients: -1}
	if n, err := strconv.Atoi(strings.TrimSpace(in.Patients)); err == nil {
		d.Patients = n
	}
	err = s.Declare(c.Request().Context(), httpd.Actor(c), o, d)
	if errs.Is(err, errs.Invalid) {
		return s.codesForm(c, o, Sheet{Codes: 20}, d, in.Patients, err)
	}
	if err != nil {
		return err
	}
	return httpd.SeeOther(c, "/console/"+o.Slug+"/codes?done=patients_declared")
}
