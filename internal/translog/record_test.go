package translog_test

import (
	"errors"
	"strings"
	"testing"

	"caravan/internal/db"
	"caravan/internal/leaf"
	"caravan/internal/testkit"
	"caravan/internal/translog"
)

const someExp = "3f2c1a90-0000-4000-8000-000000000001"

func told(exp string, version int, commit string) leaf.Entry {
	return leaf.Told{Exp: exp, Version: version, Clinic: "smile-izmir", Level: 2, Counted: true, Period: "2026-Q2", Commit: commit}.Entry()
}

func TestAnActThatFailsLeavesNoEntry(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	sorry := errors.New("the act fails")
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		e := leaf.Policy("rules", "en", "Be kind.", tx.Now)
		if err := translog.Add(tx, e.Kind, e.Body); err != nil {
			t.Error(err)
		}
		return sorry
	})
	if !errors.Is(err, sorry) {
		t.Fatal(err)
	}
	if n := count(t, testkit.OwnerOf(t, d), `SELECT count(*) FROM log_outbox`); n != 0 {
		t.Errorf("%d entries of an act that was not", n)
	}
}

func TestOnlyNumberedKindsKeepTheirOrder(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		for _, text := range []string{"one", "two", "three"} {
			e := leaf.Policy("rules", "en", text, tx.Now)
			if err := translog.Add(tx, e.Kind, e.Body); err != nil {
				return err
			}
		}
		commit, err := translog.Open(tx, leaf.Experience, someExp, 1, map[string]any{"story": "It went well."})
		if err != nil {
			return err
		}
		e := told(someExp, 1, commit)
		if translog.Add(tx, e.Kind, e.Body) == nil {
			t.Error("an experience was added outside of the daily batch")
		}
		return translog.AddDaily(tx, e.Kind, e.Body)
	})
	if err != nil {
		t.Fatal(err)
	}
	d = testkit.OwnerOf(t, d)
	if n := count(t, d, `SELECT count(*) FROM log_outbox WHERE daily AND seq IS NULL`); n != 1 {
		t.Errorf("%d daily entries without a number, want 1", n)
	}
	var texts string
	err = d.Read(t.Context()).Gorm().Raw(`SELECT string_agg(convert_from(body, 'UTF8')::jsonb ->> 'text', ' ' ORDER BY seq) FROM log_outbox WHERE NOT daily`).Scan(&texts).Error
	if err != nil || texts != "one two three" {
		t.Errorf("%q, %v", texts, err)
	}
}

func TestErasingDestroysSaltAndBodyAndKeepsTheCommitment(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	var commit string
	err := d.Write(t.Context(), func(tx *db.Tx) (err error) {
		if commit, err = translog.Open(tx, leaf.Experience, someExp, 1, map[string]any{"story": "I was afraid."}); err != nil {
			return err
		}
		_, err = translog.Open(tx, leaf.Experience, someExp, 2, map[string]any{"story": "I was glad."})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Write(t.Context(), func(tx *db.Tx) error { return translog.Erase(tx, leaf.Experience, someExp) }); err != nil {
		t.Fatal(err)
	}
	if n := count(t, d, `SELECT count(*) FROM log_openings WHERE salt IS NOT NULL OR body IS NOT NULL`); n != 0 {
		t.Errorf("%d openings are left", n)
	}
	if n := count(t, d, `SELECT count(*) FROM log_openings WHERE encode(commit, 'hex') = '`+commit+`'`); n != 1 || len(commit) != 64 || strings.ToLower(commit) != commit {
		t.Errorf("the commitment %q stands %d times", commit, n)
	}
}

func count(t *testing.T, d *db.DB, sql string) (n int) {
	t.Helper()
	if err := d.Read(t.Context()).Gorm().Raw(sql).Scan(&n).Error; err != nil {
		t.Fatal(err)
	}
	return n
}
