package httpd

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/labstack/echo/v4"
	"golang.org/x/time/rate"

	"caravan/internal/config"
	"caravan/internal/db"
	"caravan/internal/errs"
)

// ByWhat says whose deeds a limit counts.
type ByWhat uint8

// What limits count by. An account's limits hold wherever it is signed in.
const (
	ByAddress ByWhat = iota
	ByAccount        // the address for somebody who is signed out
	BySession
)

// Rate allows N deeds per Per, and no more than N at once.
type Rate struct {
	N   int
	Per time.Duration
}

// Limit is a named limit of a route; all its rates must allow a deed.
type Limit struct {
	Name  string
	Rates []Rate
	By    ByWhat
}

// Limits are token buckets. What everybody may do (requests) is counted in this
// process; what must hold across nodes and restarts is counted in the
// database, one upsert a deed.
type Limits struct {
	db      *db.DB
	key     []byte
	off     bool
	mu      sync.Mutex
	buckets *lru.Cache[string, []*rate.Limiter]
}

// requests that one address, or one signed-in person, may send.
var requestRates = []Rate{{50, 10 * time.Second}, {200, time.Minute}}

// NewLimits returns limits whose addresses are blurred with key.
func NewLimits(d *db.DB, key []byte, off bool) *Limits {
	b, err := lru.New[string, []*rate.Limiter](50_000)
	if err != nil {
		panic(err) // only for a size below one
	}
	return &Limits{db: d, key: key, off: off, buckets: b}
}

// Take counts one deed of who under name, or answers TooMany with the time to
// wait. It does not belong to any transaction: a deed that fails later counts
// too.
func (l *Limits) Take(ctx context.Context, name, who string, rates ...Rate) error {
	in, _ := ctx.Value(exchangeKey{}).(*exchange)
	if l.lifted(in) {
		return nil
	}
	q := l.db.Read(ctx)
	for _, r := range rates {
		n, perSecond := float64(r.N), float64(r.N)/r.Per.Seconds()
		key := name + " " + r.Per.String() + " " + who
		taken, err := takeToken(q, key, n, perSecond)
		if err != nil {
			return err
		}
		if !taken {
			return errs.Wait(errs.TooMany, time.Duration(float64(time.Second)/perSecond), "common.too_many")
		}
	}
	return nil
}

// Forget drops buckets that have long been full again.
func (l *Limits) Forget(ctx context.Context) error {
	return forgetBuckets(l.db.Read(ctx))
}

// lifted reports whether limits are off for a request: where the operator says
// so, and only for who is on this machine. A deed without a request is a
// command's.
func (l *Limits) lifted(in *exchange) bool {
	return l.off && (in == nil || in.ip.Unmap().IsLoopback())
}

func (l *Limits) route(c echo.Context, limits []Limit) error {
	for _, x := range limits {
		if err := l.Take(c.Request().Context(), x.Name, l.who(c, x.By), x.Rates...); err != nil {
			return err
		}
	}
	return nil
}

func (l *Limits) who(c echo.Context, by ByWhat) string {
	a := Actor(c)
	switch {
	case by == ByAccount && a.SignedIn():
		return "a" + strconv.FormatInt(a.AccountID, 10)
	case by == BySession && a.SignedIn():
		return "s" + a.Session
	}
	return "ip" + l.Address(exchangeOf(c).ip)
}

// Address blurs an address so that it can count without being kept: a keyed
// hash, different every week, of the /24 (IPv4) or /48 (IPv6) around it.
func (l *Limits) Address(ip netip.Addr) string {
	bits := 24
	if ip = ip.Unmap(); ip.Is6() {
		bits = 48
	}
	p, err := ip.Prefix(bits)
	if err != nil {
		return "none"
	}
	m := hmac.New(sha256.New, l.key)
	var week [8]byte
	binary.BigEndian.PutUint64(week[:], uint64(time.Now().Unix()/(7*86400)))
	m.Write(week[:])
	b, _ := p.MarshalBinary() // cannot fail for a valid prefix
	m.Write(b)
	return fmt.Sprintf("%x", m.Sum(nil)[:8])
}

// request counts a request against its person, or its address.
func (l *Limits) request(c echo.Context) error {
	in := exchangeOf(c)
	if l.lifted(in) || in.internal {
		return nil
	}
	who := "ip " + in.ip.String()
	if a := Actor(c); a.SignedIn() {
		who = "a" + strconv.FormatInt(a.AccountID, 10)
	}
	if in.counted && who[0] == 'i' {
		return nil
	}
	if !l.allow(who) {
		return tooManyRequests()
	}
	return nil
}

// address counts a signed-out request before it is routed.
func (l *Limits) address(r *http.Request) bool {
	in := exchangeFrom(r)
	if l.lifted(in) || in.counted {
		return true
	}
	in.counted = true
	return l.allow("ip " + in.ip.String())
}

func (l *Limits) allow(who string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	b, ok := l.buckets.Get(who)
	if !ok {
		for _, r := range requestRates {
			b = append(b, rate.NewLimiter(rate.Limit(float64(r.N)/r.Per.Seconds()), r.N))
		}
		l.buckets.Add(who, b)
	}
	for _, x := range b {
		if !x.Allow() {
			return false
		}
	}
	return true
}

func tooManyRequests() error { return errs.Wait(errs.TooMany, 10*time.Second, "common.too_many") }

// extractor says whose address counts: the peer's, unless the peer is a proxy
// that the operator trusts. Nobody else's word is taken.
func extractor(cfg config.Config) echo.IPExtractor {
	if len(cfg.Proxies) == 0 {
		return echo.ExtractIPDirect()
	}
	opts := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range cfg.Proxies {
		if _, n, err := net.ParseCIDR(p.String()); err == nil {
			opts = append(opts, echo.TrustIPRange(n))
		}
	}
	return echo.ExtractIPFromXFFHeader(opts...)
}
