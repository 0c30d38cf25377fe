package testkit

import (
	"bytes"
	"sync"
	"testing"

	"caravan/internal/db"
	"caravan/internal/job"
	"caravan/internal/mail"
)

// Jobs are the jobs of a database, which nobody runs: the test drains them where
// it wants them done.
func Jobs(t testing.TB, d *db.DB) *job.Runner {
	t.Helper()
	jobs, err := job.New(d)
	if err != nil {
		t.Fatal(err)
	}
	return jobs
}

// Mail writes mails into a box of the test's own, with links below base.
func Mail(t testing.TB, jobs *job.Runner, base string) *mail.Mailer {
	t.Helper()
	m, err := mail.New(mail.Config{BoxDir: t.TempDir(), BaseURL: base, From: "Caravan <no-reply@localhost>", Key: make([]byte, 32)}, jobs)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Log takes down what a program says, to be read while it speaks. Its zero value
// is empty.
type Log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write takes b down.
func (l *Log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

// String is all that was said so far.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
