package shaping

import (
	"cmp"
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/provider"
	"caravan/internal/wording"
	"caravan/web"
)

// overseeRoutes are what the platform can do to a package. It never votes and
// never edits; it stops, lets go on, and finds broken, with a public reason.
func (s *Service) overseeRoutes() []httpd.Route {
	return []httpd.Route{
		{Method: http.MethodGet, Path: "/moderation/packages/:slug", Gate: access.Moderator, Do: s.showOversee},
		{Method: http.MethodPost, Path: "/moderation/packages/:slug", Gate: access.Moderator, Do: s.postOversee},
	}
}

// OverseeView is what offer_oversee.page.html shows.
type OverseeView struct {
	Title, Package, Action string
	State, Why, By         string
	Can                    []OverseeStep
	Typed                  string
	Doubles, Firsts        []provider.Choice // wishes that may be found double, and of which
	TwiceWhy               string
	Taken                  []TakenRow
}

// OverseeStep is a step the platform can take now.
type OverseeStep struct {
	Event, Label, Means string
	Chosen, Harm        bool
}

// TakenRow is a step that was taken.
type TakenRow struct{ Day, What, Why string }

// oversights are the steps of the platform.
var oversights = []Event{Suspend, Resume, Breach}

func (s *Service) showOversee(c echo.Context) error { return s.overseeForm(c, typed{}, nil) }

func (s *Service) overseeForm(c echo.Context, t typed, wrong error) error {
	q, lang := s.db.Read(c.Request().Context()), httpd.Lang(c)
	p, err := s.published(q, c.Param("slug"))
	if err != nil {
		return err
	}
	v := OverseeView{Title: p.Title, Package: packagePath(p.Slug), Action: "/moderation/packages/" + p.Slug, State: wording.Text(lang, "shaping.state_"+string(p.State)), Why: p.Why, Typed: t.one("why")}
	if v.By, err = s.byLine(q, lang, p); err != nil {
		return err
	}
	for _, e := range oversights {
		if _, err := Next(p.State, e, []Role{Platform}, Facts{Why: true, HeldFrom: p.HeldFrom}); err == nil {
			v.Can = append(v.Can, OverseeStep{Event: string(e), Label: wording.Text(lang, "shaping.oversee_"+string(e)), Means: wording.Text(lang, "shaping.oversee_"+string(e)+"_means"),
				Chosen: t.one("event") == string(e), Harm: e == Breach})
		}
	}
	if err := s.twinChoices(q, lang, p, t, &v); err != nil {
		return err
	}
	steps, err := taken(q, p.ID)
	if err != nil {
		return err
	}
	for _, x := range steps {
		v.Taken = append(v.Taken, TakenRow{wording.Day(lang, x.At), wording.Text(lang, "shaping.step_"+string(x.Event)), x.Why})
	}
	title := httpd.Say(c, "shaping.oversee_title")
	return httpd.Page(c, offerOverseePage, httpd.Head{Title: title, Place: "moderation", Err: wrong,
		Crumbs: []web.Crumb{{Label: httpd.Say(c, "nav.moderation"), Path: "/moderation"}, {Label: p.Title, Path: v.Package}, {Label: title}}}, v)
}

// twinChoices fills in the wishes among which a double can be named.
func (s *Service) twinChoices(q *db.Tx, lang string, p Package, t typed, v *OverseeView) error {
	if p.State != Shaping && p.State != Call {
		return nil
	}
	c, err := content(q, *p.NewestVersionID)
	if err != nil {
		return err
	}
	all, err := wishes(q, p.ID)
	if err != nil {
		return err
	}
	v.TwiceWhy = t.one("twice_why")
	none := provider.Choice{Label: wording.Text(lang, "shaping.offer_choose")}
	v.Doubles, v.Firsts = []provider.Choice{none}, []provider.Choice{none}
	for _, w := range all {
		x, id := wishLine(lang, p, c, w, access.Byline{}), itoa(w.ID)
		label := strings.TrimSpace("#" + id + " " + x.Name + ": " + cmp.Or(x.New, wording.Text(lang, "shaping.wish_without")))
		if mayBeTwin(w) {
			v.Doubles = append(v.Doubles, provider.Choice{Value: id, Label: label, Chosen: t.one("id") == id})
		}
		if firstOfTwins(w) {
			v.Firsts = append(v.Firsts, provider.Choice{Value: id, Label: label, Chosen: t.one("of") == id})
		}
	}
	if len(v.Doubles) < 2 || len(v.Firsts) < 3 {
		v.Doubles = nil // nothing can be the double of itself
	}
	return nil
}

// markTwice reads the form about a double.
func (s *Service) markTwice(ctx context.Context, a access.Actor, slug string, t typed) error {
	var ids [2]int64
	for i, name := range []string{"id", "of"} {
		ids[i], _ = strconv.ParseInt(t.one(name), 10, 64) // what is no number is no wish's
	}
	return named(s.MarkTwice(ctx, a, slug, ids[0], ids[1], t.one("twice_why")), "why", "twice_why")
}

// named gives a field of an error the name that it has in a form.
func named(err error, from, to string) error {
	fields := errs.Of(err).Fields
	for i := range fields {
		if fields[i].Name == from {
			fields[i].Name = to
		}
	}
	return err
}

// published finds a package that was published.
func (s *Service) published(q *db.Tx, slug string) (Package, error) {
	p, err := load(q, slug)
	if err == nil && p.PublishedAt == nil {
		err = errNoPackage
	}
	return p, err
}

// oversee takes a step of the platform.
func (s *Service) oversee(ctx context.Context, a access.Actor, slug string, e Event, why string) error {
	switch e {
	case Suspend:
		return s.Suspend(ctx, a, slug, why)
	case Resume:
		return s.Resume(ctx, a, slug, why)
	case Breach:
		return s.Breach(ctx, a, slug, why)
	}
	return errs.Field("event", "shaping.oversee_choose")
}

func (s *Service) postOversee(c echo.Context) error {
	t, err := formOf(c)
	if err != nil {
		return err
	}
	ctx, a, slug := c.Request().Context(), httpd.Actor(c), c.Param("slug")
	if _, err := s.published(s.db.Read(ctx), slug); err != nil {
		return err
	}
	if e := Event(t.one("event")); e == Event(MarkTwice) {
		err = s.markTwice(ctx, a, slug, t)
	} else {
		err = s.oversee(ctx, a, slug, e, t.one("why"))
	}
	if again(err) {
		return s.overseeForm(c, t, err)
	}
	if err != nil {
		return err
	}
	return httpd.SeeOther(c, packagePath(slug)+"?done=package_overseen")
}
