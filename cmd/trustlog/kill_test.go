package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"caravan/internal/config"
	"caravan/internal/db"
	"caravan/internal/job"
	"caravan/internal/leaf"
	"caravan/internal/translog"
)

// childRound is the variable that makes the test program one round of the log:
// the address of its database, and the folder of its files.
const childRound = "CARAVAN_TEST_ROUND"

// TestOneRoundInAProcessOfItsOwn is what the next test starts and kills.
func TestOneRoundInAProcessOfItsOwn(t *testing.T) {
	url, dir, ok := strings.Cut(os.Getenv(childRound), "|")
	if !ok {
		return // not asked for
	}
	cfg, err := config.Load(func(k string) string { return map[string]string{"STATE_DIR": dir, "LIMITS": "off"}[k] }, true)
	if err != nil {
		t.Fatal(err)
	}
	d, err := db.Open(t.Context(), db.Options{URL: url, Role: db.Web, MaxConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	jobs, err := job.New(d)
	if err != nil {
		t.Fatal(err)
	}
	log, err := translog.New(translog.Tools{DB: d, Jobs: jobs, Config: cfg})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	if err := log.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// killer stands between a process and its database, and kills the process at the
// n-th message that it sends: before the database has it, or after.
type killer struct {
	mu     sync.Mutex
	left   int
	after  bool
	victim *os.Process
	killed bool
}

// message takes one message from the process to its database.
func (k *killer) message(forward func() error) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.left--
	if k.left != 0 {
		return forward()
	}
	if k.after {
		if err := forward(); err != nil {
			return err
		}
	}
	k.killed = true
	return k.victim.Signal(syscall.SIGKILL)
}

// serve forwards connections until the listener is closed.
func (k *killer) serve(l net.Listener, network, address string) {
	var all sync.WaitGroup
	defer all.Wait()
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		all.Go(func() {
			defer c.Close()
			up, err := net.Dial(network, address)
			if err != nil {
				return
			}
			defer up.Close()
			all.Go(func() { _, _ = io.Copy(c, up); c.Close() }) // ends when either side is gone
			b := make([]byte, 64<<10)
			for {
				n, err := c.Read(b)
				if err != nil || k.message(func() error { _, err := up.Write(b[:n]); return err }) != nil {
					return
				}
			}
		})
	}
}

// round runs one round in a process of its own, which is killed at its n-th
// message. Whole says that it came to its end before.
func (h *house) killedRound(n int, after bool) (whole bool) {
	h.t.Helper()
	at, err := pgconn.ParseConfig(h.db.Pool().Config().ConnString())
	if err != nil {
		h.t.Fatal(err)
	}
	network, address := pgconn.NetworkAddress(at.Host, at.Port)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		h.t.Fatal(err)
	}
	url := fmt.Sprintf("host=127.0.0.1 port=%d user=%s password='%s' dbname=%s sslmode=disable", l.Addr().(*net.TCPAddr).Port, at.User, at.Password, at.Database)
	ctx, cancel := context.WithTimeout(h.t.Context(), time.Minute)
	defer cancel()
	child := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestOneRoundInAProcessOfItsOwn$")
	child.Env = append(os.Environ(), childRound+"="+url+"|"+h.dir)
	var said strings.Builder
	child.Stdout, child.Stderr = &said, &said
	k := &killer{left: n, after: after}
	k.mu.Lock() // nothing is forwarded before there is somebody to kill
	done := make(chan struct{})
	go func() { defer close(done); k.serve(l, network, address) }()
	err = child.Start()
	k.victim = child.Process
	k.mu.Unlock()
	if err != nil {
		h.t.Fatal(err)
	}
	err = child.Wait()
	_ = l.Close()
	<-done
	if !k.killed && err != nil {
		h.t.Fatalf("message %d: %v: %s", n, err, said.String())
	}
	return !k.killed
}

// TestAWriterKilledAtEveryMessageLosesNothingAndSplitsNothing kills the process
// that writes the log at each message to its database. Every head that was
// written down or published on the way grows into the next, and after the next
// round our verifier, which remembers what it saw, finds the log whole.
func TestAWriterKilledAtEveryMessageLosesNothingAndSplitsNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.add(3)
	h.round()
	state := filepath.Join(t.TempDir(), "state")
	roots := map[int64]string{} // by size: of every head that anybody could have seen
	see := func(what, text string) {
		t.Helper()
		head, err := leaf.ParseHead(text)
		if err != nil {
			t.Fatal(err)
		}
		if old, ok := roots[head.Size]; ok && old != head.Root.String() {
			t.Fatalf("%s: a second root for %d entries", what, head.Size)
		}
		roots[head.Size] = head.Root.String()
	}
	step := 9
	if os.Getenv("CARAVAN_LONG") != "" {
		step = 1
	}
	total := 3
	for n, whole := 1, false; !whole; n += step {
		for _, after := range []bool{false, true} {
			if n > 300 {
				t.Fatal("a round has no end")
			}
			what := "killed at message " + strconv.Itoa(n)
			h.add(2)
			total += 2
			whole = h.killedRound(n, after)
			written, err := os.ReadFile(filepath.Join(h.dir, "log.published"))
			if err != nil {
				t.Fatal(err)
			}
			see(what, string(written))
			var note []byte
			if err := h.db.Pool().QueryRow(t.Context(), `SELECT note FROM log_head`).Scan(&note); err != nil {
				t.Fatal(err)
			}
			text, _, _ := strings.Cut(string(note), "\n\n")
			see(what, text+"\n")
			again := openHouse(t, &house{t: t, db: h.db, clock: h.clock, dir: h.dir, shown: h.shown})
			// The database may take a moment to notice that nobody is there any more,
			// and to give the tree free.
			for give := time.Now().Add(20 * time.Second); ; {
				if again.round(); again.size() == int64(total) || time.Now().After(give) {
					break
				}
			}
			if got := again.size(); got != int64(total) {
				t.Fatalf("%s: %d entries afterwards, want %d", what, got, total)
			}
			again.wants(what, again.verify("--state", state), exitOK)
			h = again
		}
	}
	if len(roots) < 5 {
		t.Errorf("only %d heads were seen", len(roots))
	}
	t.Logf("%d entries, %d heads", total, len(roots))
}
