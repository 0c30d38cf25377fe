package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Lengths from which words of the writer's own names are looked for.
const (
	shortestOwn  = 3 // written exactly so, with a capital
	shortestNear = 4 // with one letter wrong
	surelyOwn    = 6 // whatever its first letter and its case
)

// notOwn are words of addresses and names that say nothing about their owner.
var notOwn = wordSet(`info mail email hello contact office admin team support account user test patient clinic hospital reception booking staff doctor dental demo
	travel traveller traveler trip tourist health healthy medical medicine nurse dentist surgery surgeon teeth tooth smile implant implants hair crown veneer
	treated treatment newcomer facilitator moderator visitor member guest reader writer companion manager owner service help care
	patients clinics hospitals happy lucky love life home family mama mami mum mom dad papa baby girl lady man boy
	bin ibn abu van von der den the and del las los`)

// namesThatAreWords are names of which a small first letter makes a word.
var namesThatAreWords = wordSet(`mark rose hope grace faith will jean bill rich drew dawn june april pearl ruby frank grant chase jack dale glen hazel
	olive violet iris lily daisy heather robin jasmine summer autumn angel sunny destiny harmony melody sky art max sage
	klein lange gross gut kurz stein berg wolf engel sommer winter vogel fuchs roman
	rosa luz paz mar sol cruz angel pilar dolores consuelo soledad mercedes reyes blanco rubio delgado calvo fuerte bueno
	umut deniz bulut yagmur gunes toprak ozan savas baris sevgi gul can nur derya irmak ilkay aydin kara altin temiz demir
	blanc petit grand leger doux aime fleur marine claire celeste colombe
	вера надежда любовь роман слава`)

// umlauts are how German letters are written where keyboards lack them.
var umlauts = strings.NewReplacer("ae", "a", "oe", "o", "ue", "u")

// ownWords are the words of the writer's names that give the writer away. A name
// made of the words that Suggest draws from is a pseudonym, not a name.
func ownWords(names []string) (words []string, whole []string) {
	seen := map[string]bool{}
	for _, name := range names {
		parts := nameWords(name)
		if suggested(parts) {
			continue
		}
		var said []string
		telling := false
		for _, w := range parts {
			n := utf8.RuneCountInString(w)
			if isHan(firstRune(w)) {
				if n >= 2 {
					whole = append(whole, w)
				}
				continue
			}
			if n >= shortestOwn && !notOwn[w] && !seen[w] {
				seen[w] = true
				words = append(words, w)
			}
			said = append(said, w)
			telling = telling || !notOwn[w]
		}
		if len(said) > 1 && telling {
			whole = append(whole, strings.Join(said, " "))
		}
	}
	return words, whole
}

var suggestable = func() map[string]bool {
	m := map[string]bool{}
	for _, list := range [][]string{qualities, things} {
		for _, w := range list {
			m[foldString(w)] = true
		}
	}
	return m
}()

func suggested(words []string) bool {
	for _, w := range words {
		if !suggestable[w] {
			return false
		}
	}
	return len(words) > 0
}

// ownNames finds the writer's own names, with one letter wrong too.
func (x *leakSearch) ownNames() {
	words, whole := ownWords(x.c.OwnNames)
	for _, w := range whole {
		for p := 0; ; {
			i := strings.Index(x.s[p:], w)
			if i < 0 {
				break
			}
			p += i + len(w)
			if isHan(firstRune(w)) || !letterBefore(x.s, p-len(w)) && !letterAfter(x.s, p) {
				x.add(LeakOwnName, Block, p-len(w), p)
			}
		}
	}
	if len(words) == 0 {
		return
	}
	for _, t := range x.toks {
		if t.kind != aWord {
			continue
		}
		for _, w := range words {
			if x.isOwn(t, w) {
				x.add(LeakOwnName, Block, t.from, t.to)
				break
			}
		}
	}
}

func letterBefore(s string, p int) bool {
	r, _ := utf8.DecodeLastRuneInString(s[:p])
	return unicode.IsLetter(r)
}

func letterAfter(s string, p int) bool {
	r, _ := utf8.DecodeRuneInString(s[p:])
	return unicode.IsLetter(r)
}

// isOwn reports whether token t is the own name w. The shorter the name, the
// more ordinary words are one letter away, so the more has to agree.
func (x *leakSearch) isOwn(t token, w string) bool {
	s := x.text(t)
	if d := len(s) - len(w); d > 8 || d < -2 {
		return false
	}
	n := utf8.RuneCountInString(w)
	if unicode.Is(unicode.Arabic, firstRune(w)) {
		for _, prefix := range append([]string{""}, arabicPrefixes...) {
			if rest, ok := strings.CutPrefix(s, prefix); ok && (rest == w && n >= shortestNear || n >= surelyOwn+2 && nearly(rest, w)) {
				return true
			}
		}
		return false
	}
	capital := x.capital(t)
	switch {
	case s == w:
		return capital || n >= shortestNear && !namesThatAreWords[w]
	case n >= shortestNear && len(s) > len(w) && strings.Contains(s, "e") && umlauts.Replace(s) == w:
		return true
	case n < shortestNear || !nearly(s, w):
		return false
	case n < surelyOwn:
		return capital && firstRune(s) == firstRune(w)
	}
	return capital || firstRune(s) == firstRune(w)
}

// nearly reports whether a and b differ by at most one letter: changed, missing,
// added.
func nearly(a, b string) bool {
	if a == b {
		return true
	}
	from := 0
	for from < len(a) && from < len(b) && a[from] == b[from] {
		from++
	}
	for len(a) > from && len(b) > from && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	return oneLetter(a[from:]) && oneLetter(b[from:])
}

// oneLetter reports whether s is at most one character, or a part of one.
func oneLetter(s string) bool {
	for i := 1; i < len(s); i++ {
		if utf8.RuneStart(s[i]) {
			return false
		}
	}
	return true
}
