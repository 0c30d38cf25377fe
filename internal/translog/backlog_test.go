package translog_test

import (
	"errors"
	"slices"
	"strconv"
	"testing"

	"caravan/internal/db"
	"caravan/internal/testkit"
	"caravan/internal/translog"
)

// TestABacklogIsRecordedBitByBitAndNeverLookedForAgain has seven things that the
// log does not know, and a transaction that fails on the way.
func TestABacklogIsRecordedBitByBitAndNeverLookedForAgain(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	var b translog.Backlog
	sorry := errors.New("the connection is gone")
	breaks, asked := true, 0
	left := []int{1, 2, 3, 4, 5, 6, 7}
	some := func(tx *db.Tx) (int, error) {
		asked++
		found := left[:min(3, len(left))]
		for _, n := range found {
			first, err := translog.Once(tx, "thing", strconv.Itoa(n), 1)
			if err != nil || !first {
				t.Errorf("thing %d: first %v, %v", n, first, err)
			}
		}
		if breaks && slices.Contains(found, 4) {
			return len(found), sorry
		}
		left = left[len(found):]
		return len(found), nil
	}
	if err := b.Record(t.Context(), d, some); !errors.Is(err, sorry) {
		t.Fatal(err)
	}
	recorded := func() int {
		return count(t, testkit.OwnerOf(t, d), `SELECT count(*) FROM log_openings WHERE kind = 'mark' AND ref LIKE 'thing %'`)
	}
	if n := recorded(); n != 3 {
		t.Errorf("%d things after the second transaction failed, want those 3 of the first", n)
	}
	breaks = false
	for range 2 {
		if err := b.Record(t.Context(), d, some); err != nil {
			t.Fatal(err)
		}
	}
	if n := recorded(); n != 7 || asked != 5 {
		t.Errorf("%d things after %d looks, want 7 after 5: one that failed, and one that found none", n, asked)
	}
}
