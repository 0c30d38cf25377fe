package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"caravan/internal/db"
	"caravan/internal/leaf"
	"caravan/internal/testkit"
	"caravan/internal/translog"
)

// add records n house texts, many in a transaction.
func (h *house) add(n int) {
	h.t.Helper()
	for n > 0 {
		some := min(n, 5000)
		n -= some
		h.act(func(tx *db.Tx) error {
			for i := range some {
				e := leaf.Policy("rules", "en", fmt.Sprintf("Be kind, %d.", i), tx.Now)
				if err := translog.Add(tx, e.Kind, e.Body); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

// size is how many entries are published.
func (h *house) size() int64 {
	h.t.Helper()
	head, err := h.Published(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	return head.Size
}

// logKey is the public key that the site names.
func (h *house) logKey() string {
	h.t.Helper()
	text, err := h.PolicyText(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	p, err := leaf.ParsePolicy(text)
	if err != nil {
		h.t.Fatal(err)
	}
	return p.Logs[0].Key
}

// TestBothVerifiersFindTheLogWhole goes through the sizes at which tiles become
// full and levels begin. One verifier is ours, the other was written by people
// who never saw this code; ours remembers every size and finds that the next one
// grew out of it.
func TestBothVerifiersFindTheLogWhole(t *testing.T) {
	t.Parallel()
	sizes := []int64{0, 1, 255, 256, 257}
	if os.Getenv("CARAVAN_LONG") != "" {
		sizes = append(sizes, 65_535, 65_536, 65_537, 70_000)
	}
	h := newHouse(t)
	h.round()
	state := filepath.Join(t.TempDir(), "state")
	for _, size := range sizes {
		if size == 65_535 { // among so many, some whose words can be opened
			for i := range 500 {
				h.tell(i, 1, fmt.Sprintf("Story %d.", i))
			}
			h.tomorrow()
		}
		began := time.Now()
		h.add(int(size - h.size()))
		h.round()
		placed := time.Since(began)
		if got := h.size(); got != size {
			t.Fatalf("%d entries, want %d", got, size)
		}
		began = time.Now()
		whole, said := testkit.Judge(t, h.url, h.logKey())
		judged := time.Since(began)
		if !whole {
			t.Errorf("%d entries: %s", size, said)
		}
		began = time.Now()
		s := h.verify("--state", state)
		h.wants(fmt.Sprintf("%d entries", size), s, exitOK, fmt.Sprintf(", %d entries,", size))
		t.Logf("%d entries: in their places after %v, judged in %v, verified in %v", size, placed.Round(time.Millisecond), judged.Round(time.Millisecond), time.Since(began).Round(time.Millisecond))
	}
}
