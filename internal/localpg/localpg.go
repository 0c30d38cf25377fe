// Package localpg runs a private PostgreSQL server for the life of this
// process, from server programs already on the machine: no port, no password,
// no container, nothing to set up.
//
// The server listens on a unix socket in a folder that only its own user may
// enter. Several processes may use one state folder: the first one starts the
// server, the others join it, and [Keep] gives a joined process the database
// back when the one that ran it has left.
//
//	localpg.go   Options, Server, Start, Stop
//	home.go      where the state lives and which user owns it
//	binaries.go  finding initdb and postgres
//	cluster.go   making the data folder, once and atomically
//	process.go   the server process, its log and its end; process_linux.go, process_other.go
//	             what Linux alone can do
//	settings.go  how the server is tuned
//	keep.go      starting it again when it is gone
//	dump.go      Dump, Load: a whole database as one file
package localpg

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// superuser owns the cluster; it is the owner of every database in it.
const superuser = "caravan"

// patience is how long Start waits for a server on the same folder that
// neither answers nor ends (one that is being shut down, usually), and how
// long it tries again while processes of a crashed server are still around.
const patience = 20 * time.Second

// Options says where the server lives and how it is tuned.
type Options struct {
	Dir       string            // state folder; made when missing
	Database  string            // database to make; "caravan" when empty
	Settings  map[string]string // server settings on top of the package's own
	Throwaway bool              // data need not survive a power cut: for tests
}

// Server is a private PostgreSQL that this process started or joined.
type Server struct {
	URL string // connection string of Options.Database over the unix socket
	Dir string // folder that holds the data; differs from Options.Dir where that is closed to the server's user

	mu   sync.Mutex
	pid  int
	proc *process // nil while another process runs the server

	endKeeping context.CancelFunc // nil without Keep
	kept       chan struct{}      // closed when Keep's work has ended
}

// Start starts the server on o.Dir, or joins the one that another process
// already runs there. It returns when the server answers. Without server
// programs on the machine the error wraps [ErrNoBinaries].
func Start(ctx context.Context, o Options) (*Server, error) {
	if o.Database == "" {
		o.Database = superuser
	}
	h, err := settle(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("localpg: prepare state folder: %w", err)
	}
	s := &Server{URL: h.dsn(o.Database), Dir: h.dir}
	if s.pid, s.proc, err = h.open(ctx, o); err != nil {
		return nil, fmt.Errorf("localpg: start server in %s: %w", h.dir, err)
	}
	return s, nil
}

// open joins the server of the home, or starts it. The lock makes sure that
// only one process at a time decides which. A joined server may be about to
// end with the process that ran it: then it is looked for again.
func (h home) open(ctx context.Context, o Options) (int, *process, error) {
	unlock, err := h.lock(ctx)
	if err != nil {
		return 0, nil, err
	}
	defer unlock()
	for until := time.Now().Add(patience); ; {
		pid, p, err := h.joinOrRun(ctx, o)
		if err != nil {
			return 0, nil, err
		}
		err = h.ensure(ctx, o.Database)
		if err == nil {
			return pid, p, nil
		}
		if p != nil || time.Now().After(until) {
			return 0, nil, errors.Join(err, p.stop())
		}
		if err := pause(ctx); err != nil {
			return 0, nil, err
		}
	}
}

// joinOrRun joins a server that answers, waits for the end of one that does
// not, and starts one where there is none.
func (h home) joinOrRun(ctx context.Context, o Options) (int, *process, error) {
	for until := time.Now().Add(patience); ; {
		if pid, ok := h.ping(ctx); ok {
			return pid, nil, nil
		}
		if !h.occupied() || time.Now().After(until) {
			return h.run(ctx, o)
		}
		if err := pause(ctx); err != nil {
			return 0, nil, err
		}
	}
}

// PID is the process id of the server's first process, the postmaster.
func (s *Server) PID() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pid
}

// Stop ends the server in an orderly way if this process started it, and
// leaves a joined one running. After Stop, Keep starts nothing any more.
func (s *Server) Stop() error {
	if s.endKeeping != nil {
		s.endKeeping()
		<-s.kept
	}
	s.mu.Lock()
	p := s.proc
	s.mu.Unlock()
	return p.stop()
}

// dsn is the connection string of a database of this home.
func (h home) dsn(database string) string {
	q := url.Values{"host": {h.sock}, "user": {superuser}, "sslmode": {"disable"}}
	return "postgres:///" + url.PathEscape(database) + "?" + q.Encode()
}

// ping asks whether the server answers, and for its process id.
func (h home) ping(ctx context.Context) (int, bool) {
	c, err := pgx.Connect(ctx, h.dsn("postgres"))
	if err != nil {
		return 0, false
	}
	defer c.Close(ctx)
	var file string
	if err := c.QueryRow(ctx, `select pg_read_file('postmaster.pid')`).Scan(&file); err != nil {
		return 0, false
	}
	pid, err := strconv.Atoi(firstLine(file))
	return pid, err == nil
}

// ensure makes the database unless it exists.
func (h home) ensure(ctx context.Context, name string) error {
	c, err := pgx.Connect(ctx, h.dsn("postgres"))
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	var have bool
	err = c.QueryRow(ctx, `select exists (select from pg_database where datname = $1)`, name).Scan(&have)
	if err != nil || have {
		return err
	}
	_, err = c.Exec(ctx, `create database `+pgx.Identifier{name}.Sanitize())
	return err
}

// pause waits a moment between two looks at something that another process
// does, or until ctx ends.
func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(10 * time.Millisecond):
		return nil
	}
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return strings.TrimSpace(line)
}
