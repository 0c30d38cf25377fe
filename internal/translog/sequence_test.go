package translog_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"caravan/internal/db"
	"caravan/internal/leaf"
	"caravan/internal/testkit"
	"caravan/internal/translog"
)

func TestAnEmptyLogHasTheRootOfNothing(t *testing.T) {
	t.Parallel()
	s := aSite(t)
	s.round()
	h := s.head()
	if want := sha256.Sum256(nil); h.Size != 0 || h.Root != tlog.Hash(want) {
		t.Errorf("%v", h.Head)
	}
	if h.WitnessedAt == nil || h.AloneSince != nil {
		t.Errorf("witnessed %v, alone since %v", h.WitnessedAt, h.AloneSince)
	}
	info, err := os.Stat(filepath.Join(s.dir, "log.key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key's file: %v, %v", info, err)
	}
}

func TestEntriesKeepTheirOrderAndTheRootIsTheirs(t *testing.T) {
	t.Parallel()
	s := aSite(t)
	var want [][]byte
	for i := range 3 {
		s.add(100)
		s.round()
		if h := s.head(); h.Size != int64(100*(i+1)) {
			t.Fatalf("round %d: %v", i, h.Head)
		}
	}
	for range 3 {
		for i := range 100 {
			b, err := leaf.Policy("rules", "en", fmt.Sprintf("Be kind, %d.", i), s.db.Now()).Bytes()
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, b)
		}
	}
	hashes := make([][32]byte, len(want))
	for i := range want {
		hashes[i] = leaf.Hash(want[i])
	}
	if got := s.head().Root; got != rootOf(hashes) {
		t.Errorf("root %s is not that of the entries in their order", got)
	}
	if n := count(t, testkit.OwnerOf(t, s.db), `SELECT count(*) FROM log_outbox`); n != 0 {
		t.Errorf("%d entries still wait", n)
	}
}

// rootOf is the root of a tree by its definition (RFC 6962).
func rootOf(h [][32]byte) tlog.Hash {
	if len(h) == 1 {
		return h[0]
	}
	k := 1
	for k*2 < len(h) {
		k *= 2
	}
	return tlog.NodeHash(rootOf(h[:k]), rootOf(h[k:]))
}

func TestTheBatchOfADayIsOnceADayAndByLot(t *testing.T) {
	t.Parallel()
	d, clock := testkit.DBAt(t)
	s := newSite(t, d, t.TempDir(), nil)
	s.round() // an empty batch for today
	ids := func(day int) (all []string) {
		for i := range 40 {
			all = append(all, fmt.Sprintf("3f2c1a90-0000-4000-8000-%04d%08d", day, i))
		}
		return all
	}
	write := func(all []string) {
		for _, id := range all {
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				commit, err := translog.Open(tx, leaf.Experience, id, 1, map[string]any{"story": "told " + id})
				if err != nil {
					return err
				}
				e := told(id, 1, commit)
				return translog.AddDaily(tx, e.Kind, e.Body)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	first := ids(1)
	write(first)
	s.round()
	if n := s.head().Size; n != 0 {
		t.Fatalf("%d experiences went in on the day on which they were told", n)
	}
	clock.Move(24 * 3600 * 1e9)
	s.round()
	if n := s.head().Size; n != 40 {
		t.Fatalf("%d of 40 experiences are in the batch of the day", n)
	}
	var got []string
	if err := d.Read(t.Context()).Gorm().Raw(`SELECT about_ref FROM log_leaves ORDER BY idx`).Scan(&got).Error; err != nil {
		t.Fatal(err)
	}
	if strings.Join(got, " ") == strings.Join(first, " ") {
		t.Error("the batch stands in the order of writing")
	}
	write(ids(2))
	s.round()
	if n := s.head().Size; n != 40 {
		t.Errorf("a second batch on one day: %d", n)
	}
}

func TestTwoNodesWriteOneTree(t *testing.T) {
	t.Parallel()
	d, dir := testkit.DB(t), t.TempDir()
	a := newSite(t, d, dir, nil)
	a.round() // makes the key
	b := newSite(t, d, dir, nil)
	var wg sync.WaitGroup
	for _, s := range []*site{a, b} {
		wg.Go(func() {
			for range 15 {
				if err := s.Round(context.Background()); err != nil {
					t.Errorf("round: %v", err)
				}
			}
		})
	}
	for range 4 {
		wg.Go(func() {
			for range 10 {
				s := site{t: t, db: d}
				s.add(7)
			}
		})
	}
	wg.Wait()
	a.round()
	h := a.head()
	if h.Size != 280 {
		t.Errorf("%d entries, want 280", h.Size)
	}
	hashes := leafHashes(t, d)
	if rootOf(hashes) != h.Root {
		t.Error("the published root is not that of the entries")
	}
}

func leafHashes(t *testing.T, d *db.DB) (all [][32]byte) {
	t.Helper()
	var rows []struct{ Body []byte }
	if err := d.Read(t.Context()).Gorm().Raw(`SELECT body FROM log_leaves ORDER BY idx`).Scan(&rows).Error; err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		all = append(all, leaf.Hash(r.Body))
	}
	return all
}

func TestACrashBetweenStepsLosesNothingAndSplitsNothing(t *testing.T) {
	t.Parallel()
	s := aSite(t)
	s.add(3)
	s.round()
	before := s.head()
	crash := errors.New("the process dies here")
	for i, step := range []string{"sequenced", "recorded", "signed"} {
		s.add(5)
		s.FailAt(func(at string) error {
			if at == step {
				return crash
			}
			return nil
		})
		if err := s.Round(t.Context()); !errors.Is(err, crash) {
			t.Fatalf("%s: %v", step, err)
		}
		if h := s.head(); h.Size != before.Size {
			t.Errorf("%s: published %d before the end of the round", step, h.Size)
		}
		// Another process goes on with the same files.
		s = newSite(t, s.db, s.dir, nil)
		s.round()
		h := s.head()
		if h.Size != int64(3+5*(i+1)) || rootOf(leafHashes(t, s.db)) != h.Root {
			t.Errorf("%s: afterwards %v", step, h.Head)
		}
		before = h
	}
}

func TestAnOldCopyOfTheDatabaseIsNotSigned(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	now := newSite(t, testkit.DB(t), dir, nil)
	now.add(20)
	now.round()
	key, err := os.ReadFile(filepath.Join(dir, "log.key"))
	if err != nil {
		t.Fatal(err)
	}
	// The old copy knows the log's key and fewer entries.
	oldDir := t.TempDir()
	if err := os.WriteFile(filepath.Join(oldDir, "log.key"), key, 0o600); err != nil {
		t.Fatal(err)
	}
	old := newSite(t, testkit.DB(t), oldDir, nil)
	old.add(12)
	old.round()
	signed := old.head()
	// It is started with the files of today.
	restored := newSite(t, old.db, dir, nil)
	restored.add(30)
	restored.round()
	if h := restored.head(); h.Size != signed.Size || string(h.Note) != string(signed.Note) {
		t.Errorf("an old copy was signed: %v", h.Head)
	}
	if restored.Trouble().Behind.IsZero() || restored.Record().ReadOnly.IsZero() {
		t.Error("the pages do not know that nothing is signed")
	}
	// A place that is given away on an old copy was given away before.
	if n := count(t, restored.db, `SELECT count(*) FROM log_leaves`); n != 12 {
		t.Errorf("the old copy has %d entries by now, want 12", n)
	}
	if n := count(t, testkit.OwnerOf(t, restored.db), `SELECT count(*) FROM log_outbox`); n != 30 {
		t.Errorf("%d entries wait, want 30", n)
	}
	// Before the first round it is known as well.
	again := newSite(t, old.db, dir, nil)
	if err := again.Look(t.Context()); err != nil || again.Record().ReadOnly.IsZero() {
		t.Errorf("at the start: %v, %+v", err, again.Record())
	}
}

// Where the files of a machine are as old as its database, only a witness knows.
func TestAWitnessThatKnowsMoreStopsTheSigning(t *testing.T) {
	t.Parallel()
	now := aSite(t)
	now.add(20)
	now.round()
	// A machine whose database and files are of yesterday meets today's witness.
	dir := t.TempDir()
	for _, file := range []string{"log.key", "demo-witness.key"} {
		b, err := os.ReadFile(filepath.Join(now.dir, file))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, file), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	old := newSite(t, testkit.DB(t), dir, nil)
	old.add(12)
	old.round()
	if err := os.RemoveAll(filepath.Join(dir, "demo-witness")); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(dir, "demo-witness"), os.DirFS(filepath.Join(now.dir, "demo-witness"))); err != nil {
		t.Fatal(err)
	}
	note := old.head().Note
	old.add(3)
	old = newSite(t, old.db, dir, nil)
	for range 2 {
		old.round()
	}
	if string(old.head().Note) != string(note) || old.Record().ReadOnly.IsZero() {
		t.Errorf("an old copy was signed: %v", old.head().Head)
	}
	if n := count(t, old.db, `SELECT count(*) FROM log_leaves`); n != 12 {
		t.Errorf("the old copy has %d entries by now, want 12", n)
	}
	// The witness was wrong, and its operator says so.
	if err := os.RemoveAll(filepath.Join(dir, "demo-witness")); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "demo-witness"), 0o700); err != nil {
		t.Fatal(err)
	}
	old.round()
	if h := old.head(); h.Size != 15 || !old.Record().ReadOnly.IsZero() {
		t.Errorf("afterwards: %v, %+v", h.Head, old.Record())
	}
}

// A witness that is down for two days stops nothing; the pages say it.
func TestWithoutWitnessesTheLogGoesOnAndSaysSo(t *testing.T) {
	t.Parallel()
	d, clock := testkit.DBAt(t)
	_, witness, err := leaf.NewWitnessKey("witness.example/w1")
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, d, t.TempDir(), map[string]string{"WITNESSES": witness + " http://127.0.0.1:1"})
	s.add(3)
	s.round()
	began := clock.Now()
	_, body, _ := s.get("/log")
	testkit.Contains(t, body, "No, not since")
	if strings.Contains(body, "for more than a day") || !s.Record().Alone.IsZero() {
		t.Error("it is said before a day has passed")
	}
	clock.Move(48 * 3600 * 1e9)
	s.add(3)
	s.round()
	if h := s.head(); h.Size != 6 || h.AloneSince == nil || !h.AloneSince.Equal(began) {
		t.Errorf("after two days: %v, alone since %v", h.Head, h.AloneSince)
	}
	_, body, _ = s.get("/ar/log") // not the page that is kept for a second
	testkit.Contains(t, body, "منذ أكثر من يوم", "لم يؤكّده شاهد منذ")
	if r := s.Record(); !r.ReadOnly.IsZero() || !r.Alone.Equal(began) || r.Entries != 6 {
		t.Errorf("%+v", r)
	}
}

func TestAKeyThatCannotBeUsedStopsTheStart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body string
		mode os.FileMode
		says string
	}{
		"open to others": {"x", 0o644, "chmod 0600"},
		"no key":         {"something else", 0o600, "backup"},
		"empty":          {"", 0o600, "backup"},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "log.key"), []byte(c.body), c.mode); err != nil {
			t.Fatal(err)
		}
		if err := begin(t, dir); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestANodeWithoutTheKeyDoesNotSign(t *testing.T) {
	t.Parallel()
	a := aSite(t)
	a.add(2)
	a.round()
	note := a.head().Note
	b := newSite(t, a.db, t.TempDir(), nil)
	b.add(2)
	b.round()
	if string(b.head().Note) != string(note) {
		t.Error("a node without the key signed")
	}
	if b.Trouble().NoKey.IsZero() {
		t.Error("the page does not know that nobody signs here")
	}
	if _, err := os.Stat(filepath.Join(b.dir, "log.key")); err == nil {
		t.Error("a second key was made for a log that has one")
	}
}
