package mail_test

import (
	"bytes"
	"context"
	"io"
	"mime"
	"net"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"caravan/internal/mail"
)

// catcher is a mail server that keeps what it gets.
type catcher struct {
	refuse bool // every recipient, for good
	got    chan caught
}

type caught struct {
	to   string
	user string
	body []byte
}

func (c *catcher) NewSession(*smtp.Conn) (smtp.Session, error) {
	return &session{catcher: c}, nil
}

type session struct {
	*catcher
	mail caught
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }
func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, _ string) error { s.mail.user = user; return nil }), nil
}
func (s *session) Reset()                               {}
func (s *session) Logout() error                        { return nil }
func (s *session) Mail(string, *smtp.MailOptions) error { return nil }
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if s.refuse {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such person " + to}
	}
	s.mail.to = to
	return nil
}

func (s *session) Data(r io.Reader) (err error) {
	if s.mail.body, err = io.ReadAll(r); err == nil {
		s.got <- s.mail
	}
	return err
}

func (c *catcher) listen(t *testing.T, address string) {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	s := smtp.NewServer(c)
	s.AllowInsecureAuth = true
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
}

// freeAddress is a local address at which nobody listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestMailWaitsForItsServerAndArrivesOnce(t *testing.T) {
	t.Parallel()
	address := freeAddress(t)
	cfg := config
	cfg.SMTPURL = "smtp://somebody:secret@" + address
	o := open(t, cfg)
	o.queue(t, mail.Letter{AccountID: 2, Kind: "reset", Values: map[string]string{"link": "/reset?token=abc"}}) // nobody notices that the server is away
	if err := o.jobs.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	waitFor(t, o, `select exists (select from river.river_job where errors is not null)`)

	c := &catcher{got: make(chan caught, 10)}
	c.listen(t, address)
	var m caught
	select {
	case m = <-c.got:
	case <-time.After(30 * time.Second):
		t.Fatal("no mail arrived after the server came back")
	}
	waitFor(t, o, `select not exists (select from river.river_job where state <> 'completed')`)
	if len(c.got) != 0 {
		t.Error("a second mail arrived")
	}
	if m.to != "heron@test.example" || m.user != "somebody" {
		t.Errorf("to %q by %q", m.to, m.user)
	}
	readMail(t, o, m.body)
}

// readMail checks the head that mail programs go by.
func readMail(t *testing.T, o office, raw []byte) {
	t.Helper()
	msg, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	var id string
	if err := o.db.Pool().QueryRow(t.Context(), `select args->>'id' from river.river_job`).Scan(&id); err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject"))
	if err != nil || subject != "اختر كلمة مرور جديدة" {
		t.Errorf("subject %q, %v", subject, err)
	}
	for name, want := range map[string]string{
		"Message-ID": "<" + id + "@caravan.example>", "Auto-Submitted": "auto-generated", "Content-Language": "ar",
		"From": `"Caravan" <no-reply@caravan.example>`, "To": "<heron@test.example>",
	} {
		if got := msg.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if k := msg.Header.Get("Content-Type"); !strings.HasPrefix(k, "text/plain") {
		t.Errorf("type %q, want plain text", k)
	}
}

func TestMailRefusedForGoodIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	address := freeAddress(t)
	(&catcher{refuse: true, got: make(chan caught, 1)}).listen(t, address)
	cfg := config
	cfg.SMTPURL = "smtp://" + address
	o := open(t, cfg)
	o.queue(t, mail.Letter{AccountID: 1, Kind: "reset", Values: map[string]string{"link": "/reset"}})
	if err := o.jobs.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	var state, errs string
	if err := o.db.Pool().QueryRow(t.Context(), `select state::text, coalesce(errors::text, '') from river.river_job`).Scan(&state, &errs); err != nil {
		t.Fatal(err)
	}
	if state != "completed" || strings.Contains(errs, "@") {
		t.Errorf("state %s, errors %s", state, errs)
	}
}

// waitFor asks until query says true.
func waitFor(t *testing.T, o office, query string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for {
		var yes bool
		if err := o.db.Pool().QueryRow(ctx, query).Scan(&yes); err != nil {
			t.Fatalf("waiting for %q: %v", query, err)
		}
		if yes {
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(20 * time.Millisecond):
		}
	}
}
