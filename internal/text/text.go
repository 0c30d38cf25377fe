// Package text is what the site does with the words of people: it cleans them,
// measures them, turns Markdown into safe HTML, and finds handles, slugs and
// the language in them. It knows no database and no page.
//
//	text.go        Clean and Length: the form in which every text is kept
//	grapheme.go    what a reader counts as one character
//	markdown.go    Markdown to HTML that may stand in a page; outline.go bounds its shape
//	excerpt.go     Plain, Excerpt, Links
//	slug.go        the readable end of an address
//	handle.go      pseudonyms; lookalikes.go compares them, names.go suggests some
//	language.go    which language a text is in, by its words (language_words.go)
//	leak.go        what a text would give away, and its masking; leak_check.go refuses it in a form;
//	               leak_*.go one detector each, and the words that they know
//	guard.go       answers of clinics that would confirm or deny that somebody was treated; guard_words.go
//	               the turns of speech
package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"caravan/internal/errs"
)

// MaxMarks is how many combining marks may stand on one base character; more
// are dropped. Living scripts use up to four; the rest paints over its
// neighbours.
const MaxMarks = 8

// Clean returns s in the form in which texts are kept and compared: NFC, line
// ends as LF, outer white space trimmed, direction controls and zero-width
// characters removed (joiners stay inside words and inside emoji, where they
// carry meaning), at most MaxMarks marks on a character. Cleaning twice
// changes nothing. Text that is not UTF-8 is Malformed, a NUL is Invalid.
func Clean(s string) (string, error) {
	if !utf8.ValidString(s) {
		return "", errs.New(errs.Malformed, "common.not_text")
	}
	if strings.IndexByte(s, 0) >= 0 {
		return "", errs.New(errs.Invalid, "text.nul")
	}
	if strings.IndexByte(s, '\r') >= 0 {
		s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	}
	if !isASCII(s) {
		// Marks are capped before NFC too, because normalising a run of more
		// than 30 would insert a joiner into it, and after, because NFC writes
		// a few marks as two.
		s = capMarks(norm.NFC.String(capMarks(visible(s))))
	}
	return strings.TrimSpace(s), nil
}

// Length is how long a text is in characters (code points), the measure of
// every limit.
func Length(s string) int { return utf8.RuneCountInString(s) }

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

const (
	zwnj        = '\u200c'
	zwj         = '\u200d'
	blackFlag   = '\U0001f3f4' // begins the flags of England, Scotland, Wales
	firstTag    = '\U000e0020'
	cancelTag   = '\U000e007f'
	leftRight   = '↔' // a mathematical sign that emoji join to
	longestFlag = 8   // black flag, at most six tags, cancel tag
)

// visible drops the characters that cannot be seen and change how others are
// seen.
func visible(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	last, flag := rune(-1), 0
	for i, r := range s {
		keep := true
		switch {
		case r == zwj || r == zwnj:
			next, size := utf8.DecodeRuneInString(s[i+utf8.RuneLen(r):])
			keep = size > 0 && joins(last, r, next)
		case r >= firstTag && r <= cancelTag:
			keep = flag > 0
		default:
			keep = !hidden(r)
		}
		if !keep {
			continue
		}
		flag--
		if r == blackFlag {
			flag = longestFlag - 1
		} else if r == cancelTag {
			flag = 0
		}
		b.WriteRune(r)
		last = r
	}
	return b.String()
}

// hidden reports direction controls, zero-width and invisible characters. The
// joiners and the tags of flags are judged by their neighbours elsewhere.
func hidden(r rune) bool {
	switch {
	case r == 0x00ad, r == 0x034f, r == 0x061c, r == 0x180e, r == 0xfeff, r == 0xe0001,
		r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2060 && r <= 0x206f:
		return true
	}
	return false
}

// joins reports whether joiner j means something between last and next: inside
// a word, or, for ZWJ, inside an emoji.
func joins(last, j, next rune) bool {
	if inWord(last) && inWord(next) {
		return true
	}
	return j == zwj && inEmoji(last) && (unicode.Is(unicode.So, next) || next == leftRight)
}

func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsMark(r) }

func inEmoji(r rune) bool {
	return unicode.Is(unicode.So, r) || unicode.Is(unicode.Sk, r) || r == '\ufe0f' || r == leftRight
}

// capMarks keeps the first MaxMarks of every run of combining marks. Joiners do
// not end a run.
func capMarks(s string) string {
	var b strings.Builder
	run, from := 0, 0 // from: start of what is not yet written
	for i, r := range s {
		switch {
		case unicode.IsMark(r):
			run++
		case r != zwj && r != zwnj:
			run = 0
		}
		if run <= MaxMarks {
			continue
		}
		if unicode.IsMark(r) || r == zwj || r == zwnj {
			b.WriteString(s[from:i])
			from = i + utf8.RuneLen(r)
		}
	}
	if from == 0 {
		return s
	}
	b.WriteString(s[from:])
	return b.String()
}
