// Package departure lets people take along all that they have here, and lets
// them leave for good: the rights of access, of portability and to erasure
// (Regulation (EU) 2016/679, articles 15, 17 and 20).
//
// An export is made by a job, table after table, and sealed (HPKE, RFC 9180) to a
// key that is made when it is asked for. The other half of the key is shown to its
// owner once, as a passphrase, and kept nowhere: whoever reads the database or a
// backup of it reads no export.
//
// Who leaves has a week to think again. Then one transaction takes everything
// that leads to the person: every feature in which people leave traces does its
// part ([Memory]), the account last. What stays is the number of an account and of
// a person that lead to nobody: sums of votes and the public log stand on them.
// Each erasure is also a line in a file beside the database, so that a backup
// from before it can be restored without bringing anybody back.
//
//	departure.go   Service, Export, Departure, Memory
//	belongings.go  what an export holds: every table that names an account or a person
//	export.go      asking for an export, making it, handing it over
//	bundle.go      the zip: JSON and a page to read
//	seal.go        the key, its passphrase, sealing and opening
//	leave.go       asking to leave, thinking again, leaving
//	replay.go      the list of who left, and leaving again after a restore
//	store.go       all SQL
//	http.go        /me/export, /me/leave; views.go and views/
package departure

import (
	"context"
	"time"

	"caravan/internal/account"
	"caravan/internal/db"
	"caravan/internal/job"
	"caravan/internal/live"
)

// How long things last.
const (
	Grace      = 7 * 24 * time.Hour // in which leaving can be undone
	exportLife = 7 * 24 * time.Hour
	exportRest = 24 * time.Hour // between two exports of one account
)

// Export is one request for all that an account has.
type Export struct {
	ID, AccountID, PersonID int64
	Lang                    string
	PublicKey               []byte
	Done, Total             int
	Sealed                  []byte
	AskedAt                 time.Time
	ReadyAt                 *time.Time
}

// Departure is somebody who asked to be erased.
type Departure struct {
	AccountID int64
	Texts     bool // take the texts away too
	AskedAt   time.Time
	DueAt     time.Time
	DoneOn    *time.Time
}

// Gone is who leaves: the numbers that lead to nobody afterwards, and whether what
// they wrote goes with them (Texts).
type Gone struct {
	AccountID, PersonID int64
	Texts               bool
}

// Memory is a feature in which people leave traces.
type Memory interface {
	// LetGo takes away what leads to somebody. It belongs to the transaction in
	// which everything of theirs goes.
	LetGo(tx *db.Tx, g Gone) error
}

// Tools is what the feature works with.
type Tools struct {
	DB      *db.DB
	Jobs    *job.Runner
	Account *account.Service
	Dir     string // where the list of who left is kept: STATE_DIR
}

// Service makes exports and lets people leave.
type Service struct {
	db       *db.DB
	account  *account.Service
	dir      string
	memories []Memory
	nudge    func() // an export waits
}

// New returns the feature. Its jobs run with jobs.
func New(t Tools) *Service {
	s := &Service{db: t.DB, account: t.Account, dir: t.Dir}
	s.nudge = t.Jobs.Every("exports", 10*time.Second, s.MakeExports)
	t.Jobs.Every("departures", 10*time.Minute, s.Depart)
	t.Jobs.Every("old exports", time.Hour, s.Purge)
	return s
}

// Introduce adds features in which people leave traces, in the order in which
// they are to forget.
func (s *Service) Introduce(m ...Memory) { s.memories = append(s.memories, m...) }

// Topics are none: leaving is not live.
func (s *Service) Topics() []live.Topic { return nil }

// Purge drops exports whose week is over.
func (s *Service) Purge(ctx context.Context) error {
	return s.db.Write(ctx, func(tx *db.Tx) error { return removeOldExports(tx, tx.Now.Add(-exportLife)) })
}
