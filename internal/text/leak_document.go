package text

import "strings"

// accounts finds numbers of bank accounts (IBAN).
func (x *leakSearch) accounts() {
	for i, t := range x.toks {
		if t.kind != aWord || t.to-t.from != 2 || i+1 >= len(x.toks) || x.toks[i+1].kind != aNumber || x.toks[i+1].from-t.to > 1 {
			continue
		}
		want := ibanLengths[x.text(t)]
		if want == 0 || i > 0 && x.toks[i-1].kind == aNumber && x.toks[i-1].to == t.from {
			continue
		}
		s, end := x.packed(t.from, want)
		switch {
		case len(s) == want && mod97(s[4:]+s[:4]) == 1:
			x.add(LeakIBAN, Block, t.from, end)
		case len(s) >= want-2 && digits(s) >= 10 && (len(s) == want || x.near(i, "iban")):
			x.add(LeakIBAN, Warn, t.from, end)
		}
	}
}

// packed gathers up to n letters and figures from p on, across single spaces
// and hyphens, and says where they end.
func (x *leakSearch) packed(p, n int) (s string, end int) {
	b := make([]byte, 0, n)
	end = p
	for gap := 0; p < len(x.s) && len(b) < n; p++ {
		switch c := x.s[p]; {
		case c >= '0' && c <= '9' || c >= 'a' && c <= 'z':
			b = append(b, c)
			gap = 0
			end = p + 1
		case (c == ' ' || c == '-' || c == '.') && gap == 0:
			gap++
		default:
			return string(b), end
		}
	}
	if p < len(x.s) && (letterAt(x.s, p) || x.s[p] >= '0' && x.s[p] <= '9') {
		return "", end // goes on: something longer
	}
	return string(b), end
}

// near reports whether one of the four tokens before i is that word.
func (x *leakSearch) near(i int, word string) bool {
	for j := max(0, i-4); j < i; j++ {
		if x.is(j, word) {
			return true
		}
	}
	return false
}

func digits(s string) (n int) {
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			n++
		}
	}
	return n
}

// readableLines finds the lines for machines on passports and identity cards.
func (x *leakSearch) readableLines() {
	const shortest = 28
	for p := 0; p < len(x.s); {
		i := strings.IndexByte(x.s[p:], '<')
		if i < 0 {
			return
		}
		i += p
		mrz := func(r rune) bool { return r == '<' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' }
		from, end := runBefore(x.s, i, mrz), runAfter(x.s, i, mrz)
		line := x.s[from:end]
		p = end
		if len(line) < shortest {
			continue
		}
		numbered := len(line) >= 28 && mrzCheck(line[:9], line[9]) && mrzCheck(line[13:19], line[19])
		card := len(line) == 30 && mrzCheck(line[5:14], line[14])
		named := strings.Contains(line, "<<") && strings.ContainsAny(line[:1], "pviac")
		if numbered || card || named {
			x.add(LeakPassport, Block, from, end)
		}
	}
}

// documents finds numbers of passports and identity cards behind words that
// announce them, and forms of such numbers that are telling by themselves.
func (x *leakSearch) documents() {
	for i, t := range x.toks {
		switch {
		case t.lex.bits&saysPassport != 0:
			x.announced(i, LeakPassport)
		case t.lex.bits&saysID != 0:
			x.announced(i, LeakNationalID)
		case t.kind == aNumber:
			x.formed(i)
		case t.kind == aWord && t.to-t.from <= 2:
			x.lettered(i)
		}
	}
}

// announced looks for a number behind token i: at least five figures, with
// letters or without, not far away.
func (x *leakSearch) announced(i int, class LeakClass) {
	words := 0
	for j := i + 1; j < len(x.toks) && words <= 5 && j < i+12; j++ {
		t := x.toks[j]
		if strings.Contains(x.s[x.toks[j-1].to:t.from], "\n") && words > 0 {
			return
		}
		if t.kind == aSign {
			if strings.Contains(".!?。", x.text(t)) && j > i+1 && x.toks[j-1].lex.bits&saysNumber == 0 {
				return
			}
			continue
		}
		end, n := x.cluster(j)
		if (n >= 5 || n >= 3 && end-t.from >= 8) && n <= 16 && !x.isDate(t.from) && !x.counted(t.from, end) {
			x.add(class, Warn, t.from, end)
			return
		}
		words++
	}
}

// cluster is where the letters and figures from token i on end that belong
// together, and how many figures there are: "C01X00T47", "4509 123456".
func (x *leakSearch) cluster(i int) (end, figures int) {
	end = x.toks[i].to
	short := x.toks[i].kind == aWord && x.toks[i].to-x.toks[i].from > 3
	if short {
		return end, 0
	}
	for j := i; j < len(x.toks) && j < i+10; j++ {
		t := x.toks[j]
		gap := x.s[end:max(end, t.from)]
		ascii := t.kind == aNumber || t.kind == aWord && t.to-t.from <= 3 && (x.s[t.from] < 0x80 || j == i && t.to-t.from <= 6)
		if t.kind == aSign && strings.Contains("-./", x.text(t)) && gap == "" {
			continue
		}
		if !ascii || j > i && len(gap) > 1 || gap != "" && t.kind == aWord && figures > 0 {
			break
		}
		if t.kind == aNumber {
			figures += t.to - t.from
		}
		end = t.to
	}
	return end, figures
}

// formed finds American social security numbers, 123-45-6789.
func (x *leakSearch) formed(i int) {
	if i+4 >= len(x.toks) {
		return
	}
	a, b, c := x.toks[i], x.toks[i+2], x.toks[i+4]
	if a.to-a.from == 3 && b.to-b.from == 2 && c.to-c.from == 4 && b.kind == aNumber && c.kind == aNumber && c.to-a.from == 11 &&
		x.is(i+1, "-") && x.is(i+3, "-") && (i == 0 || x.toks[i-1].to < a.from) {
		x.add(LeakNationalID, Warn, a.from, c.to)
	}
}

// lettered finds British insurance numbers, "QQ 12 34 56 C", and Spanish
// numbers of foreigners, "X1234567L".
func (x *leakSearch) lettered(i int) {
	t := x.toks[i]
	if i+1 >= len(x.toks) || x.toks[i+1].kind != aNumber || x.toks[i+1].from-t.to > 1 || x.s[t.from] >= 0x80 {
		return
	}
	s, end := x.packed(t.from, 9)
	if len(s) != 9 {
		return
	}
	if t.to-t.from == 2 && digits(s) == 6 && digits(s[2:8]) == 6 && s[8] >= 'a' && s[8] <= 'd' {
		x.add(LeakNationalID, Warn, t.from, end)
	} else if t.to-t.from == 1 && spanishID(s) {
		x.add(LeakNationalID, Block, t.from, end)
	}
}

// records finds numbers of invoices, files, bookings and rooms.
func (x *leakSearch) records() {
	for i, t := range x.toks {
		if t.lex.bits&saysRecord == 0 {
			continue
		}
		named := false // "number" stands between
		words := 0
		for j := i + 1; j < len(x.toks) && j <= i+6; j++ {
			n := x.toks[j]
			if n.lex.bits&saysNumber != 0 || n.kind == aSign && strings.Contains("#°º", x.text(n)) {
				named = true
				continue
			}
			if n.kind == aSign && strings.Contains(":.()-/", x.text(n)) || n.lex.bits&saysRecord != 0 {
				continue
			}
			if x.recordNumber(i, j, named) {
				break
			}
			if words++; words > 0 || n.kind == aSign {
				break
			}
		}
	}
}

// recordNumber notes the number at token j if it can be one of a record that
// token i announces.
func (x *leakSearch) recordNumber(i, j int, named bool) bool {
	end, figures := x.cluster(j)
	least := 2
	if named {
		least = 1
	}
	at := x.toks[j].from
	if figures < least || x.counted(at, end) || x.isDate(at) || x.toks[j].kind == aWord && figures < 2 {
		return false
	}
	if !named && figures <= 2 && x.lexAfter(end, 2, saysUnit) {
		return false
	}
	x.add(LeakRecord, Warn, x.toks[i].from, end)
	return true
}
