package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// persons finds names behind titles: "Dr Kaya", "Schwester Monika", "Ayşe
// Hanım", "د. سمير", "王医生". Names that may be said are let through.
func (x *leakSearch) persons() {
	for i, t := range x.toks {
		if t.kind != aWord {
			continue
		}
		monsieur := x.is(i, "m") && x.capital(t) && x.is(i+1, ".") && (i == 0 || x.toks[i-1].to < t.from && x.toks[i-1].kind != aNumber)
		if monsieur || t.lex.bits&(saysTitle|saysShortTitle) != 0 {
			x.nameAfter(i)
		} else if t.lex.bits&saysTitleAfter != 0 {
			x.nameBefore(i)
		}
	}
	x.hyphenTitles()
}

// hyphenTitles finds names behind "д-р", which is three tokens.
func (x *leakSearch) hyphenTitles() {
	for i := 0; i+3 < len(x.toks); i++ {
		if x.is(i, "д") && x.is(i+1, "-") && x.is(i+2, "р") {
			x.nameAfter(i + 2)
		}
	}
}

// nameAfter notes the name behind the title at token i.
func (x *leakSearch) nameAfter(i int) {
	title := x.toks[i]
	// MR, MS and DR in capitals are a scan, an illness, a country.
	if w := x.original(title); len(w) == 2 && w[1] >= 'A' && w[1] <= 'Z' && w[0] >= 'A' && w[0] <= 'Z' && (x.is(i, "mr") || x.is(i, "ms")) {
		return
	}
	short := title.lex.bits&saysShortTitle != 0 || x.is(i, "р") || x.is(i, "m")
	j := i + 1
	for ; j < len(x.toks) && j < i+10; j++ {
		t := x.toks[j]
		degree := t.kind == aWord && t.lex.bits&(saysDegree|saysTitle|saysShortTitle) != 0
		if x.is(j, ".") && t.from == x.toks[j-1].to && (short || j > i+1) || degree && t.from-x.toks[j-1].to <= 1 {
			short = short || degree
			continue
		}
		break
	}
	if j >= len(x.toks) || j == i+10 {
		return
	}
	first := j
	for j < len(x.toks) && j < first+3 && x.toks[j].from-x.toks[j-1].to <= 1 && x.nameWord(j, j == first, short) {
		j++
		if j < len(x.toks) && (x.is(j, "-") || x.is(j, "'")) && x.toks[j].from == x.toks[j-1].to && j+1 < len(x.toks) && x.toks[j+1].from == x.toks[j].to {
			j++
		}
	}
	for j > first && x.toks[j-1].kind == aSign {
		j--
	}
	if j > first && !x.allowed(first, j) {
		x.add(LeakPerson, Mask, x.toks[i].from, x.toks[j-1].to)
	}
}

// noName are words that follow a title and are no name.
var noName = func() map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(`
		however but so when after this that there my we you our before in on at as if no yes also all both a an
		i he she they it is and or who said told was the then for from not with practitioner station office hospital clinic google internet doolittle who
		klinik oberarzt chefarzt und oder ist war hat der die das ich sie er wir aus vom beim praxis termin sprach meinte
		et est qui dit de du le la en je il elle nous y el la que me su un una dijo
		ve ile bey hanim cok bana beni bir hastanesi klinigi i tedavi genel
		и в на с не мне нам сказал сказала был была что который которая по из по-русски я он она они`) {
		m[foldString(w)] = true
	}
	return m
}()

// nameWord reports whether token j can be a word of a name. In Arabic, which
// has no capitals, what follows a title in full ("the doctor answered") has to be
// a name that is known; after "د." every word counts that is not known as another.
func (x *leakSearch) nameWord(j int, first, short bool) bool {
	t := x.toks[j]
	w := x.text(t)
	r, size := utf8.DecodeRuneInString(w)
	switch {
	case t.kind != aWord || noName[w] || isHan(r):
		return false
	case unicode.Is(unicode.Arabic, r):
		if utf8.RuneCountInString(w) < 3 {
			return false
		}
		return arabicNames[w] || first && short && t.lex.bits == 0
	case !unicode.IsLetter(r) || !x.capital(t):
		return false
	}
	original := x.original(t)
	if size == len(w) {
		return first && (strings.HasPrefix(x.s[t.to:], ".") || r != 'a' && r != 'i')
	}
	// Words all in capitals are abbreviations, unless the text shouts.
	return strings.ToUpper(original) != original || utf8.RuneCountInString(original) > 4
}

// nameBefore notes the name before "Bey", "Hanım", "医生" at token i.
func (x *leakSearch) nameBefore(i int) {
	if i == 0 {
		return
	}
	if x.hanAt(x.toks[i].from) {
		x.chineseName(i)
		return
	}
	t := x.toks[i-1]
	if x.capital(t) && x.capital(x.toks[i]) && x.toks[i].from-t.to == 1 && x.nameWord(i-1, true, false) && t.lex.bits&(saysTitle|saysDegree) == 0 && !x.allowed(i-1, i) {
		x.add(LeakPerson, Mask, t.from, x.toks[i].to)
	}
}

// chineseName notes the surname, and the one or two characters of the name given
// with it, before the title at token i. A longer name has to begin where a word
// can begin, since every surname is an ordinary character too.
func (x *leakSearch) chineseName(i int) {
	for j := i - 1; j >= 0 && j >= i-3 && x.toks[j].to == x.toks[j+1].from; j-- {
		w := x.text(x.toks[j])
		if len(w) != 3 || !strings.Contains(surnames, w) {
			continue
		}
		before := ""
		if j > 0 && x.toks[j-1].to == x.toks[j].from && x.hanAt(x.toks[j-1].from) {
			before = x.text(x.toks[j-1])
		}
		pair := x.s[x.toks[j].from:x.toks[j+1].to]
		if j == i-1 && strings.Contains(noSurname, " "+before+w+" ") || j < i-1 && (strings.Contains(noSurname, " "+pair+" ") || !strings.Contains(beforeNames, before)) {
			continue
		}
		if !x.allowed(j, i) {
			x.add(LeakPerson, Mask, x.toks[j].from, x.toks[i].to)
		}
		return
	}
}

// allowed reports whether the words of a name, tokens from to before end, stand
// in one of the names that may be said. Endings of grammar may differ.
func (x *leakSearch) allowed(from, end int) bool {
	for _, name := range x.c.Allowed {
		words := nameWords(name)
		all := len(words) > 0
		for j := from; j < end && all; j++ {
			t := x.toks[j]
			if t.kind != aWord || t.to-t.from < 2 {
				continue
			}
			in := false
			for _, w := range words {
				in = in || inflected(x.text(t), w) || isHan(firstRune(w)) && strings.Contains(w, x.text(t))
			}
			all = in || j > from && !x.capital(t)
		}
		if all {
			return true
		}
	}
	return false
}

func firstRune(s string) rune { r, _ := utf8.DecodeRuneInString(s); return r }

// inflected reports whether w is name, or name with an ending of at most three letters.
func inflected(w, name string) bool {
	if w == name {
		return true
	}
	if utf8.RuneCountInString(name) < 4 {
		return false
	}
	stem := strings.TrimRight(name, "аяйьaeiou")
	rest, ok := strings.CutPrefix(w, stem)
	return ok && len(stem) >= 3 && utf8.RuneCountInString(rest) <= 3
}

// nameWords are the folded words of a name.
func nameWords(name string) []string {
	return strings.FieldsFunc(foldString(head(name, 200)), func(r rune) bool { return !unicode.IsLetter(r) })
}
