package translog

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"caravan/internal/db"
	"caravan/internal/leaf"
)

// EntriesFile is the file in STATE_DIR that holds every published entry. Whoever
// verifies the log from outside can keep the same file.
const EntriesFile = "log.entries"

// keepEntries writes the first n entries of the tree into the file.
func (s *Service) keepEntries(ctx context.Context, n int64) error {
	last, err := s.published()
	if err != nil {
		return err
	}
	sure := int64(0)
	if last != nil {
		sure = last.Size
	}
	return s.copy.Extend(sure, n, func(first int64, some int) (bodies [][]byte, err error) {
		rows, err := listLeaves(s.writer.Read(ctx), first, some)
		for _, r := range rows {
			bodies = append(bodies, r.Body)
		}
		return bodies, err
	})
}

// Replayed is what a replay did.
type Replayed struct {
	From, To int64        // entries before and after
	Lost     []leaf.Entry // what was published and is in this database no more; recorded as lost
	Again    []leaf.Entry // versions, commitments, removals and decisions that this database knows nothing of: to be done again
}

// Replay brings the tree of a database that was restored from an old copy
// forward to what was published, so that the log goes on where strangers saw it.
// The entries come from a file of the form of EntriesFile, which is taken where
// file is empty; they are believed only if they have the root that was last
// published from here, and the root of the old copy before that. Owner is the
// database as its owner. What the entries commit to and this database does not
// hold is recorded as lost.
func (s *Service) Replay(ctx context.Context, owner *db.DB, file string) (r Replayed, err error) {
	if file == "" {
		file = s.copy.Path
	}
	key := s.key.Load()
	if key == nil {
		return r, errors.New("translog: replay: there is no STATE_DIR/log.key; put it back first")
	}
	bodies, err := leaf.ReadJournal(file)
	if err != nil {
		return r, err
	}
	last, err := s.published()
	if err != nil {
		return r, err
	}
	if last != nil {
		if int64(len(bodies)) < last.Size {
			return r, fmt.Errorf("translog: replay: %s holds %d of %d published entries; look for a longer copy", file, len(bodies), last.Size)
		}
		bodies = bodies[:last.Size]
	}
	t, err := treeOf(bodies)
	if err != nil {
		return r, err
	}
	if root, err := tlog.TreeHash(int64(len(bodies)), t); err != nil || last != nil && root != last.Root {
		return r, errors.Join(err, fmt.Errorf("translog: replay: the entries of %s are not those that were published", file))
	}
	err = owner.Write(ctx, func(tx *db.Tx) (err error) {
		r, err = s.replay(tx, key.public, bodies, t)
		return err
	})
	return r, err
}

// treeOf are the hashes over entries.
func treeOf(bodies [][]byte) (*memory, error) {
	t := &memory{new: map[int64]tlog.Hash{}}
	at := int64(0)
	for i, b := range bodies {
		hashes, err := tlog.StoredHashes(int64(i), b, t)
		if err != nil {
			return nil, fmt.Errorf("translog: replay: %w", err)
		}
		for _, h := range hashes {
			t.new[at] = h
			at++
		}
	}
	return t, nil
}

func (s *Service) replay(tx *db.Tx, public string, bodies [][]byte, t *memory) (r Replayed, err error) {
	mine, err := lockTree(tx)
	if err != nil {
		return r, err
	}
	if !mine {
		return r, errors.New("translog: replay: another program writes the log at this moment; try again")
	}
	if err := insertHead(tx, public, leaf.Root(nil)); err != nil {
		return r, err
	}
	h, err := findHead(tx)
	if err != nil || h == nil {
		return r, errorOr(err, errNoLog)
	}
	r.From, r.To = h.Size, max(h.Size, int64(len(bodies)))
	if h.PublicKey != public {
		return r, errors.New("translog: replay: the key in STATE_DIR/log.key is not the key of the log in this database")
	}
	if r.From == r.To {
		return r, nil
	}
	if root, err := tlog.TreeHash(h.Size, t); err != nil || root != tlog.Hash(h.Root) {
		return r, errors.Join(err, fmt.Errorf("translog: replay: the %d entries of this database are not the first ones that were published: this is another tree", h.Size))
	}
	missing := bodies[h.Size:]
	rows, entries := make([]waiting, len(missing)), make([]leaf.Entry, len(missing))
	for i, b := range missing {
		if entries[i], err = leaf.ReadEntry(b); err != nil {
			return r, err
		}
		rows[i] = waiting{ID: newID(), Kind: entries[i].Kind, Body: b}
	}
	if err := grow(tx, *h, rows, false); err != nil {
		return r, err
	}
	waited, err := forgetWaiting(tx, missing)
	if err != nil {
		return r, err
	}
	if err := redo(tx, missing, entries, waited, &r); err != nil {
		return r, err
	}
	return r, s.mourn(tx, entries, &r)
}

// redo collects versions of packages and commitments to them that were published
// since this database was copied. What waited for its place in the copy is here.
// A version that is not here is recorded as lost: the next one has its number.
func redo(tx *db.Tx, missing [][]byte, entries []leaf.Entry, waited [][]byte, r *Replayed) error {
	here := map[string]int{}
	for _, b := range waited {
		here[string(b)]++
	}
	for i, e := range entries {
		if e.Kind != leaf.PkgVersion && e.Kind != leaf.PkgCommitment {
			continue
		}
		if here[string(missing[i])] > 0 {
			here[string(missing[i])]--
			continue
		}
		r.Again = append(r.Again, e)
		if e.Kind == leaf.PkgCommitment {
			continue
		}
		lost := leaf.Gone(leaf.Package, e.Text("package"), int(e.Int("version")), tx.Now)
		r.Lost = append(r.Lost, lost)
		if err := Add(tx, lost.Kind, lost.Body); err != nil {
			return err
		}
	}
	return nil
}

// mourn records what the entries commit to and the database does not hold, and
// collects what has to be done again.
func (s *Service) mourn(tx *db.Tx, entries []leaf.Entry, r *Replayed) error {
	m, err := readInventory(tx, entries)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.IsRemoval() && e.Kind != leaf.Lost || e.Kind == leaf.ModDecision {
			r.Again = append(r.Again, e)
		}
		if kind, ref, version, ok := e.Opened(); ok {
			if err := m.mourn(tx, thing{kind, ref}, version, e.Text("commit"), r); err != nil {
				return err
			}
		}
	}
	return nil
}

// inventory is what is here of the things that entries commit to.
type inventory struct {
	commits  map[thing]map[int]string // that are here, in hexadecimal digits by version
	removals map[thing][]leaf.Entry
	lost     map[thing]bool // recorded as lost altogether
}

func readInventory(tx *db.Tx, entries []leaf.Entry) (inventory, error) {
	m := inventory{map[thing]map[int]string{}, map[thing][]leaf.Entry{}, map[thing]bool{}}
	var things []thing
	for _, e := range entries {
		if kind, ref, _, ok := e.Opened(); ok {
			things = append(things, thing{kind, ref})
		}
		if kind, ref := e.About(); e.IsRemoval() {
			m.removals[thing{kind, ref}] = append(m.removals[thing{kind, ref}], e)
		}
	}
	rows, err := listOpenings(tx, things)
	for _, o := range rows {
		k := thing{o.Kind, o.Ref}
		if m.commits[k] == nil {
			m.commits[k] = map[int]string{}
		}
		m.commits[k][o.Version] = hex.EncodeToString(o.Commit)
	}
	return m, err
}

// mourn records that a version of a thing is not here, unless it is, and that it
// is lost, unless it was taken away. A thing of which nothing is here is recorded
// as lost once, by version 0.
func (m inventory) mourn(tx *db.Tx, k thing, version int, committed string, r *Replayed) error {
	if here := m.commits[k][version]; here == committed {
		return nil
	} else if here != "" {
		return fmt.Errorf("translog: replay: %s %s was told anew as version %d since this database was restored, and that version is taken: restore it once more and replay before the site opens", k.Kind, k.Ref, version)
	}
	commit, err := hex.DecodeString(committed)
	if err != nil {
		return err
	}
	if err := insertErased(tx, opening{Kind: k.Kind, Ref: k.Ref, Version: version, Commit: commit}); err != nil {
		return err
	}
	if m.takenAway(k, version) {
		return nil
	}
	if m.commits[k] == nil {
		version = 0
	}
	if version == 0 && m.lost[k] {
		return nil
	}
	m.lost[k] = version == 0
	lost := leaf.Gone(k.Kind, k.Ref, version, tx.Now)
	r.Lost = append(r.Lost, lost)
	return Add(tx, lost.Kind, lost.Body)
}

// takenAway reports whether a removal explains why a version is not here: it was
// taken away or covered after it was published.
func (m inventory) takenAway(k thing, version int) bool {
	gone := m.removals[k]
	if k.Kind == leaf.Reply { // goes with the experience that it answers
		gone = slices.Concat(gone, m.removals[thing{leaf.Experience, k.Ref}])
	}
	return slices.ContainsFunc(gone, func(x leaf.Entry) bool { return leaf.Explains(x, k.Kind, k.Ref, version, StateErased) })
}
