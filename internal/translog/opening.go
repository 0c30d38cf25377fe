package translog

import (
	"context"
	"encoding/hex"
	"encoding/json"

	"caravan/internal/db"
	"caravan/internal/leaf"
)

// States of an opening.
const (
	StateOpen   = "open"
	StateHidden = "hidden" // it is out of sight
	StateErased = "erased" // salt and body are destroyed
)

// Opening is what a commitment is opened with, or why it is not.
type Opening struct {
	Entry   *int64          `json:"entry,omitempty"` // whose commitment it is, where that is known
	Kind    string          `json:"kind"`
	Ref     string          `json:"ref"`
	Version int             `json:"version"`
	Commit  string          `json:"commit"`
	State   string          `json:"state"`
	Salt    string          `json:"salt,omitempty"`
	Body    json.RawMessage `json:"body,omitempty"`
	Why     *int64          `json:"why,omitempty"` // the entry that says why it is not open; missing while that waits for its place
}

// thing names something with openings.
type thing struct{ Kind, Ref string }

// Opening finds one. What was never recorded answers NotFound.
func (s *Service) Opening(ctx context.Context, kind, ref string, version int) (Opening, error) {
	if kind == sealed || kind == mark {
		return Opening{}, errNoEntry
	}
	all, err := s.openings(ctx, []thing{{kind, ref}})
	if err != nil {
		return Opening{}, err
	}
	o, ok := all[thing{kind, ref}][version]
	if !ok {
		return Opening{}, errNoEntry
	}
	return *o, nil
}

// OpeningsOf are the openings of the entries of a bundle, in their order.
func (s *Service) OpeningsOf(ctx context.Context, path string) ([]Opening, error) {
	t, err := leaf.ParseTile("tile/entries/" + path)
	if err != nil {
		return nil, errNoTile
	}
	h, err := s.Published(ctx)
	if err != nil {
		return nil, err
	}
	if t.Last() > h.Size {
		return nil, errNoTile
	}
	rows, err := listLeaves(s.db.Read(ctx), t.Index*leaf.TileWidth, t.Width)
	if err != nil {
		return nil, err
	}
	var want []thing
	entries := make([]leaf.Entry, len(rows))
	for i, r := range rows {
		if entries[i], err = leaf.ReadEntry(r.Body); err != nil {
			return nil, err
		}
		if kind, ref, _, ok := entries[i].Opened(); ok {
			want = append(want, thing{kind, ref})
		}
	}
	all, err := s.openings(ctx, want)
	if err != nil {
		return nil, err
	}
	out := []Opening{}
	for i, e := range entries {
		kind, ref, version, ok := e.Opened()
		if o := all[thing{kind, ref}][version]; ok && o != nil {
			x := *o
			x.Entry = &rows[i].Idx
			out = append(out, x)
		}
	}
	return out, nil
}

// openings finds the openings of things, by version. The newest one has the body
// that is shown now: if somebody changed what is shown without recording it, its
// commitment does not fit.
func (s *Service) openings(ctx context.Context, things []thing) (map[thing]map[int]*Opening, error) {
	q := s.db.Read(ctx)
	rows, err := listOpenings(q, things)
	if err != nil {
		return nil, err
	}
	all := map[thing]map[int]*Opening{}
	newest := map[thing]int{}
	for _, r := range rows {
		k := thing{r.Kind, r.Ref}
		if all[k] == nil {
			all[k] = map[int]*Opening{}
		}
		o := &Opening{Kind: r.Kind, Ref: r.Ref, Version: r.Version, Commit: hexOf(r.Commit), State: StateErased}
		if r.ErasedOn == nil {
			o.State, o.Salt, o.Body = StateOpen, hexOf(r.Salt), r.Body
		}
		all[k][r.Version] = o
		newest[k] = max(newest[k], r.Version)
	}
	if err := s.look(q, all, newest); err != nil {
		return nil, err
	}
	return all, s.reasons(q, all)
}

// look asks the features what is shown now.
func (s *Service) look(q *db.Tx, all map[thing]map[int]*Opening, newest map[thing]int) error {
	refs := map[string][]string{}
	for k := range all {
		if s.holders[k.Kind] != nil && all[k][newest[k]].State == StateOpen {
			refs[k.Kind] = append(refs[k.Kind], k.Ref)
		}
	}
	for kind, some := range refs {
		shown, err := s.holders[kind].Shown(q, some)
		if err != nil {
			return err
		}
		for _, ref := range some {
			k := thing{kind, ref}
			body, ok := shown[ref]
			if !ok {
				for _, o := range all[k] {
					if o.State == StateOpen {
						o.State, o.Salt, o.Body = StateHidden, "", nil
					}
				}
				continue
			}
			b, err := leaf.Canonical(body)
			if err != nil {
				return err
			}
			all[k][newest[k]].Body = b
		}
	}
	return nil
}

// reasons finds the entries that say why something is not open.
func (s *Service) reasons(q *db.Tx, all map[thing]map[int]*Opening) error {
	var closed []thing
	for k, versions := range all {
		for _, o := range versions {
			if o.State != StateOpen {
				closed = append(closed, k)
				break
			}
		}
	}
	if len(closed) == 0 {
		return nil
	}
	for _, k := range closed {
		if k.Kind == leaf.Reply { // goes with the experience that it answers
			closed = append(closed, thing{leaf.Experience, k.Ref})
		}
	}
	rows, err := listRemovalsOf(q, closed)
	if err != nil {
		return err
	}
	for _, r := range rows { // oldest first: the newest that fits stays
		e, err := leaf.ReadEntry(r.Body)
		if err != nil {
			return err
		}
		for _, kind := range []string{r.AboutKind, leaf.Reply} {
			for version, o := range all[thing{kind, r.AboutRef}] {
				if o.State != StateOpen && leaf.Explains(e, kind, r.AboutRef, version, o.State) {
					o.Why = &r.Idx
				}
			}
		}
	}
	return nil
}

func hexOf(b []byte) string { return hex.EncodeToString(b) }
