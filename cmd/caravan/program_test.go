package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"caravan/internal/testkit"
)

// long reports whether full counts are wanted.
func long() bool { return os.Getenv("CARAVAN_LONG") != "" }

// patience is how long a test waits for anything that takes a second.
const patience = 30 * time.Second

// workshop holds what is made once for all tests of this program: the built
// program, and a state folder with demo data. Every user may pass through it.
type workshop struct{ dir, caravan, filled string }

var theWorkshop workshop

func TestMain(m *testing.M) {
	code := m.Run()
	for _, dir := range []string{theWorkshop.dir, theWorkshop.filled} {
		if dir == "" {
			continue
		}
		if err := os.RemoveAll(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// built is the path of the program under test.
var built = sync.OnceValues(func() (string, error) {
	var err error
	if theWorkshop.dir, err = os.MkdirTemp("", "caravan-built-"); err != nil {
		return "", err
	}
	if err := os.Chmod(theWorkshop.dir, 0o711); err != nil {
		return "", err
	}
	theWorkshop.caravan = filepath.Join(theWorkshop.dir, "caravan")
	out, err := exec.Command("go", "build", "-buildvcs=false", "-o", theWorkshop.caravan, "caravan/cmd/caravan").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w: %s", err, out)
	}
	return theWorkshop.caravan, nil
})

// filled is a state folder of a program that was filled with demo data and
// stopped. Tests copy it, because filling takes longer than copying.
var filled = sync.OnceValues(func() (string, error) {
	path, err := built()
	if err != nil {
		return "", err
	}
	if theWorkshop.filled, err = testkit.StateFolder(); err != nil {
		return "", err
	}
	cmd := exec.Command(path, "demo", "-fill-only")
	cmd.Env = []string{"STATE_DIR=" + theWorkshop.filled, "PATH=" + os.Getenv("PATH"), "PGBIN=" + os.Getenv("PGBIN")}
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("demo -fill-only: %w: %s", err, out)
	}
	return theWorkshop.filled, nil
})

// program is the built program as a process of its own, on a state folder and
// an address of its own.
type program struct {
	t    *testing.T
	dir  string
	addr string
	env  map[string]string
	user *syscall.Credential // nil: the user of the tests

	cmd   *exec.Cmd
	said  *journalled
	ended chan struct{}
}

// demoSite is a demo site on a copy of the filled state folder. It is not started.
func demoSite(t *testing.T) *program {
	t.Helper()
	from, err := filled()
	if err != nil {
		t.Fatal(err)
	}
	p := fresh(t)
	copyFolder(t, from, p.dir)
	return p
}

// fresh is a program on an empty state folder. It is not started.
func fresh(t *testing.T) *program {
	t.Helper()
	if _, err := built(); err != nil {
		t.Fatal(err)
	}
	p := &program{t: t, dir: testkit.StateDir(t), addr: freeAddress(t)}
	p.env = map[string]string{
		"STATE_DIR": p.dir, "ADDR": p.addr, "BASE_URL": p.base(), "LIMITS": "off",
		"PATH": os.Getenv("PATH"), "PGBIN": os.Getenv("PGBIN"),
	}
	t.Cleanup(p.clear)
	return p
}

func (p *program) base() string { return "http://" + p.addr }

// freeAddress is an address on this machine where nobody listened a moment ago.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// copyFolder copies what is in a folder, with owners, modes and sockets.
func copyFolder(t *testing.T, from, to string) {
	t.Helper()
	if out, err := exec.Command("cp", "-a", from+"/.", to).CombinedOutput(); err != nil {
		t.Fatalf("cp: %v: %s", err, out)
	}
}

// command is the program with arguments and p's settings.
func (p *program) command(args ...string) *exec.Cmd {
	cmd := exec.Command(theWorkshop.caravan, args...)
	cmd.Dir = "/"
	for k, v := range p.env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: p.user, Setpgid: true} // Ctrl-C at the tests is not for it
	return cmd
}

// run runs a command of the program to its end.
func (p *program) run(args ...string) (stdout, stderr string, code int) {
	p.t.Helper()
	var out, errs bytes.Buffer
	cmd := p.command(args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	late := time.AfterFunc(patience, func() { _ = cmd.Process.Signal(syscall.SIGTERM) })
	err := cmd.Run()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		p.t.Fatal(err)
	}
	if !late.Stop() {
		p.t.Errorf("%q goes on for %v", args, patience)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// start starts the program and returns when it is ready.
func (p *program) start(args ...string) {
	p.t.Helper()
	p.launch(args...)
	p.ready()
}

// launch starts the program ("demo" without arguments) and does not wait.
func (p *program) launch(args ...string) {
	p.t.Helper()
	if len(args) == 0 {
		args = []string{"demo"}
	}
	p.said, p.ended = &journalled{}, make(chan struct{})
	p.cmd = p.command(args...)
	p.cmd.Stdout, p.cmd.Stderr = p.said, p.said
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	go func(cmd *exec.Cmd, ended chan struct{}) {
		_ = cmd.Wait() // ProcessState says how it ended
		close(ended)
	}(p.cmd, p.ended)
}

// ready waits until the program answers that it is.
func (p *program) ready() {
	p.t.Helper()
	p.until("ready", func() bool {
		select {
		case <-p.ended:
			p.t.Fatalf("the program ended with %v:\n%s", p.cmd.ProcessState, p.said)
		default:
		}
		res, err := http.Get(p.base() + "/readyz")
		if err != nil {
			return false
		}
		defer res.Body.Close()
		_, err = io.Copy(io.Discard, res.Body)
		return err == nil && res.StatusCode == http.StatusOK
	})
}

// until waits for a condition, or fails the test.
func (p *program) until(what string, is func() bool) {
	p.t.Helper()
	if !within(patience, is) {
		p.t.Fatalf("not %s after %v:\n%s", what, patience, p.said)
	}
}

// within asks for a condition again and again, and reports whether it came true.
func within(limit time.Duration, is func() bool) bool {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(limit); !is(); <-tick.C {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}

// signal sends a signal and returns how the program ended.
func (p *program) signal(sig syscall.Signal) *os.ProcessState {
	p.t.Helper()
	if err := p.cmd.Process.Signal(sig); err != nil {
		p.t.Fatal(err)
	}
	return p.end()
}

// end waits for the end of the program.
func (p *program) end() *os.ProcessState {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.t.Fatalf("the program goes on:\n%s", p.said)
	}
	return p.cmd.ProcessState
}

// kill ends the program as a power cut would, as far as it is concerned.
func (p *program) kill() { p.t.Helper(); p.signal(syscall.SIGKILL) }

// interrupt is Ctrl-C, after which the program must have ended in order.
func (p *program) interrupt() {
	p.t.Helper()
	if s := p.signal(syscall.SIGINT); s.ExitCode() != 0 {
		p.t.Errorf("after Ctrl-C the program ended with %v:\n%s", s, p.said)
	}
}

// postgres is the process id of the private database; 0 when there is none.
func (p *program) postgres() int {
	b, err := os.ReadFile(filepath.Join(p.dir, "data", "postmaster.pid"))
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(b), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		return 0
	}
	// Another process may have its number by now.
	if dir, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid)); err != nil || dir != filepath.Join(p.dir, "data") {
		return 0
	}
	return pid
}

// clear ends what is left of the program, so that its folder can be removed.
func (p *program) clear() {
	if p.cmd != nil {
		_ = p.cmd.Process.Kill() // it may have ended by itself before
		<-p.ended
	}
	if !within(patience, func() bool { return p.postgres() == 0 }) {
		p.t.Errorf("the database did not end with the program that ran it")
	}
	if p.t.Failed() && p.said != nil {
		p.t.Logf("the program said:\n%s", p.said)
	}
}

// journalled is what a process says.
type journalled struct{ testkit.Log }

// String is the last of what the process said; in an outage it says a lot.
func (j *journalled) String() string {
	const most = 6000
	all := j.Log.String()
	return all[max(0, len(all)-most):]
}

// failures are the lines about answers of the kind that nobody should get, and
// about people who left, which is no news.
func (j *journalled) failures() (lines []string) {
	for line := range strings.Lines(j.Log.String()) {
		if strings.Contains(line, "status=500") || strings.Contains(line, "panic") || strings.Contains(line, "canceled") {
			lines = append(lines, line)
		}
	}
	return lines
}
