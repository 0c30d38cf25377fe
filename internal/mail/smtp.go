package mail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	netmail "net/mail"
	"net/netip"
	"net/url"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// smtpTimeout bounds one delivery: a dead server must not hold a worker.
const smtpTimeout = 20 * time.Second

// smtpWay delivers to one mail server, a connection for each mail.
type smtpWay struct {
	host   string
	opts   []gomail.Option
	from   *netmail.Address
	domain string // right side of Message-IDs
}

// newSMTP reads smtp:// (STARTTLS where the server offers it, required when a
// password is sent beyond this machine) or smtps:// (TLS from the start).
func newSMTP(raw string, from *netmail.Address, domain string) (*smtpWay, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" || (u.Scheme != "smtp" && u.Scheme != "smtps") {
		return nil, errors.New("mail: SMTP_URL must be smtp://host or smtps://host, with user:password@ if needed")
	}
	w := &smtpWay{host: u.Hostname(), from: from, domain: domain}
	port := 25
	if u.Scheme == "smtps" {
		port = 465
		w.opts = append(w.opts, gomail.WithSSL())
	}
	password, secret := u.User.Password()
	if secret {
		if u.Scheme == "smtp" {
			port = 587
		}
		auth := gomail.SMTPAuthAutoDiscover
		if ownMachine(w.host) {
			auth = gomail.SMTPAuthPlainNoEnc // the password does not leave this machine
		}
		w.opts = append(w.opts, gomail.WithSMTPAuth(auth), gomail.WithUsername(u.User.Username()), gomail.WithPassword(password))
	}
	if u.Port() != "" {
		if port, err = strconv.Atoi(u.Port()); err != nil {
			return nil, errors.New("mail: SMTP_URL has no valid port")
		}
	}
	policy := gomail.TLSOpportunistic
	if secret && !ownMachine(w.host) {
		policy = gomail.TLSMandatory
	}
	w.opts = append(w.opts, gomail.WithPort(port), gomail.WithTimeout(smtpTimeout), gomail.WithTLSPolicy(policy), gomail.WithHELO(domain), gomail.WithoutNoop())
	if _, err := gomail.NewClient(w.host, w.opts...); err != nil {
		return nil, fmt.Errorf("mail: SMTP_URL: %w", err)
	}
	return w, nil
}

func ownMachine(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || (err == nil && ip.IsLoopback())
}

func (w *smtpWay) deliver(ctx context.Context, l BoxLetter) error {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(w.from)
	if err := msg.To(l.To); err != nil {
		slog.Warn("mail: an address cannot be used") // no later try can change that
		return nil
	}
	msg.Subject(l.Subject)
	msg.SetMessageIDWithValue(l.ID + "@" + w.domain)
	msg.SetDateWithValue(l.At)
	msg.SetGenHeader("Content-Language", l.Lang)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no holiday replies, please
	msg.SetBodyString(gomail.TypeTextPlain, l.Body)
	c, err := gomail.NewClient(w.host, w.opts...)
	if err != nil {
		return fmt.Errorf("mail: client: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, smtpTimeout)
	defer cancel()
	return judge(c.DialAndSendWithContext(ctx, msg))
}

// judge keeps people's addresses, which servers repeat in what they answer, out
// of logs and of the database, and does not try again what is refused for good.
func judge(err error) error {
	var se *gomail.SendError
	var ne net.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &se):
		if code := se.ErrorCode(); code >= 500 && code < 600 && se.Reason != gomail.ErrSMTPMailFrom {
			slog.Warn("mail: refused for good", "code", code) // this recipient or this mail, not us as a sender
			return nil
		}
		return fmt.Errorf("mail: send: reason %d, code %d", se.Reason, se.ErrorCode())
	case errors.As(err, &ne):
		return fmt.Errorf("mail: connect: %w", ne)
	}
	return fmt.Errorf("mail: connect: %w", err)
}
