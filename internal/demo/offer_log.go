package demo

import (
	"fmt"

	"caravan/internal/db"
	"caravan/internal/leaf"
	"caravan/internal/shaping"
	"caravan/internal/translog"
)

// record enters versions and commitments in the public log, as the site does
// with the act itself.
func (h *hall) record(tx *db.Tx) error {
	for _, e := range h.entries {
		if e.Kind == leaf.PkgVersion {
			if _, err := translog.Once(tx, e.Kind, e.Text("package"), int(e.Int("version"))); err != nil {
				return fmt.Errorf("demo: record packages: %w", err)
			}
		}
		if err := translog.Add(tx, e.Kind, e.Body); err != nil {
			return fmt.Errorf("demo: record packages: %w", err)
		}
	}
	h.entries = h.entries[:0]
	return nil
}

// offered is the entry of version n, counted from 0.
func (x *hearing) offered(n int) {
	v := x.Versions[n]
	o := leaf.Offered{Package: x.Slug, Title: x.Title, Version: v.Number, Parent: v.Number - 1, Provider: x.Organisation, Content: x.contents[n].Canonical(), SHA256: [32]byte(x.contents[n].Hash()), Reason: "published", Day: x.ago(v.Age)}
	if n > 0 {
		o.Reason = fmt.Sprintf("round %d", v.Round)
	}
	x.h.entries = append(x.h.entries, o.Entry())
}

// committed is the entry of a commitment, and of what became of it.
func (x *hearing) committed(c leaf.Committed, became shaping.CommitmentState) {
	x.h.entries = append(x.h.entries, c.Entry())
	if became == shaping.CommitmentActive {
		return
	}
	switch c.State, c.Day = string(became), c.ValidUntil; {
	case x.Closed > 0 && x.State != string(shaping.Archived):
		c.Day = x.ago(x.Closed)
	case x.Held != nil:
		c.Day = x.ago(x.Held.Age)
	}
	x.h.entries = append(x.h.entries, c.Entry())
}
