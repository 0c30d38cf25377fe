package shaping

import (
	"context"
	"strconv"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/moderation"
	"caravan/internal/notify"
	"caravan/internal/text"
)

// States of a reply.
const (
	replyHeld    = "held" // it may confirm or deny that somebody was a patient: a moderator looks first
	replyShown   = "shown"
	replyRefused = "refused" // by a moderator; another can be written
	replyHidden  = "hidden"  // by a moderator after a report
)

// Lengths of a reply, in characters after cleaning.
const minReply, maxReply = 40, 1_500

// replyKind is what the moderation desk knows replies by.
const replyKind = "promise_reply"

// replyRate is how often one account may reply.
var replyRate = httpd.Rate{N: 40, Per: 24 * time.Hour}

// Replied is what became of a reply.
type Replied struct {
	State string
	Body  string // cleaned
	Spots []text.Spot
}

// Reply says in public what a provider says to a promise of which patients say
// that it was not kept. It speaks of the promise, never of a patient: what may
// confirm or deny that somebody was one waits for a moderator, and what gives
// somebody away is refused. Only promises that are public, or that two patients
// missed, can be replied to: nobody learns of a single verdict by trying.
func (s *Service) Reply(ctx context.Context, a access.Actor, commitmentID, itemID int64, body string, k db.Key) (out Replied, err error) {
	q := s.db.Read(ctx)
	c, err := commitmentByID(q, commitmentID)
	if err != nil {
		return out, err
	}
	p, err := loadByID(q, c.PackageID)
	if err != nil {
		return out, err
	}
	if err := May(p.State, ReplyVerdict, RolesOf(a, p, false)); err != nil {
		return out, err
	}
	it, err := itemByID(q, itemID)
	if err != nil {
		return out, err
	}
	if err := s.canReply(q, p, c, it); err != nil {
		return out, err
	}
	if out.Body, out.Spots, err = s.readReply(q, a, p, it, body); err != nil {
		return out, err
	}
	if err := s.limits.Take(ctx, replyKind, "a"+strconv.FormatInt(a.AccountID, 10), replyRate); err != nil {
		return out, err
	}
	work := a.SpeaksFor(c.OrganisationID)
	r := PromiseReply{CommitmentID: c.ID, ItemID: it.ID, AuthorAccountID: a.AccountID, AuthorRole: work.Role, Body: out.Body, Lang: text.Language(out.Body, a.Lang), State: replyShown}
	if len(out.Spots) > 0 {
		r.State = replyHeld
	}
	out.State = r.State
	return out, s.db.Write(ctx, func(tx *db.Tx) error {
		kept, err := db.Once(tx, k)
		if err != nil || kept != nil {
			return err
		}
		return s.keepReply(tx, &r, k)
	})
}

// keepReply stores a reply and what follows from it.
func (s *Service) keepReply(tx *db.Tx, r *PromiseReply, k db.Key) error {
	r.CreatedAt = tx.Now
	if r.State == replyShown {
		r.PublishedAt = &tx.Now
	}
	if err := insertReply(tx, r); err != nil {
		return err
	}
	db.Keep(tx, k, r.ID, "")
	if r.State == replyHeld {
		return moderation.Suggest(tx, replyKind, r.ID, r.AuthorAccountID)
	}
	return s.tellDisappointed(tx, *r)
}

// canReply says whether a promise can be replied to.
func (s *Service) canReply(q *db.Tx, p Package, c Commitment, it Item) error {
	missed, err := missedOf(q, p.ID)
	if err != nil {
		return err
	}
	for _, m := range missed {
		if m.CommitmentID == c.ID && m.Item.ID == it.ID {
			return nil
		}
	}
	v, err := s.ledgerOf(q, p)
	if err != nil {
		return err
	}
	version, err := versionByID(q, c.VersionID)
	if err != nil {
		return err
	}
	shown, _ := v.Of(version.Number)
	if _, ok := shown.Line(it.Key); !ok {
		return errNoReply
	}
	return nil
}

// readReply checks the words of a reply. What the package itself says may be
// said again.
func (s *Service) readReply(q *db.Tx, a access.Actor, p Package, it Item, typed string) (body string, spots []text.Spot, err error) {
	if body, err = text.Clean(typed); err != nil {
		return "", nil, errs.Field("body", errs.Of(err).Msg.Key)
	}
	switch n := text.Length(body); {
	case n < minReply:
		return body, nil, errs.Field("body", "answer.body_short", "least", minReply)
	case n > maxReply:
		return body, nil, errs.Field("body", "answer.body_long", "most", maxReply)
	}
	known := []string{p.Title, it.Spec().Name("en"), it.Spec().Name(p.Lang)}
	own := text.LeakContext{OwnNames: a.OwnNames, Verified: true}
	if p.OrganisationID != nil {
		o, err := s.provider.FindOrganisation(q, *p.OrganisationID)
		if err != nil {
			return body, nil, err
		}
		known = append(known, o.Name, o.City)
		own.Countries = []string{o.Country}
	}
	if proc, ok := s.provider.ProcedureByID(p.ProcedureID); ok {
		for _, names := range proc.Names() {
			known = append(known, names...)
		}
	}
	own.Allowed = known
	if err := text.CheckLeaks("body", body, own, true); err != nil {
		return body, nil, err
	}
	return body, text.Guard(body, known), nil
}

// tellDisappointed tells those who did not get the promise that the provider
// replied. The notice says nothing of which.
func (s *Service) tellDisappointed(tx *db.Tx, r PromiseReply) error {
	rows, err := listDisappointed(tx, r.CommitmentID, r.ItemID)
	if err != nil {
		return err
	}
	for _, d := range rows {
		if err := s.notify.Tell(tx, notify.Notice{AccountID: d.AccountID, Kind: "promise_reply", Ref: d.JourneyID, Path: journeyPath(d.PublicID)}); err != nil {
			return err
		}
	}
	return nil
}

// replyDesk is a reply at the moderation desk: one that is held, and one that was
// reported.
type replyDesk struct{ s *Service }

var (
	_ moderation.Subject    = replyDesk{}
	_ moderation.Suggestion = replyDesk{}
)

// Suggestions are what a moderator looks at before it appears.
func (s *Service) Suggestions() []moderation.Suggestion {
	return []moderation.Suggestion{replyDesk{s}, voteDesk{s}}
}

// Kind is what the desk knows replies by.
func (replyDesk) Kind() string { return replyKind }

// About shows the desk a reply, with the promise it is about.
func (x replyDesk) About(ctx context.Context, id int64) (moderation.Item, error) {
	q := x.s.db.Read(ctx)
	r, err := findReply(q, id)
	if err != nil {
		return moderation.Item{}, err
	}
	c, err := commitmentByID(q, r.CommitmentID)
	if err != nil {
		return moderation.Item{}, err
	}
	p, err := loadByID(q, c.PackageID)
	if err != nil {
		return moderation.Item{}, err
	}
	m := moderation.Item{Title: p.Title, Excerpt: r.Body, AuthorAccountID: r.AuthorAccountID, State: r.State, OrganisationID: c.OrganisationID}
	if r.PublishedAt != nil {
		m.Path = "/packages/" + p.Slug + "#promises"
	}
	return m, nil
}

// Approve publishes a held reply.
func (x replyDesk) Approve(tx *db.Tx, id int64) error {
	if err := x.set(tx, id, replyHeld, replyShown, ""); err != nil {
		return err
	}
	r, err := findReply(tx, id)
	if err != nil {
		return err
	}
	return x.s.tellDisappointed(tx, r)
}

// Refuse keeps a held reply from appearing; another can be written.
func (x replyDesk) Refuse(tx *db.Tx, id int64, why string) error {
	return x.set(tx, id, replyHeld, replyRefused, why)
}

// Hide puts a note in the place of a reply.
func (x replyDesk) Hide(tx *db.Tx, id int64, why string) error {
	return x.set(tx, id, replyShown, replyHidden, why)
}

// Show shows a hidden reply again.
func (x replyDesk) Show(tx *db.Tx, id int64) error { return x.set(tx, id, replyHidden, replyShown, "") }

func (replyDesk) set(tx *db.Tx, id int64, from, to, why string) error {
	r, err := lockReply(tx, id)
	if err != nil || r.State == to {
		return err
	}
	if r.State != from {
		return errs.New(errs.Conflict, "answer.not_held")
	}
	r.State, r.HiddenWhy = to, why
	if to == replyShown && r.PublishedAt == nil {
		r.PublishedAt = &tx.Now
	}
	return setReplyState(tx, r)
}
