package text

import (
	"unicode"
	"unicode/utf8"
)

// latinLookalikes are letters of other alphabets that are taken for Latin ones.
// Greek letters that science sets beside Latin words (α, β, μ …) are not here.
var latinLookalikes = map[rune]rune{
	'а': 'a', 'е': 'e', 'о': 'o', 'р': 'p', 'с': 'c', 'у': 'y', 'х': 'x', 'і': 'i', 'ѕ': 's', 'ј': 'j', 'ԁ': 'd', 'һ': 'h', 'к': 'k', 'ո': 'n', 'ԛ': 'q', 'ԝ': 'w', 'ѵ': 'v',
	'А': 'A', 'В': 'B', 'Е': 'E', 'К': 'K', 'М': 'M', 'Н': 'H', 'О': 'O', 'Р': 'P', 'С': 'C', 'Т': 'T', 'Х': 'X', 'І': 'I', 'Ѕ': 'S', 'Ј': 'J', 'У': 'Y',
	'ο': 'o', 'ν': 'v', 'ρ': 'p', 'ι': 'i', 'υ': 'u', 'Α': 'A', 'Β': 'B', 'Ε': 'E', 'Ζ': 'Z', 'Η': 'H', 'Ι': 'I', 'Κ': 'K', 'Μ': 'M', 'Ν': 'N', 'Ο': 'O', 'Ρ': 'P', 'Τ': 'T', 'Χ': 'X',
	'ɡ': 'g', 'ɑ': 'a', 'ⅼ': 'l', 'օ': 'o',
}

// shortestDisguise is from how many letters on a mix of alphabets is no
// abbreviation; longestEnding how long the ending of a language may be that is
// set on a foreign word ("в WhatsAppе").
const (
	shortestDisguise = 4
	longestEnding    = 3
)

func wordRune(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
	}
	return unicode.IsLetter(r) && !isHan(r) || unicode.IsMark(r) || hidden(r) || r == zwj || r == zwnj
}

// disguise returns where the word at the start of s ends, and whether it mixes
// Latin letters with letters that are taken for them.
func disguise(s string) (end int, mixed bool) {
	latin, alike, other, tail := 0, 0, 0, 0
	end = len(s)
	for i, r := range s {
		if !wordRune(r) {
			end = i
			break
		}
		if r < utf8.RuneSelf {
			latin++
			tail = 0
			continue
		}
		_, isAlike := latinLookalikes[r]
		switch {
		case isAlike:
			alike++
			tail++
		case r < 0x250 || unicode.Is(unicode.Latin, r):
			latin++
			tail = 0
		case unicode.IsLetter(r):
			other++
			tail++
		}
	}
	if latin == 0 || alike == 0 || other > 0 || latin+alike < shortestDisguise {
		return end, false
	}
	return end, alike > tail || tail > longestEnding
}

// hidden finds characters that cannot be seen and words disguised with letters
// of another alphabet.
func (x *leakSearch) hidden() {
	last := rune(-1)
	for i, r := range x.src {
		if r < utf8.RuneSelf {
			last = r
			continue
		}
		bad := hidden(r)
		if r == zwj || r == zwnj {
			next, _ := utf8.DecodeRuneInString(x.src[i+3:])
			bad = !joins(last, r, next) || wordless(last) && wordless(next)
		}
		if bad {
			x.found = append(x.found, Leak{LeakHidden, Block, i, i + utf8.RuneLen(r)})
		}
		last = r
	}
	for _, m := range x.mixed {
		x.found = append(x.found, Leak{LeakHidden, Block, m[0], m[1]})
	}
}

// wordless reports letters of alphabets in which a joiner means nothing.
func wordless(r rune) bool {
	return unicode.In(r, unicode.Latin, unicode.Cyrillic, unicode.Greek, unicode.Han)
}
