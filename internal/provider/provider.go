// Package provider knows who treats patients, and what, where and by whom: the
// catalogue of procedures and destinations, the organisations with what was
// looked up about them, and the people who work there.
//
//	provider.go   Organisation, Service
//	catalogue.go  Procedure, Destination, Body: fixed, loaded once
//	rules.go      slugs, suggestions, accreditation, who manages staff: pure
//	suggest.go    adding a clinic that is missing, and what the moderator does
//	import.go     taking a table of organisations in; enlist.go the one that a table is about
//	staff.go      invitations, and who works where since when
//	ties.go       who turns out to be tied to an organisation by a confirmed address; domain.go
//	              which domains say so: pure
//	visits.go     from which devices and networks a console was used in the last 30 days
//	facts.go      what was looked up about a clinic, ready to print
//	search.go     clinics, clinicians and procedures for the search index
//	store*.go     all SQL
//	http*.go      pages and the JSON API; views.go and views/
//
// A clinic's page mixes features and is made above them; this package gives it
// the facts. No payment changes the order of any list.
package provider

import (
	"context"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"caravan/internal/db"
	"caravan/internal/httpd"
	"caravan/internal/job"
	"caravan/internal/live"
	"caravan/internal/mail"
	"caravan/internal/moderation"
	"caravan/internal/notify"
)

// States of an organisation.
const (
	Suggested = "suggested" // waits for a moderator
	Listed    = "listed"
	Refused   = "refused"
)

// Organisation is whoever a person can work for. In pages a clinic is a clinic.
type Organisation struct {
	ID         int64
	Kind       string // clinic, facilitator, agency, association, employer, organiser
	Slug       string // names it in addresses
	Name       string
	Country    string // ISO 3166-1 alpha-2
	City       string
	State      string
	Facility   string     // hospital, day_surgery, dental, hair, ivf, eye; empty: unknown
	Website    string     // with http or https; empty: unknown
	ClaimedAt  *time.Time // when its staff took the page over
	AnsweredAt *time.Time // when its staff last answered in public
}

// Path is where the organisation stands, without a language's prefix.
func (o Organisation) Path() string { return "/clinics/" + o.Slug }

// Service does what people ask for about providers.
type Service struct {
	db        *db.DB
	mail      *mail.Mailer
	notify    *notify.Service
	limits    *httpd.Limits
	revoke    func(accountID int64)
	key       []byte
	demo      bool
	written   *lru.Cache[string, time.Time] // visits of consoles, and when they were written down
	tied      []func(tx *db.Tx, persons []int64) error
	catalogue cache
}

// Tools are what the feature works with.
type Tools struct {
	DB     *db.DB
	Jobs   *job.Runner
	Mail   *mail.Mailer
	Notify *notify.Service
	Limits *httpd.Limits
	// Revoke ends what an account hears by right of working somewhere, when it
	// no longer does; nil while there are no sockets, as in commands.
	Revoke func(accountID int64)
	Key    []byte // of the hashes by which devices and networks of consoles are kept
	Demo   bool   // everybody plays all parts on one device
}

// New returns the feature; old invitations are removed with its jobs.
func New(t Tools) *Service {
	written, err := lru.New[string, time.Time](writtenMost)
	if err != nil {
		panic(err) // only for a size below one
	}
	s := &Service{db: t.DB, written: written, mail: t.Mail, notify: t.Notify, limits: t.Limits, revoke: t.Revoke, key: t.Key, demo: t.Demo}
	if s.revoke == nil {
		s.revoke = func(int64) {}
	}
	t.Jobs.Every("provider: invitations", time.Hour, s.PurgeInvitations)
	t.Jobs.Every("provider: ties by address", time.Hour, s.FindTies)
	t.Jobs.Every("provider: visits of consoles", time.Hour, s.ForgetVisits)
	return s
}

// Topics are none: a clinic's channel is that of the questions asked of it.
func (s *Service) Topics() []live.Topic { return nil }

// Suggestions are what the moderation desk checks before it appears.
func (s *Service) Suggestions() []moderation.Suggestion {
	return []moderation.Suggestion{clinicSuggestion{s}}
}

// FindClinic returns a listed clinic by its slug, or NotFound.
func (s *Service) FindClinic(q *db.Tx, slug string) (Organisation, error) { return findClinic(q, slug) }

// FindOrganisation returns an organisation of any kind and state by its id, or
// NotFound.
func (s *Service) FindOrganisation(q *db.Tx, id int64) (Organisation, error) {
	return findOrganisation(q, id)
}

// ClinicChoices are the listed clinics by name, for the lists of forms; at most
// a thousand.
func (s *Service) ClinicChoices(q *db.Tx) ([]Organisation, error) { return listChoices(q) }

// CountClinics says how many clinics are listed, in how many countries.
func (s *Service) CountClinics(q *db.Tx) (clinics, countries int, err error) { return countListed(q) }

// Answered notes, together with the commit of tx, that staff of an organisation
// have just answered in public: one of the orders of the list of clinics.
func (s *Service) Answered(tx *db.Tx, organisationID int64) { queueAnswered(tx, organisationID) }

// Warm loads what never changes while the program runs, so that a failure shows
// at start.
func (s *Service) Warm(ctx context.Context) error {
	_, err := s.catalogue.load(s.db.Read(ctx))
	return err
}
