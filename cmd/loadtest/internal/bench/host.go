package bench

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
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"caravan/cmd/loadtest/internal/proc"
	"caravan/cmd/loadtest/internal/site"
	"caravan/internal/localpg"
)

// host is the private database, filled, and how the programs are started on it.
type host struct {
	Options
	dir  string
	pg   *localpg.Server
	pool *pgxpool.Pool
	log  *os.File // of the programs
	fix  fixture

	beside beside

	floor *program // while both run
	ours  *program
	site  *site.Site
}

// beside is what the rows need besides the site's tables.
type beside struct {
	name string
	make func(context.Context, *pgxpool.Pool) error
}

// newHost starts a database of its own, fills it with demo data by the program
// under test, and makes of that what is needed beside it.
func newHost(ctx context.Context, o Options, b beside) (*host, error) {
	h := &host{Options: o, beside: b}
	var err error
	if o.Keep == "" {
		h.dir, err = os.MkdirTemp("", "caravan-bench-")
	} else {
		h.dir = filepath.Join(o.Keep, fmt.Sprintf("scale-%d", o.Scale))
		err = os.MkdirAll(h.dir, 0o711)
	}
	if err != nil {
		return nil, fmt.Errorf("bench: make folder: %w", err)
	}
	if err := h.open(ctx); err != nil {
		return nil, errors.Join(err, h.close())
	}
	return h, nil
}

func (h *host) open(ctx context.Context) error {
	// PostgreSQL runs as another user when we are root and must pass through.
	if err := os.Chmod(h.dir, 0o711); err != nil {
		return fmt.Errorf("bench: open folder: %w", err)
	}
	var err error
	if h.log, err = os.Create(filepath.Join(h.dir, "programs.log")); err != nil {
		return fmt.Errorf("bench: make log: %w", err)
	}
	h.pg, err = localpg.Start(ctx, localpg.Options{Dir: filepath.Join(h.dir, "pg"), Settings: map[string]string{
		"shared_preload_libraries": "pg_stat_statements", "pg_stat_statements.track_utility": "off",
	}})
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	if h.pool, err = pgxpool.New(ctx, h.pg.URL); err != nil {
		return fmt.Errorf("bench: open database: %w", err)
	}
	if _, err := h.pool.Exec(ctx, "create extension if not exists pg_stat_statements"); err != nil {
		return fmt.Errorf("bench: count statements: %w", err)
	}
	return h.fill(ctx)
}

// fill makes the data and whatever the rows need of them, but for what an
// earlier run has left for this one: its name stands in a file.
func (h *host) fill(ctx context.Context) error {
	note := filepath.Join(h.dir, "filled")
	was, err := os.ReadFile(note)
	if h.Keep == "" || err != nil {
		if err := h.fillSite(ctx); err != nil {
			return err
		}
	}
	if h.Keep == "" || string(was) != h.beside.name {
		if err := h.fillBeside(ctx); err != nil {
			return err
		}
	}
	if h.Keep != "" {
		if err := os.WriteFile(note, []byte(h.beside.name), 0o600); err != nil {
			return fmt.Errorf("bench: note what is filled: %w", err)
		}
	}
	return h.choose(ctx)
}

func (h *host) fillSite(ctx context.Context) error {
	var people bool // of a run that was broken off while the jobs worked
	if err := h.pool.QueryRow(ctx, "select to_regclass('accounts') is not null").Scan(&people); err != nil {
		return fmt.Errorf("bench: look for people: %w", err)
	}
	if people {
		if err := h.pool.QueryRow(ctx, "select exists (select from accounts)").Scan(&people); err != nil {
			return fmt.Errorf("bench: look for people: %w", err)
		}
	}
	if people {
		return h.settle(ctx)
	}
	began := time.Now()
	cmd := h.caravan(ctx, "demo", "--scale", strconv.Itoa(h.Scale), "--fill-only")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("bench: fill: %w: %.2000s", err, out)
	}
	h.Say("filled at scale %d in %.1f s", h.Scale, time.Since(began).Seconds())
	return h.settle(ctx)
}

func (h *host) fillBeside(ctx context.Context) error {
	began := time.Now()
	if err := h.beside.make(ctx, h.pool); err != nil {
		return err
	}
	for _, sql := range []string{"vacuum analyze", "checkpoint"} {
		if _, err := h.pool.Exec(ctx, sql); err != nil {
			return fmt.Errorf("bench: %s: %w", sql, err)
		}
	}
	h.Say("made what the rows need beside it in %.1f s", time.Since(began).Seconds())
	return nil
}

// jobsMayTake is how long the jobs of a database filled at scale 40 may take; of
// larger ones so much longer.
const jobsMayTake = 10 * time.Minute

// settle lets the program do what a filled database leaves to its jobs, such as
// the search index, before anything is measured.
func (h *host) settle(ctx context.Context) error {
	began := time.Now()
	p, err := h.startOurs(ctx, h.pg.URL)
	if err != nil {
		return err
	}
	limit := jobsMayTake * time.Duration(max(40, h.Scale)) / 40
	calm := h.calm(ctx, 10, limit, p)
	if err := p.stop(); err != nil {
		return err
	}
	if !calm {
		return fmt.Errorf("bench: the program is still busy with the new data after %v", limit)
	}
	h.Say("its jobs took %.1f s more", time.Since(began).Seconds())
	return nil
}

// caravan is a command of the program under test on our database.
func (h *host) caravan(ctx context.Context, args ...string) *exec.Cmd {
	return h.caravanOn(ctx, "127.0.0.1:0", h.pg.URL, args...)
}

func (h *host) caravanOn(ctx context.Context, addr, database string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, h.Caravan, args...)
	cmd.Env = append(os.Environ(), "DATABASE_URL="+database, "STATE_DIR="+filepath.Join(h.dir, "state"),
		"ADDR="+addr, "BASE_URL=http://"+addr, "LIMITS=off", "NATS_URL=", "SMTP_URL=")
	return cmd
}

// startOurs starts the site on a free port, on the given connection string.
func (h *host) startOurs(ctx context.Context, database string) (*program, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	return start(ctx, "caravan", addr, "/", h.caravanOn(context.WithoutCancel(ctx), addr, database, "demo"), h.log)
}

// startFloor starts the floor on a free port.
func (h *host) startFloor(ctx context.Context) (*program, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("bench: find own program: %w", err)
	}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), self, "floor", "-addr", addr, "-dsn", h.pg.URL, "-hot", strconv.FormatInt(h.fix.hot, 10))
	return start(ctx, "floor", addr, "/hello", cmd, h.log)
}

// startBoth starts the floor and the site, for rows that are measured in turn.
func (h *host) startBoth(ctx context.Context) (stop func(), err error) {
	if h.floor, err = h.startFloor(ctx); err != nil {
		return nil, err
	}
	quit := func() {
		if err := h.floor.stop(); err != nil {
			h.Say("%v", err)
		}
		h.floor = nil
	}
	site, err := h.startSite(ctx)
	if err != nil {
		quit()
		return nil, err
	}
	return func() { site(); quit() }, nil
}

// startSite starts the site alone, and finds the pages that the rows ask for.
func (h *host) startSite(ctx context.Context) (stop func(), err error) {
	if h.ours, err = h.startOurs(ctx, h.pg.URL); err != nil {
		return nil, err
	}
	if h.site, err = site.Open("http://" + h.ours.addr); err == nil {
		err = h.prepareHot(ctx)
	}
	if err == nil {
		err = h.weigh(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, h.ours.stop())
	}
	return func() {
		if err := h.ours.stop(); err != nil {
			h.Say("%v", err)
		}
		h.ours = nil
	}, nil
}

// quiet waits until the programs and the database have finished what the last
// run left behind (jobs, checkpoints), at most for 20 s.
func (h *host) quiet(ctx context.Context, programs ...*program) {
	if !h.calm(ctx, 1, 20*time.Second, programs...) && ctx.Err() == nil {
		h.Say("not quiet after 20 s: the programs still work off what the last run left")
	}
}

// calm waits until the programs and the database have used next to no processor
// time in some windows of a fifth of a second one after the other; false: they
// have not within limit.
func (h *host) calm(ctx context.Context, windows int, limit time.Duration, programs ...*program) bool {
	const window, little = 200 * time.Millisecond, 20 * time.Millisecond
	spent := func() time.Duration {
		t := proc.TreeCPU(h.pg.PID())
		for _, p := range programs {
			if p != nil {
				t += proc.CPU(p.pid())
			}
		}
		return t
	}
	before, quiet := spent(), 0
	for deadline := time.Now().Add(limit); time.Now().Before(deadline) && ctx.Err() == nil; {
		time.Sleep(window)
		now := spent()
		if quiet++; now-before > little {
			quiet = 0
		}
		if before = now; quiet == windows {
			return true
		}
	}
	return false
}

// close ends the database and removes everything that is not to be kept.
func (h *host) close() error {
	var errs []error
	if h.pool != nil {
		h.pool.Close()
	}
	dirs := []string{h.dir}
	if h.pg != nil {
		errs = append(errs, h.pg.Stop())
		dirs = append(dirs, h.pg.Dir)
	}
	if h.log != nil {
		errs = append(errs, h.log.Close())
	}
	if h.Keep != "" {
		return errors.Join(errs...)
	}
	for _, d := range dirs {
		errs = append(errs, os.RemoveAll(d))
	}
	return errors.Join(errs...)
}

// machine names what the figures were taken on.
func machine() string {
	model := runtime.GOARCH
	b, err := os.ReadFile("/proc/cpuinfo")
	if err == nil {
		for l := range strings.Lines(string(b)) {
			if name, ok := strings.CutPrefix(l, "model name"); ok {
				model = strings.TrimSpace(strings.TrimLeft(name, "\t :"))
				break
			}
		}
	}
	return fmt.Sprintf("%d processors (%s), %s", runtime.NumCPU(), model, runtime.Version())
}
