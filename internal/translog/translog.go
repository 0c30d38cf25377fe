// Package translog is the public log: what happened to what people told, and
// what was promised, in an order that nobody can change afterwards without
// strangers finding out.
//
//	record.go     what features call, in the transaction of the act itself
//	backlog.go    what they published before there was a log
//	translog.go   Service, New, what features tell it
//	key.go        the log's key, and the head that was last published, in files
//	sequence.go   entries get their places in the tree
//	publish.go    the head is signed and published; witness.go who signs besides
//	standing.go   whether the tree is the one that was published; what pages tell of it
//	replay.go     a database that was restored from an old copy, brought forward
//	read.go       what is served of the tree; opening.go what was hidden, opened
//	history.go    what happened to one thing, what was removed, how the log is
//	store*.go     SQL
//	http_log.go   the files that verifiers read
//	http.go       the pages for people; views.go and views/
//
// A feature writes an entry to the outbox in the same transaction as the act, so
// that there is no act without its entry. The log's own loop gives it a place in
// the tree, then signs the new head, then publishes it, in this order: a crash
// between two of them leaves a trace, and the next round does the rest.
//
// Nothing personal stands in an entry. What must be hidden is bound by a
// commitment whose salt and body are kept apart and can be destroyed.
package translog

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"caravan/internal/config"
	"caravan/internal/db"
	"caravan/internal/job"
	"caravan/internal/leaf"
)

// How often the loop looks for entries, how old a signature may grow, and when a
// delay is said on the page.
const (
	every      = 10 * time.Second
	signAnew   = time.Hour
	staleAfter = 2 * time.Hour    // without a new signature
	askWitness = 5 * time.Second  // for an answer
	aloneLong  = 24 * time.Hour   // without witnesses, until pages say so
	receiptFor = 48 * time.Hour   // by when a receipt promises an entry
	freshFor   = time.Second / 2  // how long the head is remembered
	alarmEvery = 10 * time.Minute // how often the same trouble is said in the operators' log
)

// Holder is a feature whose things have openings. It says what everybody may
// read of them now, as it was given to Open: what is shown and what was recorded
// must be the same, whoever changed a row.
type Holder interface {
	Kind() string
	// Shown returns the bodies of those of refs that are shown now.
	Shown(q *db.Tx, refs []string) (map[string]map[string]any, error)
}

// Figures is a feature that shows figures of clinics. They are read in the
// moment in which everything that they are made of stands in the log. Ready is
// false while something that is shown was not recorded yet.
type Figures interface {
	Figures(q *db.Tx) (all []leaf.Figures, ready bool, err error)
}

// Tools are what the log works with.
type Tools struct {
	DB     *db.DB
	Jobs   *job.Runner
	Config config.Config
}

// Service is the log of this site.
type Service struct {
	db      *db.DB
	writer  *db.DB // in the role that writes the tree; opened by the first round
	dir     string // of key and published head
	origin  string
	demo    bool
	holders map[string]Holder
	figures []Figures
	askers  []asker // of witnesses

	mu     sync.Mutex             // one round at a time
	key    atomic.Pointer[logKey] // nil while this node has none
	step   func(string) error
	head   headCache
	counts countsKept
	state  troubles
	copy   *leaf.Journal           // of what was published, beside the database
	stands atomic.Pointer[headRow] // the head as the last round found it
}

// New returns the log. A key that is there and cannot be used is an error: the
// log must not go on under another name.
func New(t Tools) (*Service, error) {
	s := &Service{
		db: t.DB, dir: t.Config.StateDir, demo: t.Config.Demo,
		origin:  t.Config.BaseURL.Host + "/log",
		holders: map[string]Holder{}, step: func(string) error { return nil },
	}
	s.copy = &leaf.Journal{Path: filepath.Join(s.dir, EntriesFile)}
	if err := os.MkdirAll(s.dir, 0o711); err != nil {
		return nil, fmt.Errorf("translog: make STATE_DIR: %w", err)
	}
	key, err := readKey(s.keyPath())
	if err != nil {
		return nil, err
	}
	s.key.Store(key)
	if err := s.meetWitnesses(t.Config); err != nil {
		return nil, err
	}
	t.Jobs.Every("public log", every, s.Round)()
	return s, nil
}

// Hold adds a feature whose things have openings.
func (s *Service) Hold(h Holder) { s.holders[h.Kind()] = h }

// Count adds a feature whose figures are recorded every day.
func (s *Service) Count(f Figures) { s.figures = append(s.figures, f) }

func (s *Service) keyPath() string       { return filepath.Join(s.dir, "log.key") }
func (s *Service) publishedPath() string { return filepath.Join(s.dir, "log.published") }

// Close gives back what the rounds opened.
func (s *Service) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.writer != nil {
		s.writer.Close()
		s.writer = nil
	}
}

// host is the part of the origin that people know.
func (s *Service) host() string { return strings.TrimSuffix(s.origin, "/log") }
