package translog_test

import (
	"crypto/sha256"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"caravan/internal/db"
	"caravan/internal/leaf"
	"caravan/internal/testkit"
	"caravan/internal/translog"
)

// oldCopy is a site whose log went on, and the same site on a database that has
// only the first of its entries; the files are those of today.
func oldCopy(t *testing.T, had, more int) (today, restored *site) {
	t.Helper()
	today = aSite(t)
	today.add(had)
	today.round()
	key, err := os.ReadFile(filepath.Join(today.dir, "log.key"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "log.key"), key, 0o600); err != nil {
		t.Fatal(err)
	}
	old := newSite(t, testkit.DB(t), dir, nil)
	old.add(had)
	old.round()
	for range more {
		today.add(1)
		today.round()
	}
	return today, newSite(t, old.db, today.dir, nil)
}

// offered is a version of a package.
func offered(tx *db.Tx, n int) leaf.Entry {
	return leaf.Offered{Package: "smile", Title: "Smile", Version: n, Parent: n - 1, Content: `{}`, SHA256: sha256.Sum256([]byte(`{}`)), Reason: "published", Day: tx.Now}.Entry()
}

// TestAnOldDatabaseIsBroughtForwardToWhatWasPublished replays the published
// entries: the log goes on where everybody saw it, what waited in the old copy
// and has its place already gets no second one, and what cannot be brought back
// is recorded as lost.
func TestAnOldDatabaseIsBroughtForwardToWhatWasPublished(t *testing.T) {
	t.Parallel()
	today, restored := oldCopy(t, 300, 5)
	const lost, taken = "3f2c1a90-0000-4000-8000-000000000001", "3f2c1a90-0000-4000-8000-000000000002"
	today.write(func(tx *db.Tx) error {
		for _, id := range []string{lost, taken} {
			commit, err := translog.Open(tx, leaf.Experience, id, 1, map[string]any{"story": "told " + id})
			if err != nil {
				return err
			}
			e := leaf.Replied{ID: id, About: leaf.Experience, Ref: id, Version: 1, Clinic: "smile-izmir", Commit: commit}.Entry()
			if err := translog.Add(tx, e.Kind, e.Body); err != nil {
				return err
			}
		}
		e := leaf.Policy("rules", "en", "Added last.", tx.Now)
		if err := translog.Add(tx, e.Kind, e.Body); err != nil {
			return err
		}
		for n := range 2 { // the first waits in the old copy, too
			e := offered(tx, n+1)
			if err := translog.Add(tx, e.Kind, e.Body); err != nil {
				return err
			}
		}
		gone := leaf.Entry{Kind: leaf.ReplyErase, Body: map[string]any{"reply": taken, "clinic": "smile-izmir", "reason": "author", "day": leaf.Day(tx.Now)}}
		return translog.Add(tx, gone.Kind, gone.Body)
	})
	today.round()
	seen := today.head()
	restored.add(2) // both waited when the copy was made; one of them is published by now
	restored.write(func(tx *db.Tx) error {
		first := offered(tx, 1)
		if err := translog.Add(tx, first.Kind, first.Body); err != nil {
			return err
		}
		e := leaf.Policy("rules", "en", "Added last.", tx.Now)
		return translog.Add(tx, e.Kind, e.Body)
	})
	restored.round()
	if restored.Record().ReadOnly.IsZero() {
		t.Fatal("nobody noticed the old copy")
	}
	r, err := restored.Replay(t.Context(), testkit.OwnerOf(t, restored.db), "")
	if err != nil {
		t.Fatal(err)
	}
	if r.From != 300 || r.To != seen.Size || len(r.Lost) != 2 || r.Lost[0].Text("ref") != "smile" || r.Lost[0].Int("version") != 2 || r.Lost[1].Text("ref") != lost ||
		len(r.Again) != 2 || r.Again[0].Kind != leaf.PkgVersion || r.Again[0].Int("version") != 2 || r.Again[1].Text("reply") != taken {
		t.Errorf("%+v", r)
	}
	if rootOf(leafHashes(t, restored.db)) != seen.Root {
		t.Error("the entries are not those that were published")
	}
	restored.round()
	if h := restored.head(); !restored.Record().ReadOnly.IsZero() || h.Size <= seen.Size || rootOf(leafHashes(t, restored.db)[:seen.Size]) != seen.Root {
		t.Errorf("afterwards %v, %+v", h.Head, restored.Record())
	}
	if n := count(t, restored.db, `SELECT count(*) FROM log_leaves WHERE convert_from(body, 'UTF8') LIKE '%Added last%'`); n != 1 {
		t.Errorf("what waited in the old copy was published %d times", n)
	}
	if whole, said := restored.judge(); !whole {
		t.Errorf("the foreign judge: %s", said)
	}
	if r, err := restored.Replay(t.Context(), testkit.OwnerOf(t, restored.db), ""); err != nil || r.From != r.To {
		t.Errorf("a second time: %+v, %v", r, err)
	}
}

func TestOnlyWhatWasPublishedIsReplayed(t *testing.T) {
	t.Parallel()
	_, restored := oldCopy(t, 20, 5)
	owner := testkit.OwnerOf(t, restored.db)
	file := filepath.Join(restored.dir, translog.EntriesFile)
	right, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		file []byte
		says string
	}{
		"too short":       {right[:len(right)-5], "of 25 published"},
		"a word changed":  {[]byte(strings.Replace(string(right), "Be kind, 3.", "Be rude, 3.", 1)), "not those that were published"},
		"nothing":         {nil, "of 25 published"},
		"the last is cut": {right[:len(right)-1], "of 25 published"},
	} {
		if err := os.WriteFile(file, c.file, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := restored.Replay(t.Context(), owner, ""); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A database whose log went its own way is not brought forward.
	if err := os.WriteFile(file, right, 0o600); err != nil {
		t.Fatal(err)
	}
	other := newSite(t, testkit.DB(t), t.TempDir(), nil)
	key, err := os.ReadFile(filepath.Join(restored.dir, "log.key"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(other.dir, "log.key"), key, 0o600); err != nil {
		t.Fatal(err)
	}
	other = newSite(t, other.db, other.dir, nil)
	other.write(func(tx *db.Tx) error {
		e := leaf.Policy("rules", "en", "Something else.", tx.Now)
		return translog.Add(tx, e.Kind, e.Body)
	})
	other.round()
	mixed := newSite(t, other.db, restored.dir, nil)
	if _, err := mixed.Replay(t.Context(), testkit.OwnerOf(t, other.db), ""); err == nil || !strings.Contains(err.Error(), "another tree") {
		t.Errorf("another tree: %v", err)
	}
	if n := count(t, other.db, `SELECT count(*) FROM log_leaves`); n != 1 {
		t.Errorf("%d entries", n)
	}
}
