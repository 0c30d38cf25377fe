package shaping

import (
	"context"
	"encoding/json"
	"net/http"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/wording"
)

// deskAPI are the operations of the JSON API for what a provider does at its desk
// besides answering wishes, and for the steps of the platform.
func (s *Service) deskAPI() []httpd.Route {
	const tag, one = "Packages", "/api/v1/packages/{slug}"
	return []httpd.Route{
		httpd.API(httpd.Operation{Method: http.MethodGet, Path: one + "/own-changes", ID: "get-own-changes", Summary: "What the provider changes by itself in the next version, for its own people", Tag: tag,
			Errors: []int{404}}, access.Member, s.apiOwnChanges),
		httpd.API(httpd.Operation{Method: http.MethodPut, Path: one + "/own-changes", ID: "plan-own-changes", Summary: "Set what the provider changes by itself in the next version", Tag: tag,
			Errors: []int{403, 404, 409}}, access.Member, s.apiPlan),
		httpd.API(httpd.Operation{Method: http.MethodPost, Path: one + "/promises/{item}/replies", ID: "reply-to-promise", Summary: "Say in public what the provider has to say to a promise that was not kept", Tag: tag,
			Status: http.StatusCreated, NeedKey: true, Errors: []int{403, 404, 409}}, access.Member, s.apiReply),
		httpd.API(httpd.Operation{Method: http.MethodPost, Path: one + "/oversight", ID: "oversee-package", Summary: "Suspend a package, let it go on, find it broken, or a wish of it double", Tag: tag,
			Errors: []int{403, 404, 409}}, access.Moderator, s.apiOversee),
	}
}

// PlannedJSON is a change that a provider makes by itself.
type PlannedJSON struct {
	Item   string          `json:"item"`
	Name   string          `json:"name"`
	Value  json.RawMessage `json:"value" doc:"null where the item is taken out"`
	Reason string          `json:"reason"`
}

type plannedOut struct {
	Body struct {
		Changes []PlannedJSON `json:"changes"`
	}
}

func (s *Service) apiOwnChanges(ctx context.Context, a access.Actor, in *packageIn) (*plannedOut, error) {
	return s.plannedNow(s.db.Read(ctx), a, in.Slug)
}

// plannedNow are the planned changes, for who works for the provider.
func (s *Service) plannedNow(q *db.Tx, a access.Actor, slug string) (*plannedOut, error) {
	p, err := s.published(q, slug)
	if err != nil {
		return nil, err
	}
	if _, own := a.WorksFor(offeredBy(p)); !own {
		return nil, errNoPackage
	}
	base, err := content(q, *p.NewestVersionID)
	if err != nil {
		return nil, err
	}
	out := &plannedOut{}
	out.Body.Changes = []PlannedJSON{}
	for _, o := range p.OwnChanges {
		out.Body.Changes = append(out.Body.Changes, PlannedJSON{o.Key, o.spec(base).Name(wording.Langs[0]), canonicalJSON(o.Value), o.Reason})
	}
	return out, nil
}

// PlanJSON is a change that is to be planned.
type PlanJSON struct {
	Item    string     `json:"item" doc:"Key of the item"`
	Value   *ValueJSON `json:"value,omitempty" doc:"Left out to take the item out"`
	NewItem *ItemJSON  `json:"new_item,omitempty" doc:"Of an item that is in nobody's catalogue"`
	Reason  string     `json:"reason" doc:"Stands beside the change"`
}

type planIn struct {
	Slug string `path:"slug" maxLength:"200"`
	Body struct {
		Changes []PlanJSON `json:"changes" maxItems:"200" doc:"All of them: what is left out is planned no more"`
	}
}

func (s *Service) apiPlan(ctx context.Context, a access.Actor, in *planIn) (*plannedOut, error) {
	q := s.db.Read(ctx)
	p, err := s.published(q, in.Slug)
	if err != nil {
		return nil, err
	}
	base, err := content(q, *p.NewestVersionID)
	if err != nil {
		return nil, err
	}
	own := []OwnChange{}
	for _, x := range in.Body.Changes {
		o := OwnChange{Key: x.Item, Value: x.Value.value(p.Currency), Reason: x.Reason}
		switch _, there := base.Find(x.Item); {
		case x.NewItem != nil:
			it := x.NewItem.item(p.ID)
			o.NewItem = &it
		case !there:
			if spec, ok := SpecOf(x.Item); ok {
				it := spec.Item(p.ID)
				o.NewItem = &it
			}
		}
		own = append(own, o)
	}
	if err := s.PlanChanges(ctx, a, in.Slug, own); err != nil {
		return nil, err
	}
	return s.plannedNow(s.db.Read(ctx), a, in.Slug)
}

type promiseReplyIn struct {
	Slug string `path:"slug" maxLength:"200"`
	Item string `path:"item" maxLength:"80"`
	Body struct {
		Version int    `json:"version" minimum:"1" doc:"That was signed"`
		Body    string `json:"body"`
	}
}

type promiseReplyOut struct {
	Status int
	Body   struct {
		State string `json:"state" doc:"shown, or held until a moderator has looked at it"`
	}
}

func (s *Service) apiReply(ctx context.Context, a access.Actor, in *promiseReplyIn) (*promiseReplyOut, error) {
	commitment, item, err := s.promiseAt(s.db.Read(ctx), in.Slug, in.Body.Version, in.Item)
	if err != nil {
		return nil, err
	}
	r, err := s.Reply(ctx, a, commitment, item, in.Body.Body, httpd.APIKey(ctx))
	if err != nil {
		return nil, err
	}
	out := &promiseReplyOut{Status: http.StatusCreated}
	if out.Body.State = r.State; r.State == replyHeld {
		out.Status = http.StatusAccepted
	}
	return out, nil
}

// promiseAt finds the promise of an item in the last commitment to a version.
func (s *Service) promiseAt(q *db.Tx, slug string, number int, key string) (commitment, item int64, err error) {
	p, err := s.published(q, slug)
	if err != nil {
		return 0, 0, err
	}
	v, err := version(q, p.ID, number)
	if err != nil {
		return 0, 0, err
	}
	given, err := commitments(q, p.ID)
	if err != nil {
		return 0, 0, err
	}
	says, err := content(q, v.ID)
	if err != nil {
		return 0, 0, err
	}
	l, there := says.Find(key)
	for _, c := range given {
		if c.VersionID == v.ID {
			commitment = c.ID
		}
	}
	if !there || commitment == 0 {
		return 0, 0, errs.New(errs.NotFound, "shaping.item_gone")
	}
	return commitment, l.Item.ID, nil
}

type overseeIn struct {
	Slug string `path:"slug" maxLength:"200"`
	Body struct {
		Event string `json:"event" enum:"suspend,resume,breach,mark_duplicate"`
		Why   string `json:"why" doc:"Everybody reads it"`
		Wish  int64  `json:"wish,omitempty" doc:"Id of the double"`
		Of    int64  `json:"of,omitempty" doc:"Id of the wish that stands for it"`
	}
}

func (s *Service) apiOversee(ctx context.Context, a access.Actor, in *overseeIn) (*steppedOut, error) {
	if _, err := s.published(s.db.Read(ctx), in.Slug); err != nil {
		return nil, err
	}
	var err error
	if e := Event(in.Body.Event); e == Event(MarkTwice) {
		err = s.MarkTwice(ctx, a, in.Slug, in.Body.Wish, in.Body.Of, in.Body.Why)
	} else {
		err = s.oversee(ctx, a, in.Slug, e, in.Body.Why)
	}
	if err != nil {
		return nil, err
	}
	return s.stepped(ctx, in.Slug)
}
