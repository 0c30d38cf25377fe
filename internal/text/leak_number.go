package text

import (
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// mostAsked bounds how many numbers of one text are put to the rules of
// telephone numbers, which take microseconds each; in a text with more of them
// the rest count as telephone numbers.
const mostAsked = 100

// fewest figures make a number that says who somebody is.
const fewest = 7

// group is a run of figures of one number, in folded offsets.
type group struct{ from, to int }

// numbers finds what is told by its figures alone: cards, accounts, identity
// numbers with a check, telephone numbers.
func (x *leakSearch) numbers() {
	x.accounts()
	x.readableLines()
	for i := 0; i < len(x.toks); {
		if x.toks[i].kind != aNumber {
			i++
			continue
		}
		groups, next := x.row(i)
		figures := 0
		for _, g := range groups {
			figures += g.to - g.from
		}
		for g := 0; g < len(groups) && figures >= fewest; {
			g += max(1, x.judge(groups[g:]))
		}
		i = next
	}
}

// row gathers the groups of figures from token i on that may be one number,
// and the index of the token after them.
func (x *leakSearch) row(i int) (groups []group, next int) {
	for next = i; next < len(x.toks); next++ {
		t := x.toks[next]
		if t.kind == aNumber {
			if len(groups) > 0 && !joinsFigures(x.s[groups[len(groups)-1].to:t.from]) {
				return groups, next
			}
			groups = append(groups, group{t.from, t.to})
		} else if t.kind == aWord || len(groups) == 0 {
			return groups, next
		}
	}
	return groups, next
}

// joinsFigures reports whether a gap may stand inside of a number that is read
// as one.
func joinsFigures(gap string) bool {
	return len(gap) <= 4 && strings.Trim(gap, " -./()_~") == ""
}

// figures joins groups until there are at least n figures; used is how many groups.
func (x *leakSearch) figures(groups []group, n int) (s string, used int) {
	for used < len(groups) && len(s) < n {
		s += x.s[groups[used].from:groups[used].to]
		used++
	}
	return s, used
}

// tight reports whether the groups are set apart as in one written number: by
// single spaces, dots, slashes or hyphens.
func (x *leakSearch) tight(groups []group) bool {
	for i := 1; i < len(groups); i++ {
		if groups[i].from-groups[i-1].to > 1 {
			return false
		}
	}
	return true
}

// judge reads the number that begins at the first group and returns how many
// groups it took, 0 for none.
func (x *leakSearch) judge(groups []group) int {
	if x.isDate(groups[0].from) {
		return 1
	}
	for _, r := range x.linked {
		if r[0] <= groups[0].from && groups[0].from < r[1] && !strings.Contains(x.s[r[0]:groups[0].from], "wa.me/") && !strings.Contains(x.s[r[0]:groups[0].from], "phone=") {
			return 1
		}
	}
	plus := groups[0].from > 0 && strings.ContainsAny(x.s[groups[0].from-1:groups[0].from], "+")
	if !plus {
		if used := x.card(groups); used > 0 {
			return used
		}
		if used := x.identity(groups); used > 0 {
			return used
		}
	}
	return x.phone(groups, plus)
}

// card: 13 to 19 figures with the check of Luhn.
func (x *leakSearch) card(groups []group) int {
	if c := x.s[groups[0].from]; c < '2' || c > '6' {
		return 0
	}
	for _, n := range []int{19, 16, 15, 14, 13} {
		s, used := x.figures(groups, n)
		if len(s) != n || !x.tight(groups[:used]) || !luhn(s) || same(s) {
			continue
		}
		if n == 15 && emiratesID(s) || n == 14 && s[0] != '3' || n == 13 && s[0] != '4' || x.lexBefore(groups[0].from, 3, saysRecord|saysID) && n < 15 {
			continue
		}
		x.add(LeakCard, Block, groups[0].from, groups[used-1].to)
		return used
	}
	return 0
}

// identities are identity numbers with a check, by their length.
var identities = map[int]func(string) bool{
	10: saudiID,
	11: func(s string) bool { return turkishID(s) || pesel(s) || cpf(s) || snils(s) },
	12: func(s string) bool { return aadhaar(s) || inn(s) },
	14: egyptianID,
	15: func(s string) bool { return emiratesID(s) || frenchID(s) },
}

// identityShapes are the ways in which they are written in groups.
var identityShapes = map[string]bool{
	"11": true, "12": true, "10": true, "14": true, "15": true, // alone
	"3 3 3 2": true, "4 4 4": true, "3 4 7 1": true, "1 2 2 2 3 3 2": true, "1 2 2 2 6 2": true, "13 2": true,
}

// shape is the sizes of groups.
func shape(groups []group) string {
	b := make([]byte, 0, 24)
	for _, g := range groups {
		if len(b) > 0 {
			b = append(b, ' ')
		}
		b = strconv.AppendInt(b, int64(g.to-g.from), 10)
	}
	return string(b)
}

func (x *leakSearch) identity(groups []group) int {
	from := groups[0].from
	if s, used := x.figures(groups, 17); len(s) == 17 || len(s) == 18 {
		end := groups[used-1].to
		if len(s) == 17 && strings.HasPrefix(x.s[end:], "x") {
			s, end = s+"x", end+1
		}
		if chineseID(s) {
			x.add(LeakNationalID, Block, from, end)
			return used
		}
	}
	for _, n := range []int{15, 14, 12, 11, 10} {
		s, used := x.figures(groups, n)
		if len(s) != n || !x.tight(groups[:used]) || !identityShapes[shape(groups[:used])] || !identities[n](s) {
			continue
		}
		// Checks of one figure are right by chance too often for a number that
		// is introduced as something else.
		call, number, _ := x.introduced(from)
		if call && !number || (n == 10 || s[0] == '0') && !x.lexBefore(from, 5, saysID) {
			continue
		}
		x.add(LeakNationalID, Block, from, groups[used-1].to)
		return used
	}
	if s, used := x.figures(groups, 8); len(s) == 8 && x.tight(groups[:used]) {
		end := groups[used-1].to
		after := strings.TrimLeft(x.s[end:min(len(x.s), end+2)], "- ")
		if after != "" && spanishID(s+after[:1]) && !letterAt(x.s, end+strings.Index(x.s[end:], after[:1])+1) {
			x.add(LeakNationalID, Block, from, end+strings.Index(x.s[end:], after[:1])+1)
			return used
		}
	}
	return 0
}

func letterAt(s string, p int) bool {
	return p < len(s) && (s[p] >= 'a' && s[p] <= 'z' || s[p] >= 0x80)
}

// phone reads a telephone number.
func (x *leakSearch) phone(groups []group, plus bool) int {
	s, used := x.figures(groups, 15)
	for len(s) > 15 && used > 1 {
		used--
		s = s[:len(s)-(groups[used].to-groups[used].from)]
	}
	for tries := 0; used > 0 && len(s) >= fewest && tries < 4; tries++ {
		if len(s) <= 15 && x.isPhone(s, groups[:used], plus) {
			from := groups[0].from
			if plus {
				from--
			}
			for from > 0 && x.s[from-1] == '(' {
				from--
			}
			x.add(LeakPhone, Block, from, groups[used-1].to)
			return used
		}
		used--
		s = s[:len(s)-(groups[used].to-groups[used].from)]
	}
	return 0
}

// isPhone decides by how the number is written, by the words around it and by
// the rules of the writer's and the clinic's country.
func (x *leakSearch) isPhone(s string, groups []group, plus bool) bool {
	from, to := groups[0].from, groups[len(groups)-1].to
	if strings.HasPrefix(s, "00") && len(s) >= 10 {
		plus, s = true, s[2:]
	}
	if plus {
		return len(s) >= 8 && x.possible(s)
	}
	said, _, other := x.introduced(from)
	said = said || !other && x.lexAfter(to, 3, saysCall)
	switch {
	case x.counted(from, to), x.thousands(groups) && !said, x.years(groups), same(s), other:
		return false
	case said:
		return true
	case s[0] == '0' && len(s) >= 10 && len(s) <= 12:
		return true
	case len(groups) == 2 && len(s) <= 10 && groups[0].to-groups[0].from == groups[1].to-groups[1].from:
		return false // a range: 2500-3000
	case len(s) < 9:
		return false
	}
	if x.asked >= mostAsked {
		return true
	}
	for _, country := range x.c.Countries {
		x.asked++
		if n, err := phonenumbers.Parse(s, strings.ToUpper(country)); err == nil && phonenumbers.IsValidNumberForRegion(n, strings.ToUpper(country)) {
			return true
		}
	}
	return len(s) >= 11 && s[0] != '0' && x.valid(s)
}

// possible reports whether figures after a plus may be a number of some country.
func (x *leakSearch) possible(s string) bool {
	if x.asked++; x.asked > mostAsked {
		return true
	}
	n, err := phonenumbers.Parse("+"+s, "")
	return err == nil && (phonenumbers.IsPossibleNumber(n) || len(s) >= 10)
}

// valid reports whether figures are a number with the code of its country.
func (x *leakSearch) valid(s string) bool {
	if x.asked++; x.asked > mostAsked {
		return true
	}
	n, err := phonenumbers.Parse("+"+s, "")
	return err == nil && phonenumbers.IsValidNumber(n)
}

// counted reports whether something was counted: money before, a unit after.
func (x *leakSearch) counted(from, to int) bool {
	if i := x.tokenBefore(from); i >= 0 && from-x.toks[i].to <= 1 && x.toks[i].lex.bits&saysUnit != 0 && (x.toks[i].kind == aSign && !x.is(i, "°") && !x.is(i, "%") || x.toks[i].kind == aWord && x.toks[i].to-x.toks[i].from >= 2) && x.toks[i].lex.bits&saysCall == 0 {
		return true
	}
	i := x.tokenAt(to)
	return i < len(x.toks) && x.toks[i].from-to <= 1 && x.toks[i].lex.bits&saysUnit != 0
}

// thousands reports whether groups are one amount: 1.200.000, 100 000.
func (x *leakSearch) thousands(groups []group) bool {
	if len(groups) < 2 || groups[0].to-groups[0].from > 3 || x.s[groups[0].from] == '0' {
		return false
	}
	for i, g := range groups[1:] {
		gap := x.s[groups[i].to:g.from]
		if g.to-g.from != 3 || gap != " " && gap != "." {
			return false
		}
	}
	return true
}

// years reports whether groups are years and ranges of them.
func (x *leakSearch) years(groups []group) bool {
	for _, g := range groups {
		if g.to-g.from != 4 || x.s[g.from:g.from+2] != "19" && x.s[g.from:g.from+2] != "20" {
			return false
		}
	}
	return true
}

// introduced reports whether words before p announce a number to call, or a
// number of something else; the nearest word decides. Only number: the word was
// "number", which may be one of either kind.
func (x *leakSearch) introduced(p int) (call, number, other bool) {
	words := 0
	for i := x.tokenBefore(p); i >= 0 && words < 8 && p-x.toks[i].to < 80; i-- {
		bits := x.toks[i].lex.bits
		switch {
		case bits&(saysRecord|saysPassport|saysID) != 0 && words < 4:
			return false, false, true
		case bits&saysCall != 0 && bits&saysNumber == 0:
			return true, false, false
		case bits&saysCall != 0:
			call, number = true, true // "number": of what, a word before may say
		}
		if x.toks[i].kind == aWord || x.text(x.toks[i]) == "." && words > 0 {
			words++
		}
	}
	return call, number, false
}

// lexBefore reports whether one of the n words before p says any of bits.
func (x *leakSearch) lexBefore(p, n int, bits uint32) bool {
	for i := x.tokenBefore(p); i >= 0 && n > 0 && p-x.toks[i].to < 80; i-- {
		t := x.toks[i]
		if t.lex.bits&bits != 0 {
			return true
		}
		if strings.Contains(x.s[t.to:min(len(x.s), t.to+1)], "\n") {
			n -= 3
		}
		if t.kind == aWord || x.s[t.from] == '.' && n > 1 {
			n--
		}
	}
	return false
}

// lexAfter reports whether one of the n words after p says any of bits.
func (x *leakSearch) lexAfter(p, n int, bits uint32) bool {
	for i := x.tokenAt(p); i < len(x.toks) && n > 0 && x.toks[i].from-p < 40; i++ {
		if x.toks[i].lex.bits&bits != 0 {
			return true
		}
		if x.toks[i].kind != aSign || x.s[x.toks[i].from] == '.' {
			n--
		}
	}
	return false
}

// spokenNumbers finds numbers read out in words: "null fünf drei zwei …".
func (x *leakSearch) spokenNumbers() {
	const shortest = 7
	n, words, from, to := 0, 0, 0, 0
	flush := func() {
		if n >= shortest && words >= 5 {
			x.add(LeakPhone, Block, from, to)
		}
		n, words = 0, 0
	}
	for _, t := range x.toks {
		spoken := t.kind == aWord && t.lex.bits&saysFigure != 0
		figures := t.kind == aNumber && t.to-t.from <= 4
		if t.kind == aSign && strings.Contains(",-.+", x.text(t)) {
			continue
		}
		if !spoken && !figures || n > 0 && t.from-to > 3 {
			flush()
		}
		if !spoken && !figures {
			continue
		}
		if n == 0 {
			from = t.from
		}
		to = t.to
		if spoken {
			n, words = n+1, words+1
		} else {
			n += t.to - t.from
		}
	}
	flush()
}
