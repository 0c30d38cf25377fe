package text

import "strings"

// isDate reports whether a date was found at folded offset p.
func (x *leakSearch) isDate(p int) bool {
	for lo, hi := 0, len(x.dated); lo < hi; {
		mid := (lo + hi) / 2
		switch d := x.dated[mid]; {
		case p < d[0]:
			hi = mid
		case p >= d[1]:
			lo = mid + 1
		default:
			return true
		}
	}
	return false
}

// dates finds every day of a month, with its year or without.
func (x *leakSearch) dates() {
	for i := 0; i < len(x.toks); i++ {
		from, to := x.dateAt(i)
		if to == 0 {
			continue
		}
		x.dated = append(x.dated, [2]int{x.toks[from].from, x.toks[to].to})
		x.add(LeakDate, Warn, x.toks[from].from, x.toks[to].to)
		i = max(i, to)
	}
}

// dateAt returns the first and last token of the date that token i is told by;
// to is 0 for none.
func (x *leakSearch) dateAt(i int) (from, to int) {
	switch t := x.toks[i]; {
	case x.is(i, "月"):
		return x.chineseDate(i)
	case t.lex.bits&(saysMonth|saysMonthIfCapital) != 0:
		return x.monthDate(i)
	case t.kind == aNumber:
		return x.figureDate(i)
	}
	return 0, 0
}

// monthDate reads a date around the name of a month at token i.
func (x *leakSearch) monthDate(i int) (from, to int) {
	sure := x.toks[i].lex.bits&saysMonth != 0 || x.capital(x.toks[i])
	// 12 May, 12. Mai, 12th of May, twelfth of May, 12-May
	j := i - 1
	for back := 0; j > 0 && back < 4; back++ {
		t := x.toks[j]
		if x.s[t.from:t.to] == "." || x.text(t) == "-" || x.text(t) == "/" || x.text(t) == "º" || t.lex.bits&saysOf != 0 || ordinalEnding(x.text(t)) && x.toks[j-1].kind == aNumber {
			j--
			continue
		}
		break
	}
	if j >= 0 && x.dayToken(j) && x.toks[i].from-x.toks[j].to < 12 && (sure || x.closes(i)) && (j == 0 || x.s[x.toks[j].from-1] != '.' && x.s[x.toks[j].from-1] != ',') {
		return x.dayStart(j), x.yearAfter(i)
	}
	// May 12, May 12th, May the twelfth
	j = i + 1
	for fore := 0; j < len(x.toks) && fore < 2; fore++ {
		if x.is(j, ".") || x.is(j, "the") {
			j++
			continue
		}
		break
	}
	if !sure || j >= len(x.toks) || !x.dayToken(j) || x.toks[j].from-x.toks[i].to > 6 {
		return 0, 0
	}
	day := x.toks[j]
	if x.counted(day.from, day.to) || day.kind == aWord && !strings.HasSuffix(x.text(day), "th") && !x.is(j-1, "the") {
		return 0, 0
	}
	if j+1 < len(x.toks) && (x.is(j+1, ".") || x.is(j+1, ":")) && j+2 < len(x.toks) && x.toks[j+2].kind == aNumber && x.toks[j+2].from == day.to+1 {
		return 0, 0 // "May 12.5", "May 12:30"
	}
	return i, x.yearAfter(j)
}

// dayStart widens a day in two words, "dos mil" apart: "vingt et un", "otuz bir".
func (x *leakSearch) dayStart(j int) int {
	if j > 0 && x.toks[j].kind == aWord && x.toks[j-1].kind == aWord && x.toks[j-1].lex.bits&saysDay != 0 {
		return j - 1
	}
	return j
}

// closes reports that nothing of a sentence goes on after token i: then "may"
// is the month.
func (x *leakSearch) closes(i int) bool {
	return i+1 >= len(x.toks) || x.toks[i+1].kind != aWord || x.toks[i+1].from-x.toks[i].to > 1
}

func ordinalEnding(s string) bool {
	switch s {
	case "st", "nd", "rd", "th", "er", "го", "е", "ого", "o", "a", "de", "ten", "sten", "te":
		return true
	}
	return false
}

// dayToken reports whether token j can be a day of a month.
func (x *leakSearch) dayToken(j int) bool {
	t := x.toks[j]
	if t.kind == aNumber {
		n := x.value(t)
		return t.to-t.from <= 2 && n >= 1 && n <= 31 && (j == 0 || !x.is(j-1, "€") && !x.is(j-1, "$"))
	}
	return t.lex.bits&saysDay != 0
}

func (x *leakSearch) value(t token) (n int) {
	for _, c := range []byte(x.text(t)) {
		n = n*10 + int(c-'0')
		if n > 9999 {
			return n
		}
	}
	return n
}

// yearAfter is the index of the last token of a date that is complete at i.
func (x *leakSearch) yearAfter(i int) int {
	for j := i + 1; j < len(x.toks) && j <= i+3; j++ {
		t := x.toks[j]
		if x.year(t) && t.from-x.toks[i].to <= 4 {
			return j
		}
		if t.kind == aNumber || t.kind == aWord && t.lex.bits&saysOf == 0 && !ordinalEnding(x.text(t)) {
			break
		}
	}
	return i
}

func (x *leakSearch) year(t token) bool {
	return t.kind == aNumber && t.to-t.from == 4 && (x.s[t.from] == '1' && x.s[t.from+1] == '9' || x.s[t.from] == '2' && x.s[t.from+1] == '0')
}

// figureDate reads 12.05.2026, 12/5/26, 2026-05-12, and 12.05. behind a word
// that announces a date.
func (x *leakSearch) figureDate(i int) (from, to int) {
	if i+2 >= len(x.toks) || x.toks[i+2].kind != aNumber || x.toks[i+1].kind != aSign || i > 0 && x.toks[i-1].to == x.toks[i].from && x.glued(i-1) {
		return 0, 0
	}
	sep := x.text(x.toks[i+1])
	if !strings.Contains("./-", sep) || x.toks[i+2].from-x.toks[i].to > 3 {
		return 0, 0
	}
	a, b := x.value(x.toks[i]), x.value(x.toks[i+2])
	full := i+4 < len(x.toks) && x.is(i+3, sep) && x.toks[i+4].kind == aNumber && x.toks[i+4].from-x.toks[i+2].to <= 3
	switch {
	case full && x.year(x.toks[i]) && b >= 1 && b <= 12 && x.value(x.toks[i+4]) <= 31:
		return i, i + 4
	case full && dayAndMonth(a, b) && (x.year(x.toks[i+4]) || x.shortYear(i, sep)):
		if i+5 < len(x.toks) && x.toks[i+5].from == x.toks[i+4].to && x.is(i+5, sep) && i+6 < len(x.toks) && x.toks[i+6].kind == aNumber && x.toks[i+6].from == x.toks[i+5].to {
			return 0, 0 // more groups: no date
		}
		return i, i + 4
	case full || sep == "-" || !dayAndMonth(a, b):
		return 0, 0
	}
	two := x.toks[i+2].to-x.toks[i+2].from == 2 && x.toks[i].to-x.toks[i].from == 2
	end := x.toks[i+2].to
	announced := i > 0 && x.toks[i-1].lex.bits&saysOn != 0 && x.toks[i].from-x.toks[i-1].to == 1
	dotted := sep == "." && strings.HasPrefix(x.s[end:], ".") && two
	if sep == "." && b > 12 { // half past twelve
		return 0, 0
	}
	if x.counted(x.toks[i].from, end) || x.toks[i+2].from-x.toks[i].to != 1 || x.counted(x.toks[i].from, end+1) {
		return 0, 0
	}
	if dotted && !x.endsText(end+1) || announced && (two || strings.HasPrefix(x.s[end:], ".") || sep == "/") {
		return i, i + 2
	}
	return 0, 0
}

// glued reports a token that ties the figures after it to something before.
func (x *leakSearch) glued(i int) bool {
	t := x.toks[i]
	return t.kind == aWord && x.s[t.from] < 0x80 || strings.Contains("+.,/-$€£", x.text(t)) && i > 0 && x.toks[i-1].to == t.from && x.toks[i-1].kind == aNumber
}

func (x *leakSearch) endsText(p int) bool { return strings.TrimSpace(x.s[min(p, len(x.s)):]) == "" }

// shortYear judges the year of 12.05.26 at token i+4.
func (x *leakSearch) shortYear(i int, sep string) bool {
	t := x.toks[i+4]
	n := x.value(t)
	return t.to-t.from == 2 && n >= 15 && n <= 40 && (sep != "-" || x.toks[i].to-x.toks[i].from == 2)
}

// dayAndMonth reports whether two figures can be a day and a month, in either order.
func dayAndMonth(a, b int) bool {
	return a >= 1 && b >= 1 && (a <= 31 && b <= 12 || a <= 12 && b <= 31)
}

// chineseDate reads 5月12日 and 五月十二号 around token i.
func (x *leakSearch) chineseDate(i int) (from, to int) {
	from = i
	for from > 0 && x.chineseFigure(from-1) && i-from < 2 {
		from--
	}
	j := i + 1
	for j < len(x.toks) && x.chineseFigure(j) && j <= i+3 {
		j++
	}
	if from == i || j == i+1 || j >= len(x.toks) || !x.is(j, "日") && !x.is(j, "号") {
		return 0, 0
	}
	return from, j
}

func (x *leakSearch) chineseFigure(i int) bool {
	t := x.toks[i]
	return t.kind == aNumber && t.to-t.from <= 2 || t.lex.bits&saysFigure != 0 || x.is(i, "十") || x.is(i, "廿")
}
