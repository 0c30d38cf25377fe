package moderation

import (
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/web"
)

// What of the desk is shown.
const (
	showLate   = "late"
	showSecond = "second"
	showMine   = "mine"
)

type number struct {
	ID int64 `param:"id"`
}

func (s *Service) showDesk(c echo.Context) error {
	var in struct {
		Page int    `query:"page"`
		Of   string `query:"of"`
		Show string `query:"show"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	in.Page = min(max(1, in.Page), 1_000)
	a := httpd.Actor(c)
	f := Filter{Viewer: a.AccountID}
	f.Ask, f.Kind, _ = strings.Cut(in.Of, "_")
	if slices.Contains([]string{showLate, showSecond, showMine}, in.Show) {
		f.Show = in.Show
	}
	q := s.db.Read(c.Request().Context())
	rows, count, err := listWaiting(q, f, (in.Page-1)*pageSize, pageSize)
	if err != nil {
		return err
	}
	v, err := s.deskView(c.Request().Context(), httpd.Lang(c), a, rows, q.Now)
	if err != nil {
		return err
	}
	sums, err := tallies(q, a.AccountID)
	if err != nil {
		return err
	}
	v.Count, v.Pages = count, pages(count)
	v.Previous, v.Next = around(f, in.Page, v.Pages)
	v.Tabs, v.Kinds, v.Show = deskTabs(httpd.Lang(c), f, sums), kindChoices(httpd.Lang(c), f, sums), f.Show
	return httpd.Page(c, deskPage, httpd.Head{Title: httpd.Say(c, "moderation.title"), Place: "moderation"}, v)
}

func (s *Service) showDecided(c echo.Context) error {
	var in struct {
		Before int64 `query:"before"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	rows, err := listHistory(s.db.Read(c.Request().Context()), in.Before, 2*pageSize+1)
	if err != nil {
		return err
	}
	if err := s.entitle(c.Request().Context(), httpd.Lang(c), rows); err != nil {
		return err
	}
	title := httpd.Say(c, "moderation.decided_title")
	return httpd.Page(c, decidedPage, httpd.Head{Title: title, Place: "moderation", Crumbs: crumbs(c, title)}, decidedView(httpd.Lang(c), rows, in.Before))
}

func (s *Service) showCase(c echo.Context) error {
	var in number
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	return s.casePage(c, in.ID, Verdict{}, nil)
}

func (s *Service) casePage(c echo.Context, id int64, typed Verdict, wrong error) error {
	ctx, a, lang := c.Request().Context(), httpd.Actor(c), httpd.Lang(c)
	d, err := s.open(ctx, a, id)
	if err != nil {
		return err
	}
	v := caseView(lang, a, d, typed, s.db.Now())
	if x, ok := side[Masker](s, d.c.Kind); ok && !d.gone {
		texts, err := x.Texts(ctx, d.c.Ref)
		if err != nil {
			return err
		}
		v.Texts = textViews(lang, d, texts)
		if v.Refusal == "" && !v.Decided {
			v.Mask = &MaskView{Classes: classChoices(lang, "")}
		}
	}
	if x, ok := side[Comparer](s, d.c.Kind); ok && !d.gone {
		if v.Facts, err = x.Compare(ctx, lang, d.c.Ref); err != nil {
			return err
		}
	}
	if v.Refusal != "" && !v.Decided {
		free, err := freeModerators(s.db.Read(ctx), d.item.OrganisationID, d.barred())
		if err != nil {
			return err
		}
		v.Nobody = free == 0
	}
	return httpd.Page(c, casePage, httpd.Head{Title: v.Title, Place: "moderation", Crumbs: crumbs(c, v.Title), Err: wrong}, v)
}

func (s *Service) claim(c echo.Context) error {
	var in struct {
		ID      int64 `param:"id"`
		Version int   `form:"version"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	if err := s.Claim(c.Request().Context(), httpd.Actor(c), in.ID, in.Version); err != nil {
		return err
	}
	return httpd.SeeOther(c, casePath(in.ID))
}

// decide shows what the author will read before it sends it, where there is
// something to read.
func (s *Service) decide(c echo.Context) error {
	var in struct {
		ID        int64  `param:"id"`
		Version   int    `form:"version"`
		Seen      int    `form:"seen"`
		Decision  string `form:"decision"`
		Reason    string `form:"reason"`
		Statement string `form:"statement"`
		Do        string `form:"do"` // "", send or change
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	ctx, a := c.Request().Context(), httpd.Actor(c)
	v := Verdict{in.Decision, in.Reason, in.Statement, in.Version, in.Seen}
	if in.Do == "change" {
		return s.casePage(c, in.ID, v, nil)
	}
	var err error
	if in.Do == "send" || !previewed(v.Decision) || slices.Contains(VoteReasons, v.Reason) { // votes have no one author
		if err = s.Decide(ctx, a, in.ID, v); err == nil {
			return httpd.SeeOther(c, "/moderation?done="+doneWith(v.Decision))
		}
	} else {
		var d dossier
		if d, v, err = s.check(ctx, a, in.ID, v); err == nil {
			return s.preview(c, d, v)
		}
	}
	if errs.Is(err, errs.Invalid) {
		return s.casePage(c, in.ID, v, err)
	}
	return s.orAsked(c, err)
}

// previewed reports whether a decision is shown as its author will read it
// before it is sent.
func previewed(decision string) bool {
	return needsReason(decision) || decision == Uphold || decision == Overturn
}

// doneWith is what the desk says after a decision.
func doneWith(decision string) string {
	switch decision {
	case Propose:
		return "proposed"
	case Reject:
		return "rejected"
	}
	return "decided"
}

func (s *Service) preview(c echo.Context, d dossier, v Verdict) error {
	title := httpd.Say(c, "moderation.preview_title")
	trail := append(crumbs(c, d.item.Title), web.Crumb{Label: title})
	trail[1].Path = casePath(d.c.ID)
	return httpd.Page(c, previewPage, httpd.Head{Title: title, Place: "moderation", Crumbs: trail}, previewView(httpd.Lang(c), d, v, s.db.Now()))
}

// mask finds words in a thing's texts, and covers the places that were ticked.
// The words come in the body, never in an address.
func (s *Service) mask(c echo.Context) error {
	var in struct {
		ID        int64    `param:"id"`
		Version   int      `form:"version"`
		Words     string   `form:"words"`
		Class     string   `form:"class"`
		Picks     []string `form:"pick"`
		Statement string   `form:"statement"`
		Do        string   `form:"do"` // find or cover
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	ctx, a, lang := c.Request().Context(), httpd.Actor(c), httpd.Lang(c)
	m := Masking{in.Words, in.Class, in.Picks, in.Statement, in.Version}
	var wrong error
	if in.Do == "cover" {
		if wrong = s.Mask(ctx, a, in.ID, m); wrong == nil {
			return httpd.SeeOther(c, casePath(in.ID)+"?done=masked")
		}
		if !errs.Is(wrong, errs.Invalid) {
			return s.orAsked(c, wrong)
		}
	}
	d, _, texts, err := s.masker(ctx, a, in.ID, in.Version)
	if err != nil {
		return s.orAsked(c, err)
	}
	clean, _, err := cleanMasking(texts, m)
	if errs.Is(err, errs.Invalid) && wrong == nil {
		wrong = err
	}
	v := maskView(lang, d, texts, clean)
	title := httpd.Say(c, "moderation.mask_title")
	trail := append(crumbs(c, d.item.Title), web.Crumb{Label: title})
	trail[1].Path = casePath(d.c.ID)
	return httpd.Page(c, maskPage, httpd.Head{Title: title, Place: "moderation", Crumbs: trail, Err: wrong}, v)
}

func crumbs(c echo.Context, last string) []web.Crumb {
	return []web.Crumb{{Label: httpd.Say(c, "moderation.title"), Path: "/moderation"}, {Label: last}}
}
