package moderation_test

import (
	"context"
	"testing"
	"time"

	"caravan/internal/db"
	"caravan/internal/departure"
)

func TestWordsOfReportsGoWithWhoLeavesAndAfterThreeYears(t *testing.T) {
	t.Parallel()
	k := newDesk(t)
	ctx := context.Background()
	k.note(t, 1, "shown")
	k.report(t, k.reader, 1)
	k.report(t, k.other, 1)
	kept := func() int { return value[int](t, k.d, `SELECT count(*) FROM reports WHERE note <> ''`) }
	if err := k.d.Write(ctx, func(tx *db.Tx) error {
		return k.LetGo(tx, departure.Gone{AccountID: k.reader.AccountID, PersonID: k.reader.PersonID})
	}); err != nil {
		t.Fatal(err)
	}
	if n := kept(); n != 1 {
		t.Errorf("%d notes after one of two left", n)
	}
	if n := value[int](t, k.d, `SELECT reports FROM moderation_cases`); n != 2 {
		t.Errorf("the case counts %d reports", n)
	}
	if _, err := k.d.Pool().Exec(ctx, `UPDATE moderation_cases SET decided_at = $1`, k.d.Now()); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		after time.Duration
		notes int
	}{{2 * 365 * 24 * time.Hour, 1}, {366 * 24 * time.Hour, 0}} {
		k.clock.Move(x.after)
		if err := k.ForgetNotes(ctx); err != nil {
			t.Fatal(err)
		}
		if n := kept(); n != x.notes {
			t.Errorf("%v later: %d notes, want %d", x.after, n, x.notes)
		}
	}
}
