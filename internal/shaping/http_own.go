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

var deskOwnPage = web.Page[OwnView](views, "desk_own")

// OwnView is what desk_own.page.html shows: what a provider changes by itself in
// the next version.
type OwnView struct {
	Title, Lang, Back, Action string
	WhyNot                    string
	Planned                   []OwnRow
	Lines                     []ChangeSection
	Item                      *ChangeItem
}

// OwnRow is a change that is planned.
type OwnRow struct{ Key, Name, Old, New, Reason string }

// ownRoutes are where a provider plans what it changes without a wish.
func (s *Service) ownRoutes() []httpd.Route {
	return []httpd.Route{
		{Method: http.MethodGet, Path: "/console/:slug/packages/:package/changes", Gate: access.Member, Do: s.showOwn},
		{Method: http.MethodPost, Path: "/console/:slug/packages/:package/changes", Gate: access.Member, Do: s.postOwn},
	}
}

func (s *Service) showOwn(c echo.Context) error {
	w, p, err := s.onDesk(c, s.db.Read(c.Request().Context()))
	if err != nil {
		return err
	}
	return s.ownForm(c, w, p, typed{"item": {c.QueryParam("item")}}, nil)
}

// ownForm lists what is planned, and asks about one line or for one.
func (s *Service) ownForm(c echo.Context, w access.Work, p Package, t typed, wrong error) error {
	q, lang := s.db.Read(c.Request().Context()), httpd.Lang(c)
	base, err := content(q, *p.NewestVersionID)
	if err != nil {
		return err
	}
	v := OwnView{Title: p.Title, Lang: p.Lang, Back: deskPath(w, p), Action: deskPath(w, p) + "/changes"}
	if p.State != Shaping && p.State != Answering {
		v.WhyNot = httpd.Say(c, "shaping.not_in_this_state")
	}
	for _, o := range p.OwnChanges {
		spec := o.spec(base)
		v.Planned = append(v.Planned, OwnRow{Key: o.Key, Name: spec.Name(lang), Old: spec.Print(lang, base.Value(o.Key)), New: spec.Print(lang, o.Value), Reason: o.Reason})
	}
	if key := t.one("item"); key != "" && v.WhyNot == "" {
		if v.Item, err = s.ownItem(lang, p, base, t, wrong); err != nil {
			return err
		}
	} else {
		v.Lines = ownLines(lang, v.Action, base)
	}
	title := httpd.Say(c, "shaping.do_own")
	return httpd.Page(c, deskOwnPage, httpd.Head{Title: title, Place: "console", Err: wrong, Crumbs: deskCrumbs(c, w, web.Crumb{Label: p.Title, Path: v.Back}, web.Crumb{Label: title})}, v)
}

// spec is what is known of the item that a change is about.
func (o OwnChange) spec(base Content) Spec {
	if l, ok := base.Find(o.Key); ok {
		return l.Item.Spec()
	}
	if o.NewItem != nil {
		return o.NewItem.Spec()
	}
	spec, _ := SpecOf(o.Key)
	return spec
}

// ownLines are the lines that a provider can change.
func ownLines(lang, action string, base Content) (out []ChangeSection) {
	for _, section := range Sections() {
		x := ChangeSection{Heading: section.Name(lang)}
		for _, l := range base.held() {
			if strings.HasPrefix(l.Item.Key, section.Begins) {
				spec := l.Item.Spec()
				x.Lines = append(x.Lines, ChangeLine{action + "?item=" + url.QueryEscape(l.Item.Key), spec.Name(lang), text.Excerpt(spec.Print(lang, l.Value), 80)})
			}
		}
		if len(x.Lines) > 0 {
			out = append(out, x)
		}
	}
	return out
}

// ownItem asks what a line shall say, and why.
func (s *Service) ownItem(lang string, p Package, base Content, t typed, wrong error) (*ChangeItem, error) {
	it, there, err := s.aboutItem(p, base, t)
	if err != nil {
		return nil, err
	}
	spec := it.Spec()
	if t["value"] == nil && there {
		t["value"] = inputsOf(base.Value(it.Key), lang)
	}
	x := offerAsker{lang: lang, currency: p.Currency, t: t, wrong: wrongBy(lang, wrong)}
	v := &ChangeItem{Key: it.Key, Name: spec.Name(lang), There: there, Now: spec.Print(lang, base.Value(it.Key)), CanRemove: there && !spec.Mandatory,
		Remove: t.one("op") == string(Remove), Reason: t.one("reason"), MinReason: MinReason, Ask: x.ask(spec, "value")}
	known := v.Ask.CanUnknown
	v.Ask.alone(wording.Text(lang, "shaping.own_to"))
	v.Ask.CanUnknown = known
	return v, nil
}

// planned reads a form into the changes that are planned with it.
func (s *Service) planned(q *db.Tx, lang string, p Package, t typed) ([]OwnChange, error) {
	key := t.one("item")
	rest := slices.DeleteFunc(slices.Clone(p.OwnChanges), func(o OwnChange) bool { return o.Key == key })
	if t.one("do") == "drop" {
		return rest, nil
	}
	base, err := content(q, *p.NewestVersionID)
	if err != nil {
		return nil, err
	}
	it, there, err := s.aboutItem(p, base, t)
	if err != nil {
		return nil, err
	}
	o := OwnChange{Key: it.Key, Reason: t.one("reason")}
	if !there {
		o.NewItem = &it
	}
	if t.one("op") != string(Remove) {
		spec := it.Spec()
		if o.Value, err = readItem(spec, lang, p.Currency, typed{spec.Key: t["value"]}); err == nil && o.Value.None() {
			err = errs.Field("value", "shaping.wishing_value")
		}
	}
	return append(rest, o), err
}

// ownNamed names what is wrong with a change by the fields of its form.
func ownNamed(err error) error {
	e := errs.Of(err)
	if e.Kind != errs.Invalid {
		return err
	}
	out := slices.Clone(e.Fields)
	for i := range out {
		switch {
		case out[i].Key == "shaping.own_reason" || strings.HasPrefix(out[i].Key, "text."):
			out[i].Name = "reason"
		default:
			out[i].Name = "value"
		}
	}
	return errs.Fields(out...)
}

func (s *Service) postOwn(c echo.Context) error {
	t, err := formOf(c)
	if err != nil {
		return err
	}
	ctx, a := c.Request().Context(), httpd.Actor(c)
	w, p, err := s.onDesk(c, s.db.Read(ctx))
	if err != nil {
		return err
	}
	own, err := s.planned(s.db.Read(ctx), httpd.Lang(c), p, t)
	if err == nil {
		err = s.PlanChanges(ctx, a, p.Slug, own)
	}
	if again(err) {
		return s.ownForm(c, w, p, t, ownNamed(err))
	}
	if err != nil {
		return err
	}
	return httpd.SeeOther(c, deskPath(w, p)+"/changes?done=package_planned")
}
