package account

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/markbates/goth"
	"github.com/markbates/goth/providers/openidConnect"

	"caravan/internal/config"
)

// A provider is one OpenID Connect provider, through goth but without its
// package gothic: that takes the state from the address of the request, and
// knows neither PKCE nor a nonce. Google is one of them, so that it passes the
// same checks of issuer, audience and nonce.
type provider struct {
	name, label string
	client      config.Client
	issuer      string
	callback    string
	http        *http.Client

	mu   sync.Mutex
	goth *openidConnect.Provider // nil until its discovery document was read
}

const (
	googleIssuer    = "https://accounts.google.com"
	providerTimeout = 8 * time.Second
	maxDiscovery    = 1 << 20
)

// addProviders keeps the providers that are configured. Every other name in an
// address is not found.
func (s *Service) addProviders(cfg config.Config) {
	s.providers = map[string]*provider{}
	add := func(name, label, issuer string, c config.Client) {
		if c.ID == "" || issuer == "" {
			return
		}
		s.order = append(s.order, name)
		s.providers[name] = &provider{
			name: name, label: label, client: c, issuer: issuer, http: &http.Client{Timeout: providerTimeout},
			callback: strings.TrimSuffix(cfg.BaseURL.String(), "/") + "/sign-in/" + name + "/callback",
		}
	}
	add("google", "Google", googleIssuer, cfg.Google)
	add("oidc", cfg.OIDC.Label, cfg.OIDC.Issuer, cfg.OIDC.Client)
}

// open returns goth's side, and reads the discovery document when it is needed
// first: a provider that is down must not keep us from starting.
func (p *provider) open(ctx context.Context) (*openidConnect.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.goth != nil {
		return p.goth, nil
	}
	d, err := p.discover(ctx)
	if err != nil {
		return nil, fmt.Errorf("account: discover %s: %w", p.name, err)
	}
	g, err := openidConnect.NewCustomisedURL(p.client.ID, p.client.Secret, p.callback,
		d.AuthEndpoint, d.TokenEndpoint, d.Issuer, d.UserInfoEndpoint, "", "openid", "email")
	if err != nil {
		return nil, fmt.Errorf("account: open %s: %w", p.name, err)
	}
	g.HTTPClient = p.http
	p.goth = g
	return g, nil
}

// discover reads where the provider's endpoints are (OpenID Connect Discovery
// 1.0). The document must name the issuer that was configured.
func (p *provider) discover(ctx context.Context) (d openidConnect.OpenIDConfig, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(p.issuer, "/")+"/.well-known/openid-configuration", nil)
	if err != nil {
		return d, err
	}
	res, err := p.http.Do(req)
	if err != nil {
		return d, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return d, fmt.Errorf("status %d", res.StatusCode)
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, maxDiscovery)).Decode(&d); err != nil {
		return d, err
	}
	if d.Issuer != p.issuer || d.AuthEndpoint == "" || d.TokenEndpoint == "" {
		return d, errors.New("the document is for another issuer, or lacks an endpoint")
	}
	return d, nil
}

// begin starts a sign-in: what we keep, and the address to send the browser to.
// State, verifier and nonce are ours, whatever the request says.
func (p *provider) begin(ctx context.Context) (state string, x start, to string, err error) {
	g, err := p.open(ctx)
	if err != nil {
		return "", x, "", err
	}
	state = random(32)
	x = start{Provider: p.name, Verifier: random(48), Nonce: random(24)}
	session, err := g.BeginAuth(state)
	if err != nil {
		return "", x, "", err
	}
	raw, err := session.GetAuthURL()
	if err != nil {
		return "", x, "", err
	}
	u, err := url.Parse(raw)
	if err != nil {
		return "", x, "", err
	}
	sum := sha256.Sum256([]byte(x.Verifier))
	q := u.Query()
	q.Set("code_challenge", base64.RawURLEncoding.EncodeToString(sum[:]))
	q.Set("code_challenge_method", "S256")
	q.Set("nonce", x.Nonce)
	u.RawQuery = q.Encode()
	x.Session = session.Marshal()
	return state, x, u.String(), nil
}

// known is who a provider says somebody is.
type known struct {
	Provider string
	UID      string // issuer and subject: the only key
	Email    string // as the provider has it; never a key
	Verified bool   // the provider says that the address is theirs
}

// finish ends a sign-in: it redeems the code with the verifier and checks the
// nonce. goth checks issuer, audience and time of the token, which comes from
// the provider itself over TLS.
func (p *provider) finish(ctx context.Context, x start, code string) (k known, err error) {
	g, err := p.open(ctx)
	if err != nil {
		return k, err
	}
	defer func() {
		if r := recover(); r != nil { // goth takes some claims for granted
			err = errors.New("account: read the token: it lacks a claim")
		}
	}()
	session, err := g.UnmarshalSession(x.Session)
	if err != nil {
		return k, err
	}
	if _, err := session.Authorize(g, url.Values{"code": {code}, "code_verifier": {x.Verifier}}); err != nil {
		return k, failed("redeem the code", err)
	}
	u, err := g.FetchUser(session)
	if err != nil {
		return k, failed("read the token", err)
	}
	return p.known(u, x.Nonce)
}

// failed says which step went wrong, for the log. What goth says stays out of
// it: it repeats what the provider knows of people.
func failed(step string, err error) error {
	if _, ok := errors.AsType[*url.Error](err); ok {
		return fmt.Errorf("account: %s: %w", step, errAway)
	}
	return fmt.Errorf("account: %s: refused", step)
}

var errAway = errors.New("the provider does not answer")

func (p *provider) known(u goth.User, nonce string) (known, error) {
	if got, ok := u.RawData["nonce"].(string); !ok || got != nonce || nonce == "" {
		return known{}, errors.New("account: the token is for another sign-in")
	}
	if u.UserID == "" {
		return known{}, errors.New("account: the token names nobody")
	}
	k := known{Provider: p.name, UID: p.issuer + " " + u.UserID}
	k.Verified, _ = u.RawData["email_verified"].(bool)
	if email, err := cleanAddress(u.Email); err == nil {
		k.Email = email
	}
	k.Verified = k.Verified && k.Email != ""
	return k, nil
}
