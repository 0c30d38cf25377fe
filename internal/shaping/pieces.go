package shaping

import (
	"strconv"
	"strings"
	"time"

	"caravan/internal/money"
	"caravan/internal/wording"
)

// How values, changes and moments are put into words and pieces for pages.

// pieces are a value, or what became of it: texts word by word, everything else
// as a whole.
func pieces(lang string, s Spec, old, now Value) []Piece {
	switch {
	case old.Equal(now) || old.None() && now.None():
		return []Piece{{Text: s.Print(lang, now)}}
	case old.Kind == Text && now.Kind == Text:
		return wordPieces(old.Text, now.Text)
	}
	return []Piece{{Text: s.Print(lang, old), Del: true}, {Text: s.Print(lang, now), Ins: true}}
}

// wordPieces is a text with what was taken out and put in.
func wordPieces(old, now string) (out []Piece) {
	words, at := tokens(old), 0
	plain := func(to int) {
		if to > at {
			out = append(out, Piece{Text: strings.Join(words[at:to], "")})
		}
		at = to
	}
	for _, h := range Words(old, now) {
		plain(h.From)
		if h.Old != "" {
			out = append(out, Piece{Text: h.Old, Del: true})
		}
		if h.New != "" {
			out = append(out, Piece{Text: h.New, Ins: true})
		}
		at = h.To
	}
	plain(len(words))
	return out
}

// one is a value without what it was before.
func one(lang string, s Spec, v Value) []Piece { return []Piece{{Text: s.Print(lang, v)}} }

// long reports whether a value is running text.
func long(v Value) bool { return v.Kind == Text && len(v.Text) > 48 }

// nameOf is what a line is called in lang; in says which language that is where
// the proposer named it.
func nameOf(lang string, it Item, of string) (name, in string) {
	if it.Name != "" && !ofCatalogue(it.Key) {
		return it.Name, of
	}
	return it.Spec().Name(lang), ""
}

// ofCatalogue reports whether an item is of the catalogue.
func ofCatalogue(key string) bool {
	_, ok := SpecOf(key)
	return ok
}

// langOf is the language of a value that people wrote themselves.
func langOf(v Value, of string) string {
	if v.Kind == Text || v.Kind == Person || v.Kind == Document {
		return of
	}
	return ""
}

// deltaWords is what a change costs: "+EUR 180".
func deltaWords(lang string, minor int64, currency string) string {
	switch {
	case minor == 0:
		return wording.Text(lang, "shaping.read_delta_none")
	case minor < 0:
		return wording.Text(lang, "shaping.read_delta_less", "amount", money.Amount{Minor: -minor, Currency: currency}.Format(lang))
	}
	return wording.Text(lang, "shaping.read_delta_more", "amount", money.Amount{Minor: minor, Currency: currency}.Format(lang))
}

// leftWords is how much time is left of a phase: days, in the last day hours.
func leftWords(lang string, until, now time.Time) string {
	left := until.Sub(now)
	switch {
	case left <= 0:
		return wording.Text(lang, "shaping.read_ends_now")
	case left < 24*time.Hour:
		return wording.Text(lang, "shaping.read_hours_left", "count", max(1, int(left.Hours())))
	}
	return wording.Text(lang, "shaping.read_days_left", "count", int(left.Hours()/24))
}

// closesWords is when a phase ends by the package's own clock.
func closesWords(lang string, at time.Time, zone string) string {
	loc, err := Zone(zone)
	if err != nil {
		loc = time.UTC
	}
	local := at.In(loc)
	wall := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC)
	return wording.Text(lang, "shaping.read_closes", "day", wording.Day(lang, wall), "time", local.Format("15:04"), "zone", zoneName(loc))
}

// zoneName is the part of a zone's name that people know.
func zoneName(loc *time.Location) string {
	name := loc.String()
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		name = name[i+1:]
	}
	return strings.ReplaceAll(name, "_", " ")
}

// tookWords is how many people took part, as coarse as it may be told.
func tookWords(lang string, s Shown) string {
	switch {
	case s.Exact && s.Participants == 0:
		return wording.Text(lang, "shaping.read_took_none")
	case s.Exact:
		return wording.Text(lang, "shaping.read_took_exact", "count", s.Participants)
	case s.Participants == 0:
		return wording.Text(lang, "shaping.read_took_few")
	}
	return wording.Text(lang, "shaping.read_took", "count", s.Participants)
}

// hashWords is the beginning of a fingerprint, in groups that can be compared by
// eye.
func hashWords(sum []byte) string {
	const hex = "0123456789abcdef"
	var b strings.Builder
	for i, c := range sum[:min(6, len(sum))] {
		if i > 0 && i%2 == 0 {
			b.WriteByte(' ')
		}
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	}
	return b.String()
}

// anchorOf is the place of a line on its page.
func anchorOf(key string) string { return "i-" + strings.ReplaceAll(key, ".", "-") }

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// packagePath is the address of a package, without a language's prefix.
func packagePath(slug string) string { return "/packages/" + slug }
