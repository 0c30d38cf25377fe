package text

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// GuardClass is what a public answer of a clinic would give away or do.
type GuardClass string

// The classes. An answer that confirms that somebody was treated breaks
// confidentiality, and one that denies it does as much.
const (
	GuardPast       GuardClass = "second_person_past" // "when you came", "your operation"
	GuardRecords    GuardClass = "records"            // "our records", "never our patient"
	GuardIdentifier GuardClass = "identifier"         // dates, amounts, names, diagnoses, procedures
	GuardBlame      GuardClass = "blame"              // threats, accusations
)

// Spot is a place in an answer for a moderator to look at before it is public.
// Start and End are byte offsets on rune borders.
type Spot struct {
	Class      GuardClass
	Start, End int
}

// Piece is a stretch of a text; Class is empty where nothing was found.
type Piece struct {
	Text  string
	Class GuardClass
}

// Mark cuts s at the spots that were found in it. Spots that overlap an earlier
// one, or lie outside of s, are passed over.
func Mark(s string, spots []Spot) (out []Piece) {
	at := 0
	for _, x := range spots {
		if x.Start < at || x.End > len(s) {
			continue
		}
		if x.Start > at {
			out = append(out, Piece{Text: s[at:x.Start]})
		}
		out = append(out, Piece{s[x.Start:x.End], x.Class})
		at = x.End
	}
	if at < len(s) {
		out = append(out, Piece{Text: s[at:]})
	}
	return out
}

// Guard returns what in the public answer s of a clinic speaks of one person's
// treatment, in the order of the text and without overlaps. known are words
// that the page says already, such as its title and the names of its procedures;
// these may be said again. It knows eight languages by lists of turns of
// speech, so it holds too much rather than too little, and only holds: a person
// decides. s is a cleaned text.
func Guard(s string, known []string) []Spot {
	f := newFolded(s)
	var spots []Spot
	for _, rule := range guardRules() {
		for _, m := range rule.turns.in(f.s) {
			start, end := f.source(m[0], m[1])
			spots = append(spots, Spot{rule.class, start, end})
		}
	}
	spots = append(spots, f.treatments(known)...)
	spots = append(spots, f.amounts()...)
	for _, l := range Leaks(s, LeakContext{Verified: true, Allowed: known}) {
		if l.Class != LeakURL && l.Class != LeakHandle {
			spots = append(spots, Spot{GuardIdentifier, l.Start, l.End})
		}
	}
	return apart(spots, len(s))
}

// apart returns spots sorted and without overlaps in a text of that many bytes;
// of two that overlap the one found first stays.
func apart(spots []Spot, size int) []Spot {
	kept := make([]Spot, 0, len(spots))
	taken := make([]bool, size)
	for _, s := range spots {
		if slices.Contains(taken[s.Start:s.End], true) {
			continue
		}
		for i := s.Start; i < s.End; i++ {
			taken[i] = true
		}
		kept = append(kept, s)
	}
	slices.SortFunc(kept, func(a, b Spot) int { return a.Start - b.Start })
	return kept
}

// treatments finds words of procedures and diagnoses that the page does not say.
func (f *folded) treatments(known []string) (spots []Spot) {
	var said []string
	for _, k := range known {
		for _, m := range treatmentWords().in(foldString(k)) {
			said = append(said, foldString(k)[m[0]:m[1]])
		}
		said = append(said, nameWords(k)...)
	}
	for _, m := range treatmentWords().in(f.s) {
		if !isSaid(f.s[m[0]:m[1]], said) {
			start, end := f.source(m[0], m[1])
			spots = append(spots, Spot{GuardIdentifier, start, end})
		}
	}
	return spots
}

// isSaid reports whether the words known hold w or another form of it.
func isSaid(w string, known []string) bool {
	for _, k := range known {
		n := 0
		for n < len(k) && n < len(w) && k[n] == w[n] {
			n++
		}
		if n == len(w) || n == len(k) && n >= 4 || utf8.RuneCountInString(strings.ToValidUTF8(w[:n], "")) >= 5 {
			return true
		}
	}
	return false
}

// amounts finds figures with money, grafts or milligrams.
func (f *folded) amounts() (spots []Spot) {
	for i, t := range f.toks {
		if t.kind != aNumber {
			continue
		}
		from, to := t.from, t.to
		if i > 0 && strings.Contains("€$£₺₽¥₹", f.text(f.toks[i-1])) && from-f.toks[i-1].to <= 1 {
			from = f.toks[i-1].from
		} else if m := amountUnit.FindStringIndex(f.s[to:min(len(f.s), to+24)]); m != nil {
			to += m[1]
		} else {
			continue
		}
		for to < len(f.s) && !utf8.RuneStart(f.s[to]) {
			to--
		}
		start, end := f.source(from, to)
		spots = append(spots, Spot{GuardIdentifier, start, end})
	}
	return spots
}

// guardRule is the turns of speech of one class.
type guardRule struct {
	class GuardClass
	turns turns
}

var (
	// Made when first used: most programs guard nothing.
	guardRules = sync.OnceValue(func() []guardRule {
		return []guardRule{
			// the more telling class first: "you were never our patient" is of records
			{GuardRecords, turnsOf(guardRecords)},
			{GuardBlame, turnsOf(guardBlame)},
			{GuardPast, turnsOf(guardPast)},
		}
	})
	treatmentWords = sync.OnceValue(func() turns { return turnsOf(guardTreatments) })
	amountUnit     = regexp.MustCompile(`^(?:[.,]\d{1,3}){0,3}\s?(?:€|\$|£|₺|₽|¥|元|` + foldString(`eur\b|euro|usd\b|dollar|dolar|dólar|gbp\b|pound|tl\b|lira|рубл|евро|доллар|يورو|دولار|ريال|درهم|ليرة|جنيه|欧元|美元|人民币|里拉|万|graft|greft|графт|بصيلة|毛囊|mg\b|мг|ملغ|毫克`) + `)`)
)

// turns are alternatives over folded text; the first group is the place to mark.
// Chinese is written without borders of words.
type turns struct{ spaced, dense *regexp.Regexp }

// letters are those of the languages with borders between words, as a class of an
// expression; all letters there are would make it a hundred times as large.
const letters = `a-z\x{df}-\x{1fff}`

// turnsOf makes an expression of lines, each of them an alternative. They are
// folded as texts are; "*" is the rest of a word, " ~ " up to
// three words between two others.
func turnsOf(lines string) turns {
	var spaced, dense []string
	for line := range strings.SplitSeq(strings.TrimSpace(lines), "\n") {
		e := foldString(strings.TrimSpace(line))
		if strings.ContainsFunc(e, isHan) {
			dense = append(dense, e)
			continue
		}
		e = strings.ReplaceAll(e, "(?:~ )?", `(?:[`+letters+`'-]+[\s,]+){0,2}?`)
		e = strings.ReplaceAll(e, " ~ ", `(?:[\s,]+[`+letters+`'-]+){0,3}?[\s,]+`)
		e = strings.ReplaceAll(e, " ", `[\s,]+`)
		spaced = append(spaced, strings.ReplaceAll(e, "*", `[`+letters+`]*`))
	}
	return turns{
		regexp.MustCompile(`(?:^|[^` + letters + `])([وف]?(?:` + strings.Join(spaced, "|") + `))(?:[^` + letters + `]|$)`),
		regexp.MustCompile(`(` + strings.Join(dense, "|") + `)`),
	}
}

// in returns the places of the turns in a folded text, as pairs of offsets.
func (t turns) in(s string) (places [][2]int) {
	for _, e := range []*regexp.Regexp{t.spaced, t.dense} {
		for _, m := range e.FindAllStringSubmatchIndex(s, -1) {
			places = append(places, [2]int{m[2], m[3]})
		}
	}
	return places
}
