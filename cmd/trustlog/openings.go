package main

import (
	"context"
	"encoding/hex"
	"encoding/json"

	"caravan/internal/leaf"
)

// opening is what the site opens a commitment with, or why it does not.
type opening struct {
	Entry   int64           `json:"entry"`
	Kind    string          `json:"kind"`
	Ref     string          `json:"ref"`
	Version int             `json:"version"`
	Commit  string          `json:"commit"`
	State   string          `json:"state"`
	Salt    string          `json:"salt"`
	Body    json.RawMessage `json:"body"`
	Why     *int64          `json:"why"`
	words   map[string]any  // the body, once it was found right
}

// openings reads what the site opens, by entry.
func (v *verifying) openings(ctx context.Context, size int64) (map[int64]*opening, error) {
	bundles := leaf.Bundles(size)
	parts := make([][]*opening, len(bundles))
	err := each(len(bundles), func(i int) error {
		path := "/log/openings/" + bundles[i].Path()[len("tile/entries/"):]
		b, err := v.site.need(ctx, path)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(b, &parts[i]); err != nil {
			return fail(exitMissing, "%s cannot be read: %w", path, err)
		}
		return nil
	})
	all := map[int64]*opening{}
	for _, p := range parts {
		for _, o := range p {
			all[o.Entry] = o
		}
	}
	return all, err
}

// fits reports whether an opening has the commitment of its entry.
func (o *opening) fits(commit string) bool {
	salt, err := hex.DecodeString(o.Salt)
	if err != nil || len(salt) != 32 {
		return false
	}
	body, err := leaf.Loose(o.Body)
	if err != nil {
		return false
	}
	b, err := leaf.Canonical(body)
	if err != nil {
		return false
	}
	sum := leaf.Commit([32]byte(salt), b)
	o.words = body
	return hex.EncodeToString(sum[:]) == commit
}

// opened checks the opening of an entry that has a commitment.
func (a *audit) opened(at int64, e leaf.Entry) {
	kind, ref, version, ok := e.Opened()
	if !ok {
		return
	}
	o := a.openings[at]
	if o == nil || o.Commit != e.Text("commit") || o.Kind != kind || o.Ref != ref || o.Version != version {
		a.fault(exitMissing, "%s %s, version %d: what entry %d commits to is not opened, and nothing says why", kind, ref, version, at)
		return
	}
	if o.State == "open" {
		switch {
		case !o.fits(e.Text("commit")):
			a.fault(exitMissing, "%s %s, version %d: what is shown is not what entry %d recorded", kind, ref, version, at)
		case a.erased[thing{kind, ref}]:
			a.fault(exitMissing, "%s %s: it was taken away, and its words are still given out", kind, ref)
		case e.Kind == leaf.VoteTally:
			a.votes(at, e, o)
		}
		return
	}
	if o.Why == nil || *o.Why >= int64(len(a.entries)) {
		a.waits = true // its entry may wait for a place
		a.fault(exitMissing, "%s %s, version %d (entry %d) is %s, and no entry says why", kind, ref, version, at, o.State)
		return
	}
	if why := a.entries[max(*o.Why, 0)]; !leaf.Explains(why, kind, ref, version, o.State) || o.State == "hidden" && !a.away(kind, ref) {
		a.fault(exitMissing, "%s %s, version %d (entry %d) is %s, and entry %d does not say why", kind, ref, version, at, o.State, *o.Why)
	}
}

// away reports whether something is out of sight in the end: by a decision, or
// because it was taken away. An answer goes with the experience that it answers.
func (a *audit) away(kind, ref string) bool {
	x, with := thing{kind, ref}, thing{leaf.Experience, ref}
	return a.hidden[x] || a.erased[x] || kind == leaf.Reply && (a.hidden[with] || a.erased[with])
}
