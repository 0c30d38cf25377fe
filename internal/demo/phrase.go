package demo

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// say fills the gaps of a template:
//
//	{one|two}    one of the words
//	{3-6}        a number, {100-900/50} one in steps of 50; thousands get a comma
//	{name}       what words holds under that name
//
// A gap that nothing fills is left as it is, which a test looks for.
func say(r *rand.Rand, template string, words func(name string) (string, bool)) string {
	var b strings.Builder
	rest := template
	for {
		from := strings.IndexByte(rest, '{')
		to := strings.IndexByte(rest, '}')
		if from < 0 || to < from {
			break
		}
		b.WriteString(rest[:from])
		b.WriteString(gap(r, rest[from+1:to], words))
		rest = rest[to+1:]
	}
	b.WriteString(rest)
	return capital(b.String())
}

func gap(r *rand.Rand, what string, words func(string) (string, bool)) string {
	if strings.IndexByte(what, '|') >= 0 {
		some := strings.Split(what, "|")
		return some[r.IntN(len(some))]
	}
	if s, ok := words(what); ok {
		return s
	}
	if n, ok := number(r, what); ok {
		return grouped(n)
	}
	return "{" + what + "}"
}

// number draws from "3-6" or "100-900/50".
func number(r *rand.Rand, span string) (int, bool) {
	span, by, stepped := strings.Cut(span, "/")
	low, high, ok := strings.Cut(span, "-")
	if !ok {
		return 0, false
	}
	from, err1 := strconv.Atoi(low)
	to, err2 := strconv.Atoi(high)
	step, err3 := 1, error(nil)
	if stepped {
		step, err3 = strconv.Atoi(by)
	}
	if err1 != nil || err2 != nil || err3 != nil || step < 1 || to < from {
		return 0, false
	}
	return between(r, from, to, step), true
}

// between draws a number of a range in steps.
func between(r *rand.Rand, from, to, step int) int {
	return from + step*r.IntN((to-from)/step+1)
}

// grouped writes 12500 as 12,500.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// capital makes the first letter one.
func capital(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[size:]
}

// deck deals the lines of a list in a shuffled order, each once before any
// comes again: so a thread repeats itself as late as possible.
type deck struct {
	lines []string
	order []int
	next  int
}

func newDeck(r *rand.Rand, lists ...[]string) *deck {
	d := &deck{}
	// The lists stay one behind the other: what is nearest to the matter first.
	for _, list := range lists {
		for _, i := range r.Perm(len(list)) {
			d.order = append(d.order, len(d.lines)+i)
		}
		d.lines = append(d.lines, list...)
	}
	return d
}

func (d *deck) deal() string {
	if len(d.order) == 0 {
		return ""
	}
	line := d.lines[d.order[d.next%len(d.order)]]
	d.next++
	return line
}

// left is how many lines have not been dealt yet.
func (d *deck) left() int { return max(0, len(d.order)-d.next) }
