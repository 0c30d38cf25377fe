package text

import (
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// folded is a text as the detectors read it: small letters without marks,
// figures of every script as 0-9, wide and styled letters as plain ones, nothing
// invisible; with the way back to the text as written.
type folded struct {
	src   string
	s     string
	at    []int32  // for each byte of s, where its character begins in src
	mixed [][2]int // words of src that mix letters of two alphabets that look alike
	toks  []token
}

// token is a run of letters, a run of figures, or one other character.
type token struct {
	from, to int // in folded.s
	kind     byte
	lex      lex
}

const (
	aWord   byte = 'w'
	aNumber byte = 'n'
	aSign   byte = 's'
)

func newFolded(src string) *folded {
	f := &folded{src: src, at: make([]int32, 0, len(src)+1)}
	s := make([]byte, 0, len(src))
	disguised := 0 // up to where letters stand for their lookalikes
	inWord := false
	for i, r := range src {
		if letter := wordRune(r); letter && !inWord {
			if end, mixed := disguise(src[i:]); mixed {
				disguised = i + end
				f.mixed = append(f.mixed, [2]int{i, disguised})
			}
			inWord = true
		} else if !letter {
			inWord = false
		}
		if i < disguised {
			if to, ok := latinLookalikes[r]; ok {
				r = to
			}
		}
		if r < utf8.RuneSelf {
			if 'A' <= r && r <= 'Z' {
				r += 'a' - 'A'
			}
			s = append(s, byte(r))
			f.at = append(f.at, int32(i))
			continue
		}
		t := foldRune(r)
		s = append(s, t...)
		for range len(t) {
			f.at = append(f.at, int32(i))
		}
	}
	f.s = string(s)
	f.tokenize()
	return f
}

// source turns folded offsets into offsets of the text as written.
func (f *folded) source(from, to int) (start, end int) {
	start, end = int(f.at[from]), len(f.src)
	if to < len(f.at) {
		end = int(f.at[to])
		if to > 0 && f.at[to-1] == f.at[to] { // inside of what one character became
			_, size := utf8.DecodeRuneInString(f.src[end:])
			end += size
		}
	}
	// What was dropped as invisible belongs to no leak at its end.
	for end > start {
		r, size := utf8.DecodeLastRuneInString(f.src[start:end])
		if !hidden(r) && r != zwj && r != zwnj {
			break
		}
		end -= size
	}
	return start, end
}

// original is the text as written of a token.
func (f *folded) original(t token) string {
	start, end := f.source(t.from, t.to)
	return f.src[start:end]
}

// capital reports whether a token begins with a capital letter.
func (f *folded) capital(t token) bool {
	r, _ := utf8.DecodeRuneInString(f.src[f.at[t.from]:])
	return unicode.IsUpper(r) || unicode.IsTitle(r)
}

func (f *folded) text(t token) string { return f.s[t.from:t.to] }

func (f *folded) is(i int, s string) bool {
	return i >= 0 && i < len(f.toks) && f.text(f.toks[i]) == s
}

// tokenBefore is the index of the last token that ends at or before offset p.
func (f *folded) tokenBefore(p int) int {
	return sort.Search(len(f.toks), func(i int) bool { return f.toks[i].to > p }) - 1
}

// tokenAt is the index of the first token that begins at or after offset p.
func (f *folded) tokenAt(p int) int {
	return sort.Search(len(f.toks), func(i int) bool { return f.toks[i].from >= p })
}

func (f *folded) tokenize() {
	f.toks = make([]token, 0, len(f.s)/4)
	for i := 0; i < len(f.s); {
		r, size := utf8.DecodeRuneInString(f.s[i:])
		switch {
		case r == ' ' || r == '\n' || r == '\t':
			i += size
		case '0' <= r && r <= '9':
			j := i + 1
			for j < len(f.s) && '0' <= f.s[j] && f.s[j] <= '9' {
				j++
			}
			f.toks = append(f.toks, token{from: i, to: j, kind: aNumber})
			i = j
		case isHan(r):
			n, l := hanWord(f.s[i:])
			f.toks = append(f.toks, token{from: i, to: i + n, kind: aWord, lex: l})
			i += n
		case unicode.IsLetter(r):
			j := i + size
			for j < len(f.s) {
				r, size := utf8.DecodeRuneInString(f.s[j:])
				if !unicode.IsLetter(r) && !unicode.IsMark(r) || isHan(r) {
					break
				}
				j += size
			}
			f.toks = append(f.toks, token{from: i, to: j, kind: aWord, lex: meaning(f.s[i:j])})
			i = j
		default:
			f.toks = append(f.toks, token{from: i, to: i + size, kind: aSign, lex: signs[r]})
			i += size
		}
	}
}

func isHan(r rune) bool { return r >= 0x3007 && unicode.Is(unicode.Han, r) }

// foldTable keeps what letters of Latin, Greek, Cyrillic and Arabic become.
var foldTable = func() (t [0x700]string) {
	for r := range rune(len(t)) {
		t[r] = foldSlowly(r)
	}
	return t
}()

func foldRune(r rune) string {
	switch {
	case int(r) < len(foldTable):
		return foldTable[r]
	case r >= 0x4e00 && r <= 0x9fff:
		return string(r)
	}
	return foldSlowly(r)
}

// foldedLetters are letters whose plain form their decomposition does not give.
var foldedLetters = map[rune]string{
	'ı': "i", 'ß': "ss", 'ẞ': "ss", 'ø': "o", 'Ø': "o", 'ł': "l", 'Ł': "l", 'đ': "d", 'Đ': "d", 'æ': "ae", 'Æ': "ae", 'œ': "oe", 'Œ': "oe", 'ə': "e", 'Ə': "e",
	'ى': "ي", 'ی': "ي", 'ة': "ه", 'ک': "ك", 'ہ': "ه", 'ـ': "", '’': "'", '‘': "'", '´': "'", '،': ",", '؛': ";", '؟': "?", '٫': ".", '٬': ",", '·': ".", '•': ".", '㊀': "一",
}

func foldSlowly(r rune) string {
	if t, ok := foldedLetters[r]; ok {
		return t
	}
	switch {
	case hidden(r), r == zwj, r == zwnj, unicode.IsMark(r):
		return ""
	case r == '\n' || r == '\t' || r == ' ':
		return string(r)
	case unicode.IsSpace(r):
		return " "
	case unicode.Is(unicode.Pd, r) || r == '−':
		return "-"
	}
	if d := figure(r); d >= 0 {
		return string('0' + rune(d))
	}
	if unicode.Is(unicode.No, r) && !unicode.Is(unicode.So, r) {
		if t := norm.NFKC.String(string(r)); r < 0x2460 || strings.Trim(t, "0123456789") != "" {
			return string(r) // powers and fractions are no figures of a number
		}
	}
	var b strings.Builder
	for _, d := range norm.NFKD.String(string(r)) {
		if !unicode.IsMark(d) {
			b.WriteRune(unicode.ToLower(d))
		}
	}
	return b.String()
}

// foldString folds a word or sentence of our own lists the way texts are folded.
func foldString(s string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteString(foldRune(r))
	}
	return b.String()
}
