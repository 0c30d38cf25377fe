// Package moderation is the desk where everything that waits for a person to
// look at it lies in one list: what was submitted, what was reported, what is
// appealed against.
//
//	moderation.go      Item, Subject, Suggestion, Service
//	kinds.go           what a kind may know besides: secret authors, masks, proofs
//	reasons.go         the closed lists of reasons
//	rules.go           who may report and decide, what a decision must hold: pure
//	leaks.go           words that give somebody away are refused
//	report.go          reporting, and opening a case for what was submitted
//	dossier.go         a case with all that belongs to it
//	decide.go          claiming and deciding
//	mask.go            covering personal data in words
//	record.go          every decision, in the public log
//	appeal.go          reading a decision and appealing against it
//	remind.go          telling the moderators what is overdue
//	numbers.go         what was ever decided, in public counts
//	leave.go           what goes when somebody leaves, or when its time is over
//	store*.go          all SQL
//	http*.go           pages; views*.go and views/
//
// Nobody's words are changed here, by anybody: they are shown, personal data in
// them is visibly covered, or a note with the reason stands in their place. One
// list of reasons holds for praise and for complaint. Reports alone hide
// nothing. Every decision is kept for good, with who took it; the author gets a
// statement of reasons and can appeal to other moderators, those who reported
// get the result.
package moderation

import (
	"context"

	"caravan/internal/db"
	"caravan/internal/httpd"
	"caravan/internal/live"
	"caravan/internal/notify"
	"caravan/internal/translog"
)

// States of a thing, as Item.State tells them. Others mean that it is not
// published: it cannot be reported.
const (
	Shown  = "shown"
	Hidden = "hidden"
)

// Item is a thing as the desk shows it.
type Item struct {
	Title, Excerpt  string
	Path            string // where it stands; empty while it is not published
	AuthorAccountID int64  // who wrote or suggested it; 0 when its kind is Secretive
	State           string
	OrganisationID  int64 // whom it is about: who has a tie to them does not decide; 0: nobody
	Version         int   // goes up with every edit: what is decided is what was read; 0: not kept
}

// Subject is a kind of thing that can be reported. Features satisfy it. Unknown
// ids answer NotFound.
type Subject interface {
	Kind() string
	About(ctx context.Context, id int64) (Item, error)
	// Hide puts a note in the place of the thing. Why is the key of the
	// sentence that says the reason.
	Hide(tx *db.Tx, id int64, why string) error
	Show(tx *db.Tx, id int64) error
}

// Suggestion is a kind of thing that appears once a moderator has checked it.
// Its feature calls Suggest when one is made.
type Suggestion interface {
	Kind() string
	About(ctx context.Context, id int64) (Item, error)
	Approve(tx *db.Tx, id int64) error
	// Refuse keeps it from appearing. Why is the key of the reason's sentence.
	Refuse(tx *db.Tx, id int64, why string) error
}

// Service keeps the desk.
type Service struct {
	db          *db.DB
	notify      *notify.Service
	limits      *httpd.Limits
	key         []byte
	subjects    map[string]Subject
	suggestions map[string]Suggestion
	backlog     translog.Backlog // decisions that the public log may not know of
	ask         asker            // for a step-up, of who decides
}

// Tools are what the desk works with.
type Tools struct {
	DB     *db.DB
	Notify *notify.Service
	Limits *httpd.Limits
	Key    []byte // of the names that moderators have in the public log
}

// New returns a desk that knows no kind of thing yet: features add theirs by
// AddSubject and AddSuggestion.
func New(t Tools) *Service {
	return &Service{db: t.DB, notify: t.Notify, limits: t.Limits, key: t.Key, subjects: map[string]Subject{}, suggestions: map[string]Suggestion{}}
}

// AddSubject makes a kind known that can be reported. All kinds are added
// before the first request.
func (s *Service) AddSubject(x Subject) { s.subjects[x.Kind()] = x }

// AddSuggestion makes a kind known that can be suggested.
func (s *Service) AddSuggestion(x Suggestion) { s.suggestions[x.Kind()] = x }

// kinds are all that the desk knows.
func (s *Service) kinds() map[string]bool {
	out := map[string]bool{}
	for k := range s.subjects {
		out[k] = true
	}
	for k := range s.suggestions {
		out[k] = true
	}
	return out
}

// Topics are none: the desk has no channel of its own.
func (s *Service) Topics() []live.Topic { return nil }
