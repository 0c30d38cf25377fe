package text

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// MaxSlug is how long a slug may be, in bytes.
const MaxSlug = 80

// noWord is the slug of a text without a letter that we can spell in Latin.
const noWord = "q"

// spelling is how letters are written in addresses where taking off their marks
// is not enough.
var spelling = spell(
	"ı i ß ss ø o æ ae œ oe đ d ð d ł l þ th ħ h ŋ n ə e ª a º o",
	"а a б b в v г g д d е e ё yo ж zh з z и i й y к k л l м m н n о o п p р r с s т t у u ф f х kh ц ts ч ch ш sh щ shch ъ  ы y ь  э e ю yu я ya",
	"і i ї i є ie ґ g ў u ј j љ lj њ nj ћ c ђ dj џ dz қ k ғ g ң n ө o ү u ұ u һ h ә a",
	"α a β v γ g δ d ε e ζ z η i θ th ι i κ k λ l μ m ν n ξ x ο o π p ρ r σ s ς s τ t υ y φ f χ ch ψ ps ω o",
)

// spell reads lines of "letter spelling" pairs, one space between any two
// words; an empty spelling is two spaces.
func spell(lines ...string) map[rune]string {
	m := map[rune]string{}
	for _, line := range lines {
		words := strings.Split(line, " ")
		for i := 0; i+1 < len(words); i += 2 {
			m[[]rune(words[i])[0]] = words[i+1]
		}
	}
	return m
}

// Slug returns the readable end of an address for s: small Latin letters,
// figures and single hyphens, at most MaxSlug bytes, cut between words. Turkish,
// Spanish, French and German letters lose their marks, Cyrillic and Greek are
// spelled in Latin; a text in another script gives "q", which is enough, since
// the number before the slug finds the page.
func Slug(s string) string {
	var b strings.Builder
	gap := false
	put := func(t string) {
		if t == "" {
			return
		}
		if gap && b.Len() > 0 {
			b.WriteByte('-')
		}
		gap = false
		b.WriteString(t)
	}
	// Four characters of source give at least a byte often enough, and a
	// hostile megabyte is not worth spelling.
	for _, r := range norm.NFKC.String(head(s, 4*MaxSlug)) {
		r = unicode.ToLower(r)
		switch t, known := spelling[r]; {
		case known:
			put(t)
		case r == '\'' || r == '’' || unicode.IsMark(r):
		default:
			if base := baseLetter(r); base != 0 {
				put(string(base))
			} else if t, known := spelling[firstOf(r)]; known {
				put(t)
			} else {
				gap = true
			}
		}
	}
	return cutSlug(b.String())
}

// baseLetter returns the a-z or 0-9 that r is without its marks, else 0.
func baseLetter(r rune) rune {
	f := unicode.ToLower(firstOf(r))
	if f >= 'a' && f <= 'z' || f >= '0' && f <= '9' {
		return f
	}
	return 0
}

// firstOf returns the first character r is made of.
func firstOf(r rune) rune {
	for _, f := range norm.NFKD.String(string(r)) {
		return f
	}
	return r
}

func cutSlug(s string) string {
	if len(s) > MaxSlug {
		s = s[:MaxSlug+1]
		if i := strings.LastIndexByte(s, '-'); i > 0 {
			s = s[:i]
		} else {
			s = s[:MaxSlug]
		}
	}
	if s == "" {
		return noWord
	}
	return s
}
