package shaping

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/text"
	"caravan/internal/wording"
	"caravan/web"
)

// wishRoutes are where a wish is made, and what its author can do with it.
func (s *Service) wishRoutes() []httpd.Route {
	return []httpd.Route{
		{Method: http.MethodGet, Path: "/packages/:slug/change", Gate: access.Member, Do: s.showChange},
		{Method: http.MethodPost, Path: "/packages/:slug/change", Gate: access.Member, Do: s.postChange},
		{Method: http.MethodGet, Path: "/packages/:slug/wishes/:id", Gate: access.Member, Do: s.showWish},
		{Method: http.MethodPost, Path: "/packages/:slug/wishes/:id", Gate: access.Member, Do: s.postWish},
	}
}

// wishPath is the address of a wish's own page.
func wishPath(slug string, id int64) string { return packagePath(slug) + "/wishes/" + itoa(id) }

// ownKey names the item of one's own that a form adds.
const newOwn = "x.new"

func (s *Service) showChange(c echo.Context) error {
	q := c.QueryParams()
	return s.changeForm(c, typed{"item": {q.Get("item")}, "kind": {q.Get("kind")}}, nil)
}

// changeForm asks what a line should say, with what was typed.
func (s *Service) changeForm(c echo.Context, t typed, wrong error) error {
	q, lang, a := s.db.Read(c.Request().Context()), httpd.Lang(c), httpd.Actor(c)
	p, err := s.published(q, c.Param("slug"))
	if err != nil {
		return err
	}
	base, err := content(q, *p.NewestVersionID)
	if err != nil {
		return err
	}
	v := ChangeView{Title: p.Title, Package: packagePath(p.Slug), Lang: p.Lang, Action: packagePath(p.Slug) + "/change"}
	if newest, err := versionByID(q, *p.NewestVersionID); err == nil {
		v.Version = newest.Number
	} else {
		return err
	}
	if err := May(p.State, Amend, RolesOf(a, p, false)); err != nil {
		e := errs.Of(err)
		v.WhyNot = wording.Text(lang, e.Key, e.Args...)
	}
	v.Adding = t.one("item") == "new"
	if t.one("item") == "" || v.Adding {
		s.lines(lang, &v, p, base)
	} else if v.Item, err = s.changeItem(c, q, p, base, t, wrong); err != nil {
		return err
	}
	title := httpd.Say(c, "shaping.wishing_title")
	return httpd.Page(c, offerChangePage, httpd.Head{Title: title, Place: "packages", Err: wrong, Crumbs: offerCrumbs(c, web.Crumb{Label: p.Title, Path: v.Package}, web.Crumb{Label: title})}, v)
}

// lines are what a wish can be about: the lines of the offer, items of the
// catalogue that it lacks, and one of one's own.
func (s *Service) lines(lang string, v *ChangeView, p Package, base Content) {
	pr, _ := s.provider.ProcedureByID(p.ProcedureID)
	path := func(key string) string { return v.Action + "?item=" + url.QueryEscape(key) }
	for _, section := range Sections() {
		has, lacks := ChangeSection{Heading: section.Name(lang)}, ChangeSection{Heading: section.Name(lang)}
		for _, l := range base.held() {
			if strings.HasPrefix(l.Item.Key, section.Begins) {
				spec := l.Item.Spec()
				has.Lines = append(has.Lines, ChangeLine{path(l.Item.Key), spec.Name(lang), text.Excerpt(spec.Print(lang, l.Value), 80)})
			}
		}
		for _, spec := range Catalogue(pr.Code) {
			if _, there := base.Find(spec.Key); !there && spec.Votable && strings.HasPrefix(spec.Key, section.Begins) {
				lacks.Lines = append(lacks.Lines, ChangeLine{Path: path(spec.Key), Name: spec.Name(lang)})
			}
		}
		if len(has.Lines) > 0 {
			v.Lines = append(v.Lines, has)
		}
		if len(lacks.Lines) > 0 {
			v.Missing = append(v.Missing, lacks)
		}
	}
	for _, k := range ownKinds {
		v.Kinds = append(v.Kinds, ChangeLine{Path: path(newOwn) + "&kind=" + string(k), Name: wording.Text(lang, "shaping.offer_kind_"+string(k))})
	}
}

// aboutItem finds the item that a form is about: of the offer, of the catalogue,
// or the one that it describes itself.
func (s *Service) aboutItem(p Package, base Content, t typed) (it Item, there bool, err error) {
	key := t.one("item")
	if l, ok := base.Find(key); ok {
		return l.Item, true, nil
	}
	pr, _ := s.provider.ProcedureByID(p.ProcedureID)
	if spec, ok := SpecOf(key); ok && spec.fits(pr.Code) {
		return spec.Item(p.ID), false, nil
	}
	if key == newOwn && slices.Contains(ownKinds, Kind(t.one("kind"))) {
		t[ownName(0, "kind")] = []string{t.one("kind")}
		if t.one(ownName(0, "class")) == "" {
			t[ownName(0, "class")] = []string{string(Services)}
		}
		it = ownItem(0, t.one(ownName(0, "name")), t)
		it.PackageID = p.ID
		return it, false, nil
	}
	return it, false, errs.New(errs.NotFound, "shaping.item_gone")
}

// changeItem draws the form about one line.
func (s *Service) changeItem(c echo.Context, q *db.Tx, p Package, base Content, t typed, wrong error) (*ChangeItem, error) {
	lang := httpd.Lang(c)
	it, there, err := s.aboutItem(p, base, t)
	if err != nil {
		return nil, err
	}
	spec := it.Spec()
	x := offerAsker{lang: lang, currency: p.Currency, t: t, wrong: wrongBy(lang, wrong)}
	v := &ChangeItem{Key: t.one("item"), Name: spec.Name(lang), There: there, Clinical: !it.Votable, Remove: t.one("op") == string(Remove), Reason: t.one("reason"), MinReason: MinReason,
		CanRemove: there && !spec.Mandatory, Now: spec.Print(lang, base.Value(it.Key)), Kind: t.one("kind"), Needed: wording.Text(lang, "shaping.wishing_due", "count", DueSupporters)}
	if v.Ask = x.ask(spec, "value"); v.Key == newOwn {
		own := x.own()[0]
		v.Own, v.Name = &own, wording.Text(lang, "shaping.offer_own_new")
	}
	if err := s.together(x, v, p, base); err != nil {
		return nil, err
	}
	v.LeakTick = x.wrong[text.LeakTick] != ""
	if v.TieError = x.wrong["tie"]; v.TieError != "" {
		v.Tie = worded(lang, "shaping.tie_", Ties, t.one("tie"))
	}
	v.Ask.alone(wording.Text(lang, "shaping.wishing_to"))
	if v.Clinical {
		v.AskPath, err = s.askPath(q, p)
		return v, err
	}
	v.Wishes, err = s.wishesOn(q, lang, httpd.Actor(c), p, base, it.Key)
	return v, err
}

// askPath is where a question about a package is asked.
func (s *Service) askPath(q *db.Tx, p Package) (string, error) {
	pr, _ := s.provider.ProcedureByID(p.ProcedureID)
	ask := url.Values{"procedure": {pr.Code}}
	if p.OrganisationID != nil {
		o, err := s.provider.FindOrganisation(q, *p.OrganisationID)
		if err != nil {
			return "", err
		}
		ask.Set("clinic", o.Slug)
	}
	return "/questions/ask?" + ask.Encode(), nil
}

// wishesOn are the wishes about an item that wait for a decision.
func (s *Service) wishesOn(q *db.Tx, lang string, a access.Actor, p Package, base Content, key string) (rows []WishLine, err error) {
	all, err := wishes(q, p.ID)
	if err != nil {
		return nil, err
	}
	authors, err := wishAuthors(q, p.ID)
	for _, w := range all {
		if w.ItemKey == key && (w.State.Live() || w.State == Screened) {
			r := wishLine(lang, p, base, w, authors[w.ID].Byline(lang))
			r.Own = w.AuthorPersonID == a.PersonID
			rows = append(rows, r)
		}
	}
	return rows, err
}

// readWish reads a wish out of its form, with those that belong to it. What is
// wrong with any of them is told at once.
func (s *Service) readWish(lang string, p Package, base Content, t typed) (w Wished, err error) {
	w, err = s.readLine(lang, p, base, t, "value")
	if err != nil && !errs.Is(err, errs.Invalid) {
		return w, err
	}
	fields := slices.Clone(errs.Of(err).Fields)
	w.Reason, w.LeaksSeen, w.Tie = t.one("reason"), t.one(text.LeakTick) != "", t.one("tie")
	for _, key := range alongside(t) {
		of := typed{"item": {key}, key: t[key]}
		x, err := s.readLine(lang, p, base, of, key)
		if err != nil && !errs.Is(err, errs.Invalid) {
			return w, err
		}
		fields = append(fields, errs.Of(err).Fields...)
		w.With = append(w.With, x)
	}
	if len(fields) > 0 {
		return w, errs.Fields(fields...)
	}
	return w, nil
}

// readLine reads what one line should say out of a field.
func (s *Service) readLine(lang string, p Package, base Content, t typed, field string) (w Wished, err error) {
	it, there, err := s.aboutItem(p, base, t)
	if err != nil {
		return w, err
	}
	w = Wished{Op: Set, Key: it.Key}
	switch {
	case !there:
		w.Op, w.NewItem = Add, &it
	case t.one("op") == string(Remove):
		w.Op = Remove
		return w, nil
	}
	spec := it.Spec()
	w.Value, err = readItem(spec, lang, p.Currency, typed{spec.Key: t[field]})
	if err == nil && w.Value.None() {
		err = errs.Field(field, "shaping.wishing_value")
	}
	return w, err
}

func (s *Service) postChange(c echo.Context) error {
	t, err := formOf(c)
	if err != nil {
		return err
	}
	if t.one("again") != "" {
		return s.changeForm(c, t, nil)
	}
	k, err := httpd.NeedOnce(c)
	if err != nil {
		return err
	}
	ctx, a := c.Request().Context(), httpd.Actor(c)
	q := s.db.Read(ctx)
	p, err := s.published(q, c.Param("slug"))
	if err != nil {
		return err
	}
	base, err := content(q, *p.NewestVersionID)
	if err != nil {
		return err
	}
	w, err := s.readWish(httpd.Lang(c), p, base, t)
	if errs.Is(err, errs.Invalid) {
		return s.changeForm(c, t, alsoReason(err, w.Reason))
	}
	if err != nil {
		return err
	}
	if w.Network, err = s.meet(c, a); err != nil {
		return err
	}
	id, joined, err := s.Amend(ctx, a, p.Slug, w, k)
	if again(err) {
		return s.changeForm(c, t, err)
	}
	if err != nil {
		return err
	}
	done := "wish_made"
	if joined {
		done = "wish_joined"
	}
	return httpd.SeeOther(c, packagePath(p.Slug)+"?done="+done+"#w"+itoa(id))
}

// alsoReason adds what is wrong with a reason to what is wrong besides, so that
// both are told at once.
func alsoReason(err error, reason string) error {
	fields := slices.Clone(errs.Of(err).Fields)
	if n := text.Length(reason); n < MinReason || n > MaxReason {
		fields = append(fields, errs.FieldMsg{Name: "reason", Msg: errs.Msg{Key: "shaping.reason_length", Args: []any{"least", MinReason, "most", MaxReason}}})
	}
	return errs.Fields(fields...)
}
