package app_test

import (
	"fmt"
	"net"
	"testing"
	"time"

	natsd "github.com/nats-io/nats-server/v2/server"

	"caravan/internal/live"
)

// testkitBus starts a NATS server on loopback and returns what connects a node
// to it.
func testkitBus(t testing.TB) func() live.Bus {
	t.Helper()
	s, err := natsd.NewServer(&natsd.Options{Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("the bus is not ready")
	}
	url := fmt.Sprintf("nats://%s", s.Addr().(*net.TCPAddr))
	return func() live.Bus {
		n, err := live.ConnectNATS(url, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(n.Close)
		return n
	}
}
