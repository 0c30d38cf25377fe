package main

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"caravan/cmd/loadtest/internal/replay"
	"caravan/cmd/loadtest/internal/site"
	"caravan/cmd/loadtest/internal/texts"
)

// builtIn is the folder of the program under test; empty until it is built.
var builtIn string

// built is the program under test, built once for all tests here.
var built = sync.OnceValues(func() (string, error) {
	var err error
	if builtIn, err = os.MkdirTemp("", "caravan-built-"); err != nil {
		return "", err
	}
	path := filepath.Join(builtIn, "caravan")
	out, err := exec.Command("go", "build", "-o", path, "caravan/cmd/caravan").CombinedOutput()
	if err != nil {
		return "", &exec.Error{Name: string(out), Err: err}
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if builtIn != "" {
		os.RemoveAll(builtIn)
	}
	os.Exit(code)
}

// running is the real program with demo data and a private database, as
// somebody would run it, on a folder of its own.
type running struct {
	*site.Site
	t    *testing.T
	env  []string
	cmd  *exec.Cmd
	said *bytes.Buffer
}

func startSite(t *testing.T) *running {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	dir, err := os.MkdirTemp("", "caravan-replay-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o711); err != nil { // for the database's user, when we are root
		t.Fatal(err)
	}
	r := &running{t: t, env: append(os.Environ(), "STATE_DIR="+dir, "DATABASE_URL=", "ADDR="+addr, "BASE_URL=http://"+addr, "LIMITS=off", "NATS_URL=", "SMTP_URL=")}
	if r.Site, err = site.Open("http://" + addr); err != nil {
		t.Fatal(err)
	}
	r.start()
	t.Cleanup(r.stop)
	return r
}

// start starts the program, or starts it again, and waits until it is ready.
func (r *running) start() {
	r.t.Helper()
	path, err := built()
	if err != nil {
		r.t.Fatalf("build: %v", err)
	}
	r.said = &bytes.Buffer{}
	r.cmd = exec.Command(path, "demo")
	r.cmd.Env, r.cmd.Stdout, r.cmd.Stderr = r.env, r.said, r.said
	if err := r.cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if err := r.Ready(ctx); err != nil {
		r.kill()
		r.t.Fatalf("%v\n%s", err, r.said)
	}
}

func (r *running) kill() {
	_ = r.cmd.Process.Kill()
	_ = r.cmd.Wait() // it was killed, and says so
}

func (r *running) stop() {
	if r.cmd.ProcessState != nil {
		return
	}
	_ = r.cmd.Process.Signal(syscall.SIGTERM)
	if err := r.cmd.Wait(); err != nil {
		r.t.Errorf("the program ended with %v:\n%s", err, r.said)
	}
}

// long reports whether full counts are wanted.
func long() bool { return os.Getenv("CARAVAN_LONG") != "" }

func TestRepliesArriveOnceAndUnchangedWhileReadersAreCutOff(t *testing.T) {
	r := startSite(t)
	var out bytes.Buffer
	err := run(context.Background(), []string{"replay", "-url", r.Base, "-generate", "400", "-people", "10", "-questions", "5", "-clients", "40", "-cut", "500ms"}, &out)
	if err != nil {
		t.Errorf("%v\n%s", err, out.String())
	}
	if data := os.Getenv("CARAVAN_DATA"); data != "" {
		args := []string{"replay", "-url", r.Base, "-file", filepath.Join(data, "patient-feedback.csv")}
		if !long() {
			args = append(args, "-n", "300", "-people", "10", "-questions", "5", "-clients", "40")
		}
		out.Reset()
		err := run(context.Background(), args, &out)
		if err != nil || !strings.Contains(out.String(), "nothing lost") {
			t.Errorf("real comments: %v\n%s", err, out.String())
		}
	}
}

func TestNothingIsLostWhenTheProgramIsKilledWhileRepliesArePosted(t *testing.T) {
	r := startSite(t)
	kills, perKill, clients := 2, 60, 40
	if long() {
		kills, clients = 20, 200
	}
	reached := make(chan int, 10_000)
	type outcome struct {
		replay.Report
		err error
	}
	ended := make(chan outcome, 1)
	go func() {
		report, err := replay.Run(context.Background(), replay.Options{
			Site: r.Site, Texts: texts.Generate((kills + 1) * perKill), People: 20, Questions: 10, Clients: clients,
			Cut: 2 * time.Second, Rate: 150, Settle: time.Minute, Patience: 2 * time.Minute, Progress: func(n int) { reached <- n },
		})
		ended <- outcome{report, err}
	}()
	killed := 0
	for {
		select {
		case n := <-reached:
			if killed < kills && n >= (killed+1)*perKill {
				r.kill()
				r.start()
				killed++
			}
		case o := <-ended:
			var out bytes.Buffer
			o.Text(&out)
			if o.err != nil || o.Differences > 0 || o.Retries == 0 || killed != kills {
				t.Errorf("after %d kills: %v\n%s", killed, o.err, out.String())
			}
			return
		}
	}
}
