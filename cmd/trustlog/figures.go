package main

import (
	"slices"

	"caravan/internal/leaf"
)

// tale is an experience as the entries up to here tell it.
type tale struct {
	clinic  string
	version int64
	at      int64 // entry of that version
	counted bool
}

// figures are a clinic's, as recorded at a place, with what they must be made of.
type figures struct {
	at      int64
	entry   leaf.Entry
	shown   int
	counted []int64 // entries of the experiences that count
}

// tell takes a version of an experience in.
func (a *audit) tell(e leaf.Entry, at int64) {
	x := a.told[e.Text("exp")]
	if x == nil {
		x = &tale{}
		a.told[e.Text("exp")] = x
		a.treated[e.Text("clinic")] = append(a.treated[e.Text("clinic")], e.Text("exp"))
	}
	if v := e.Int("version"); v > x.version {
		counted, _ := e.Body["counted"].(bool)
		*x = tale{e.Text("clinic"), v, at, counted}
	}
}

// figuresOf remembers of what a clinic's figures must be made at this place.
func (a *audit) figuresOf(at int64, e leaf.Entry) {
	f := &figures{at: at, entry: e}
	for _, ref := range a.treated[e.Text("clinic")] {
		x, what := a.told[ref], thing{leaf.Experience, ref}
		if x.clinic != e.Text("clinic") || a.erased[what] || a.lost[what] || a.hidden[what] {
			continue
		}
		f.shown++
		if x.counted {
			f.counted = append(f.counted, x.at)
		}
	}
	a.clinics[e.Text("clinic")] = f
}

// count compares the newest figures of each clinic with what they are made of.
// The median needs every experience that counted then; where one of them was
// taken away since, only numbers are compared.
func (a *audit) count() {
	for clinic, f := range a.clinics {
		if int64(f.shown) != f.entry.Int("shown") || int64(len(f.counted)) != f.entry.Int("counted") {
			a.fault(exitArithmetic, "clinic %s: entry %d says %d experiences of which %d count; the log has %d and %d", clinic, f.at, f.entry.Int("shown"), f.entry.Int("counted"), f.shown, len(f.counted))
			continue
		}
		said, there := f.entry.Body["goal_median_x10"]
		if !there {
			continue
		}
		want, known := a.median(f.counted)
		if n, _ := leaf.Number(said); known && n != want {
			a.fault(exitArithmetic, "clinic %s: entry %d says a median of %d tenths; the experiences have %d", clinic, f.at, n, want)
		}
	}
}

// median is that of the goals achieved, in tenths; known is false where not all
// of them are open.
func (a *audit) median(entries []int64) (tenths int64, known bool) {
	var goals []int64
	for _, at := range entries {
		o := a.openings[at]
		if o == nil || o.State != "open" || o.words == nil {
			return 0, false
		}
		if g, ok := leaf.Number(o.words["goal_achieved"]); ok {
			goals = append(goals, g)
		}
	}
	if len(goals) == 0 {
		return 0, false
	}
	slices.Sort(goals)
	n := len(goals)
	return (goals[(n-1)/2] + goals[n/2]) * 5, true
}
