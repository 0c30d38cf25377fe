package live_test

import (
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	natsd "github.com/nats-io/nats-server/v2/server"

	"context"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/live"
	"caravan/internal/testkit"
)

// connect is a node's own connection to the bus at url, or to a bus of its own.
func connect(t testing.TB, url string) *live.NATS {
	t.Helper()
	bus, err := live.ConnectNATS(url, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(bus.Close)
	return bus
}

// natsServer is a bus that several nodes connect to over the network.
func natsServer(t testing.TB, port int) *natsd.Server {
	t.Helper()
	s, err := natsd.NewServer(&natsd.Options{Host: "127.0.0.1", Port: port, NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(patience) {
		t.Fatal("the bus is not ready")
	}
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	return s
}

// second opens the database of d a second time, as another process would.
func second(t testing.TB, d *db.DB, conns int32) *db.DB {
	t.Helper()
	o, err := db.Open(context.Background(), db.Options{URL: d.Pool().Config().ConnString(), MaxConns: conns})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(o.Close)
	return o
}

func TestAWriteOnOneNodeReachesReadersOfBoth(t *testing.T) {
	t.Parallel()
	server := natsServer(t, -1)
	da := testkit.DB(t)
	db2 := second(t, da, 8)
	a := start(t, da, setup{bus: connect(t, server.ClientURL())})
	b := start(t, db2, setup{bus: connect(t, server.ClientURL())})
	sa, sb := a.hello(), b.hello()
	sa.sub("question:1", 0, "")
	sb.sub("question:1", 0, "")
	posts(t, da, "question:1", 20)
	posts(t, db2, "question:1", 20)
	for want := int64(1); want <= 40; want++ {
		if e := sa.await("ev"); e.Seq != want {
			t.Fatalf("node a: %+v, want %d", e, want)
		}
		if e := sb.await("ev"); e.Seq != want {
			t.Fatalf("node b: %+v, want %d", e, want)
		}
	}
	if got := b.metric("live_gap_detected_total", "position_check"); got != 0 {
		t.Errorf("the bus lost %v", got)
	}
}

func TestNodesGoOnWhenTheBusIsAwayAndComesBack(t *testing.T) {
	t.Parallel()
	server := natsServer(t, -1)
	_, port, err := net.SplitHostPort(strings.TrimPrefix(server.ClientURL(), "nats://"))
	if err != nil {
		t.Fatal(err)
	}
	da := testkit.DB(t)
	a := start(t, da, setup{bus: connect(t, server.ClientURL())})
	b := start(t, second(t, da, 8), setup{bus: connect(t, server.ClientURL())})
	sa, sb := a.hello(), b.hello()
	sa.sub("question:1", 0, "")
	sb.sub("question:1", 0, "")
	posts(t, da, "question:1", 1)
	sa.await("ev")
	sb.await("ev")

	server.Shutdown()
	server.WaitForShutdown()
	posts(t, da, "question:1", 3)
	for want := int64(2); want <= 4; want++ {
		if e := sa.await("ev"); e.Seq != want {
			t.Fatalf("the writer's own node without a bus: %+v, want %d", e, want)
		}
	}
	n, _ := strconv.Atoi(port)
	natsServer(t, n)
	for want := int64(2); want <= 4; want++ {
		if e := sb.await("ev"); e.Seq != want {
			t.Fatalf("the other node after the bus came back: %+v, want %d", e, want)
		}
	}
}

func TestARevokedSessionEndsOnTheOtherNodeToo(t *testing.T) {
	t.Parallel()
	server := natsServer(t, -1)
	d := testkit.DB(t)
	a := start(t, d, setup{bus: connect(t, server.ClientURL()), who: signedIn(1)})
	b := start(t, second(t, d, 8), setup{bus: connect(t, server.ClientURL()), who: signedIn(1)})
	sa, sb := a.hello(), b.hello()
	a.hub.Revoke(live.Revoked{Session: "s1"})
	sa.closed(4401)
	sb.closed(4401)
}

func TestPresenceAndTypingNameStaffAndNobodyElse(t *testing.T) {
	t.Parallel()
	server := natsServer(t, -1)
	d := testkit.DB(t)
	topic := open("question")
	topic.Type = func(_ context.Context, a access.Actor, _ int64) (live.Typist, error) {
		switch {
		case a.AccountID == 0:
			return live.Typist{}, errForbidden
		case len(a.Works) > 0:
			return live.Typist{Role: "clinic_staff", Label: "Dr. A. (Clinic X)", Staff: true}, nil
		}
		return live.Typist{Role: "asker", Label: "Patient 4F2"}, nil
	}
	s := setup{topics: []live.Topic{topic}, who: byHeader, o: live.Options{Timing: live.Timing{Presence: 100 * time.Millisecond}}}
	s.bus = connect(t, server.ClientURL())
	a := start(t, d, s)
	s.bus = connect(t, server.ClientURL())
	b := start(t, second(t, d, 8), s)

	reader := a.hello()
	reader.sub("question:1", 0, "")
	doctor := b.hello("Account", "7", "Works", "5")
	doctor.sub("question:1", 0, "")
	patient := b.hello("Account", "8")
	patient.sub("question:1", 0, "")
	reader.awaitEph("presence", `{"readers":0,"few":true,"staff":["Dr. A. (Clinic X)"]}`)
	for i := range 3 {
		b.hello("Account", fmt.Sprint(10+i)).sub("question:1", 0, "")
	}
	b.hello("Account", "10").sub("question:1", 0, "") // one person, two sockets
	reader.awaitEph("presence", `{"readers":5,"staff":["Dr. A. (Clinic X)"]}`)

	doctor.say(`{"t":"typing","ch":"question:1"}`)
	reader.awaitEph("typing", `{"role":"clinic_staff","label":"Dr. A. (Clinic X)","ttl":6}`)
	patient.say(`{"t":"typing","ch":"question:1"}`)
	reader.awaitEph("typing", `{"role":"asker","ttl":6}`)
	doctor.ws.Close()
	reader.awaitEph("presence", `{"readers":5,"staff":[]}`)
}

// awaitEph waits for presence or typing as given; what differs from it on the
// way must not be of the same kind as a name.
func (s *socket) awaitEph(kind, d string) {
	s.t.Helper()
	for {
		m, err := s.next()
		if err != nil {
			s.t.Fatalf("waiting for %s %s: %v", kind, d, err)
		}
		if strings.Contains(string(m.D), "Patient") {
			s.t.Fatalf("a patient is named: %s", m.D)
		}
		if m.T == "eph" && m.Type == kind && string(m.D) == d {
			return
		}
	}
}
