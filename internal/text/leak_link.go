package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Endings of addresses. Those that are words of some language too count only
// where something else speaks for an address.
var (
	endings     = wordSet(`com net org info biz io app dev clinic health hospital dental doctor site online shop store web xyz edu gov eu tr ru fr cn ae sa eg uk ch nl pl gr us ca au jp kr ir iq jo kw qa lb ma tn ua kz az ge th mx br ar cl pe hu cz ro bg rs hr рф link page top club tv cc ly`)
	wordEndings = wordSet(`de es it is in to so at no am be me my se la pt co ar eg us ma ca ch top club page link store doctor hospital dental health clinic shop site web`)
	pronouns    = wordSet(`it is in to so no at am be me my la se`)
	providers   = wordSet(`gmail googlemail hotmail yahoo outlook icloud protonmail proton gmx yandex mailru qq foxmail live aol posteo`)
	networks    = wordSet(`instagram.com t.me wa.me telegram.me facebook.com fb.com m.me tiktok.com x.com twitter.com vk.com weibo.com snapchat.com linkedin.com api.whatsapp.com wa.link youtube.com instagr.am`)
)

func wordSet(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

func letterOrFigure(r rune) bool { return unicode.IsLetter(r) || '0' <= r && r <= '9' }

// longestRun bounds, in characters, how far a name of a host or a mailbox is
// followed; it keeps the search linear.
const longestRun = 256

// runBefore returns where the run of characters that f accepts, ending at p, begins.
func runBefore(s string, p int, f func(rune) bool) int {
	for n := 0; p > 0 && n < longestRun; n++ {
		r, size := utf8.DecodeLastRuneInString(s[:p])
		if !f(r) {
			break
		}
		p -= size
	}
	return p
}

// runAfter returns where the run of characters that f accepts, beginning at p, ends.
func runAfter(s string, p int, f func(rune) bool) int {
	for n := 0; p < len(s) && n < longestRun; n++ {
		r, size := utf8.DecodeRuneInString(s[p:])
		if !f(r) {
			break
		}
		p += size
	}
	return p
}

func localRune(r rune) bool {
	return letterOrFigure(r) && !isHan(r) || r == '.' || r == '_' || r == '%' || r == '+' || r == '-'
}

func labelRune(r rune) bool { return letterOrFigure(r) && !isHan(r) || r == '-' }

func spaceOrBracket(r rune) bool { return strings.ContainsRune(" ()[]{}<>*_-\"'|/", r) }

func accountRune(r rune) bool {
	return r < utf8.RuneSelf && letterOrFigure(r) || r == '.' || r == '_'
}

// mails finds e-mail addresses, plain and disguised ("name (at) host dot com"),
// and account names that begin with @.
func (x *leakSearch) mails() {
	for i, t := range x.toks {
		if t.lex.bits&saysAt == 0 {
			continue
		}
		if x.s[t.from] == '@' {
			x.atSign(t)
		} else {
			x.atWord(i)
		}
	}
}

func (x *leakSearch) atSign(t token) {
	before := runBefore(x.s, t.from, spaceOrBracket)
	after := runAfter(x.s, t.to, spaceOrBracket)
	local := runBefore(x.s, before, localRune)
	end, dots, _, provider := x.domain(after)
	apart := before < t.from || after > t.to
	// "als @name.name": an account, unless the end is one of a host.
	host := apart && after == t.to && dots > 0
	if last := x.s[runBefore(x.s, end, labelRune):end]; host && !endings[last] && !wordEndings[last] {
		dots = 0
	}
	if local < before && t.from-before <= 3 && after-t.to <= 3 && (dots > 0 || provider) {
		x.add(LeakEmail, Block, x.localStart(local), end)
		return
	}
	if apart && after > t.to || before == t.from && local < before {
		return
	}
	if end := runAfter(x.s, t.to, accountRune); end-t.to >= 2 && strings.IndexFunc(x.s[t.to:end], unicode.IsLetter) >= 0 {
		x.add(LeakHandle, x.linkTier(), t.from, end)
	}
}

// localStart follows "john dot smith" to its beginning.
func (x *leakSearch) localStart(from int) int {
	for range 3 {
		i := x.tokenBefore(from)
		if i < 1 || x.toks[i].lex.bits&saysDot == 0 || x.toks[i].kind != aWord || from-x.toks[i].to > 2 || x.toks[i-1].kind == aSign {
			return from
		}
		from = runBefore(x.s, x.toks[i-1].to, localRune)
	}
	return from
}

func (x *leakSearch) atWord(i int) {
	t := x.toks[i]
	before := runBefore(x.s, t.from, spaceOrBracket)
	after := runAfter(x.s, t.to, spaceOrBracket)
	if t.from-before > 4 || after-t.to > 4 {
		return
	}
	left, right := strings.TrimSpace(x.s[before:t.from]), strings.TrimSpace(x.s[t.to:after])
	bracketed := left != "" && right != ""
	if !bracketed && !x.hanAt(t.from) && (before == t.from || after == t.to) {
		return
	}
	if t.to-t.from <= 2 && !bracketed && x.text(t) != "at" {
		return // "a", "et": words of every day
	}
	local := runBefore(x.s, before, localRune)
	if local == before {
		return
	}
	end, dots, spelled, provider := x.domain(after)
	last := x.s[runBefore(x.s, end, labelRune):end]
	spelled = spelled && (endings[last] || wordEndings[last]) // not "at one point we"
	if bracketed && (dots > 0 || provider) || spelled || provider {
		x.add(LeakEmail, Block, x.localStart(local), end)
	}
}

// domain reads the name of a host at offset p: where it ends, how many dots it
// has, whether one of them is a word, and whether it is a host of mail.
func (x *leakSearch) domain(p int) (end, dots int, spelled, provider bool) {
	end = p
	for dots < 6 {
		stop := runAfter(x.s, p, labelRune)
		if stop == p {
			return end, max(0, dots-1), spelled, provider
		}
		label := x.s[p:stop]
		end = stop
		provider = provider || dots == 0 && providers[label]
		next, word := x.dot(stop)
		if next == 0 {
			break
		}
		spelled = spelled || word
		p = next
		dots++
	}
	last := x.s[runBefore(x.s, end, labelRune):end]
	if dots > 0 && (len(last) < 2 || strings.IndexFunc(last, unicode.IsLetter) < 0) {
		return end, 0, false, provider
	}
	return end, dots, spelled, provider
}

// hanAt reports whether a Chinese character stands at offset p.
func (x *leakSearch) hanAt(p int) bool {
	r, _ := utf8.DecodeRuneInString(x.s[p:])
	return isHan(r)
}

// dot reads a dot in the name of a host at offset p and returns where the next
// label begins, or 0.
func (x *leakSearch) dot(p int) (next int, word bool) {
	for _, d := range []string{".", "。", " . ", ". ", " .", ",", "(.)", "[.]", " (.) ", " [.] "} {
		if !strings.HasPrefix(x.s[p:], d) {
			continue
		}
		next = p + len(d)
		stop := runAfter(x.s, next, labelRune)
		if stop > next && (d == "." || d == "。" || len(d) > 2 || endings[x.s[next:stop]]) {
			return next, len(d) > 2
		}
	}
	from := runAfter(x.s, p, spaceOrBracket)
	stop := runAfter(x.s, from, unicode.IsLetter)
	if stop > from && x.hanAt(from) {
		_, size := utf8.DecodeRuneInString(x.s[from:])
		stop = from + size
	}
	if from-p > 3 || stop-from > 12 || stop == from || leakExact[x.s[from:stop]].bits&saysDot == 0 {
		return 0, false
	}
	next = runAfter(x.s, stop, spaceOrBracket)
	if next == stop && !x.hanAt(from) || next-stop > 3 || runAfter(x.s, next, labelRune) == next {
		return 0, false
	}
	return next, true
}

func (x *leakSearch) linkTier() LeakTier {
	if x.c.Verified {
		return Warn
	}
	return Block
}

// links finds addresses of pages and account names of networks.
func (x *leakSearch) links() {
	done := 0
	for i, t := range x.toks {
		if t.from < done {
			continue
		}
		switch {
		case t.lex.bits&saysNetwork != 0:
			x.account(i)
		case x.s[t.from] == '.' && t.kind == aSign:
			done = max(done, x.host(t))
		case t.kind == aSign && x.s[t.from] == ':' && strings.HasPrefix(x.s[t.from:], "://"):
			from := runBefore(x.s, t.from, unicode.IsLetter)
			end := x.addressEnd(t.to + 2)
			if from < t.from && end > t.to+2 {
				x.link(from, end, x.s[t.to+2:end])
				done = end
			}
		case t.kind == aWord && t.lex.bits&saysDot != 0:
			x.spelledHost(i)
		}
	}
}

func (x *leakSearch) link(from, end int, host string) {
	class := LeakURL
	host, _, _ = strings.Cut(strings.TrimPrefix(host, "www."), "/")
	if networks[host] {
		class = LeakHandle
	}
	x.linked = append(x.linked, [2]int{from, end})
	x.add(class, x.linkTier(), from, end)
}

func addressRune(r rune) bool {
	return r > ' ' && !strings.ContainsRune("\"<>«»“”|^`{}", r) && !isHan(r) && r < 0x3000
}

// addressEnd is where an address that goes on at p ends, without the
// punctuation of the sentence around it.
func (x *leakSearch) addressEnd(p int) int {
	end := runAfter(x.s, p, addressRune)
	return p + len(strings.TrimRight(x.s[p:end], ".,;:!?)]'*_"))
}

// host judges the name of a host around a dot and returns where it ends.
func (x *leakSearch) host(t token) int {
	hostRune := func(r rune) bool { return labelRune(r) || r == '.' }
	from := runBefore(x.s, t.from, hostRune)
	end := runAfter(x.s, t.to, hostRune)
	name := strings.Trim(x.s[from:end], ".-")
	from += strings.Index(x.s[from:end], name)
	if from > 0 && x.s[from-1] == '@' || name == "" {
		return end
	}
	end = from + len(name)
	labels := strings.Split(name, ".")
	last := labels[len(labels)-1]
	path := strings.HasPrefix(x.s[end:], "/")
	label := labels[max(0, len(labels)-2)]
	switch {
	case len(labels) < 2 || strings.IndexFunc(label, unicode.IsLetter) < 0:
		return end
	case labels[0] == "www" && len(labels) > 2:
	case !endings[last] && !wordEndings[last], len(label) < 2 && !path:
		return end
	case wordEndings[last] && !path && !x.speaksForAddress(from, end, labels):
		return end
	}
	if path {
		end = x.addressEnd(end)
	}
	x.link(from, end, x.s[from:end])
	return end
}

// speaksForAddress decides about a name whose ending is a word too.
func (x *leakSearch) speaksForAddress(from, end int, labels []string) bool {
	i := x.tokenAt(end)
	if i > 0 && x.capital(x.toks[i-1]) && !x.capital(x.toks[x.tokenAt(from)]) {
		return false // the next sentence, its space forgotten
	}
	label := labels[len(labels)-2]
	if len(labels) > 2 || strings.ContainsAny(label, "-0123456789") || len(label) >= 9 && !pronouns[labels[len(labels)-1]] {
		return true
	}
	for j := x.tokenAt(from) - 1; j >= 0 && from-x.toks[j].to < 24; j-- {
		if x.toks[j].lex.bits&saysSite != 0 {
			return true
		}
	}
	return false
}

// spelledHost finds "smileclinic dot com".
func (x *leakSearch) spelledHost(i int) {
	if i == 0 || i+1 >= len(x.toks) {
		return
	}
	a, b := x.toks[i-1], x.toks[i+1]
	if gap := x.toks[i].from - a.to; strings.Contains("()[]{}", x.text(a)) && i > 1 && gap <= 1 {
		a = x.toks[i-2]
		if strings.Contains("()[]{}", x.text(b)) && i+2 < len(x.toks) {
			b = x.toks[i+2]
		}
	}
	if a.kind == aSign || !strings.Contains(" com net org info io ", " "+x.text(b)+" ") || b.from-x.toks[i].to > 3 {
		return
	}
	x.link(runBefore(x.s, a.to, labelRune), b.to, "")
}

// account finds "instagram: name_84" and "Telegram @name" behind the name of a
// network at token i.
func (x *leakSearch) account(i int) {
	at := x.toks[i].to
	colon := false
	for j := i + 1; j < len(x.toks) && j <= i+5; j++ {
		t := x.toks[j]
		if t.from-at > 2 {
			return
		}
		at = t.to
		switch {
		case t.kind == aSign && (x.s[t.from] == ':' || x.s[t.from] == '=' || x.s[t.from] == '-'):
			colon = true
			continue
		case t.lex.bits&(saysNumber|saysNetwork) != 0 && t.kind == aWord && !strings.HasPrefix(x.s[t.to:], "_"):
			continue
		case t.kind == aSign || x.s[t.from] >= utf8.RuneSelf:
			if t.kind == aWord {
				continue
			}
			return
		}
		end := runAfter(x.s, t.from, accountRune)
		name := strings.TrimRight(x.s[t.from:end], ".")
		end = t.from + len(name)
		telling := strings.ContainsAny(name, "_0123456789") && strings.IndexFunc(name, unicode.IsLetter) >= 0 || strings.Contains(name, ".")
		if len(name) >= 3 && (telling || colon && x.endsSentence(end) && len(name) >= 5) {
			x.add(LeakHandle, x.linkTier(), t.from, end)
			return
		}
		if colon {
			return
		}
	}
}

func (x *leakSearch) endsSentence(p int) bool {
	rest := strings.TrimLeft(x.s[p:], " ")
	return rest == "" || strings.HasPrefix(rest, "\n") || strings.ContainsAny(rest[:1], ".,;!)")
}
