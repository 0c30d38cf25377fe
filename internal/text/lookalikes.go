package text

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// lookalikes maps small letters and figures to the one they are taken for. It
// covers what can be typed in the languages of the site; it is drawn up by the
// idea of Unicode technical standard 39, stricter for i, l and 1, and follows no
// other table.
var lookalikes = func() map[rune]rune {
	m := map[rune]rune{}
	for _, set := range []string{
		// The first letter of each set is what the others become.
		"aаαɑ", "bьвβƅ", "cсϲ", "dԁɗ", "eеєεҽ", "gɡց", "hһհн", "jјϳ", "kкκқ", "li1ıіιӏǀ", "mм", "nոпη", "o0оοσөօ",
		"pрρþ", "qԛգ", "rгɾ", "sѕʂ", "tтτ", "uυս", "vνѵ", "wԝωѡ", "xхχ×", "yуγүყ", "zʐ", "3зэ", "fƒ", "фφ",
		"اأإآٱ", "يىئی", "وؤ", "كک", "هةەہ",
	} {
		letters := []rune(set)
		for _, r := range letters[1:] {
			m[r] = letters[0]
		}
	}
	return m
}()

var fold = cases.Fold()

// Skeleton returns what is left of a name for the eye: no case, no marks, no
// spaces or hyphens, lookalikes of Latin, Cyrillic and Greek as one letter.
// Names with equal skeletons are too alike to be told apart. It is a key, never
// shown.
func Skeleton(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(fold.String(norm.NFKC.String(s))) {
		if d := figure(r); d >= 0 {
			r = '0' + rune(d)
		}
		if to, ok := lookalikes[r]; ok {
			r = to
		}
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(r)
		}
	}
	return strings.NewReplacer("rn", "m", "vv", "w").Replace(b.String())
}

// figure returns the value of a decimal figure of any script, else -1. Blocks
// of figures begin at a multiple of 16, or six after one.
func figure(r rune) int {
	switch {
	case !unicode.IsDigit(r):
		return -1
	case unicode.IsDigit(r&^15) || r < 0x80:
		return int(r & 15)
	}
	return int(r&15) - 6
}
