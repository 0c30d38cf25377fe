package texts

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// oddities are what has broken other programs: each appears inside some of the
// generated texts. None of them is a text that the rules refuse.
var oddities = []string{
	"two\nlines", "three\r\nlines of\r\nWindows", "a\n\n\n\nwide gap", "tab\there",
	`"quoted", and 'quoted' again`, `back\slash \n \u0041 \`, "percent %s %d %00 %", "semi;colon -- '; DROP TABLE replies;",
	"<b>bold?</b> <script>alert(1)</script> &amp; &lt;", "[link](javascript:alert(1)) ![x](x.png)", "{{7*7}} ${7*7} {{.Email}}",
	"# heading\n- list\n- list\n\n> quote\n\n    code", "```\nfence never closed", "*a **b *c _d __e ~~f", "| a | b |\n|---|---|\n| 1 | 2 |",
	"كانت العملية جيدة، والألم محتمل بعد 3 أيام.", "הטיפול היה טוב (מאוד)", "mixed العربية and English 123 in one line",
	"很好,医生很耐心。", "ดีมาก หมอใจดี", "Größe, naïve, İstanbul, ığüşöç, Łódź",
	"e" + strings.Repeat("\u0301", 40) + " stacked marks", "e\u0301 and \u00e9 are one letter", "\u1100\u1161\u11a8 is 각", "ﬁne print ½ ① ℌ", "many\u0300\u0301\u0302\u0303\u0304 marks",
	"👍🏽 👩\u200d⚕️ 🏳️\u200d🌈 🇹🇷 and 🦷", "می\u200cخواهم", "क्\u200dष", "bidi \u202eoverride\u202c and \u2066isolate\u2069", "zero\u200bwidth\ufeffmarks",
	"line\u2028separator and paragraph\u2029separator", "control \u0001\u0007\u001b[31m bytes", "non-breaking\u00a0space, thin\u2009space", "soft\u00adhyphen",
	"plain text that ends in spaces   \n\n  ", "   starts in spaces", "\ufffd replacement", "null: null, true, NaN, 1e309", "http://example.org/?a=b&c=d#e",
}

// refused are texts that must not be accepted.
var refused = []string{"", "   ", "\n\r\n\t", "\u200b\u200b", "\u202e\u202c", "a NUL \x00 inside"}

var words = strings.Fields(`the clinic called back after two days and my teeth are fine but the swelling stayed for a week so ask about
	stitches flights hotel driver interpreter records invoice pain sleep nurse surgeon crown implant graft checkup promise price`)

// Generate makes n texts from a fixed seed: mostly ordinary comments, with every
// oddity in turn, some very long ones (up to the longest allowed), and about one
// in forty that the rules refuse.
func Generate(n int) []Text {
	r := rand.New(rand.NewPCG(3, 834))
	out := make([]Text, 0, n)
	for i := 1; i <= n; i++ {
		out = append(out, Judge(i, generated(r, i)))
	}
	return out
}

func generated(r *rand.Rand, i int) string {
	switch {
	case i%40 == 7:
		return refused[(i/40)%len(refused)]
	case i%200 == 11: // one character too many
		return strings.Repeat("x", Longest+1)
	case i%200 == 111: // exactly as long as allowed, of four-byte characters
		return strings.Repeat("🦷", Longest)
	case i%50 == 13:
		return fmt.Sprintf("%d: %s", i, prose(r, 300+r.IntN(900)))
	case i%2 == 0:
		return fmt.Sprintf("%d %s %s", i, oddities[(i/2)%len(oddities)], prose(r, 3+r.IntN(20)))
	default:
		return prose(r, 2+r.IntN(60)) + "."
	}
}

func prose(r *rand.Rand, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(" \n"[min(1, r.IntN(30)/29)])
		}
		b.WriteString(words[r.IntN(len(words))])
	}
	return b.String()
}
