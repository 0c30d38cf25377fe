package testkit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"caravan/internal/db"
	"caravan/internal/job"
	"caravan/internal/localpg"
	"caravan/migrations"
)

// server is the PostgreSQL server of this test program.
type server struct {
	address  string   // connection string with %s for the database
	template string   // migrated database that tests copy
	life     *os.File // its end tells the sweeper that this program is gone
	mu       sync.Mutex
	admin    *pgx.Conn // makes and drops databases, one at a time
}

// theServer starts at the first call and stays until the program ends: test
// programs have no common last act, so a sweeper outside waits for the end.
var theServer = sync.OnceValues(startServer)

const startLimit = 2 * time.Minute

func startServer() (*server, error) {
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	s := &server{address: os.Getenv("TEST_DATABASE_URL"), template: "caravan_test_" + fingerprint(migrations.FS)}
	if s.address == "" {
		if err := s.startOwn(ctx); err != nil {
			return nil, fmt.Errorf("testkit: start server: %w", err)
		}
	} else if !strings.Contains(s.address, "%s") {
		return nil, fmt.Errorf("testkit: TEST_DATABASE_URL needs %%s where the name of the database goes")
	}
	var err error
	if s.admin, err = pgx.Connect(ctx, s.url("postgres")); err != nil {
		return nil, fmt.Errorf("testkit: connect: %w", err)
	}
	if err := s.makeTemplate(ctx); err != nil {
		return nil, fmt.Errorf("testkit: make template: %w", err)
	}
	return s, nil
}

func (s *server) url(database string) string { return fmt.Sprintf(s.address, database) }

// startOwn starts a private server in a folder of its own.
func (s *server) startOwn(ctx context.Context) error {
	dir, err := openFolder(fastFolder())
	if err != nil {
		return err
	}
	own, err := localpg.Start(ctx, localpg.Options{Dir: dir, Throwaway: true})
	if err != nil {
		return err
	}
	u, err := url.Parse(own.URL)
	if err != nil {
		return err
	}
	s.address = "postgres:///%s?" + strings.ReplaceAll(u.RawQuery, "%", "%%")
	s.life, err = sweepAfter(own.Dir, dir)
	return err
}

// fastFolder is a folder in memory where the machine has one with room for the
// databases of a few test programs; copying and dropping databases is several
// times as fast there. Otherwise it is "", the folder for temporary files.
func fastFolder() string {
	const memory, room = "/dev/shm", 2 << 30
	var fs syscall.Statfs_t
	if os.Getenv("TMPDIR") != "" || syscall.Statfs(memory, &fs) != nil || uint64(fs.Bavail)*uint64(fs.Bsize) < room {
		return ""
	}
	return memory
}

// sweep waits for the end of its input, ends the server at once, and removes
// its folders.
const sweep = `cat >/dev/null
pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null) && kill -QUIT "$pid" 2>/dev/null
n=0
while [ -e "$1/data/postmaster.pid" ] && [ $n -lt 500 ]; do sleep 0.02; n=$((n+1)); done
rm -rf -- "$1" "$2"`

// sweepAfter lets a process outside clean up when this one has ended, however
// it ended. The file must stay open for as long as the server is needed.
func sweepAfter(data, dir string) (life *os.File, err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	cmd := exec.Command("/bin/sh", "-c", sweep, "sweep", data, dir)
	cmd.Dir, cmd.Stdin = "/", r
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // Ctrl-C is not for it
	if err := cmd.Start(); err != nil {
		w.Close()
		return nil, err
	}
	return w, cmd.Process.Release()
}

// makeTemplate migrates a database that tests copy, unless another test
// program on the same server has done so for this schema.
func (s *server) makeTemplate(ctx context.Context) error {
	if _, err := s.admin.Exec(ctx, `select pg_advisory_lock(4712)`); err != nil {
		return err
	}
	defer s.admin.Exec(ctx, `select pg_advisory_unlock(4712)`)
	var have bool
	err := s.admin.QueryRow(ctx, `select exists (select from pg_database where datname = $1)`, s.template).Scan(&have)
	if err != nil || have {
		return err
	}
	raw := s.template + "_raw" // renamed when it is whole
	for _, sql := range []string{`drop database if exists ` + raw, `create database ` + raw} {
		if _, err := s.admin.Exec(ctx, sql); err != nil {
			return err
		}
	}
	if err := migrate(ctx, s.url(raw)); err != nil {
		return err
	}
	_, err = s.admin.Exec(ctx, `alter database `+raw+` rename to `+s.template)
	return err
}

func migrate(ctx context.Context, url string) error {
	d, err := db.Open(ctx, db.Options{URL: url})
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Migrate(ctx, migrations.FS); err != nil {
		return err
	}
	return job.Migrate(ctx, d)
}

// run executes a statement that concerns whole databases.
func (s *server) run(t testing.TB, sql string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	if _, err := s.admin.Exec(ctx, sql); err != nil {
		t.Fatalf("testkit: %s: %v", sql, err)
	}
}

// fingerprint is one name for one state of the schema.
func fingerprint(files fs.FS) string {
	h := sha256.New()
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(files, name)
		fmt.Fprintf(h, "%s %d\n%s", name, len(b), b)
		return err
	})
	if err != nil {
		panic(err) // the files are part of this program
	}
	return hex.EncodeToString(h.Sum(nil))[:12]
}
