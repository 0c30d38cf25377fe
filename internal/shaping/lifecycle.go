package shaping

import (
	"strconv"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/live"
	"caravan/internal/notify"
	"caravan/internal/provider"
	"caravan/internal/search"
	"caravan/internal/text"
)

// searchKind is the number of packages in the search index.
const searchKind = search.Package

// channel is where the open pages of a package hear what happens to it.
func channel(packageID int64) string { return "package:" + strconv.FormatInt(packageID, 10) }

// pathOf is the address of a package, without a language's prefix.
func pathOf(slug string) string { return "/packages/" + slug }

// who names an account in the buckets of limits.
func who(a access.Actor) string { return "a" + strconv.FormatInt(a.AccountID, 10) }

// How many drafts, wishes and answers one account may make.
var (
	draftRates  = []httpd.Rate{{N: 10, Per: 24 * time.Hour}}
	wishRates   = []httpd.Rate{{N: 10, Per: time.Hour}}
	answerRates = []httpd.Rate{{N: 120, Per: time.Hour}}
)

// stepNews is what open pages hear of a step: words that are public anyway,
// never how votes add up.
type stepNews struct {
	Event Event `json:"event"`
	State State `json:"state"`
	Round int   `json:"round"`
}

// rolesAt returns the roles of a at a package, as they are known now.
func rolesAt(q *db.Tx, a access.Actor, p Package) ([]Role, error) {
	signs := false
	if p.OrganisationID != nil {
		if _, own := a.WorksFor(*p.OrganisationID); own {
			n, err := signatory(q, *p.OrganisationID, a.PersonID)
			if err != nil {
				return nil, err
			}
			signs = n != nil
		}
	}
	return RolesOf(a, p, signs), nil
}

// visible says whether somebody in the given roles may know of a package:
// drafts are only there for those who write them.
func visible(p Package, roles []Role) error {
	if p.PublishedAt == nil && May(Draft, Edit, roles) != nil {
		return errNoPackage
	}
	return nil
}

// admit returns the roles of a at a package. It is errNoPackage to those who may
// not know of it.
func admit(q *db.Tx, a access.Actor, p Package) ([]Role, error) {
	roles, err := rolesAt(q, a, p)
	if err == nil {
		err = visible(p, roles)
	}
	return roles, err
}

// enter locks the package of an address for somebody who may know of it, and
// returns the roles of a there.
func enter(tx *db.Tx, a access.Actor, slug string) (Package, []Role, error) {
	p, err := lockBySlug(tx, slug)
	if err != nil {
		return p, nil, err
	}
	roles, err := admit(tx, a, p)
	return p, roles, err
}

// step takes a package that tx has locked by an event, done by somebody in the
// given roles, and keeps that. Facts need not hold what the package itself says.
// The caller changes what else the step changes, and saves the package.
func (s *Service) step(tx *db.Tx, p *Package, e Event, roles []Role, f Facts, why string) error {
	f.Now, f.Proposer, f.Round, f.Why, f.HeldFrom, f.ByRule = tx.Now, p.Proposer, p.Round, why != "", p.HeldFrom, p.HeldByRule
	f.EndsAt, f.ExpiresAt = ahead(p.EndsAt, tx.Now), ahead(p.ExpiresAt, tx.Now)
	to, err := Next(p.State, e, roles, f)
	if err != nil {
		return err
	}
	if err := freezeStep(tx, *p, e, to); err != nil {
		return err
	}
	from := p.State
	if p.State = to; why != "" {
		p.Why = why
	}
	if to.Closed() {
		p.ClosedAt, p.EndsAt, p.ExpiresAt = &tx.Now, nil, nil
	}
	if err := insertTaken(tx, Taken{PackageID: p.ID, Event: e, FromState: from, ToState: to, Round: p.Round, Why: why, At: tx.Now}); err != nil {
		return err
	}
	if p.PublishedAt == nil && e != Publish {
		return nil // nobody has heard of it
	}
	live.Append(tx, channel(p.ID), live.Event{Type: "step", Ref: p.ID, Ver: p.Version + 1, Data: stepNews{e, to, p.Round}})
	return search.Put(tx, searchKind, p.ID)
}

// ahead is a moment that may not be set: then it lies ahead.
func ahead(at *time.Time, now time.Time) time.Time {
	if at == nil {
		return now.Add(time.Hour)
	}
	return *at
}

// phase sets when the phase ends that begins now. One that the clock began,
// at most a day late, is counted from when it should have begun.
func (p *Package) phase(start time.Time, days int) error {
	zone, err := Zone(p.Zone)
	if err != nil {
		return err
	}
	end := PhaseEnd(start, days, zone)
	p.EndsAt = &end
	return nil
}

// begins is when the phase after the one that has just ended begins.
func (p Package) begins(now time.Time) time.Time {
	if p.EndsAt != nil && !p.EndsAt.After(now) && now.Sub(*p.EndsAt) < 24*time.Hour {
		return *p.EndsAt
	}
	return now
}

// procedure is the treatment of a package.
func (s *Service) procedure(p Package) provider.Procedure {
	out, _ := s.provider.ProcedureByID(p.ProcedureID) // a foreign key holds it
	return out
}

// tell puts a notice about a package before accounts. Args are name, value.
func (s *Service) tell(tx *db.Tx, accounts []int64, kind string, p Package, args ...string) error {
	values := map[string]string{"title": p.Title}
	for i := 0; i+1 < len(args); i += 2 {
		values[args[i]] = args[i+1]
	}
	for _, id := range accounts {
		if err := s.notify.Tell(tx, notify.Notice{AccountID: id, Kind: kind, Ref: p.ID, Path: pathOf(p.Slug), Args: values}); err != nil {
			return err
		}
	}
	return nil
}

// tellStep tells everybody who takes part that a package took a step.
func (s *Service) tellStep(tx *db.Tx, p Package, e Event) error {
	people, err := listAudience(tx, p)
	if err != nil {
		return err
	}
	return s.tell(tx, people, "package_step", p, "step_key", "shaping.step_"+string(e))
}

// cleanWhy is a reason that everybody will read, as it is kept.
func (s *Service) cleanWhy(q *db.Tx, a access.Actor, p Package, why string) (string, error) {
	why, err := text.Clean(why)
	if err != nil {
		return "", errs.Field("why", errs.Of(err).Msg.Key)
	}
	if n := text.Length(why); n < MinReason || n > MaxReason {
		return "", errs.Field("why", "shaping.why_length", "least", MinReason, "most", MaxReason)
	}
	c, err := leaksOf(q, a, p)
	if err != nil {
		return "", err
	}
	return sift("why", why, c, true)
}

// leaksOf is what the search for leaks knows of a and of what a writes about.
func leaksOf(q *db.Tx, a access.Actor, p Package) (c text.LeakContext, err error) {
	c = text.LeakContext{OwnNames: a.OwnNames, Verified: a.Trust >= 2 || a.Insider()}
	if p.OrganisationID != nil {
		c.Countries, c.Allowed, err = listNames(q, *p.OrganisationID)
	}
	return c, err
}

// sift searches a cleaned text, which is the form field of that name, for what
// would say who somebody is or how to reach them, and returns it as it is kept:
// names that were left in knowingly are covered.
func sift(field, words string, c text.LeakContext, seen bool) (string, error) {
	if err := text.CheckLeaks(field, words, c, seen); err != nil || !seen {
		return words, err
	}
	return text.Masked(words, text.Leaks(words, c)), nil
}

// count takes one deed out of a's bucket, unless it was done before under the
// same key.
func (s *Service) count(q *db.Tx, name string, a access.Actor, k db.Key, rates ...httpd.Rate) (*db.Kept, error) {
	err := s.limits.Take(q.Context(), name, who(a), rates...)
	if !errs.Is(err, errs.TooMany) || k.Value == "" {
		return nil, err
	}
	done, e := db.Done(q, k)
	if e != nil || done != nil {
		return done, e
	}
	return nil, err
}
