package shaping

import (
	"context"
	"encoding/hex"
	"net/http"
	"time"

	"caravan/internal/access"
	"caravan/internal/errs"
	"caravan/internal/httpd"
)

// bindAPI are the operations of the JSON API by which a provider, or who set a
// call up, takes a package further.
func (s *Service) bindAPI() []httpd.Route {
	const tag = "Packages"
	return []httpd.Route{
		httpd.API(httpd.Operation{Method: http.MethodPost, Path: "/api/v1/packages/{slug}/commitment", ID: "commit-to-package", Summary: "Sign a published version for the provider, by its number and hash", Tag: tag,
			Status: http.StatusCreated, NeedKey: true, Errors: []int{403, 404, 409}}, access.Member, s.apiCommit),
		httpd.API(httpd.Operation{Method: http.MethodPost, Path: "/api/v1/packages/{slug}/steps", ID: "step-package", Summary: "Take a package a step further; what the clock does nobody does by hand", Tag: tag,
			Errors: []int{403, 404, 409}}, access.Member, s.apiStep),
	}
}

type commitIn struct {
	Slug string `path:"slug" maxLength:"200"`
	Body struct {
		Version          int               `json:"version" minimum:"1"`
		Hash             string            `json:"hash" pattern:"^[0-9a-f]{64}$" doc:"Of that version, as it was read"`
		Capacity         int               `json:"capacity" minimum:"1"`
		ValidUntil       string            `json:"valid_until" format:"date"`
		PriceLockedUntil string            `json:"price_locked_until" format:"date"`
		Remedies         map[string]string `json:"remedies,omitempty" doc:"By item: what a patient gets if it is not kept"`
	}
}

func (s *Service) apiCommit(ctx context.Context, a access.Actor, in *commitIn) (*steppedOut, error) {
	q := s.db.Read(ctx)
	p, err := s.published(q, in.Slug)
	if err != nil {
		return nil, err
	}
	v, err := version(q, p.ID, in.Body.Version)
	if err != nil {
		return nil, err
	}
	c := Commitment{VersionID: v.ID, Capacity: in.Body.Capacity, Remedies: in.Body.Remedies}
	if c.ContentHash, err = hex.DecodeString(in.Body.Hash); err != nil {
		return nil, errs.New(errs.Conflict, "shaping.hash_differs")
	}
	for _, d := range []struct {
		name, typed string
		into        *time.Time
	}{{"valid_until", in.Body.ValidUntil, &c.ValidUntil}, {"price_locked_until", in.Body.PriceLockedUntil, &c.PriceLockedUntil}} {
		if *d.into, err = time.Parse(time.DateOnly, d.typed); err != nil {
			return nil, errs.Field(d.name, "shaping.desk_day")
		}
	}
	if err := s.Commit(ctx, a, in.Slug, c, httpd.APIKey(ctx)); err != nil {
		return nil, err
	}
	return s.stepped(ctx, in.Slug)
}

type steppedOut struct {
	Body struct {
		Slug  string `json:"slug"`
		State string `json:"state"`
		Round int    `json:"round"`
	}
}

// stepped is where a package stands after a step.
func (s *Service) stepped(ctx context.Context, slug string) (*steppedOut, error) {
	p, err := load(s.db.Read(ctx), slug)
	if err != nil {
		return nil, err
	}
	s.forgetPackage(p.ID)
	out := &steppedOut{}
	out.Body.Slug, out.Body.State, out.Body.Round = p.Slug, string(p.State), p.Round
	return out, nil
}

type stepIn struct {
	Slug string `path:"slug" maxLength:"200"`
	Body struct {
		Step      string `json:"step" enum:"ask_final,decline,withdraw,raise_capacity,retract,supersede"`
		Why       string `json:"why,omitempty" doc:"Needed to decline, withdraw and retract; everybody reads it"`
		Capacity  int    `json:"capacity,omitempty" doc:"The new number of places"`
		Successor string `json:"successor,omitempty" doc:"Slug of the package that takes its place"`
	}
}

func (s *Service) apiStep(ctx context.Context, a access.Actor, in *stepIn) (*steppedOut, error) {
	var err error
	switch Event(in.Body.Step) {
	case AskFinal:
		err = s.AskFinal(ctx, a, in.Slug)
	case Decline:
		err = s.Decline(ctx, a, in.Slug, in.Body.Why)
	case Withdraw:
		err = s.Withdraw(ctx, a, in.Slug, in.Body.Why)
	case RaiseCapacity:
		err = s.RaiseCapacity(ctx, a, in.Slug, in.Body.Capacity)
	case Retract:
		err = s.WithdrawCommitment(ctx, a, in.Slug, in.Body.Why)
	case Supersede:
		err = s.Supersede(ctx, a, in.Slug, in.Body.Successor)
	default:
		err = errs.New(errs.Conflict, "shaping.no_such_step")
	}
	if err != nil {
		return nil, err
	}
	return s.stepped(ctx, in.Slug)
}
