package live_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"caravan/internal/db"
	"caravan/internal/live"
	"caravan/internal/testkit"
)

// childEnv names the database of a test program that is to be a node and
// nothing else, so that its memory can be weighed from outside.
const childEnv = "CARAVAN_LIVE_NODE"

func TestMain(m *testing.M) {
	if url := os.Getenv(childEnv); url != "" {
		if err := beNode(url); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// beNode serves until its input ends. It says its address first.
func beNode(url string) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	d, err := db.Open(ctx, db.Options{URL: url})
	if err != nil {
		return err
	}
	defer d.Close()
	quiet := slog.New(slog.DiscardHandler)
	bus, err := live.ConnectNATS("", quiet)
	if err != nil {
		return err
	}
	defer bus.Close()
	hub := live.NewHub(d, bus, live.Options{LimitsOff: true, Log: quiet, Origin: func(string) bool { return true }})
	hub.Add(open("question"))
	var done sync.WaitGroup
	defer done.Wait()
	done.Go(func() { _ = hub.Run(ctx) }) // its sockets are gone with the process
	defer cancel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hub.Upgrade(w, r, live.Reader{Address: "a", Lang: "en"})
	}))
	defer server.Close()
	fmt.Println(server.Listener.Addr())
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// child starts a node of its own and returns its address and process id.
func child(t *testing.T) (addr string, pid int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+testkit.URL(t))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the node: %v", err)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the node does not start: %v", err)
	}
	return strings.TrimSpace(line), cmd.Process.Pid
}

var rssLine = regexp.MustCompile(`VmRSS:\s+(\d+) kB`)

// rss is the resident memory of a process in KB.
func rss(t *testing.T, pid int) int {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	m := rssLine.FindSubmatch(b)
	if m == nil {
		t.Fatalf("no VmRSS in %s", b)
	}
	n, err := strconv.Atoi(string(m[1]))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// masked is a text frame of a client, with a mask that changes nothing.
func masked(text string) []byte {
	b := []byte{0x81, 0x80 | 126}
	b = binary.BigEndian.AppendUint16(b, uint16(len(text)))
	return append(append(b, 0, 0, 0, 0), text...)
}

// settle opens a socket, subscribes, and leaves it at that.
func settle(addr string) (net.Conn, error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(c, "GET /live HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://%s\r\n\r\n", addr, addr)
	_ = c.SetReadDeadline(time.Now().Add(patience))
	var have []byte
	said := false
	for {
		b := make([]byte, 2048)
		n, err := c.Read(b)
		if err != nil {
			return c, fmt.Errorf("%w after %q", err, have)
		}
		have = append(have, b[:n]...)
		if !said && bytes.Contains(have, []byte("\r\n\r\n")) {
			said = true
			if _, err := c.Write(append(masked(`{"t":"hello","tab":"a"}`), masked(`{"t":"sub","id":1,"ch":"question:1","since":0}`)...)); err != nil {
				return c, err
			}
		}
		if bytes.Contains(have, []byte(`"sub_ok"`)) {
			return c, nil
		}
	}
}

func TestAnIdleSocketCostsLittleMemory(t *testing.T) {
	sockets, most := 1500, 16.0 // fewer sockets carry more of what all share
	if long() {
		sockets, most = 5000, 10.0
	}
	addr, pid := child(t)
	before := rss(t, pid)
	work := make(chan struct{}, sockets)
	for range sockets {
		work <- struct{}{}
	}
	close(work)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range work {
				c, err := settle(addr)
				if c != nil {
					mu.Lock()
					t.Cleanup(func() { c.Close() })
					mu.Unlock()
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	got := float64(rss(t, pid)-before) / float64(sockets)
	t.Logf("%.1f KB for each of %d idle sockets with one subscription (%d MB before)", got, sockets, before>>10)
	if got > most && !raceDetector {
		t.Errorf("%.1f KB for each of %d idle sockets, want at most %.0f", got, sockets, most)
	}
}
