package live

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	natsd "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

const (
	subjectNews  = "live.v1." // and the number of the subject
	subjectOrder = "live.v1.ctl"
	subjectAll   = "live.v1.>"
	batchSize    = 1000 // channels in one announcement, far below NATS's 1 MB
)

// NATS is the bus over a NATS server: one of several nodes' own, or one inside
// this process that listens on no port.
type NATS struct {
	conn   *nats.Conn
	server *natsd.Server // nil when the server is elsewhere
	log    *slog.Logger

	mu   sync.RWMutex
	ears map[int]Ears
	next int
}

// ConnectNATS connects to the server at url, or to one of its own without url.
// A server that is away is looked for again and again; meanwhile the node
// serves its own readers, and position checks do the rest.
func ConnectNATS(url string, log *slog.Logger) (*NATS, error) {
	if url != "" {
		return dialNATS(url, log)
	}
	s, err := EmbedNATS()
	if err != nil {
		return nil, err
	}
	n, err := dialNATS("", log, nats.InProcessServer(s))
	if err != nil {
		s.Shutdown()
		return nil, err
	}
	n.server = s
	return n, nil
}

// EmbedNATS starts a NATS server inside this process, without a port.
func EmbedNATS() (*natsd.Server, error) {
	s, err := natsd.NewServer(&natsd.Options{DontListen: true, NoSigs: true, NoLog: true})
	if err != nil {
		return nil, fmt.Errorf("live: start bus: %w", err)
	}
	s.Start()
	if !s.ReadyForConnections(5 * time.Second) {
		s.Shutdown()
		return nil, errors.New("live: start bus: not ready after 5 s")
	}
	return s, nil
}

// dialNATS connects; nats.NoEcho because our own words reach our own ears
// directly.
func dialNATS(url string, log *slog.Logger, more ...nats.Option) (*NATS, error) {
	if log == nil {
		log = slog.Default()
	}
	n := &NATS{log: log, ears: map[int]Ears{}}
	o := append(more, nats.Name("caravan"), nats.NoEcho(), nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond),
		nats.ReconnectJitter(50*time.Millisecond, 200*time.Millisecond), nats.RetryOnFailedConnect(true),
		nats.ReconnectHandler(func(*nats.Conn) { n.log.Info("live: bus is back"); n.gap() }),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				n.log.Warn("live: bus is away", "error", err)
			}
		}),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { n.log.Warn("live: bus", "error", err); n.gap() }))
	var err error
	if n.conn, err = nats.Connect(url, o...); err != nil {
		return nil, fmt.Errorf("live: connect bus: %w", err)
	}
	if _, err = n.conn.Subscribe(subjectAll, n.heard); err != nil {
		n.conn.Close()
		return nil, fmt.Errorf("live: listen on bus: %w", err)
	}
	return n, nil
}

// Close leaves the bus, and ends the server if it is ours.
func (n *NATS) Close() {
	n.conn.Close()
	if n.server != nil {
		n.server.Shutdown()
		n.server.WaitForShutdown()
	}
}

// Listen adds ears.
func (n *NATS) Listen(e Ears) (stop func(), err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	id := n.next
	n.next++
	n.ears[id] = e
	return func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		delete(n.ears, id)
	}, nil
}

func (n *NATS) each(f func(Ears)) {
	n.mu.RLock()
	all := make([]Ears, 0, len(n.ears))
	for _, e := range n.ears {
		all = append(all, e)
	}
	n.mu.RUnlock()
	for _, e := range all {
		f(e)
	}
}

func (n *NATS) gap() { n.each(func(e Ears) { e.OnGap() }) }

// Announce tells every other node, one message for each subject that has news,
// and then the own ears, which may take their time.
func (n *NATS) Announce(b Batch) error {
	parts := map[int][]Change{}
	for _, c := range b.Changes {
		parts[place(c.Channel)] = append(parts[place(c.Channel)], c)
	}
	var errs []error
	for at, changes := range parts {
		for len(changes) > 0 {
			k := min(len(changes), batchSize)
			errs = append(errs, n.publish(subjectNews+strconv.Itoa(at), Batch{b.Epoch, changes[:k], b.At}))
			changes = changes[k:]
		}
	}
	n.each(func(e Ears) { e.OnAnnounce(b) })
	return errors.Join(errs...)
}

// Control tells every other node, then the own ears.
func (n *NATS) Control(o Order) error {
	err := n.publish(subjectOrder, o)
	n.each(func(e Ears) { e.OnControl(o) })
	return err
}

func (n *NATS) publish(subject string, v any) error {
	b, err := json.Marshal(v)
	if err == nil {
		err = n.conn.Publish(subject, b)
	}
	if err != nil {
		return fmt.Errorf("live: publish: %w", err)
	}
	return nil
}

// heard takes what other nodes say. What cannot be read is from another
// version: the position check makes up for it.
func (n *NATS) heard(m *nats.Msg) {
	defer func() {
		if p := recover(); p != nil {
			n.log.Error("live: bus", "panic", fmt.Sprint(p))
		}
	}()
	if m.Subject == subjectOrder {
		var o Order
		if err := json.Unmarshal(m.Data, &o); err != nil {
			n.log.Warn("live: bus", "error", err)
			return
		}
		n.each(func(e Ears) { e.OnControl(o) })
		return
	}
	var b Batch
	if err := json.Unmarshal(m.Data, &b); err != nil {
		n.log.Warn("live: bus", "error", err)
		return
	}
	n.each(func(e Ears) { e.OnAnnounce(b) })
}

// MarshalJSON writes a change as a pair, ["question:42",981].
func (c Change) MarshalJSON() ([]byte, error) { return json.Marshal([]any{c.Channel, c.Seq}) }

// UnmarshalJSON reads the pair.
func (c *Change) UnmarshalJSON(b []byte) error {
	return json.Unmarshal(b, &[]any{&c.Channel, &c.Seq})
}
