package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// token is one searched word of a text: where it stands (bytes) and how it is
// compared. Pairs of signs overlap.
type token struct {
	from, to int
	text     string
}

// tokens takes a text apart into words, or, where a script puts no spaces
// between words, into pairs of neighbouring signs: Postgres has no word list
// for those, and a pair is seldom wrong.
func tokens(s string) []token {
	out := make([]token, 0, len(s)/6+1)
	from, dense := -1, false
	end := func(to int) {
		if from < 0 {
			return
		}
		if dense {
			out = appendPairs(out, s, from, to)
		} else if w := foldWord(s[from:to]); w != "" {
			out = append(out, token{from, to, w})
		}
		from = -1
	}
	for i, r := range s {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r):
			end(i)
		case from < 0:
			from, dense = i, isDense(r)
		case !unicode.IsMark(r) && isDense(r) != dense:
			end(i)
			from, dense = i, isDense(r)
		}
	}
	end(len(s))
	return out
}

// denseScripts are written without spaces between words.
var denseScripts = []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar}

func isDense(r rune) bool { return r >= 0x0e00 && unicode.In(r, denseScripts...) }

func appendPairs(out []token, s string, from, to int) []token {
	var at []int // where signs begin; marks belong to the sign before them
	for i, r := range s[from:to] {
		if i == 0 || !unicode.IsMark(r) {
			at = append(at, from+i)
		}
	}
	at = append(at, to)
	if len(at) == 2 {
		return append(out, token{from, to, foldWord(s[from:to])})
	}
	for i := 0; i+2 < len(at); i++ {
		out = append(out, token{at[i], at[i+2], foldWord(s[at[i]:at[i+2]])})
	}
	return out
}

// foldWord returns a word as it is compared: small letters without accents,
// Latin figures, the forms of Arabic letters that writers mix up as one, and no
// Arabic article.
func foldWord(w string) string {
	if isASCII(w) {
		return strings.ToLower(w)
	}
	var b strings.Builder
	for _, r := range norm.NFKD.String(strings.ToLower(w)) {
		switch {
		case unicode.IsMark(r) && !isDense(r), r == 'ـ':
			continue // accents, vowel signs, and the stroke that only stretches a word
		case !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r):
			continue // out of signs that stand for several words
		case r >= '٠' && r <= '٩':
			r += '0' - '٠'
		case r >= '۰' && r <= '۹':
			r += '0' - '۰'
		}
		if to, ok := sameLetter[r]; ok {
			b.WriteString(to)
		} else {
			b.WriteRune(r)
		}
	}
	return withoutArticle(norm.NFC.String(b.String()))
}

// sameLetter spells letters that have no accent to take off and are still typed
// in two ways.
var sameLetter = map[rune]string{
	'ı': "i", 'ß': "ss", 'ø': "o", 'ł': "l", 'đ': "d", 'æ': "ae", 'œ': "oe",
	'ٱ': "ا", 'ى': "ي", 'ة': "ه", 'ک': "ك", 'ی': "ي", 'ё': "е",
}

// articles are the Arabic article, alone and behind what is written onto it.
var articles = []string{"وال", "بال", "كال", "فال", "لل", "ال"}

// withoutArticle takes the article off an Arabic word of which enough is left.
func withoutArticle(w string) string {
	if r, _ := utf8.DecodeRuneInString(w); !unicode.Is(unicode.Arabic, r) {
		return w
	}
	for _, a := range articles {
		if rest, ok := strings.CutPrefix(w, a); ok && utf8.RuneCountInString(rest) >= 3 {
			return rest
		}
	}
	return w
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// folded is a text as its folded words, one space between any two.
func folded(s string) string {
	var b strings.Builder
	for i, t := range tokens(s) {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(t.text)
	}
	return b.String()
}
