package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// program is one process under test that serves HTTP on a loopback address.
type program struct {
	name  string
	addr  string
	cmd   *exec.Cmd
	first time.Duration // from start to the first answer
	ended chan error
}

// freeAddr is a loopback address that nobody listens on at this moment.
func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("bench: find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// start runs cmd and waits until path on addr answers 200. The program writes
// to log; its last lines explain a start that fails.
func start(ctx context.Context, name, addr, path string, cmd *exec.Cmd, log *os.File) (*program, error) {
	cmd.Stdout, cmd.Stderr = log, log
	p := &program{name: name, addr: addr, cmd: cmd, ended: make(chan error, 1)}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("bench: start %s: %w", name, err)
	}
	go func() { p.ended <- cmd.Wait() }()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		if answers(ctx, "http://"+addr+path) {
			p.first = time.Since(began)
			return p, nil
		}
		select {
		case err := <-p.ended:
			return nil, fmt.Errorf("bench: %s ended at start: %v: %s", name, err, tail(log))
		case <-ctx.Done():
			return nil, errors.Join(fmt.Errorf("bench: %s does not answer: %w: %s", name, ctx.Err(), tail(log)), p.stop())
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// asking does not keep connections, so that it leaves nothing behind in the
// program whose memory is measured.
var asking = &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

func answers(ctx context.Context, url string) bool {
	r, err := http.NewRequestWithContext(ctx, "GET", url, nil)
	if err != nil {
		return false
	}
	w, err := asking.Do(r)
	if err != nil {
		return false
	}
	defer w.Body.Close()
	_, err = io.Copy(io.Discard, w.Body)
	return err == nil && w.StatusCode == http.StatusOK
}

func (p *program) pid() int { return p.cmd.Process.Pid }

// stop asks the program to end, and ends it when it does not.
func (p *program) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return nil // it has ended already
	}
	select {
	case <-p.ended:
		return nil
	case <-time.After(40 * time.Second):
		if err := p.cmd.Process.Kill(); err != nil {
			return fmt.Errorf("bench: end %s: %w", p.name, err)
		}
		<-p.ended
		return fmt.Errorf("bench: %s did not end within 40 s and was killed", p.name)
	}
}

// tail is the end of a log file.
func tail(log *os.File) string {
	const most = 2000
	size, err := log.Seek(0, io.SeekEnd)
	if err != nil {
		return err.Error()
	}
	b := make([]byte, min(size, most))
	if _, err := log.ReadAt(b, size-int64(len(b))); err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(b))
}
