// Package mail sends the site's mails: by SMTP when there is a server, else
// into a box on disk that demo mode shows.
//
//	mail.go   Letter, Mailer, Queue, and the job that delivers
//	write.go  a letter's words and links, in the language of who gets it
//	smtp.go   delivery by SMTP
//	box.go    delivery into a folder, and reading it back
//	seal.go   links are kept sealed while they wait
//
// A mail says only that there is news, or carries one link that was asked for:
// no clinic, no procedure, no pseudonym. Mailboxes are read over shoulders, by
// families and by providers. The database row of a waiting mail holds no
// address either; that is looked up when the mail is sent.
//
// A mail is sent at least once. A second copy, after a crash at the wrong
// moment, has the same Message-ID, by which mail programs fold the two.
package mail

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	netmail "net/mail"
	"net/url"
	"strings"
	"time"

	"caravan/internal/db"
	"caravan/internal/job"
)

// Letter is a mail before it has words.
type Letter struct {
	AccountID int64             // who gets it; zero sends nothing, and takes as long
	Kind      string            // names the sentences mail.<kind>.subject and mail.<kind>.body
	Pending   bool              // to the address that waits for its confirmation
	Former    bool              // to the address that the account had before
	Values    map[string]string // links only: paths of this site, such as {"link": "/confirm?token=…"}
}

// Config says where mails go and what stands in them.
type Config struct {
	SMTPURL string // smtp:// or smtps://, with user and password if needed; empty: the box
	BoxDir  string // folder of the box
	BaseURL string // scheme and host before every link
	From    string // sender, as in a mail's head
	Key     []byte // seals links that wait in the database; at least 16 secret bytes
}

// Book knows addresses. Package account satisfies it.
type Book interface {
	// Address returns where an account gets mail and in which language; an
	// empty address when it gets none. Pending asks for the newest address
	// that is not yet confirmed.
	Address(ctx context.Context, accountID int64, pending bool) (address, lang string, err error)
}

// FormerBook is a Book that also knows the address an account had before the
// present one.
type FormerBook interface {
	Former(ctx context.Context, accountID int64) (address, lang string, err error)
}

// BoxLetter is a mail with its words, as it is delivered.
type BoxLetter struct {
	ID      string    `json:"id"`
	To      string    `json:"to"`
	Lang    string    `json:"lang"`
	Subject string    `json:"subject"`
	Body    string    `json:"body"`
	Links   []string  `json:"links"`
	At      time.Time `json:"at"`
}

// Mailer queues and delivers mails.
type Mailer struct {
	jobs *job.Runner
	book Book
	base *url.URL
	from *netmail.Address
	seal seal
	way  way
	box  *box
}

// way is how a mail leaves: SMTP or the box.
type way interface {
	deliver(ctx context.Context, l BoxLetter) error
}

// New returns a Mailer that works through jobs. It must know its Book before
// jobs start.
func New(cfg Config, jobs *job.Runner) (*Mailer, error) {
	m := &Mailer{jobs: jobs}
	var err error
	if m.seal, err = newSeal(cfg.Key); err != nil {
		return nil, err
	}
	if m.base, err = url.Parse(cfg.BaseURL); err != nil || m.base.Host == "" {
		return nil, errors.New("mail: the base address is not an address")
	}
	if m.from, err = netmail.ParseAddress(cfg.From); err != nil {
		return nil, errors.New("mail: MAIL_FROM must be an address such as Caravan <no-reply@example.org>")
	}
	if cfg.SMTPURL == "" {
		m.box = &box{dir: cfg.BoxDir}
		m.way = m.box
	} else if m.way, err = newSMTP(cfg.SMTPURL, m.from, m.base.Hostname()); err != nil {
		return nil, err
	}
	job.Handle(jobs, m.send)
	return m, nil
}

// SetBook says who knows addresses.
func (m *Mailer) SetBook(b Book) { m.book = b }

// waiting is a letter as the database keeps it until it is sent.
type waiting struct {
	ID        string `json:"id"` // becomes the Message-ID, the same at every try
	AccountID int64  `json:"account_id"`
	Letter    string `json:"letter"` // its kind
	Pending   bool   `json:"pending,omitempty"`
	Former    bool   `json:"former,omitempty"`
	Values    []byte `json:"values,omitempty"` // sealed
}

// Kind names the job.
func (waiting) Kind() string { return "mail" }

// Queue sends l if tx commits.
func (m *Mailer) Queue(tx *db.Tx, l Letter) error {
	for name, v := range l.Values {
		if !m.own(v) {
			return fmt.Errorf("mail: queue %s: the value %s is no link of this site", l.Kind, name)
		}
	}
	w := waiting{ID: newID(), AccountID: l.AccountID, Letter: l.Kind, Pending: l.Pending, Former: l.Former}
	var err error
	if w.Values, err = m.seal.close(w.ID, l.Values); err != nil {
		return err
	}
	return db.Wrap("mail: queue", m.jobs.Add(tx, w))
}

// own reports whether v is a path of this site or a whole address of it.
func (m *Mailer) own(v string) bool {
	u, err := url.Parse(v)
	if err != nil || u.User != nil {
		return false
	}
	if u.Scheme == "" && u.Host == "" {
		return strings.HasPrefix(u.Path, "/")
	}
	return u.Scheme == m.base.Scheme && u.Host == m.base.Host
}

// send is the job. An error means: later again.
func (m *Mailer) send(ctx context.Context, w waiting) error {
	to, lang, err := m.find(ctx, w)
	if err != nil || to == "" { // nobody gets this mail any more
		return err
	}
	values, err := m.seal.open(w.ID, w.Values)
	if err != nil {
		// Sealed with another key: no later try can read it.
		slog.Error("mail: letter cannot be opened", "kind", w.Letter, "error", err)
		return nil
	}
	l := m.write(w, lang, values)
	l.To, l.At = to, time.Now().UTC()
	return m.way.deliver(ctx, l)
}

func (m *Mailer) find(ctx context.Context, w waiting) (address, lang string, err error) {
	switch {
	case w.AccountID == 0:
		return "", "", nil
	case m.book == nil:
		return "", "", errors.New("mail: no book of addresses")
	case w.Former:
		b, ok := m.book.(FormerBook)
		if !ok {
			return "", "", errors.New("mail: the book knows no former addresses")
		}
		return b.Former(ctx, w.AccountID)
	}
	return m.book.Address(ctx, w.AccountID, w.Pending)
}

func newID() string {
	b := make([]byte, 12)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}
