package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/util"
)

// Plain returns the words of a Markdown text without its marks, one line a
// block. It is what search reads.
func Plain(src string) string {
	doc := []byte(src)
	var b strings.Builder
	// The walk visits; it never fails.
	_ = ast.Walk(parse(doc), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			if n.Type() == ast.TypeBlock && b.Len() > 0 {
				b.WriteByte(blockEnd(n))
			}
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Text:
			b.WriteString(unescape(n.Segment.Value(doc)))
			if n.SoftLineBreak() || n.HardLineBreak() {
				b.WriteByte('\n')
			}
		case *ast.String:
			b.Write(n.Value)
		case *ast.AutoLink:
			b.Write(n.Label(doc))
		case *ast.CodeBlock, *ast.FencedCodeBlock:
			for i := range n.Lines().Len() {
				line := n.Lines().At(i)
				b.Write(line.Value(doc))
			}
		}
		return ast.WalkContinue, nil
	})
	return tidy(shown(b.String()))
}

// blockEnd is what follows a block: the cells of a table stay on one line.
func blockEnd(n ast.Node) byte {
	if n.Kind() == extast.KindTableCell {
		return ' '
	}
	return '\n'
}

// unescape returns what a piece of Markdown reads as: without the backslashes
// that quote its signs, and with entities as the characters they name.
func unescape(seg []byte) string {
	var b strings.Builder
	from := 0
	flush := func(to int) {
		b.Write(util.ResolveEntityNames(util.ResolveNumericReferences(seg[from:to])))
	}
	for i := 0; i+1 < len(seg); i++ {
		if seg[i] == '\\' && util.IsPunct(seg[i+1]) {
			flush(i)
			b.WriteByte(seg[i+1])
			i++
			from = i + 1
		}
	}
	flush(len(seg))
	return b.String()
}

// tidy trims every line and drops the empty ones.
func tidy(s string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(s, "\n") {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(line)
	}
	return b.String()
}

// Excerpt returns the beginning of a Markdown text as one plain line of at most
// n characters, cut between words, with an ellipsis if something is left out.
func Excerpt(src string, n int) string {
	// Most excerpts need the first lines only, and parsing is what costs.
	s := oneLine(Plain(head(src, 4*n)))
	if utf8.RuneCountInString(s) <= n {
		s = oneLine(Plain(src))
	}
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	cut := head(s, n-1)
	if i := strings.LastIndexByte(cut, ' '); i > len(cut)/2 {
		cut = cut[:i]
	}
	return strings.TrimRightFunc(cut, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(".,:;-–—", r) }) + "…"
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// head returns the first n characters of s, all of it if it is shorter.
func head(s string, n int) string {
	if n <= 0 {
		return ""
	}
	for i := range s {
		if n--; n < 0 {
			return s[:i]
		}
	}
	return s
}

// Links is how many links a Markdown text holds; pictures count, since people
// put them where a link is refused.
func Links(src string) (n int) {
	// The walk visits; it never fails.
	_ = ast.Walk(parse([]byte(src)), func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch node.Kind() {
		case ast.KindLink, ast.KindAutoLink, ast.KindImage:
			n++
		}
		return ast.WalkContinue, nil
	})
	return n
}
