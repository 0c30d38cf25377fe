// Package answer is what a clinic says in public to an experience, and what it
// promised to change.
//
//	answer.go    Answer, Change, Experiences, Service
//	standing.go  from answered to confirmed: the state machine, as a table
//	rules.go     who may answer, what a promise must hold, what waits for a moderator: pure
//	say.go       answering, editing, looking into it
//	promise.go   promising a change, moving its day, making it, seeing it
//	show.go      answer and changes, ready to print
//	record.go    what the public log holds of answers
//	moderate.go  held answers and reports, for the moderation desk
//	store.go     SQL that writes; store_read.go SQL for pages
//	http*.go     pages, among them the experiences that a clinic has to answer, and the JSON API;
//	             views.go and views/
//
// A clinic can say one thing to each experience, and it can promise. It can
// change nothing else: not hide, order, or switch off what patients tell. What
// it promised stays public with the first day it named, and how late it is is
// computed, never stored.
package answer

import (
	"context"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/httpd"
	"caravan/internal/live"
	"caravan/internal/moderation"
	"caravan/internal/notify"
	"caravan/internal/provider"
	"caravan/internal/translog"
)

// States of an answer.
const (
	Held    = "held" // it confirms or denies that somebody was a patient: a moderator looks first
	Shown   = "shown"
	Refused = "refused" // by a moderator; can be edited and sent again
	Hidden  = "hidden"  // by a moderator after a report
)

// Answer is a clinic's one public answer to an experience.
type Answer struct {
	ExperienceID    int64
	OrganisationID  int64
	AuthorAccountID int64
	AuthorRole      string
	AuthorTitle     string
	Body, BodyHTML  string
	Renderer        int
	Lang            string
	State           string
	HiddenWhy       string // key of the reason's sentence
	Standing        string
	Version         int
	CreatedAt       time.Time
	PublishedAt     *time.Time // when it was first shown
	EditedAt        *time.Time
}

// Change is one thing that a clinic promised to change.
type Change struct {
	ID             int64
	OrganisationID int64
	ExperienceID   int64 // whose answer promised it
	Title          string
	DueOn          time.Time
	FirstDueOn     time.Time // as first promised
	Proof          string    // what shows that it was made
	MadeOn         *time.Time
	CreatedAt      time.Time
}

// Subject is an experience as answers need it.
type Subject struct {
	ID             int64
	OrganisationID int64
	Title, Path    string
	Published      bool
}

// What an author is told about their experience: sentences notify.<kind>.
const (
	ToldAnswer  = "clinic_answer"
	ToldPlanned = "change_planned"
	ToldMade    = "change_made"
)

// Experiences is what answers ask of package experience.
type Experiences interface {
	// Subject finds an experience by its public id, or answers NotFound.
	Subject(ctx context.Context, publicID string) (Subject, error)
	// TellAuthor tells whoever wrote an experience, in the transaction. Who that
	// is stays with package experience. Kind is one of the Told kinds.
	TellAuthor(tx *db.Tx, experienceID int64, kind string) error
	// LaterVerified returns a's own published experiences of level 2 or more at
	// an organisation that were treated in the quarter of after or later.
	LaterVerified(ctx context.Context, a access.Actor, organisationID int64, after time.Time) (experienceIDs []int64, err error)
}

// Service does what people ask for about answers.
type Service struct {
	db          *db.DB
	limits      *httpd.Limits
	notify      *notify.Service
	provider    *provider.Service
	moderation  *moderation.Service
	experiences Experiences
	backlog     translog.Backlog // answers that the public log may not know of
}

// Tools are what the feature works with.
type Tools struct {
	DB         *db.DB
	Limits     *httpd.Limits
	Notify     *notify.Service
	Provider   *provider.Service
	Moderation *moderation.Service
}

// New returns the feature. Introduce it to the experiences before it serves.
func New(t Tools) *Service {
	return &Service{db: t.DB, limits: t.Limits, notify: t.Notify, provider: t.Provider, moderation: t.Moderation}
}

// Introduce says who knows the experiences.
func (s *Service) Introduce(e Experiences) { s.experiences = e }

// Topics are none: an answer is told to the author by a notice.
func (s *Service) Topics() []live.Topic { return nil }
