package localpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// longestLog is the size in bytes at which a start begins a new server log.
const longestLog = 4 << 20

// process is a server that this process started.
type process struct {
	os   *os.Process
	done chan struct{} // closed at its end
	err  error         // how it ended; read after done
}

// run starts the server and waits until it answers. After a crash it tries
// again while processes of the old server still hold its memory.
func (h home) run(ctx context.Context, o Options) (int, *process, error) {
	bin, err := h.prepare(ctx, o)
	if err != nil {
		return 0, nil, err
	}
	if err := h.dropStale(); err != nil {
		return 0, nil, err
	}
	for until := time.Now().Add(patience); ; {
		pid, p, said, err := h.attempt(ctx, bin, o)
		if err == nil {
			return pid, p, nil
		}
		if !strings.Contains(said, "shared memory block") || time.Now().After(until) {
			return 0, nil, err
		}
		if err := pause(ctx); err != nil {
			return 0, nil, err
		}
	}
}

// attempt starts the server once; said is what it logged when it ended.
func (h home) attempt(ctx context.Context, bin string, o Options) (pid int, p *process, said string, err error) {
	logged, err := h.openLog()
	if err != nil {
		return 0, nil, "", err
	}
	defer logged.Close()
	from, err := logged.Seek(0, 2)
	if err != nil {
		return 0, nil, "", err
	}
	cmd := exec.Command(filepath.Join(bin, "postgres"), append([]string{"-D", h.data, "-k", h.sock}, o.arguments()...)...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = h.data, environment(), logged, logged
	cmd.SysProcAttr = attributes(h.cred)
	if p, err = spawn(cmd); err != nil {
		return 0, nil, "", err
	}
	for {
		if pid, ok := h.ping(ctx); ok {
			return pid, p, "", nil
		}
		select {
		case <-p.done:
			tail := make([]byte, 2000)
			n, _ := logged.ReadAt(tail, from) // a short read is the usual case
			said = strings.TrimSpace(string(tail[:n]))
			return 0, nil, said, fmt.Errorf("postgres ended at start (%v): %s", p.err, said)
		default:
		}
		if err := pause(ctx); err != nil {
			return 0, nil, "", errors.Join(err, p.stop())
		}
	}
}

// openLog opens the server's log, a new one when it has grown long.
func (h home) openLog() (*os.File, error) {
	name := filepath.Join(h.dir, "postgres.log")
	if st, err := os.Stat(name); err == nil && st.Size() > longestLog {
		if err := os.Rename(name, name+".old"); err != nil {
			return nil, err
		}
	}
	return os.OpenFile(name, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
}

// spawn starts the command on a thread of its own. The signal that ends the
// server when this process dies is sent when the thread that started it ends,
// so the thread has to stay.
func spawn(cmd *exec.Cmd) (*process, error) {
	p := &process{done: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := cmd.Start(); err != nil {
			started <- err
			return
		}
		p.os = cmd.Process
		started <- nil
		p.err = cmd.Wait()
		close(p.done)
	}()
	return p, <-started
}

// stop ends the server: with a checkpoint, then without, then by force. A nil
// process, which is a joined server, is left alone.
func (p *process) stop() error {
	if p == nil {
		return nil
	}
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGKILL} {
		if err := p.os.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return fmt.Errorf("localpg: stop server: %w", err)
		}
		select {
		case <-p.done:
			return nil
		case <-time.After(patience):
		}
	}
	return errors.New("localpg: stop server: it did not end")
}

// pidFile is where a server writes its process id while it runs.
func (h home) pidFile() string { return filepath.Join(h.data, "postmaster.pid") }

// occupied says whether a live server process still owns the data: one that
// is being shut down, or that recovers after the process that ran it died.
func (h home) occupied() bool {
	pid := h.lastPID()
	if pid <= 0 || syscall.Kill(pid, 0) != nil {
		return false
	}
	dir, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
	return err != nil || dir == h.data // where it cannot be seen, believe the file
}

// dropStale removes what a server that is gone has left behind: the file with
// its process id and the lock of its socket. Where that process id now belongs
// to something else, PostgreSQL would take it for a server. After a restart of
// the machine, and in containers, process ids come out the same.
func (h home) dropStale() error {
	if h.occupied() {
		return nil
	}
	for _, name := range []string{h.pidFile(), filepath.Join(h.sock, ".s.PGSQL.5432.lock")} {
		if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// lastPID is the process id in the file of the server; 0 without one.
func (h home) lastPID() int {
	b, err := os.ReadFile(h.pidFile())
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(firstLine(string(b)))
	if err != nil {
		return 0
	}
	return pid
}
