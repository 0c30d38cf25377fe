package localpg

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// ownerDir names, for the second life of this test program, the folder on
// which it is to run the server.
const ownerDir = "LOCALPG_TEST_OWNER_DIR"

var background = context.Background()

// TestMain lets this program stand in for another process of ours: it runs
// the server until its input closes, as the program does until Ctrl-C.
func TestMain(m *testing.M) {
	dir := os.Getenv(ownerDir)
	if dir == "" {
		os.Exit(m.Run())
	}
	os.Exit(own(dir))
}

func own(dir string) int {
	s, err := Start(background, Options{Dir: dir, Throwaway: true})
	if err != nil {
		os.Stdout.WriteString(err.Error() + "\n")
		return 1
	}
	os.Stdout.WriteString(s.URL + "\n")
	io.Copy(io.Discard, os.Stdin)
	if err := s.Stop(); err != nil {
		return 1
	}
	return 0
}

// owner is another process that runs the server.
type owner struct {
	url   string
	proc  *process
	input io.Closer
}

// another starts another process on dir, as user c if that is not nil.
func another(t *testing.T, dir string, c *syscall.Credential) owner {
	t.Helper()
	program := filepath.Join(place(t), "owner") // the test program itself lies where other users may not go
	copyFile(t, program, "/proc/self/exe")
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), ownerDir+"="+dir)
	cmd.Dir, cmd.SysProcAttr = "/", attributes(c)
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p, err := spawn(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // before its folder is removed
		input.Close()
		<-p.done
	})
	lines := bufio.NewScanner(output)
	if !lines.Scan() || lines.Text()[:8] != "postgres" {
		t.Fatalf("the other process: %q", lines.Text())
	}
	return owner{url: lines.Text(), proc: p, input: input}
}

func copyFile(t *testing.T, to, from string) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestTheServerEndsWithAKilledProcessAndTheNextStartLosesNothing(t *testing.T) {
	t.Parallel()
	dir := place(t)
	o := another(t, dir, nil)
	makeTable(t, o.url)
	mustAsk(t, o.url, keepRow)
	left, err := strconv.Atoi(mustAsk(t, o.url, `select split_part(pg_read_file('postmaster.pid'), E'\n', 1)`))
	if err != nil {
		t.Fatal(err)
	}
	if err := o.proc.os.Kill(); err != nil {
		t.Fatal(err)
	}
	// At once: the old server may not even have noticed.
	s := start(t, Keep, Options{Dir: dir, Throwaway: true})
	ctx := deadline(t)
	for s.PID() == left {
		if err := pause(ctx); err != nil {
			t.Fatal("the old server runs on")
		}
	}
	if got := eventually(t, s.URL, `select v from kept`); got != "kept" {
		t.Errorf("after the kill: got %q", got)
	}
}

func TestAJoinedProcessKeepsTheDatabaseWhenTheOwnerLeaves(t *testing.T) {
	t.Parallel()
	dir := place(t)
	o := another(t, dir, nil)
	s := start(t, Keep, Options{Dir: dir, Throwaway: true})
	left := s.PID()
	makeTable(t, s.URL)
	mustAsk(t, s.URL, keepRow)
	o.input.Close()
	ctx := deadline(t)
	for s.PID() == left {
		if err := pause(ctx); err != nil {
			t.Fatal("nobody started the server again")
		}
	}
	if got := mustAsk(t, s.URL, `select v from kept`); got != "kept" {
		t.Errorf("after the owner left: got %q", got)
	}
}

func TestAnOrdinaryUserNeedsNoRights(t *testing.T) {
	t.Parallel()
	var c *syscall.Credential
	dir := place(t)
	if os.Geteuid() == 0 {
		c = &syscall.Credential{Uid: 65534, Gid: 65534}
		if err := os.Chown(dir, 65534, 65534); err != nil {
			t.Fatal(err)
		}
	}
	o := another(t, dir, c)
	if got := mustAsk(t, o.url, `select current_user`); got != superuser {
		t.Errorf("got %q", got)
	}
	o.input.Close()
	<-o.proc.done
	if o.proc.err != nil {
		t.Errorf("its end: %v", o.proc.err)
	}
}
