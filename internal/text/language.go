package text

import (
	"unicode"

	"github.com/abadojack/whatlanggo"
)

// Languages are those a text can be found to be in, as two-letter codes: the
// eight the site is meant to speak.
var Languages = []string{"en", "ar", "de", "fr", "es", "tr", "ru", "zh"}

var detectable = whatlanggo.Options{Whitelist: map[whatlanggo.Lang]bool{
	whatlanggo.Eng: true, whatlanggo.Arb: true, whatlanggo.Deu: true, whatlanggo.Fra: true,
	whatlanggo.Spa: true, whatlanggo.Tur: true, whatlanggo.Rus: true, whatlanggo.Cmn: true,
}}

// sureLength is from how many letters on a guess between languages of one
// script is believed against the author's own language; measured on short
// questions, of which half a line is too little for trigrams.
const sureLength = 40

// readAtMost is how much of a text is looked at, in characters.
const readAtMost = 250

// Language returns the language of a text, one of Languages, or "" for a text
// in another script or without letters. Where the letters leave a doubt the
// language of its author decides, if it is written with the same letters.
// Detection is by short words and, where these say too little, by trigrams: Persian reads as Arabic, Italian as Spanish.
func Language(src, author string) string {
	plain := head(src, readAtMost)
	script := scriptOf(plain)
	switch script {
	case unicode.Arabic:
		return "ar"
	case unicode.Han:
		return "zh"
	case unicode.Cyrillic:
		return "ru"
	case unicode.Latin:
	default:
		return ""
	}
	letters := 0
	for _, r := range plain {
		if unicode.IsLetter(r) {
			letters++
		}
	}
	if letters >= sureLength {
		if lang := toldByWords(plain); lang != "" {
			return lang
		}
	}
	info := whatlanggo.DetectWithOptions(plain, detectable)
	guess := info.Lang.Iso6391()
	if latin(author) && (guess == "" || letters < sureLength && !info.IsReliable()) {
		return author
	}
	return guess
}

func latin(lang string) bool {
	switch lang {
	case "en", "de", "fr", "es", "tr":
		return true
	}
	return false
}

// scriptOf returns the script most letters of s are in; kana count as a script
// of their own, since Japanese is mostly Han.
func scriptOf(s string) (most *unicode.RangeTable) {
	tables := []*unicode.RangeTable{unicode.Latin, unicode.Arabic, unicode.Cyrillic, unicode.Han, unicode.Hiragana, unicode.Katakana}
	counts := make([]int, len(tables))
	best := 0
	for _, r := range s {
		if !unicode.IsLetter(r) {
			continue
		}
		for i, t := range tables {
			if r < unicode.MaxASCII || unicode.Is(t, r) { // the first one has all letters of ASCII
				counts[i]++
				// Han and kana: a line of Japanese has enough kana to show it.
				if weight := counts[i] * scriptWeight(t); weight > best {
					best, most = weight, t
				}
				break
			}
		}
	}
	return most
}

func scriptWeight(t *unicode.RangeTable) int {
	if t == unicode.Hiragana || t == unicode.Katakana {
		return 3
	}
	return 1
}
