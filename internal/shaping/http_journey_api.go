package shaping

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/wording"
)

// journeyAPI are the operations of the JSON API on one's own journeys. For
// everybody else a journey is not there.
func (s *Service) journeyAPI() []httpd.Route {
	const tag, one = "Journeys", "/api/v1/me/journeys/{id}"
	return []httpd.Route{
		httpd.API(httpd.Operation{Method: http.MethodPost, Path: "/api/v1/packages/{slug}/journey", ID: "enrol", Summary: "Take a place under a package's commitment", Tag: tag,
			Status: http.StatusCreated, NeedKey: true, Errors: []int{403, 404, 409}}, access.Member, s.apiEnrol),
		httpd.API(httpd.Operation{Method: http.MethodGet, Path: "/api/v1/me/journeys", ID: "list-journeys", Summary: "One's own journeys, newest first", Tag: tag}, access.Member, s.apiJourneys),
		httpd.API(httpd.Operation{Method: http.MethodGet, Path: one, ID: "get-journey", Summary: "One's own journey, promise by promise", Tag: tag, Errors: []int{404}}, access.Member, s.apiJourney),
		httpd.API(httpd.Operation{Method: http.MethodDelete, Path: one, ID: "leave-journey", Summary: "Give one's place back, before the treatment", Tag: tag, Errors: []int{404, 409}}, access.Member, s.apiLeave),
		httpd.API(httpd.Operation{Method: http.MethodPut, Path: one + "/discharge", ID: "say-treated", Summary: "Say on which day one was discharged", Tag: tag, Errors: []int{404, 409}}, access.Member, s.apiTreated),
		httpd.API(httpd.Operation{Method: http.MethodPut, Path: one + "/link", ID: "link-journey", Summary: "Say whether one's own experience shall name the version it followed", Tag: tag, Errors: []int{404}}, access.Member, s.apiLink),
		httpd.API(httpd.Operation{Method: http.MethodPut, Path: one + "/verdicts", ID: "say-verdicts", Summary: "Say what was kept, promise by promise; all is kept or nothing", Tag: tag, Errors: []int{403, 404, 409}}, access.Member, s.apiVerdicts),
		httpd.API(httpd.Operation{Method: http.MethodPut, Path: one + "/needs/{wish}", ID: "say-needed", Summary: "Say whether one needed what the provider had refused", Tag: tag, Errors: []int{404, 409}}, access.Member, s.apiNeeded),
	}
}

type enrolIn struct {
	Slug string `path:"slug" maxLength:"200"`
	Body struct {
		Hash string `json:"hash" pattern:"^[0-9a-f]{64}$" doc:"Of the version that is signed, as it was read"`
	}
}

type enrolOut struct {
	Body struct {
		ID string `json:"id"`
	}
}

func (s *Service) apiEnrol(ctx context.Context, a access.Actor, in *enrolIn) (*enrolOut, error) {
	q := s.db.Read(ctx)
	p, err := s.published(q, in.Slug)
	if err != nil {
		return nil, err
	}
	c, err := standing(q, p.ID)
	if err != nil {
		return nil, err
	}
	if c != nil && hex.EncodeToString(c.ContentHash) != in.Body.Hash { // a place is under what was read
		return nil, errs.New(errs.Conflict, "shaping.hash_differs")
	}
	path, err := s.Enrol(ctx, a, in.Slug, httpd.APIKey(ctx))
	if err != nil {
		return nil, err
	}
	out := &enrolOut{}
	out.Body.ID = strings.TrimPrefix(path, journeyPath(""))
	return out, nil
}

type journeysOut struct {
	Body struct {
		Journeys []JourneyJSON `json:"journeys"`
	}
}

func (s *Service) apiJourneys(ctx context.Context, a access.Actor, _ *struct{}) (*journeysOut, error) {
	q, out := s.db.Read(ctx), &journeysOut{}
	out.Body.Journeys = []JourneyJSON{}
	all, err := listJourneys(q, a.PersonID)
	if err != nil {
		return nil, err
	}
	for _, j := range all {
		one, err := s.journeyNow(q, a, j.PublicID)
		if err != nil {
			return nil, err
		}
		out.Body.Journeys = append(out.Body.Journeys, one.Body)
	}
	return out, nil
}

// OwnPromiseJSON is a promise to its patient.
type OwnPromiseJSON struct {
	Key       string          `json:"key"`
	Name      string          `json:"name"`
	Question  string          `json:"question,omitempty" doc:"What is asked; absent for own items of the package"`
	Promised  json.RawMessage `json:"promised"`
	DueOn     string          `json:"due_on" doc:"From this day on it can be judged"`
	Verdicts  []string        `json:"verdicts" doc:"That can be said of it"`
	Verdict   string          `json:"verdict,omitempty"`
	Delivered json.RawMessage `json:"delivered,omitempty"`
	Mattered  string          `json:"mattered,omitempty" enum:"much,little,not"`
}

// OwnNeedJSON is a refused wish that a treated patient is asked about.
type OwnNeedJSON struct {
	Wish       int64           `json:"wish"`
	Key        string          `json:"key"`
	Name       string          `json:"name"`
	Op         string          `json:"op" enum:"set,add,remove"`
	Value      json.RawMessage `json:"value" doc:"That was wished; null to remove"`
	ReasonCode string          `json:"reason_code,omitempty" doc:"Why it was refused"`
	Needed     *bool           `json:"needed" doc:"null while nothing was said"`
}

// JourneyJSON is one's own journey.
type JourneyJSON struct {
	ID         string            `json:"id"`
	Package    string            `json:"package" doc:"Slug"`
	Version    int               `json:"version"`
	Hash       string            `json:"hash" doc:"SHA-256 of what was promised"`
	Stage      string            `json:"stage" enum:"enrolled,treated,left"`
	Discharged string            `json:"discharged_on,omitempty"`
	Proven     bool              `json:"proven" doc:"By one's own experience: only then verdicts count"`
	Promises   []OwnPromiseJSON  `json:"promises" doc:"Once treated, by the day on which they can be judged"`
	Remedies   map[string]string `json:"remedies"`
	Linked     bool              `json:"linked" doc:"One's own experience shall name the version it followed"`
	Refused    []OwnNeedJSON     `json:"refused" doc:"Refused wishes that one is asked about, half a year after the treatment"`
}

type journeyIn struct {
	ID string `path:"id" pattern:"^[0-9a-f-]{36}$"`
}

type journeyOut struct{ Body JourneyJSON }

func (s *Service) apiJourney(ctx context.Context, a access.Actor, in *journeyIn) (*journeyOut, error) {
	return s.journeyNow(s.db.Read(ctx), a, in.ID)
}

// journeyNow is an own journey as it stands.
func (s *Service) journeyNow(q *db.Tx, a access.Actor, id string) (*journeyOut, error) {
	if !isID.MatchString(id) {
		return nil, errNoJourney
	}
	u, err := s.ownJourney(q, a, id)
	if err != nil {
		return nil, err
	}
	j := JourneyJSON{ID: u.PublicID, Package: u.Package.Slug, Version: u.Version.Number, Hash: hex.EncodeToString(u.Commitment.ContentHash), Stage: u.Stage, Proven: u.Proven,
		Promises: []OwnPromiseJSON{}, Remedies: u.Commitment.Remedies, Linked: u.Linked}
	if j.Refused, err = u.refusedJSON(q); err != nil {
		return nil, err
	}
	if u.DischargedOn == nil {
		return &journeyOut{j}, nil
	}
	j.Discharged = u.DischargedOn.Format(time.DateOnly)
	for _, x := range Schedule(u.Content, *u.DischargedOn) {
		v, asked := u.Verdicts[x.Item.ID]
		if !asked {
			continue
		}
		lang := wording.Langs[0]
		p := OwnPromiseJSON{Key: x.Item.Key, Name: x.Item.Spec().Name(lang), Question: x.Item.Spec().Question(lang), Promised: json.RawMessage(x.Value.Canonical()),
			DueOn: v.DueOn.Format(time.DateOnly), Verdict: string(v.Verdict)}
		for _, can := range verdictsOn(x.Item.Key) {
			p.Verdicts = append(p.Verdicts, string(can))
		}
		if !v.Delivered.None() {
			p.Delivered = json.RawMessage(v.Delivered.Canonical())
		}
		if v.Mattered != nil {
			p.Mattered = Weights[1-*v.Mattered]
		}
		j.Promises = append(j.Promises, p)
	}
	return &journeyOut{j}, nil
}

func (u underway) refusedJSON(q *db.Tx) ([]OwnNeedJSON, error) {
	rows, said, err := u.refused(q)
	out := []OwnNeedJSON{}
	for _, r := range rows {
		j := OwnNeedJSON{Wish: r.ID, Key: r.ItemKey, Name: r.item().Spec().Name(wording.Langs[0]), Op: string(r.Op), Value: canonicalJSON(r.NewValue), ReasonCode: string(r.ReasonCode)}
		if needed, ok := said[r.ID]; ok {
			j.Needed = &needed
		}
		out = append(out, j)
	}
	return out, err
}

// afterwards does something to an own journey and returns it as it stands then.
func (s *Service) afterwards(ctx context.Context, a access.Actor, id string, do func() error) (*journeyOut, error) {
	if !isID.MatchString(id) {
		return nil, errNoJourney
	}
	if err := do(); err != nil {
		return nil, err
	}
	return s.journeyNow(s.db.Read(ctx), a, id)
}

func (s *Service) apiLeave(ctx context.Context, a access.Actor, in *journeyIn) (*journeyOut, error) {
	return s.afterwards(ctx, a, in.ID, func() error { return s.Leave(ctx, a, in.ID) })
}

type dischargeIn struct {
	ID   string `path:"id" pattern:"^[0-9a-f-]{36}$"`
	Body struct {
		Day string `json:"day" format:"date"`
	}
}

func (s *Service) apiTreated(ctx context.Context, a access.Actor, in *dischargeIn) (*journeyOut, error) {
	return s.afterwards(ctx, a, in.ID, func() error { return s.SayTreated(ctx, a, in.ID, in.Body.Day) })
}

type linkIn struct {
	ID   string `path:"id" pattern:"^[0-9a-f-]{36}$"`
	Body struct {
		On bool `json:"on"`
	}
}

func (s *Service) apiLink(ctx context.Context, a access.Actor, in *linkIn) (*journeyOut, error) {
	return s.afterwards(ctx, a, in.ID, func() error { return s.Link(ctx, a, in.ID, in.Body.On) })
}

// SayingJSON is what a patient says of one promise.
type SayingJSON struct {
	Key       string `json:"key"`
	Verdict   string `json:"verdict,omitempty" enum:"kept,better,worse,not_delivered,not_applicable,too_early" doc:"Where a figure is given that decides, it may be left out"`
	Delivered string `json:"delivered,omitempty" maxLength:"40" doc:"A figure as it is written in English, or a word of the item's list"`
	Mattered  string `json:"mattered,omitempty" enum:"much,little,not" doc:"Looking back"`
}

type verdictsIn struct {
	ID   string `path:"id" pattern:"^[0-9a-f-]{36}$"`
	Body struct {
		Verdicts []SayingJSON `json:"verdicts" minItems:"1" maxItems:"200"`
	}
}

func (s *Service) apiVerdicts(ctx context.Context, a access.Actor, in *verdictsIn) (*journeyOut, error) {
	var all []Saying
	for _, x := range in.Body.Verdicts {
		all = append(all, Saying{Key: x.Key, Verdict: Verdict(x.Verdict), Got: x.Delivered, Mattered: x.Mattered})
	}
	return s.afterwards(ctx, a, in.ID, func() error {
		_, err := s.Say(ctx, a, in.ID, wording.Langs[0], all)
		return err
	})
}

type neededIn struct {
	ID   string `path:"id" pattern:"^[0-9a-f-]{36}$"`
	Wish int64  `path:"wish"`
	Body struct {
		Needed bool `json:"needed"`
	}
}

func (s *Service) apiNeeded(ctx context.Context, a access.Actor, in *neededIn) (*journeyOut, error) {
	return s.afterwards(ctx, a, in.ID, func() error { return s.SayNeeded(ctx, a, in.ID, in.Wish, in.Body.Needed) })
}
