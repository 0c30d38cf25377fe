package shaping

import (
	"context"
	"encoding/json"
	"net/http"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/httpd"
	"caravan/internal/wording"
)

// draftAPI are the operations of the JSON API by which a package begins: a draft
// that is written, one that answers a call, one that is made out of another
// package, and its publication. To everybody else a draft is not there.
func (s *Service) draftAPI() []httpd.Route {
	const tag, one = "Drafts", "/api/v1/packages/{slug}"
	return []httpd.Route{
		httpd.API(httpd.Operation{Method: http.MethodPost, Path: "/api/v1/packages", ID: "draft-package", Summary: "Begin a package: a provider's offer, or a call of patients", Tag: tag,
			Status: http.StatusCreated, NeedKey: true, Errors: []int{403, 409}}, access.Member, s.apiNewDraft),
		httpd.API(httpd.Operation{Method: http.MethodGet, Path: one + "/draft", ID: "get-draft", Summary: "A draft of one's own", Tag: tag, Errors: []int{404}}, access.Member, s.apiDraft),
		httpd.API(httpd.Operation{Method: http.MethodPut, Path: one + "/draft", ID: "keep-draft", Summary: "Keep a draft as it is now, complete or not", Tag: tag, Errors: []int{403, 404, 409}}, access.Member, s.apiKeepDraft),
		httpd.API(httpd.Operation{Method: http.MethodPost, Path: one + "/publish", ID: "publish-package", Summary: "Publish a draft; all that stands in the way is told at once. Its address may change", Tag: tag,
			NeedKey: true, Errors: []int{403, 404, 409}}, access.Member, s.apiPublish),
		httpd.API(httpd.Operation{Method: http.MethodPost, Path: one + "/adopt", ID: "adopt-call", Summary: "Answer a call of patients: a draft with its lines, for a clinic of one's own", Tag: tag,
			Status: http.StatusCreated, Errors: []int{403, 404, 409}}, access.Member, s.apiAdopt),
		httpd.API(httpd.Operation{Method: http.MethodPost, Path: one + "/fork", ID: "fork-package", Summary: "Begin a draft of one's own from a published version", Tag: tag,
			Status: http.StatusCreated, NeedKey: true, Errors: []int{403, 404, 409}}, access.Member, s.apiFork),
	}
}

// DraftLineJSON is a line of a draft.
type DraftLineJSON struct {
	Item    string     `json:"item" doc:"Key of the item"`
	Value   *ValueJSON `json:"value,omitempty" doc:"Left out while nothing is known"`
	NewItem *ItemJSON  `json:"new_item,omitempty" doc:"Of an item that is in nobody's catalogue"`
}

// DraftStepJSON is a step of a threshold.
type DraftStepJSON struct {
	People int    `json:"people" minimum:"1"`
	Gives  string `json:"gives"`
}

// DraftBody is a package as its proposer writes it.
type DraftBody struct {
	Title        string            `json:"title"`
	Summary      string            `json:"summary,omitempty" doc:"Markdown"`
	Lang         string            `json:"lang,omitempty" doc:"ISO 639-1; found from the words without it"`
	Procedure    string            `json:"procedure" doc:"Code"`
	Currency     string            `json:"currency,omitempty" doc:"ISO 4217; EUR without it"`
	Zone         string            `json:"zone,omitempty" doc:"Name of a time zone by whose clock phases end; UTC without it"`
	RoundDays    int               `json:"round_days,omitempty"`
	Organisation string            `json:"organisation,omitempty" doc:"Slug of who offers it; without it a call of patients"`
	Lines        []DraftLineJSON   `json:"lines,omitempty"`
	Steps        []DraftStepJSON   `json:"steps,omitempty"`
	StayAnswers  map[string]string `json:"stay_answers,omitempty" doc:"By item: why a stay that is shorter than usual is enough"`
}

func (b DraftBody) proposal() Proposal {
	d := Proposal{Title: b.Title, Summary: b.Summary, Lang: b.Lang, Procedure: b.Procedure, Currency: b.Currency, Zone: b.Zone, RoundDays: b.RoundDays,
		Organisation: b.Organisation, StayAnswers: b.StayAnswers}
	currency := b.Currency
	if currency == "" {
		currency = usualCurrency
	}
	for _, l := range b.Lines {
		line := Line{Item: Item{Key: l.Item}, Value: l.Value.value(currency)}
		if l.NewItem != nil {
			line.Item = l.NewItem.item(0)
		}
		d.Lines = append(d.Lines, line)
	}
	for _, st := range b.Steps {
		d.Steps = append(d.Steps, Step(st))
	}
	return d
}

// DraftJSON is a draft as it is kept.
type DraftJSON struct {
	Slug         string            `json:"slug"`
	Path         string            `json:"path" doc:"Of its editor"`
	Title        string            `json:"title"`
	Summary      string            `json:"summary"`
	Lang         string            `json:"lang"`
	Procedure    string            `json:"procedure"`
	Currency     string            `json:"currency"`
	Zone         string            `json:"zone"`
	RoundDays    int               `json:"round_days"`
	Organisation string            `json:"organisation,omitempty"`
	Lines        []KeptDraftLine   `json:"lines"`
	Steps        []DraftStepJSON   `json:"steps"`
	StayAnswers  map[string]string `json:"stay_answers"`
}

// KeptDraftLine is a line of a draft as it is kept.
type KeptDraftLine struct {
	Item  string          `json:"item"`
	Name  string          `json:"name"`
	Value json.RawMessage `json:"value" doc:"Canonical JSON, null while nothing is known"`
}

type draftOut struct{ Body DraftJSON }

// draftNow is a draft as it stands.
func (s *Service) draftNow(q *db.Tx, p Package) (*draftOut, error) {
	d, err := s.proposalOf(q, p)
	if err != nil {
		return nil, err
	}
	j := DraftJSON{Slug: p.Slug, Path: partPath(p.Slug, partAbout), Title: d.Title, Summary: d.Summary, Lang: d.Lang, Procedure: d.Procedure, Currency: d.Currency, Zone: d.Zone,
		RoundDays: d.RoundDays, Organisation: d.Organisation, Lines: []KeptDraftLine{}, Steps: []DraftStepJSON{}, StayAnswers: d.StayAnswers}
	for _, l := range d.Lines {
		j.Lines = append(j.Lines, KeptDraftLine{l.Item.Key, l.Item.Spec().Name(wording.Langs[0]), canonicalJSON(l.Value)})
	}
	for _, st := range d.Steps {
		j.Steps = append(j.Steps, DraftStepJSON(st))
	}
	return &draftOut{j}, nil
}

type newDraftIn struct{ Body DraftBody }

func (s *Service) apiNewDraft(ctx context.Context, a access.Actor, in *newDraftIn) (*draftOut, error) {
	p, err := s.SaveDraft(ctx, a, "", in.Body.proposal(), httpd.APIKey(ctx))
	if err != nil {
		return nil, err
	}
	return s.draftNow(s.db.Read(ctx), p)
}

func (s *Service) apiDraft(ctx context.Context, a access.Actor, in *packageIn) (*draftOut, error) {
	q := s.db.Read(ctx)
	p, err := draftFor(q, a, in.Slug)
	if err != nil {
		return nil, err
	}
	return s.draftNow(q, p)
}

type keepDraftIn struct {
	Slug string `path:"slug" maxLength:"200"`
	Body DraftBody
}

func (s *Service) apiKeepDraft(ctx context.Context, a access.Actor, in *keepDraftIn) (*draftOut, error) {
	if _, err := draftFor(s.db.Read(ctx), a, in.Slug); err != nil {
		return nil, err
	}
	p, err := s.SaveDraft(ctx, a, in.Slug, in.Body.proposal(), db.Key{})
	if err != nil {
		return nil, err
	}
	return s.draftNow(s.db.Read(ctx), p)
}

type publishIn struct {
	Slug string   `path:"slug" maxLength:"200"`
	Body struct{} // nothing, but a key belongs to what was sent
}

func (s *Service) apiPublish(ctx context.Context, a access.Actor, in *publishIn) (*steppedOut, error) {
	p, err := s.Publish(ctx, a, in.Slug, httpd.APIKey(ctx))
	if err != nil {
		return nil, err
	}
	return s.stepped(ctx, p.Slug)
}

type adoptIn struct {
	Slug string `path:"slug" maxLength:"200"`
	Body struct {
		Organisation string `json:"organisation" doc:"Slug of the clinic that answers"`
	}
}

func (s *Service) apiAdopt(ctx context.Context, a access.Actor, in *adoptIn) (*draftOut, error) {
	p, err := s.Adopt(ctx, a, in.Slug, in.Body.Organisation)
	if err != nil {
		return nil, err
	}
	return s.draftNow(s.db.Read(ctx), p)
}

type forkIn struct {
	Slug string `path:"slug" maxLength:"200"`
	Body struct {
		Version int `json:"version" minimum:"1"`
	}
}

func (s *Service) apiFork(ctx context.Context, a access.Actor, in *forkIn) (*draftOut, error) {
	p, err := s.Fork(ctx, a, in.Slug, in.Body.Version, httpd.APIKey(ctx))
	if err != nil {
		return nil, err
	}
	return s.draftNow(s.db.Read(ctx), p)
}
