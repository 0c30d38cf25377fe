// Package config reads the settings from the environment, once, at start.
package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// Config is every setting. Nothing in it is printed: it holds secrets.
type Config struct {
	Addr        string         // ADDR: where to listen
	BaseURL     *url.URL       // BASE_URL: how people reach us, without a path
	StateDir    string         // STATE_DIR: our own files: database, secret, demo mails
	DatabaseURL string         // DATABASE_URL: empty starts a private PostgreSQL
	NATSURL     string         // NATS_URL: empty runs the bus in this process
	SMTPURL     string         // SMTP_URL: empty keeps mails in a box on disk
	MailFrom    string         // MAIL_FROM: sender of our mails
	LimitsOff   bool           // LIMITS=off: demo mode on loopback only, for measurements
	Demo        bool           // `caravan demo`: invented data, said on every page
	SecretKey   string         // SECRET_KEY: empty keeps one in STATE_DIR/secret
	Proxies     []netip.Prefix // TRUSTED_PROXIES: whose X-Forwarded-For is believed
	OIDC        OIDC
	Google      Client
	LogFormat   string    // LOG_FORMAT: json or text
	AccessLog   bool      // ACCESS_LOG=on: a line for each request
	MetricsAddr string    // METRICS_ADDR: where Prometheus may ask; nowhere when empty
	Witnesses   []Witness // WITNESSES: who signs the public log besides us
}

// Witness is somebody outside who signs the public log besides ourselves.
type Witness struct {
	Key string // public, as c2sp.org/signed-note writes it
	URL string // below which it is asked
}

// Client is what a sign-in provider gave us.
type Client struct{ ID, Secret string }

// OIDC is one OpenID Connect provider of the operator's choice.
type OIDC struct {
	Client
	Issuer string // its address; discovery is below it
	Label  string // how it is called on the sign-in page
}

// reader asks for settings and collects what is wrong with them.
type reader struct {
	getenv func(string) string
	wrong  []error
}

func (r *reader) bad(key, why string) {
	r.wrong = append(r.wrong, fmt.Errorf("config: %s %s", key, why))
}

// or is a setting, or what stands for it where it is not set.
func (r *reader) or(key, fallback string) string {
	if v := r.getenv(key); v != "" {
		return v
	}
	return fallback
}

// Load reads the settings through getenv and reports all mistakes at once.
func Load(getenv func(string) string, demo bool) (Config, error) {
	r := &reader{getenv: getenv}
	addr := ":8080"
	if demo {
		addr = "localhost:8080" // what is invented stays on this machine unless ADDR says otherwise
	}
	c := Config{
		Addr: r.or("ADDR", addr), StateDir: r.or("STATE_DIR", defaultState(getenv)), DatabaseURL: getenv("DATABASE_URL"),
		NATSURL: getenv("NATS_URL"), SMTPURL: getenv("SMTP_URL"), SecretKey: getenv("SECRET_KEY"), Demo: demo,
		Google:    Client{getenv("GOOGLE_CLIENT_ID"), getenv("GOOGLE_CLIENT_SECRET")},
		OIDC:      OIDC{Client{getenv("OIDC_CLIENT_ID"), getenv("OIDC_CLIENT_SECRET")}, getenv("OIDC_ISSUER"), r.or("OIDC_LABEL", "OpenID")},
		LogFormat: r.or("LOG_FORMAT", "text"), AccessLog: getenv("ACCESS_LOG") == "on", MetricsAddr: getenv("METRICS_ADDR"),
	}
	if c.StateDir == "" {
		r.bad("STATE_DIR", "must be set where there is no HOME")
	}
	c.BaseURL = r.baseURL(c.Addr)
	c.MailFrom = r.or("MAIL_FROM", "Caravan <no-reply@"+c.BaseURL.Hostname()+">")
	if c.SecretKey != "" && len(c.SecretKey) < 32 {
		r.bad("SECRET_KEY", "must have at least 32 characters")
	}
	c.LimitsOff = r.limitsOff(demo && Loopback(c.BaseURL.Hostname()))
	if c.LogFormat != "json" && c.LogFormat != "text" {
		r.bad("LOG_FORMAT", "is json or text")
	}
	c.Proxies, c.Witnesses = r.proxies(), r.witnesses()
	for key, v := range map[string]string{"DATABASE_URL": c.DatabaseURL, "NATS_URL": c.NATSURL, "SMTP_URL": c.SMTPURL, "OIDC_ISSUER": c.OIDC.Issuer} {
		if _, err := url.Parse(v); err != nil {
			r.bad(key, "is not an address")
		}
	}
	return c, errors.Join(r.wrong...)
}

// baseURL is how people reach the site: on this machine, at the port of addr,
// unless BASE_URL says otherwise.
func (r *reader) baseURL(addr string) *url.URL {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		r.bad("ADDR", "must be host:port, such as :8080")
	}
	u, err := url.Parse(r.or("BASE_URL", "http://localhost:"+port))
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || strings.Trim(u.Path, "/") != "" {
		r.bad("BASE_URL", "must be an http or https address without a path")
		u = &url.URL{Scheme: "http", Host: "localhost:" + port}
	}
	u.Path = ""
	if u.Scheme == "http" && !Loopback(u.Hostname()) {
		r.bad("BASE_URL", "must be https unless it is on this machine: sign-in cookies would travel in the clear")
	}
	return u
}

// limitsOff is whether nothing is limited, which only a demo on this machine may
// ask for.
func (r *reader) limitsOff(may bool) bool {
	switch v := r.getenv("LIMITS"); {
	case v == "" || v == "on":
	case v != "off":
		r.bad("LIMITS", "is on or off")
	case !may:
		r.bad("LIMITS", "may be off only in demo mode on this machine")
	default:
		return true
	}
	return false
}

func (r *reader) proxies() (all []netip.Prefix) {
	for _, p := range strings.FieldsFunc(r.getenv("TRUSTED_PROXIES"), func(c rune) bool { return c == ',' || c == ' ' }) {
		prefix, err := netip.ParsePrefix(p)
		if err != nil {
			r.bad("TRUSTED_PROXIES", "must be networks such as 10.0.0.0/8, separated by commas")
			continue
		}
		all = append(all, prefix)
	}
	return all
}

func (r *reader) witnesses() (all []Witness) {
	for part := range strings.SplitSeq(r.getenv("WITNESSES"), ",") {
		key, at, _ := strings.Cut(strings.TrimSpace(part), " ")
		u, err := url.Parse(strings.TrimSpace(at))
		if key == "" && at == "" {
			continue
		}
		if err != nil || u.Host == "" || strings.Count(key, "+") < 2 {
			r.bad("WITNESSES", "must be pairs of a public key and an address, separated by commas")
			continue
		}
		all = append(all, Witness{key, u.String()})
	}
	return all
}

// Loopback reports whether a host name is this machine's own.
func Loopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && ip.IsLoopback()
}

func defaultState(getenv func(string) string) string {
	if d := getenv("XDG_STATE_HOME"); d != "" {
		return filepath.Join(d, "caravan")
	}
	if os.Geteuid() == 0 {
		return "/var/lib/caravan"
	}
	home := getenv("HOME")
	if home == "" {
		return ""
	}
	return filepath.Join(home, ".local", "state", "caravan")
}
