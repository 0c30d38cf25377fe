package main

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"caravan/internal/app"
	"caravan/internal/db"
	"caravan/internal/departure"
	"caravan/internal/leaf"
	"caravan/internal/localpg"
	"caravan/internal/translog"
)

// A backup is one tar file: what says what it is, the files of STATE_DIR that a
// site cannot be without, and a dump of the database, in this order. It holds the
// keys of the site and what people told: it is readable by its owner alone.
const (
	backupNote = "backup.json"
	backupDump = "database.dump"
)

// backedUp are the files of STATE_DIR that go along. The heads of the public log
// are among them so that a site that is restored elsewhere knows what it signed.
var backedUp = []string{"secret", "log.key", "log.published", "demo-witness.key", departure.ListFile}

// backupSays is what a backup tells of itself.
type backupSays struct {
	Version string    `json:"version"` // of the program
	At      time.Time `json:"at"`
	Schema  int64     `json:"schema"` // number of the last migration
}

// backup writes everything into a new file, while the site goes on.
func backup(ctx context.Context, getenv func(string) string, name string) error {
	return visit(ctx, getenv, func(h *house) error {
		f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return fmt.Errorf("caravan: backup: %w", err)
		}
		err = errors.Join(h.backUp(ctx, f), f.Sync(), f.Close())
		if err != nil {
			return errors.Join(fmt.Errorf("caravan: backup: %w", err), os.Remove(name))
		}
		fmt.Printf("%s holds the whole site with its keys. Keep it as you keep keys.\n", name)
		return nil
	})
}

func (h *house) backUp(ctx context.Context, w io.Writer) error {
	schema, err := h.owner.SchemaVersion(ctx)
	if err != nil {
		return err
	}
	says, err := json.Marshal(backupSays{version, h.owner.Now(), schema})
	if err != nil {
		return err
	}
	t := tar.NewWriter(w)
	if err := pack(t, backupNote, says); err != nil {
		return err
	}
	for _, file := range backedUp {
		b, err := os.ReadFile(filepath.Join(h.cfg.StateDir, file))
		if errors.Is(err, fs.ErrNotExist) {
			continue // kept elsewhere, or nothing of it yet
		}
		if err := errors.Join(err, pack(t, file, b)); err != nil {
			return err
		}
	}
	dump, err := os.CreateTemp(h.cfg.StateDir, "backup-*") // a tar needs to know its size first
	if err != nil {
		return err
	}
	defer os.Remove(dump.Name())
	defer dump.Close()
	if err := localpg.Dump(ctx, h.url, dump); err != nil {
		return err
	}
	if err := packFile(t, backupDump, dump); err != nil {
		return err
	}
	return t.Close()
}

func pack(t *tar.Writer, name string, b []byte) error {
	if err := t.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(b))}); err != nil {
		return err
	}
	_, err := t.Write(b)
	return err
}

func packFile(t *tar.Writer, name string, f *os.File) error {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if err := t.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: size}); err != nil {
		return err
	}
	_, err = io.Copy(t, f)
	return err
}

// restore puts a backup into an empty STATE_DIR and an empty database, then does
// anew what was erased since: who left stays gone.
func restore(ctx context.Context, getenv func(string) string, name string) (err error) {
	cfg, err := settings(getenv, true)
	if err != nil {
		return err
	}
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("caravan: restore: %w", err)
	}
	defer f.Close()
	if err := os.MkdirAll(cfg.StateDir, 0o711); err != nil {
		return fmt.Errorf("caravan: make STATE_DIR: %w", err)
	}
	h := &house{cfg: cfg, url: cfg.DatabaseURL}
	if h.url == "" {
		if h.server, err = localpg.Start(ctx, localpg.Options{Dir: cfg.StateDir}); err != nil {
			return err
		}
		h.url = h.server.URL
	}
	defer func() { err = errors.Join(err, h.close()) }()
	if h.owner, err = db.Open(ctx, db.Options{URL: h.url, MaxConns: 4}); err != nil {
		return err
	}
	if empty, err := h.owner.Empty(ctx); err != nil || !empty {
		return errors.Join(err, errors.New("caravan: restore: there is a database already; give an empty STATE_DIR, or an empty DATABASE_URL"))
	}
	if err := h.owner.MakeRoles(ctx); err != nil {
		return err
	}
	if err := h.unpack(ctx, tar.NewReader(f)); err != nil {
		return fmt.Errorf("caravan: restore: %w", err)
	}
	if err := app.Migrate(ctx, h.owner); err != nil {
		return err
	}
	return h.forgetAgain(ctx)
}

// replay brings the public log of a database that is older than what was
// published forward, from STATE_DIR or from a file that somebody kept who
// verified the log.
func replay(ctx context.Context, getenv func(string) string, file string) error {
	return visit(ctx, getenv, func(h *house) error { return h.replay(ctx, file) })
}

func (h *house) replay(ctx context.Context, file string) error {
	a, err := app.New(app.Options{Config: h.cfg, DB: h.db, Secret: h.secret, BoxDir: filepath.Join(h.cfg.StateDir, "mails")})
	if err != nil {
		return err
	}
	defer a.Log.Close()
	r, err := a.Log.Replay(ctx, h.owner, file)
	if err != nil {
		return err
	}
	fmt.Printf("the public log has %d entries; %d of them were brought back\n", r.To, r.To-r.From)
	for _, e := range r.Lost {
		fmt.Printf("lost, and recorded as lost: %s %s%s\n", e.Text("kind_of"), e.Text("ref"), numbered(e))
	}
	for _, e := range r.Again {
		kind, ref := e.About()
		if e.Kind == leaf.ExpErase && e.Text("reason") == "author" {
			back, err := a.Experience.TakeAgain(ctx, ref)
			if err != nil {
				return err
			}
			if back {
				fmt.Printf("taken away again, as its author wanted: %s %s\n", kind, ref)
			}
			continue
		}
		fmt.Printf("to be done again by hand: %s%s of %s %s%s\n", e.Kind, act(e), kind, ref, numbered(e))
	}
	return nil
}

// act is what a decision did, or what became of a commitment.
func act(e leaf.Entry) string {
	if s := e.Text("action") + e.Text("state"); s != "" {
		return " " + s
	}
	return ""
}

// numbered is which version of a thing is meant, where one is.
func numbered(e leaf.Entry) string {
	if n := e.Int("version"); n > 0 {
		return fmt.Sprintf(", version %d", n)
	}
	return ""
}

// forgetAgain erases who left since the backup, before anybody can look.
func (h *house) forgetAgain(ctx context.Context) (err error) {
	if h.secret, err = secret(h.cfg); err != nil {
		return err
	}
	if h.db, err = db.Open(ctx, db.Options{URL: h.url, Role: db.Web}); err != nil {
		return err
	}
	a, err := app.New(app.Options{Config: h.cfg, DB: h.db, Secret: h.secret, BoxDir: filepath.Join(h.cfg.StateDir, "mails")})
	if err != nil {
		return err
	}
	n, err := a.Departure.Replay(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("%d people had left since then, and have left again\n", n)
	if _, err := os.Stat(filepath.Join(h.cfg.StateDir, translog.EntriesFile)); err != nil {
		return nil // nothing was published from here
	}
	return h.replay(ctx, "")
}

// unpack reads a backup. Its parts come in the order in which they are needed.
func (h *house) unpack(ctx context.Context, t *tar.Reader) error {
	for {
		head, err := t.Next()
		if errors.Is(err, io.EOF) {
			return errors.New("the backup ends before its database")
		}
		if err != nil {
			return err
		}
		switch {
		case head.Name == backupNote:
			var says backupSays
			if err := json.NewDecoder(t).Decode(&says); err != nil {
				return err
			}
			fmt.Printf("a backup of %s, by version %s\n", says.At.Format(time.RFC3339), says.Version)
		case slices.Contains(backedUp, head.Name):
			if err := h.unpackFile(head.Name, t); err != nil {
				return err
			}
		case head.Name == backupDump:
			return h.unpackDump(ctx, t)
		default:
			return fmt.Errorf("%q does not belong into a backup", head.Name)
		}
	}
}

// unpackFile keeps a file that is there already: what a machine knows of what it
// signed and erased since the backup is newer than the backup.
func (h *house) unpackFile(name string, r io.Reader) error {
	f, err := os.OpenFile(filepath.Join(h.cfg.StateDir, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		fmt.Printf("%s is there already and stays as it is\n", name)
		return nil
	}
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Sync(), f.Close())
}

func (h *house) unpackDump(ctx context.Context, r io.Reader) error {
	f, err := os.CreateTemp(h.cfg.StateDir, "restore-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = io.Copy(f, r)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return localpg.Load(ctx, h.url, f.Name())
}
