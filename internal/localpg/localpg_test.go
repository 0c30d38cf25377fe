package localpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// place makes a folder that the server's user may reach.
func place(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "localpg-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	return dir
}

func deadline(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

type starter func(context.Context, Options) (*Server, error)

func start(t *testing.T, how starter, o Options) *Server {
	t.Helper()
	s, err := how(deadline(t), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// ask runs one statement and returns its one value as text.
func ask(ctx context.Context, url, sql string) (got string, err error) {
	c, err := pgx.Connect(ctx, url)
	if err != nil {
		return "", err
	}
	defer c.Close(ctx)
	err = c.QueryRow(ctx, sql).Scan(&got)
	return got, err
}

func mustAsk(t *testing.T, url, sql string) string {
	t.Helper()
	got, err := ask(deadline(t), url, sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return got
}

const keepRow = `with made as (insert into kept values ('kept') returning v) select v from made`

func makeTable(t *testing.T, url string) {
	t.Helper()
	c, err := pgx.Connect(deadline(t), url)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	if _, err := c.Exec(deadline(t), `create table kept (v text)`); err != nil {
		t.Fatal(err)
	}
}

func TestTheDataSurviveARestart(t *testing.T) {
	t.Parallel()
	o := Options{Dir: place(t)} // as in production
	s := start(t, Start, o)
	for setting, want := range map[string]string{
		"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "data_checksums": "on",
		"listen_addresses": "", "timezone": "UTC", "server_encoding": "UTF8",
	} {
		if got := mustAsk(t, s.URL, `select current_setting('`+setting+`')`); got != want {
			t.Errorf("%s: got %q, want %q", setting, got, want)
		}
	}
	makeTable(t, s.URL)
	mustAsk(t, s.URL, keepRow)
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := ask(deadline(t), s.URL, `select '1'`); err == nil {
		t.Fatal("the server still answers after Stop")
	}
	again := start(t, Start, o)
	if got := mustAsk(t, again.URL, `select v from kept`); got != "kept" {
		t.Errorf("after a restart: got %q", got)
	}
}

func TestASecondStartJoinsAndItsStopLeavesTheServer(t *testing.T) {
	t.Parallel()
	o := Options{Dir: place(t), Throwaway: true}
	first := start(t, Start, o)
	second := start(t, Start, Options{Dir: o.Dir, Throwaway: true, Database: "other"})
	if first.PID() == 0 || first.PID() != second.PID() {
		t.Errorf("pids %d and %d, want one server", first.PID(), second.PID())
	}
	if got := mustAsk(t, second.URL, `select current_database()`); got != "other" {
		t.Errorf("database: got %q, want other", got)
	}
	if err := second.Stop(); err != nil {
		t.Fatal(err)
	}
	if got := mustAsk(t, first.URL, `select current_database()`); got != "caravan" {
		t.Errorf("after the guest left: got %q", got)
	}
}

func TestStartsAtTheSameMomentShareOneServer(t *testing.T) {
	t.Parallel()
	o := Options{Dir: place(t), Throwaway: true}
	type result struct {
		s   *Server
		err error
	}
	results := make(chan result)
	for range 4 {
		go func() {
			s, err := Start(deadline(t), o)
			results <- result{s, err}
		}()
	}
	pids := map[int]bool{}
	for range 4 {
		r := <-results
		if r.err != nil {
			t.Fatal(r.err)
		}
		pids[r.s.PID()] = true
		t.Cleanup(func() { r.s.Stop() })
	}
	if len(pids) != 1 {
		t.Errorf("servers: got %v, want one", pids)
	}
}

func TestAPidFileOfAnotherProcessIsNoObstacle(t *testing.T) {
	t.Parallel()
	o := Options{Dir: place(t), Throwaway: true}
	s := start(t, Start, o)
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	// A living process of the server's user that is no server, as after a
	// reboot in which the process ids came out the same.
	cred, err := credential()
	if err != nil {
		t.Fatal(err)
	}
	other := exec.Command("sleep", "60")
	other.Dir, other.SysProcAttr = "/", attributes(cred)
	if _, err := spawn(other); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { other.Process.Kill() })
	data, sock := filepath.Join(s.Dir, "data"), filepath.Join(s.Dir, "run")
	for name, text := range map[string]string{
		filepath.Join(data, "postmaster.pid"):     "%d\n" + data + "\n1\n0\n\n\n0 0\nready\n",
		filepath.Join(sock, ".s.PGSQL.5432.lock"): "%d\n" + data + "\n1\n5432\n" + sock + "\n",
	} {
		if err := os.WriteFile(name, fmt.Appendf(nil, text, other.Process.Pid), 0o600); err != nil {
			t.Fatal(err)
		}
		if cred == nil {
			continue
		}
		if err := os.Chown(name, int(cred.Uid), int(cred.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	start(t, Start, o)
}

func TestBehindAClosedParentTheDataGoElsewhere(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "state")
	if err := os.Chmod(filepath.Dir(dir), 0o700); err != nil {
		t.Fatal(err)
	}
	o := Options{Dir: dir, Throwaway: true}
	s := start(t, Start, o)
	t.Cleanup(func() {
		s.Stop()
		os.RemoveAll(s.Dir)
	})
	// An ordinary user's server runs as that user, who may enter the folder.
	inside := strings.HasPrefix(s.Dir, filepath.Dir(dir))
	if root := os.Geteuid() == 0; inside == root {
		t.Errorf("data in %s for state folder %s, root: %v", s.Dir, dir, root)
	}
	if again := start(t, Start, o); again.PID() != s.PID() {
		t.Errorf("a second start found %s, not %s", again.Dir, s.Dir)
	}
	if st, err := os.Stat(s.Dir); err != nil || st.Mode().Perm() != 0o711 {
		t.Errorf("folder of the data: %v %v, want mode 0711", st.Mode(), err)
	}
}

func TestAServerThatCannotStartSaysWhy(t *testing.T) {
	t.Parallel()
	_, err := Start(deadline(t), Options{Dir: place(t), Throwaway: true, Settings: map[string]string{"shared_buffers": "none"}})
	if err == nil || !strings.Contains(err.Error(), "shared_buffers") {
		t.Errorf("got %v, want an error that names the setting", err)
	}
}

func TestMissingProgramsAreNamedWithTheCommandThatInstallsThem(t *testing.T) {
	_, err := findBinaries(99)
	if !errors.Is(err, ErrNoBinaries) || !strings.Contains(err.Error(), "apt-get install -y postgresql") {
		t.Errorf("got %v", err)
	}
}

func TestAKilledServerComesBackWithEverythingAnswered(t *testing.T) {
	t.Parallel()
	s := start(t, Keep, Options{Dir: place(t)})
	makeTable(t, s.URL)
	mustAsk(t, s.URL, keepRow)
	killed := s.PID()
	if err := syscall.Kill(killed, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if got := eventually(t, s.URL, `select v from kept`); got != "kept" {
		t.Errorf("after the kill: got %q", got)
	}
	if got := mustAsk(t, s.URL, `select split_part(pg_read_file('postmaster.pid'), E'\n', 1)`); got == fmt.Sprint(killed) {
		t.Errorf("still the killed server %s", got)
	}
}

// eventually asks until there is an answer.
func eventually(t *testing.T, url, sql string) string {
	t.Helper()
	ctx := deadline(t)
	for {
		got, err := ask(ctx, url, sql)
		if err == nil {
			return got
		}
		if pause(ctx) != nil {
			t.Fatalf("%s: no answer: %v", sql, err)
		}
	}
}
