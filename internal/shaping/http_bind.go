package shaping

import (
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/internal/account"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/wording"
	"caravan/web"
)

// bindRoutes are where a provider binds itself, or says why it does not.
func (s *Service) bindRoutes() []httpd.Route {
	return []httpd.Route{
		{Method: http.MethodGet, Path: "/console/:slug/packages/:package/commit", Gate: access.Member, Do: s.showCommit},
		{Method: http.MethodPost, Path: "/console/:slug/packages/:package/commit", Gate: access.Member, Do: s.postCommit},
		{Method: http.MethodGet, Path: "/console/:slug/packages/:package/raise", Gate: access.Member, Do: s.showRaise},
		{Method: http.MethodPost, Path: "/console/:slug/packages/:package/raise", Gate: access.Member, Do: s.postRaise},
		{Method: http.MethodGet, Path: "/console/:slug/packages/:package/final", Gate: access.Member, Do: s.showReason("final")},
		{Method: http.MethodPost, Path: "/console/:slug/packages/:package/final", Gate: access.Member, Do: s.postReason("final")},
		{Method: http.MethodGet, Path: "/console/:slug/packages/:package/decline", Gate: access.Member, Do: s.showReason("decline")},
		{Method: http.MethodPost, Path: "/console/:slug/packages/:package/decline", Gate: access.Member, Do: s.postReason("decline")},
		{Method: http.MethodGet, Path: "/console/:slug/packages/:package/retract", Gate: access.Member, Do: s.showReason("retract")},
		{Method: http.MethodPost, Path: "/console/:slug/packages/:package/retract", Gate: access.Member, Do: s.postReason("retract")},
	}
}

// showReason shows the form of a step that is explained, and needs a reason
// unless it is the final vote.
func (s *Service) showReason(step string) echo.HandlerFunc {
	return func(c echo.Context) error {
		w, p, err := s.onDesk(c, s.db.Read(c.Request().Context()))
		if err != nil {
			return err
		}
		return s.stepForm(c, w, p, step, "", nil)
	}
}

func (s *Service) stepForm(c echo.Context, w access.Work, p Package, step, why string, wrong error) error {
	v := OfferReasonView{Title: httpd.Say(c, "shaping.do_"+step), Lede: httpd.Say(c, "shaping.do_"+step+"_lede"), PackageTitle: p.Title, Package: deskPath(w, p),
		Action: deskPath(w, p) + "/" + step, Button: httpd.Say(c, "shaping.do_"+step+"_button"), Value: why, Field: "why", Hint: httpd.Say(c, "shaping.offer_why_hint"),
		Harm: step != "final", NoWords: step == "final"}
	return httpd.Page(c, offerReasonPage, httpd.Head{Title: v.Title, Place: "console", Err: wrong, Crumbs: deskCrumbs(c, w, web.Crumb{Label: p.Title, Path: v.Package}, web.Crumb{Label: v.Title})}, v)
}

func (s *Service) postReason(step string) echo.HandlerFunc {
	return func(c echo.Context) error {
		t, err := formOf(c)
		if err != nil {
			return err
		}
		ctx, a := c.Request().Context(), httpd.Actor(c)
		w, p, err := s.onDesk(c, s.db.Read(ctx))
		if err != nil {
			return err
		}
		switch step {
		case "final":
			err = s.AskFinal(ctx, a, p.Slug)
		case "decline":
			err = s.Decline(ctx, a, p.Slug, t.one("why"))
		default:
			err = s.WithdrawCommitment(ctx, a, p.Slug, t.one("why"))
		}
		if again(err) {
			return s.stepForm(c, w, p, step, t.one("why"), err)
		}
		if err != nil {
			return err
		}
		return httpd.SeeOther(c, deskPath(w, p)+"?done=package_step")
	}
}

func (s *Service) showCommit(c echo.Context) error {
	w, p, err := s.onDesk(c, s.db.Read(c.Request().Context()))
	if err != nil {
		return err
	}
	return s.commitForm(c, w, p, nil, nil)
}

// remedyField is the field for what a patient gets if an item is not kept.
func remedyField(key string) string { return "remedy:" + key }

// commitForm shows what is signed, by whom, and for how long.
func (s *Service) commitForm(c echo.Context, w access.Work, p Package, t typed, wrong error) error {
	q, lang, a := s.db.Read(c.Request().Context()), httpd.Lang(c), httpd.Actor(c)
	v := CommitView{Title: p.Title, Lang: p.Lang, Public: packagePath(p.Slug), Back: deskPath(w, p), Action: deskPath(w, p) + "/commit", Capacity: t.one("capacity"), ValidUntil: t.one("valid_until"),
		PriceUntil: t.one("price_locked_until"), Ticked: t.one("binds") != "", Signatories: "/console/" + w.Slug + "/signatories", MaxDay: q.Now.AddDate(2, 0, 0).Format(time.DateOnly)}
	named, err := signatory(q, w.OrganisationID, a.PersonID)
	switch {
	case err != nil:
		return err
	case p.State != AwaitingCommitment:
		v.WhyNot = httpd.Say(c, "shaping.commit_not_now")
	case named == nil:
		v.WhyNot = httpd.Say(c, "shaping.not_signatory")
	default:
		v.Signatory, v.StepUp = &Signer{named.Name, named.Title}, s.stepUp(a, v.Action)
	}
	chosen, err := s.commitVersions(q, lang, &v, p, t)
	if err != nil {
		return err
	}
	v.remedies(lang, chosen, t, wrongBy(lang, wrong))
	title := httpd.Say(c, "shaping.do_commit")
	return httpd.Page(c, deskCommitPage, httpd.Head{Title: title, Place: "console", Err: wrong,
		Crumbs: deskCrumbs(c, w, web.Crumb{Label: p.Title, Path: v.Back}, web.Crumb{Label: title})}, v)
}

// stepUp is where somebody confirms that it is them, before they sign; empty
// where they have done so lately.
func (s *Service) stepUp(a access.Actor, next string) string {
	if account.NeedStepUp(a, s.db.Now()) == nil {
		return ""
	}
	return "/me/step-up?next=" + next
}

// commitVersions lists the versions that can be signed, the newest first, and
// returns what the newest says.
func (s *Service) commitVersions(q *db.Tx, lang string, v *CommitView, p Package, t typed) (newest Content, err error) {
	all, err := versions(q, p.ID)
	if err != nil {
		return nil, err
	}
	says, err := contents(q, p.ID)
	if err != nil {
		return nil, err
	}
	for i, n := range slices.Backward(all) {
		c := says[n.ID]
		row := CommitVersion{Choice: versionChoice(lang, n, chosenOr(t.one("version"), i == len(all)-1, itoaN(n.Number))), Hash: hashWords(n.ContentHash), Full: hex.EncodeToString(n.ContentHash),
			Path: packagePath(p.Slug) + "/versions/" + itoaN(n.Number), Suitable: c.Value(SuitabilityKey).Number != 0}
		if price, ok := c.Price(); ok {
			row.Price = amountText(lang, price, p.Currency)
		}
		v.Versions = append(v.Versions, row)
		if i == len(all)-1 {
			newest = c
		}
	}
	return newest, nil
}

// remedies asks for every line that somebody can judge what a patient gets if it
// is not kept. Guarantees and aftercare are open, the others can be opened.
func (v *CommitView) remedies(lang string, c Content, t typed, wrong map[string]string) {
	for _, class := range []Class{Guarantee, Aftercare, Commercial, Services, Clinical} {
		section := RemedySection{Heading: wording.Text(lang, "shaping.class_"+string(class))}
		for _, l := range c.held() {
			if l.Item.Class != class || l.Item.Verify == NotVerifiable || strings.HasPrefix(l.Item.Key, "risk.") {
				continue
			}
			spec, field := l.Item.Spec(), remedyField(l.Item.Key)
			section.Lines = append(section.Lines, RemedyAsk{Field: field, Name: spec.Name(lang), Promise: spec.Print(lang, l.Value), Value: t.one(field), Error: wrong[field]})
			v.Open = v.Open || t.one(field) != "" || wrong[field] != ""
		}
		if len(section.Lines) > 0 {
			v.Remedies = append(v.Remedies, section)
		}
	}
}

// readCommitment reads a commitment out of its form. The hash is the one that
// was shown beside the version: a version cannot change, but a person can be
// shown another one.
func readCommitment(v Version, t typed) (k Commitment, err error) {
	k = Commitment{VersionID: v.ID, Capacity: readPlaces(t.one("capacity")), Remedies: map[string]string{}}
	if k.ContentHash, err = hex.DecodeString(t.one("hash-" + itoaN(v.Number))); err != nil {
		return k, errs.New(errs.Conflict, "shaping.hash_differs")
	}
	var wrong []errs.FieldMsg
	day := func(name, key string) (d time.Time) {
		d, err := time.Parse(time.DateOnly, t.one(name))
		if err != nil {
			wrong = append(wrong, errs.FieldMsg{Name: name, Msg: errs.Msg{Key: key}})
		}
		return d
	}
	k.ValidUntil, k.PriceLockedUntil = day("valid_until", "shaping.desk_day"), day("price_locked_until", "shaping.desk_day")
	if t.one("binds") == "" {
		wrong = append(wrong, errs.FieldMsg{Name: "binds", Msg: errs.Msg{Key: "shaping.commit_tick"}})
	}
	for name := range t {
		if key, ok := strings.CutPrefix(name, remedyField("")); ok && t.one(name) != "" {
			k.Remedies[key] = t.one(name)
		}
	}
	return k, errs.Fields(wrong...)
}

func (s *Service) postCommit(c echo.Context) error {
	t, key, err := formOnce(c)
	if err != nil {
		return err
	}
	ctx, a := c.Request().Context(), httpd.Actor(c)
	q := s.db.Read(ctx)
	w, p, err := s.onDesk(c, q)
	if err != nil {
		return err
	}
	n, err := version(q, p.ID, readPlaces(t.one("version")))
	if err != nil {
		return s.commitForm(c, w, p, t, errs.Field("version", "shaping.choice"))
	}
	k, err := readCommitment(n, t)
	if err == nil {
		err = s.Commit(ctx, a, p.Slug, k, key)
	}
	if again(err) {
		return s.commitForm(c, w, p, t, remedyNamed(err, k))
	}
	if err != nil {
		return err
	}
	return httpd.SeeOther(c, deskPath(w, p)+"?done=package_committed")
}

// remedyNamed names what is wrong with remedies by the fields of their form.
func remedyNamed(err error, k Commitment) error {
	e := errs.Of(err)
	if e.Kind != errs.Invalid {
		return err
	}
	out := slices.Clone(e.Fields)
	for i := range out {
		if _, ok := k.Remedies[out[i].Name]; ok {
			out[i].Name = remedyField(out[i].Name)
		}
	}
	return errs.Fields(out...)
}

func (s *Service) showRaise(c echo.Context) error {
	w, p, err := s.onDesk(c, s.db.Read(c.Request().Context()))
	if err != nil {
		return err
	}
	return s.raiseForm(c, w, p, "", nil)
}

func (s *Service) raiseForm(c echo.Context, w access.Work, p Package, value string, wrong error) error {
	k, err := standing(s.db.Read(c.Request().Context()), p.ID)
	if err != nil {
		return err
	}
	v := RaiseView{Title: p.Title, Public: packagePath(p.Slug), Back: deskPath(w, p), Action: deskPath(w, p) + "/raise", Value: value}
	if k == nil {
		v.WhyNot = httpd.Say(c, "shaping.no_commitment")
	} else {
		v.Now = k.Capacity
	}
	title := httpd.Say(c, "shaping.do_raise")
	return httpd.Page(c, deskRaisePage, httpd.Head{Title: title, Place: "console", Err: wrong, Crumbs: deskCrumbs(c, w, web.Crumb{Label: p.Title, Path: v.Back}, web.Crumb{Label: title})}, v)
}

func (s *Service) postRaise(c echo.Context) error {
	t, err := formOf(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	w, p, err := s.onDesk(c, s.db.Read(ctx))
	if err != nil {
		return err
	}
	err = s.RaiseCapacity(ctx, httpd.Actor(c), p.Slug, readPlaces(t.one("capacity")))
	if again(err) {
		return s.raiseForm(c, w, p, t.one("capacity"), err)
	}
	if err != nil {
		return err
	}
	return httpd.SeeOther(c, deskPath(w, p)+"?done=package_step")
}
