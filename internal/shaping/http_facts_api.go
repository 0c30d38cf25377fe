package shaping

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/httpd"
	"caravan/internal/wording"
)

// factsAPI are the operations of the JSON API that read what is counted about a
// package, and what changed between its versions: what stands on its page for
// everybody.
func (s *Service) factsAPI() []httpd.Route {
	const tag = "Packages"
	read := func(path, id, summary string) httpd.Operation {
		return httpd.Operation{Method: "GET", Path: "/api/v1/packages/{slug}/" + path, ID: id, Summary: summary, Tag: tag, Errors: []int{404, 410}}
	}
	return []httpd.Route{
		httpd.API(read("promises", "get-package-promises", "What was kept of a package's promises, what its provider usually misses, and how it answers wishes"), access.Anyone, s.apiPromises),
		httpd.API(read("demand", "get-package-demand", "At which price how many would take a package, and how near its steps are"), access.Anyone, s.apiDemand),
		httpd.API(read("changes", "get-package-changes", "What changed from one version of a package to a later one"), access.Anyone, s.apiChanges),
		httpd.API(httpd.Operation{Method: "GET", Path: "/api/v1/clinics/{slug}/promises", ID: "get-clinic-promises", Summary: "What a clinic kept of its promises, what it usually misses, and how it answers wishes", Tag: tag,
			Errors: []int{404}}, access.Anyone, s.apiClinicPromises),
	}
}

// KeptJSON is how promises were kept: counts of verdicts, the rate drawn to nine
// in ten, and the 95 % interval of the plain share.
type KeptJSON struct {
	Kept         int     `json:"kept"`
	Better       int     `json:"better"`
	Worse        int     `json:"worse"`
	NotDelivered int     `json:"not_delivered"`
	N            int     `json:"n" doc:"All four"`
	Rate         float64 `json:"rate"`
	Low          float64 `json:"low"`
	High         float64 `json:"high"`
}

func keptJSON(p Promises) (j KeptJSON) {
	j = KeptJSON{Kept: p.Kept, Better: p.Better, Worse: p.Worse, NotDelivered: p.NotDelivered, N: p.N()}
	j.Rate, j.Low, j.High, _ = p.Rate() // what is shown has five verdicts
	return j
}

// KeptLineJSON is one promise of a version.
type KeptLineJSON struct {
	Key      string          `json:"key"`
	Promised json.RawMessage `json:"promised"`
	KeptJSON
	Asked   int                `json:"asked" doc:"Patients for whom it can be judged"`
	Far     int                `json:"far_above" doc:"Of a price: who paid more than 8 % above it"`
	Before  *KeptShareJSON     `json:"before,omitempty" doc:"Not treated yet, and called it a must-have"`
	After   *KeptShareJSON     `json:"after,omitempty" doc:"Treated, and say that it mattered much"`
	Name    string             `json:"name"`
	Replies []PromiseReplyJSON `json:"replies" doc:"Of the provider, oldest first"`
}

// PromiseReplyJSON is what the provider says to a promise.
type PromiseReplyJSON struct {
	ID   int64     `json:"id"`
	Body string    `json:"body" doc:"Empty where a moderator hid it"`
	Lang string    `json:"lang"`
	On   time.Time `json:"on"`
}

// KeptClassJSON is the promises of one class.
type KeptClassJSON struct {
	Class string `json:"class"`
	KeptJSON
}

// KeptVersionJSON is the promises of one version, from five proven patients on.
type KeptVersionJSON struct {
	Version int             `json:"version"`
	Lines   []KeptLineJSON  `json:"lines"`
	Classes []KeptClassJSON `json:"classes"`
}

// KeptShareJSON is a part of n.
type KeptShareJSON struct {
	Of int `json:"of"`
	N  int `json:"n"`
}

func keptShareJSON(s *Share) *KeptShareJSON {
	if s == nil || s.N == 0 {
		return nil
	}
	return &KeptShareJSON{s.Of, s.N}
}

// RefusedJSON is a wish that was refused and needed after all.
type RefusedJSON struct {
	Wish       int64   `json:"wish"`
	Key        string  `json:"key"`
	ReasonCode string  `json:"reason_code,omitempty"`
	Reason     string  `json:"reason,omitempty"`
	Needed     int     `json:"needed"`
	N          int     `json:"n"`
	Low        float64 `json:"low"`
	High       float64 `json:"high"`
}

// SlipJSON is a provider's usual miss of one item.
type SlipJSON struct {
	Key    string  `json:"key"`
	Unit   string  `json:"unit,omitempty"`
	Median float64 `json:"median" doc:"Delivered minus promised; percent of the promise for money"`
	N      int     `json:"n"`
}

// AnswerRecordJSON is how a provider answers wishes that it owes an answer.
type AnswerRecordJSON struct {
	Due           int     `json:"due"`
	Answered      int     `json:"answered" doc:"In time"`
	Accepted      int     `json:"accepted"`
	Countered     int     `json:"countered"`
	CountersTaken int     `json:"counters_taken"`
	MedianHours   float64 `json:"median_hours" doc:"To the first answer"`
}

// ProviderRecordJSON is what is known of a provider over all its packages.
type ProviderRecordJSON struct {
	Slippage []SlipJSON        `json:"slippage"`
	Plans    *KeptShareJSON    `json:"plans_changed" doc:"Patients whose plan was changed after the examination"`
	Record   *AnswerRecordJSON `json:"record" doc:"null where no answer was ever due"`
}

type promisesOut struct {
	Body struct {
		Versions  []KeptVersionJSON        `json:"versions" doc:"Newest first; what fewer than five patients said is not there"`
		Refused   []RefusedJSON            `json:"refused_but_needed"`
		Hindsight map[string]KeptShareJSON `json:"hindsight" doc:"By item: treated people of all packages for the treatment to whom it mattered much"`
		ProviderRecordJSON
	}
}

func (s *Service) apiPromises(ctx context.Context, _ access.Actor, in *packageIn) (*promisesOut, error) {
	k, err := s.readJSON(ctx, in.Slug)
	if err != nil {
		return nil, err
	}
	q, out := s.db.Read(ctx), &promisesOut{}
	v, err := s.ledgerOf(q, k.Package)
	if err != nil {
		return nil, err
	}
	b := &out.Body
	b.Versions, b.Refused, b.Slippage, b.Hindsight = []KeptVersionJSON{}, []RefusedJSON{}, []SlipJSON{}, map[string]KeptShareJSON{}
	for _, x := range v.Versions {
		b.Versions = append(b.Versions, x.json())
	}
	for _, r := range v.Refused {
		b.Refused = append(b.Refused, RefusedJSON{r.AmendmentID, r.Item.Key, string(r.ReasonCode), r.Reason, r.Needed, r.N, r.Low, r.High})
	}
	rows, err := listHindsight(q, k.ProcedureID)
	if err != nil {
		return nil, err
	}
	for key, x := range hindsight(rows) {
		b.Hindsight[key] = KeptShareJSON(x)
	}
	if k.OrganisationID == nil {
		return out, nil
	}
	_, b.ProviderRecordJSON, err = recordJSON(q, *k.OrganisationID)
	return out, err
}

// recordJSON is what everybody may know of how a provider keeps its promises and
// answers wishes, over all its packages.
func recordJSON(q *db.Tx, organisationID int64) (classes []KeptClassJSON, j ProviderRecordJSON, err error) {
	classes, j.Slippage = []KeptClassJSON{}, []SlipJSON{}
	kept, err := listKept(q, keptOfProvider, organisationID, DayAfter(q.Now.UTC(), 0))
	if err != nil {
		return nil, j, err
	}
	for _, c := range classesOf(kept) {
		classes = append(classes, KeptClassJSON{string(c.Class), keptJSON(c.Promises)})
	}
	plans := planChanges(kept)
	j.Plans = keptShareJSON(&plans)
	all, err := listDelivered(q, organisationID)
	if err != nil {
		return nil, j, err
	}
	for _, x := range Slippage(all) {
		j.Slippage = append(j.Slippage, SlipJSON{x.Key, x.Unit, x.Median, x.N})
	}
	r, err := recordOf(q, organisationID)
	if r.Due > 0 {
		j.Record = &AnswerRecordJSON{r.Due, r.Answered, r.Accepted, r.Countered, r.CountersTaken, r.MedianHours}
	}
	return classes, j, err
}

type clinicIn struct {
	Slug string `path:"slug" maxLength:"120"`
}

type clinicOut struct {
	Body struct {
		Classes []KeptClassJSON `json:"classes" doc:"Over all packages; what fewer than five patients of one said has no part in it"`
		ProviderRecordJSON
	}
}

func (s *Service) apiClinicPromises(ctx context.Context, _ access.Actor, in *clinicIn) (*clinicOut, error) {
	q, out := s.db.Read(ctx), &clinicOut{}
	o, err := s.provider.FindClinic(q, in.Slug)
	if err != nil {
		return nil, err
	}
	out.Body.Classes, out.Body.ProviderRecordJSON, err = recordJSON(q, o.ID)
	return out, err
}

func (v VersionLedger) json() KeptVersionJSON {
	j := KeptVersionJSON{Version: v.Number, Lines: []KeptLineJSON{}, Classes: []KeptClassJSON{}}
	for _, l := range v.Lines {
		x := KeptLineJSON{Key: l.Item.Key, Promised: json.RawMessage(l.Promised.Canonical()), KeptJSON: keptJSON(l.Promises), Asked: l.Asked, Far: l.Far,
			Name: l.Name(wording.Langs[0]), Replies: []PromiseReplyJSON{}}
		for _, r := range l.Replies {
			x.Replies = append(x.Replies, PromiseReplyJSON{r.ID, r.Body, r.Lang, r.On})
		}
		if l.Need != nil {
			x.Before, x.After = keptShareJSON(l.Need.Before), keptShareJSON(l.Need.After)
		}
		j.Lines = append(j.Lines, x)
	}
	for _, c := range v.Classes {
		j.Classes = append(j.Classes, KeptClassJSON{string(c.Class), keptJSON(c.Promises)})
	}
	return j
}

// DemandPointJSON is how many would take an offer at a price.
type DemandPointJSON struct {
	PriceMinor int64 `json:"price_minor"`
	Takers     int   `json:"takers"`
}

// ThresholdStepJSON is what a number of ready people unlocks.
type ThresholdStepJSON struct {
	People  int    `json:"people"`
	Gives   string `json:"gives"`
	Reached bool   `json:"reached"`
	Percent int    `json:"percent" doc:"Of the way to it, in quarters: 0, 25, 50, 75, 100"`
}

type demandOut struct {
	Body struct {
		Currency string              `json:"currency" doc:"ISO 4217"`
		People   int                 `json:"people" doc:"Who named a price; 0 below twenty"`
		Expected float64             `json:"expected" doc:"How many of them are expected to come, from experience"`
		Curve    []DemandPointJSON   `json:"curve" doc:"Empty below twenty people"`
		Steps    []ThresholdStepJSON `json:"steps"`
	}
}

func (s *Service) apiDemand(ctx context.Context, _ access.Actor, in *packageIn) (*demandOut, error) {
	k, err := s.readJSON(ctx, in.Slug)
	if err != nil {
		return nil, err
	}
	curve, n, expected, unlocked, quarters, err := demand(s.db.Read(ctx), k.Package)
	if err != nil {
		return nil, err
	}
	out := &demandOut{}
	b := &out.Body
	b.Currency, b.People, b.Expected, b.Curve, b.Steps = k.Currency, n, expected, []DemandPointJSON{}, []ThresholdStepJSON{}
	for _, p := range curve {
		b.Curve = append(b.Curve, DemandPointJSON(p))
	}
	for i, st := range k.Steps {
		x := ThresholdStepJSON{People: st.People, Gives: st.Gives, Reached: i < unlocked}
		switch {
		case x.Reached:
			x.Percent = 100
		case i == unlocked:
			x.Percent = quarters
		}
		b.Steps = append(b.Steps, x)
	}
	return out, nil
}

type changesIn struct {
	Slug string `path:"slug" maxLength:"200"`
	From int    `query:"from" minimum:"1" doc:"Number of the earlier version; the one before without it"`
	To   int    `query:"to" minimum:"1" doc:"Number of the later version; the newest without it"`
}

// OfferChangeJSON is one line that changed.
type OfferChangeJSON struct {
	Key    string          `json:"key"`
	Old    json.RawMessage `json:"old" doc:"null where it was not there"`
	New    json.RawMessage `json:"new" doc:"null where it was taken out"`
	Effect string          `json:"effect" doc:"For patients: better, worse, other"`
	Wish   int64           `json:"wish,omitempty" doc:"That brought it"`
	Reason string          `json:"reason,omitempty" doc:"Of the provider, where it changed the line alone"`
}

type changesOut struct {
	Body struct {
		From       int               `json:"from"`
		To         int               `json:"to"`
		PriceMinor int64             `json:"price_moved_minor"`
		Changes    []OfferChangeJSON `json:"changes"`
	}
}

func (s *Service) apiChanges(ctx context.Context, _ access.Actor, in *changesIn) (*changesOut, error) {
	k, err := s.readJSON(ctx, in.Slug)
	if err != nil {
		return nil, err
	}
	to, from := in.To, in.From
	if to == 0 {
		to = len(k.versions)
	}
	if from == 0 {
		from = to - 1
	}
	if to > len(k.versions) || from < 1 || from >= to {
		return nil, errNoVersion
	}
	changes, moved, err := k.changesBetween(s.db.Read(ctx), from, to)
	if err != nil {
		return nil, err
	}
	out := &changesOut{}
	b := &out.Body
	b.From, b.To, b.PriceMinor, b.Changes = from, to, moved, []OfferChangeJSON{}
	for _, c := range changes {
		b.Changes = append(b.Changes, OfferChangeJSON{c.Item.Key, canonicalJSON(c.Old), canonicalJSON(c.New), string(c.Effect), c.AmendmentID, c.Reason})
	}
	slices.SortFunc(b.Changes, func(a, b OfferChangeJSON) int { return strings.Compare(a.Key, b.Key) })
	return out, nil
}

// canonicalJSON is a value as it is hashed, null for none.
func canonicalJSON(v Value) json.RawMessage {
	if v.None() {
		return json.RawMessage("null")
	}
	return json.RawMessage(v.Canonical())
}
