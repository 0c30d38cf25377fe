package text

import (
	"slices"
	"strings"
)

// LeakClass is what a leak would give away.
type LeakClass string

// The classes. The names are those of the sentences "text.leak_…".
const (
	LeakEmail      LeakClass = "email"
	LeakPhone      LeakClass = "phone"
	LeakNationalID LeakClass = "national_id"
	LeakPassport   LeakClass = "passport"
	LeakIBAN       LeakClass = "iban"
	LeakCard       LeakClass = "card"
	LeakRecord     LeakClass = "record_number" // of an invoice, a file, a room
	LeakURL        LeakClass = "url"
	LeakHandle     LeakClass = "handle"
	LeakDate       LeakClass = "exact_date"
	LeakPerson     LeakClass = "person_name" // of somebody who is not a public doctor
	LeakOwnName    LeakClass = "own_name"
	LeakHidden     LeakClass = "hidden_text"
)

// LeakTier is what follows from a leak. A greater tier is the stronger one.
type LeakTier uint8

// Warn asks the writer to look again; a tick lets the text through. Mask asks
// the same, and what the writer leaves is masked when the text is published.
// Block refuses the text.
const (
	Warn LeakTier = iota + 1
	Mask
	Block
)

// Leak is a place in a text that says who somebody is or how to reach them.
// Start and End are byte offsets on rune borders of the text that was searched.
type Leak struct {
	Class      LeakClass
	Tier       LeakTier
	Start, End int
}

// LeakContext is what is known about the writer of a text. The zero context
// finds everything that needs no knowledge of the writer.
type LeakContext struct {
	Countries []string // ISO 3166 codes of the author's and the clinic's country
	OwnNames  []string // the account's display name, local part of its address, real name
	Allowed   []string // names of public doctors and of the clinic, which may be said
	Verified  bool     // links of a verified author only warn
}

// Leaks returns what s would give away, in the order of the text and without
// overlaps: of two readings of the same place the stronger tier wins, then the
// longer. s is a cleaned text; in one that is not, what Clean would remove is
// found as hidden text. The time is linear in the length of s. Names without a
// title before them are not found, and no detector replaces a moderator.
func Leaks(s string, c LeakContext) []Leak {
	f := newFolded(s)
	x := &leakSearch{folded: f, c: c}
	x.hidden()
	x.mails()
	x.links()
	x.dates()
	x.numbers()
	x.spokenNumbers()
	x.documents()
	x.records()
	x.persons()
	x.ownNames()
	return strongest(x.found, len(s))
}

// leakSearch gathers what the detectors find in one text.
type leakSearch struct {
	*folded
	c      LeakContext
	found  []Leak
	asked  int      // numbers put to the rules of telephone numbers
	dated  [][2]int // places of dates, in folded offsets, which are no numbers to call
	linked [][2]int // places of addresses, in folded offsets
}

// add notes a leak at folded offsets from and to.
func (x *leakSearch) add(class LeakClass, tier LeakTier, from, to int) {
	start, end := x.source(from, to)
	x.found = append(x.found, Leak{class, tier, start, end})
}

// strongest sorts the leaks of a text of that many bytes and drops what a
// stronger or longer one overlaps.
func strongest(found []Leak, size int) []Leak {
	slices.SortFunc(found, func(a, b Leak) int {
		if a.Tier != b.Tier {
			return int(b.Tier) - int(a.Tier)
		}
		if d := (b.End - b.Start) - (a.End - a.Start); d != 0 {
			return d
		}
		return a.Start - b.Start
	})
	var kept []Leak
	taken := make([]bool, size)
	for _, l := range found {
		if slices.Contains(taken[l.Start:l.End], true) {
			continue
		}
		for i := l.Start; i < l.End; i++ {
			taken[i] = true
		}
		kept = append(kept, l)
	}
	slices.SortFunc(kept, func(a, b Leak) int { return a.Start - b.Start })
	return kept
}

// MaskOpen begins every marker of Masked and MaskClose ends it, so that a page
// can set them apart from what people wrote.
const (
	MaskOpen  = "[masked: "
	MaskClose = "]"
)

var maskLabels = map[LeakClass]string{
	LeakEmail: "e-mail address", LeakPhone: "telephone number", LeakNationalID: "identity number", LeakPassport: "passport number",
	LeakIBAN: "bank account", LeakCard: "card number", LeakRecord: "record number", LeakURL: "link", LeakHandle: "account name",
	LeakDate: "exact date", LeakPerson: "name of a person", LeakOwnName: "name of the author", LeakHidden: "hidden text",
}

// Masked returns s with every leak of tier Mask replaced by a visible marker
// such as "[masked: name of a person]". The leaks are those of Leaks(s, …).
func Masked(s string, leaks []Leak) string {
	var b strings.Builder
	from := 0
	for _, l := range leaks {
		if l.Tier != Mask || l.Start < from || l.End > len(s) {
			continue
		}
		b.WriteString(s[from:l.Start])
		b.WriteString(MaskOpen + maskLabels[l.Class] + MaskClose)
		from = l.End
		if from < len(s) && strings.IndexByte("([:", s[from]) >= 0 {
			b.WriteByte(' ') // or Markdown would make a link of the marker
		}
	}
	b.WriteString(s[from:])
	return b.String()
}
