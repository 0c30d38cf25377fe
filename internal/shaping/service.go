package shaping

import (
	"slices"
	"sync"
	"time"

	"caravan/internal/account"
	"caravan/internal/db"
	"caravan/internal/httpd"
	"caravan/internal/job"
	"caravan/internal/live"
	"caravan/internal/mail"
	"caravan/internal/moderation"
	"caravan/internal/notify"
	"caravan/internal/provider"
	"caravan/internal/search"
	"caravan/internal/translog"
)

// Experiences is what packages ask of package experience.
type Experiences interface {
	// Treated says which of these people have a published experience of level 2
	// or more of the procedure, at whatever clinic: they vote as treated.
	Treated(q *db.Tx, persons []int64, procedureID int64) (map[int64]bool, error)
	// AskTreated is the statement that fills treated with every pair of one of
	// these people and a procedure of which Treated is true.
	AskTreated(persons []int64, treated map[[2]int64]bool) db.Statement
	// Followed finds the person's own published experience at an organisation of
	// a procedure that can have followed an enrolment on a day: its id, whether it
	// is of level 2 or more, and the day of discharge, where that was not told the
	// last day of the quarter. Ok is false where there is none.
	Followed(q *db.Tx, personID, organisationID, procedureID int64, since time.Time) (experienceID int64, proven bool, discharged time.Time, ok bool, err error)
}

// Tools are what the feature works with.
type Tools struct {
	DB         *db.DB
	Hub        *live.Hub
	Jobs       *job.Runner
	Mail       *mail.Mailer
	Limits     *httpd.Limits
	Notify     *notify.Service
	Provider   *provider.Service
	Search     *search.Service
	Account    *account.Service
	Moderation *moderation.Service
}

// Service does what people ask for about packages.
type Service struct {
	db          *db.DB
	hub         *live.Hub
	jobs        *job.Runner
	mail        *mail.Mailer
	limits      *httpd.Limits
	notify      *notify.Service
	provider    *provider.Service
	search      *search.Service
	account     *account.Service
	moderation  *moderation.Service
	experiences Experiences
	votes       *db.Together[*balloting]
	kept        *kept
	slugs       sync.Map         // address → id of published packages
	backlog     translog.Backlog // packages that the public log may not know of
}

// New returns the feature, whose clock runs with the jobs. Introduce it to the
// experiences before it serves.
func New(t Tools) *Service {
	s := &Service{db: t.DB, hub: t.Hub, jobs: t.Jobs, mail: t.Mail, limits: t.Limits, notify: t.Notify, provider: t.Provider,
		search: t.Search, account: t.Account, moderation: t.Moderation, kept: newKept()}
	s.votes = db.NewTogether((*balloting).name, s.voteTogether)
	if t.Jobs != nil { // without them somebody else's node keeps the time
		t.Jobs.Every("shaping: clock", time.Minute, s.Tick)
	}
	return s
}

// Introduce says who knows the experiences.
func (s *Service) Introduce(e Experiences) { s.experiences = e }

// Routes are the feature's addresses.
func (s *Service) Routes() []httpd.Route {
	return slices.Concat(s.readRoutes(), s.voteRoutes(), s.offerRoutes(), s.deskRoutes(), s.journeyRoutes(),
		s.apiRoutes(), s.factsAPI(), s.compareAPI(), s.ownAPI(), s.draftAPI(), s.deskAPI(), s.signatoryAPI(), s.bindAPI(), s.journeyAPI())
}
