package shaping

import (
	"strconv"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/wording"
)

// deskList draws every package of a provider: what waits for it, what runs,
// drafts, and what is over.
func (s *Service) deskList(q *db.Tx, lang string, w access.Work) (v DeskListView, err error) {
	v = DeskListView{Tabs: tabsOf(w, "packages"), Name: w.Name, New: "/packages/new?for=" + w.Slug}
	rows, err := listOfProvider(q, w.OrganisationID, 200)
	if err != nil {
		return v, err
	}
	for _, r := range rows {
		d := r.view(lang, w, q.Now)
		switch {
		case r.State == Draft:
			v.Drafts = append(v.Drafts, d)
		case r.State == Answering || r.State == AwaitingCommitment || r.State == Suspended:
			d.Soon = true
			v.Waiting = append(v.Waiting, d)
		case r.State.Closed():
			v.Past = append(v.Past, d)
		default:
			v.Running = append(v.Running, d)
		}
	}
	signers, err := signatories(q, w.OrganisationID)
	if err != nil {
		return v, err
	}
	v.Signatories = len(signers)
	if w.Kind != "clinic" {
		return v, nil
	}
	calls, err := listCallsFor(q, w.OrganisationID, 5)
	for _, r := range calls {
		v.Calls = append(v.Calls, SimilarRow{Path: packagePath(r.Slug), Title: r.Title, Lang: r.Lang})
	}
	return v, err
}

// view writes a package of the console with what comes next.
func (r deskRow) view(lang string, w access.Work, now time.Time) DeskRow {
	p := Package{Slug: r.Slug}
	d := DeskRow{Path: deskPath(w, p), Public: packagePath(r.Slug), Title: r.Title, Lang: r.Lang, Version: r.Number, State: wording.Text(lang, "shaping.state_"+string(r.State))}
	if r.State == Draft {
		d.Path = packagePath(r.Slug) + "/edit"
		return d
	}
	if key := "shaping.desk_next_" + string(r.State); r.EndsAt != nil && r.EndsAt.After(now) && wording.Has(key) {
		d.Next = wording.Text(lang, key, "when", clockText(lang, *r.EndsAt, r.Zone), "round", strconv.Itoa(r.Round))
	}
	if r.ValidUntil != nil {
		d.Next = wording.Text(lang, "shaping.desk_next_committed", "when", wording.Day(lang, *r.ValidUntil))
	}
	if r.Open > 0 && (r.State == Shaping || r.State == Answering) {
		d.Doing = wording.Text(lang, "shaping.desk_open", "count", r.Open)
	}
	return d
}

// deskCommitment is what binds a provider, if anything does.
func (s *Service) deskCommitment(q *db.Tx, lang string, p Package) (*DeskCommitment, error) {
	k, err := standing(q, p.ID)
	if err != nil || k == nil {
		return nil, err
	}
	v, err := versionByID(q, k.VersionID)
	if err != nil {
		return nil, err
	}
	return &DeskCommitment{Version: v.Number, Hash: hashWords(k.ContentHash), Signer: k.SignerName, Title: k.SignerTitle, SignedOn: wording.Day(lang, k.SignedAt),
		Places: wording.Text(lang, "shaping.desk_places", "count", k.Capacity), ValidUntil: wording.Day(lang, k.ValidUntil), PriceUntil: wording.Day(lang, k.PriceLockedUntil),
		State: wording.Text(lang, "shaping.commitment_"+string(k.State))}, nil
}

// deskSteps are the steps of a package that its provider can take now.
func (s *Service) deskSteps(lang string, w access.Work, p Package, roles []Role, v DeskView) (steps []DeskStep) {
	path := deskPath(w, p)
	can := func(e Event, f Facts) bool {
		_, err := Next(p.State, e, roles, f)
		return err == nil
	}
	add := func(name, path string, main, harm bool) {
		steps = append(steps, DeskStep{Label: wording.Text(lang, "shaping.do_"+name), Means: wording.Text(lang, "shaping.do_"+name+"_means"), Path: path, Main: main, Harm: harm})
	}
	if can(AskFinal, Facts{DueOpen: v.DueOpen}) {
		add("final", path+"/final", true, false)
	}
	if v.CanAnswer {
		add("own", path+"/changes", false, false)
	}
	if p.State == AwaitingCommitment {
		add("commit", path+"/commit", true, false)
	}
	if can(Decline, Facts{Why: true}) {
		add("decline", path+"/decline", false, true)
	}
	if v.Commitment != nil && can(RaiseCapacity, Facts{PlacesLeft: 1}) {
		add("raise", path+"/raise", true, false)
	}
	if v.Commitment != nil && can(Retract, Facts{Why: true}) {
		add("retract", path+"/retract", false, true)
	}
	if can(Withdraw, Facts{Why: true}) {
		add("withdraw", packagePath(p.Slug)+"/withdraw", false, true)
	}
	if len(v.Settled) > 0 || v.Version > 1 || p.State.Closed() {
		add("fork", packagePath(p.Slug)+"/fork", false, false)
	}
	return steps
}
