package shaping

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/provider"
	"caravan/internal/text"
	"caravan/internal/wording"
	"caravan/web"
)

// typedReply is what was typed into the form of a reply.
type typedReply struct {
	commitment, item int64
	body             string
	spots            []text.Spot
	status           int
}

func (s *Service) showPromises(c echo.Context) error {
	var in struct {
		Commitment int64 `query:"commitment"`
		Item       int64 `query:"item"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	return s.promisesDesk(c, typedReply{commitment: in.Commitment, item: in.Item}, nil)
}

// promisesDesk is the desk of a provider's promises: what must be answered
// first, then what everybody can read.
func (s *Service) promisesDesk(c echo.Context, in typedReply, wrong error) error {
	q, lang := s.db.Read(c.Request().Context()), httpd.Lang(c)
	o, err := s.promisesAt(q, httpd.Actor(c), c.Param("slug"))
	if err != nil {
		return err
	}
	v := PromisesDeskView{Name: o.Name, Slug: o.Slug, Clinic: o.Kind == "clinic", Path: "/console/" + o.Slug + "/promises", Body: in.body, Least: minReply, Most: maxReply,
		Neutral: wording.Text(lang, "answer.neutral", "clinic", o.Name)}
	if in.spots != nil {
		v.Marked = text.Mark(in.body, in.spots)
	}
	if err := s.deskPackages(q, lang, o.ID, &v); err != nil {
		return err
	}
	v.aim(in)
	if err := s.deskRest(q, lang, o.ID, &v); err != nil {
		return err
	}
	title := httpd.Say(c, "shaping.promises_desk_title", "clinic", o.Name)
	return httpd.Page(c, promisesDeskPage, httpd.Head{Title: title, Place: "console", Err: wrong, Status: in.status,
		Crumbs: []web.Crumb{{Label: httpd.Say(c, "nav.console"), Path: "/console/" + o.Slug}, {Label: httpd.Say(c, "shaping.promises")}}}, v)
}

// promisesAt finds the provider whose desk it is, for somebody who works there.
func (s *Service) promisesAt(q *db.Tx, a access.Actor, slug string) (o provider.Organisation, err error) {
	for _, w := range a.Works {
		if w.Slug == slug {
			return s.provider.FindOrganisation(q, w.OrganisationID)
		}
	}
	return o, errs.New(errs.Forbidden, "shaping.promises_not_yours")
}

// deskPackages are the provider's commitments with what came of them, each
// promise that can be replied to beside them.
func (s *Service) deskPackages(q *db.Tx, lang string, organisationID int64, v *PromisesDeskView) error {
	all, err := commitmentsOf(q, organisationID)
	if err != nil {
		return err
	}
	for _, k := range all {
		p, err := loadByID(q, k.PackageID)
		if err != nil {
			return err
		}
		version, err := versionByID(q, k.VersionID)
		if err != nil {
			return err
		}
		taken, err := placesTaken(q, k.ID)
		if err != nil {
			return err
		}
		ledger, err := s.ledgerOf(q, p)
		if err != nil {
			return err
		}
		one := DeskPackage{Title: p.Title, Lang: p.Lang, Path: "/packages/" + p.Slug, State: p.State, Places: k.Capacity, Taken: taken}
		shown, ok := ledger.Of(version.Number)
		if ok {
			one.Ledger = LedgerView{Versions: []VersionLedger{shown}}
		}
		missed, err := missedOf(q, p.ID)
		if err != nil {
			return err
		}
		v.promises(lang, p, k, version, shown, missed, &one)
		v.Packages = append(v.Packages, one)
	}
	return nil
}

// promises lists what can be replied to under one commitment: first what two
// patients missed, then what is public and was not always kept.
func (v *PromisesDeskView) promises(lang string, p Package, k Commitment, version Version, shown VersionLedger, missed []missedItem, one *DeskPackage) {
	at := func(it Item) DeskPromise {
		return DeskPromise{CommitmentID: k.ID, ItemID: it.ID, Name: it.Spec().Name(lang), Package: p.Title, Version: version.Number,
			Path: v.Path + "?commitment=" + strconv.FormatInt(k.ID, 10) + "&item=" + strconv.FormatInt(it.ID, 10) + "#reply"}
	}
	for _, m := range missed {
		if m.CommitmentID != k.ID {
			continue
		}
		d := at(m.Item)
		d.Missed = true
		v.Waiting = append(v.Waiting, d)
	}
	for _, l := range shown.Lines {
		if l.Worse+l.NotDelivered == 0 {
			continue
		}
		d := at(l.Item)
		d.Promised, d.Said = l.PromisedText(lang), l.OfText(lang)
		one.Lines = append(one.Lines, d)
	}
}

// aim chooses what the form replies to: what the address names, else what waits
// first.
func (v *PromisesDeskView) aim(in typedReply) {
	all := slices.Clone(v.Waiting)
	for _, p := range v.Packages {
		all = append(all, p.Lines...)
	}
	i := slices.IndexFunc(all, func(d DeskPromise) bool { return d.CommitmentID == in.commitment && d.ItemID == in.item })
	if i < 0 && in.commitment == 0 && len(v.Waiting) > 0 {
		i = 0
	}
	if i >= 0 {
		v.Target = &all[i]
	}
}

// deskRest adds usual misses and the replies that are not public.
func (s *Service) deskRest(q *db.Tx, lang string, organisationID int64, v *PromisesDeskView) error {
	var err error
	if v.Slips, err = slipRows(q, lang, organisationID); err != nil {
		return err
	}
	own, err := listOwnReplies(q, organisationID)
	if err != nil {
		return err
	}
	for _, r := range own {
		it, err := itemByID(q, r.ItemID)
		if err != nil {
			return err
		}
		v.NotPublic = append(v.NotPublic, DeskReply{State: r.State, Body: r.Body, Lang: r.Lang, Name: it.Spec().Name(lang), Why: r.HiddenWhy})
	}
	return nil
}

func (s *Service) postReply(c echo.Context) error {
	var in struct {
		Commitment int64  `form:"commitment"`
		Item       int64  `form:"item"`
		Body       string `form:"body"`
	}
	key, err := httpd.BindOnce(c, &in)
	if err != nil {
		return err
	}
	typed := typedReply{commitment: in.Commitment, item: in.Item, body: in.Body}
	ctx, a := c.Request().Context(), httpd.Actor(c)
	if _, err := s.promisesAt(s.db.Read(ctx), a, c.Param("slug")); err != nil {
		return err
	}
	out, err := s.Reply(ctx, a, in.Commitment, in.Item, in.Body, key)
	switch {
	case errs.Is(err, errs.Invalid), errs.Is(err, errs.Conflict), errs.Is(err, errs.TooMany):
		return s.promisesDesk(c, typed, err)
	case err != nil:
		return err
	case out.State == replyHeld:
		typed.body, typed.spots, typed.status = out.Body, out.Spots, http.StatusAccepted
		return s.promisesDesk(c, typed, nil)
	}
	return httpd.SeeOther(c, "/console/"+c.Param("slug")+"/promises?done=promise_replied")
}
