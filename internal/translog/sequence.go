package translog

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"caravan/internal/db"
	"caravan/internal/leaf"
)

// batch is how many entries get their places in one transaction.
const batch = 2_000

// Round gives everything that waits its place, signs what grew and publishes it.
// Many nodes may call it at once: one of them writes.
func (s *Service) Round(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.writer == nil {
		var err error
		if s.writer, err = s.db.As(ctx, db.Signer, 2); err != nil {
			return err
		}
	}
	mine, err := s.found(ctx)
	if err != nil || !mine {
		return err
	}
	// On an old copy of the database nothing gets a place: it would be one that
	// was given away already.
	if fits, err := s.fits(ctx); err != nil || !fits {
		return err
	}
	for {
		n, err := s.sequence(ctx)
		if err != nil {
			return err
		}
		if n < batch {
			break
		}
	}
	if err := s.step("sequenced"); err != nil {
		return err
	}
	return s.publish(ctx)
}

// errBusy says that another node writes at this moment.
var errBusy = errors.New("translog: another node writes")

// sequence gives up to batch entries their places. Leaves, hashes and the size
// of the tree are one transaction, on one snapshot.
func (s *Service) sequence(ctx context.Context) (n int, err error) {
	err = s.writer.Write(ctx, func(tx *db.Tx) error {
		n = 0
		mine, err := lockTree(tx)
		if err != nil {
			return err
		}
		if !mine {
			return errBusy
		}
		h, err := findHead(tx)
		if err != nil || h == nil {
			return err
		}
		rows, daily, err := s.next(tx, *h)
		if err != nil {
			return err
		}
		if n = len(rows); n == 0 && !daily {
			return nil
		}
		return grow(tx, *h, rows, daily)
	})
	// A snapshot may be older than the lock that was waited for: another node wrote
	// these places in between, and the database took none of ours.
	if errors.Is(err, errBusy) || db.Duplicate(err) {
		return 0, nil
	}
	return n, err
}

// next is what gets a place now: what has an order, by it; once a day all that
// has none, by lot, and after the last of it the figures of the day. Daily says
// that the batch of the day is whole.
func (s *Service) next(tx *db.Tx, h headRow) (rows []waiting, daily bool, err error) {
	if rows, err = listWaiting(tx, batch); err != nil || len(rows) == batch {
		return rows, false, err
	}
	if today := day(tx.Now); h.DailyOn != nil && !day(*h.DailyOn).Before(today) {
		return rows, false, nil
	}
	// Ids are drawn by the database at random: their order is a lot.
	lot, err := listDaily(tx, batch-len(rows))
	if err != nil {
		return nil, false, err
	}
	rows = append(rows, lot...)
	if len(rows) == batch {
		return rows, false, nil
	}
	figures, ready, err := s.changedFigures(tx)
	return append(rows, figures...), ready, err
}

// changedFigures are the entries of those clinics whose figures are others than
// the log last said.
func (s *Service) changedFigures(tx *db.Tx) (rows []waiting, ready bool, err error) {
	if len(s.figures) == 0 {
		return nil, true, nil
	}
	known, err := listFigures(tx)
	if err != nil {
		return nil, false, err
	}
	all, ready, err := s.figuresAt(tx)
	if err != nil || !ready {
		return nil, false, err
	}
	for clinic := range known { // all of its experiences are gone
		if !slices.ContainsFunc(all, func(f leaf.Figures) bool { return f.Clinic == clinic }) {
			all = append(all, leaf.Figures{Clinic: clinic})
		}
	}
	slices.SortFunc(all, func(a, b leaf.Figures) int { return strings.Compare(a.Clinic, b.Clinic) })
	for _, x := range all {
		x.Day = tx.Now
		e := x.Entry()
		if old, ok := known[x.Clinic]; ok && sameFigures(old, e) || !ok && x.Shown == 0 {
			continue
		}
		b, err := e.Bytes()
		if err != nil {
			return nil, false, fmt.Errorf("translog: figures: %w", err)
		}
		rows = append(rows, waiting{ID: newID(), Kind: e.Kind, Body: b})
	}
	return rows, true, nil
}

// figuresAt asks the features for their figures as they are in the snapshot of
// tx: exactly what got its place up to now is in them. The role that writes the
// tree cannot read what people told, so the site's role reads beside it.
func (s *Service) figuresAt(tx *db.Tx) (all []leaf.Figures, ready bool, err error) {
	snapshot, err := exportSnapshot(tx)
	if err != nil {
		return nil, false, err
	}
	err = s.db.Write(tx.Context(), func(beside *db.Tx) error {
		all, ready = nil, true
		if err := importSnapshot(beside, snapshot); err != nil {
			return err
		}
		for _, f := range s.figures {
			some, whole, err := f.Figures(beside)
			if err != nil {
				return err
			}
			all, ready = append(all, some...), ready && whole
		}
		return nil
	})
	return all, ready, err
}

func sameFigures(a, b leaf.Entry) bool {
	_, am := a.Body["goal_median_x10"]
	_, bm := b.Body["goal_median_x10"]
	return a.Int("shown") == b.Int("shown") && a.Int("counted") == b.Int("counted") && am == bm && a.Int("goal_median_x10") == b.Int("goal_median_x10")
}

// grow appends entries to the tree.
func grow(tx *db.Tx, h headRow, rows []waiting, daily bool) error {
	size, err := countLeaves(tx)
	if err != nil {
		return err
	}
	if size != h.Size {
		return fmt.Errorf("translog: the tree has %d entries where its head says %d: somebody wrote into it", size, h.Size)
	}
	mem := &memory{below: hashReader{tx}, new: map[int64]tlog.Hash{}}
	at := tlog.StoredHashIndex(0, size)
	var leaves []leafRow
	for _, w := range rows {
		l, err := newLeaf(size, w, tx.Now)
		if err != nil {
			return err
		}
		hashes, err := tlog.StoredHashesForRecordHash(size, tlog.Hash(l.LeafHash), mem)
		if err != nil {
			return fmt.Errorf("translog: hash: %w", err)
		}
		for _, x := range hashes {
			mem.new[at] = x
			at++
		}
		leaves = append(leaves, l)
		size++
	}
	root, err := tlog.TreeHash(size, mem)
	if err != nil {
		return fmt.Errorf("translog: root: %w", err)
	}
	if err := writeTree(tx, leaves, mem.new); err != nil {
		return err
	}
	return growHead(tx, size, root, daily)
}

// newLeaf is what waits, as the entry at a place.
func newLeaf(at int64, w waiting, now time.Time) (leafRow, error) {
	e, err := leaf.ReadEntry(w.Body)
	if err != nil {
		return leafRow{}, fmt.Errorf("translog: entry %s: %w", w.ID, err)
	}
	kind, ref := e.About()
	hash := leaf.Hash(w.Body)
	if on, err := time.Parse(time.DateOnly, e.Text("day")); err == nil {
		now = on // of the act; what has none in the clear gets today
	}
	return leafRow{Idx: at, OutboxID: w.ID, Kind: w.Kind, AboutKind: kind, AboutRef: ref, Clinic: e.Text("clinic"), Removal: e.IsRemoval(), Body: w.Body, LeafHash: hash[:], Day: now}, nil
}

// memory reads hashes of the tree, with those that are about to be written.
type memory struct {
	below hashReader
	new   map[int64]tlog.Hash
	old   map[int64]tlog.Hash
}

// ReadHashes returns the hashes at places.
func (m *memory) ReadHashes(at []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(at))
	var missing []int64
	for i, x := range at {
		h, ok := m.new[x]
		if !ok {
			h, ok = m.old[x]
		}
		if out[i] = h; !ok {
			missing = append(missing, x)
		}
	}
	if len(missing) == 0 {
		return out, nil
	}
	got, err := m.below.ReadHashes(missing)
	if err != nil {
		return nil, err
	}
	if m.old == nil {
		m.old = map[int64]tlog.Hash{}
	}
	for i, x := range missing {
		m.old[x] = got[i]
	}
	for i, x := range at {
		if h, ok := m.old[x]; ok {
			out[i] = h
		}
	}
	return out, nil
}

// day is the date of a moment.
func day(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

// alarm is tell, for who has nothing else to do.
func (s *Service) alarm(what, sentence string, args ...any) error {
	s.tell(what, sentence, args...)
	return nil
}

// tell says what is wrong, in the operators' log and on the pages; the same
// again only after a while.
func (s *Service) tell(what, sentence string, args ...any) {
	now := s.db.Now()
	s.state.set(what, now)
	if s.state.due(what, now) {
		slog.Error("translog: "+sentence, args...)
	}
}

// calm says that something is no longer wrong.
func (s *Service) calm(what string) {
	s.state.clear(what)
}

// newID is a random id as the outbox draws them, for what does not come from it.
func newID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
