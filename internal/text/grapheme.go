package text

import "unicode"

// Graphemes is how many characters a reader sees in s: a letter with its marks
// is one, an emoji with its skin, sign or family is one, a flag is one. It
// follows the extended grapheme clusters of Unicode annex 29 except for Hangul
// written in single jamo, where each jamo counts.
func Graphemes(s string) int {
	n, last, flags := 0, rune(-1), 0
	for _, r := range s {
		regional := r >= 0x1f1e6 && r <= 0x1f1ff
		switch {
		case last >= 0 && extends(r):
		case last == zwj && unicode.Is(unicode.So, r):
		case last == '\r' && r == '\n':
		case regional && flags%2 == 1:
		default:
			n++
		}
		if regional {
			flags++
		} else {
			flags = 0
		}
		last = r
	}
	return n
}

// extends reports whether r hangs on the character before it.
func extends(r rune) bool {
	return unicode.IsMark(r) || r == zwj || r == zwnj ||
		r >= 0x1f3fb && r <= 0x1f3ff || r >= firstTag && r <= cancelTag
}
