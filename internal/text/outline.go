package text

import (
	"bytes"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"

	gmtext "github.com/yuin/goldmark/text"
)

// headingDrop lowers headings: h1 to h3 belong to the page around the text.
const headingDrop = 3

// maxNesting is how deep quotes and lists may stand in each other, and how deep
// emphasis in emphasis; deeper ones are shown at this depth. Browsers stop
// nesting at 512 elements and then repair in ways of their own.
const maxNesting = 8

// outline fits a text into a page: headings go down, towers of quotes and
// lists are cut.
type outline struct{}

// Transform lowers headings and flattens what is nested too deep.
func (outline) Transform(doc *ast.Document, _ gmtext.Reader, _ parser.Context) {
	var deep []ast.Node
	block, inline := 0, 0
	nest := func(depth *int, n ast.Node, entering bool) {
		if !entering {
			*depth--
		} else if *depth++; *depth > maxNesting {
			deep = append(deep, n)
		}
	}
	// The walk visits; it never fails.
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.Heading:
			if entering {
				n.Level = min(n.Level+headingDrop, 6)
			}
		case *ast.Blockquote, *ast.List:
			nest(&block, n, entering)
		case *ast.Emphasis, *extast.Strikethrough:
			nest(&inline, n, entering)
		}
		return ast.WalkContinue, nil
	})
	for _, n := range deep { // from the outside in: every node moves once
		unwrap(n)
	}
}

// unwrap puts the children of a node, or of the items of a list, in its place.
func unwrap(n ast.Node) {
	parent := n.Parent()
	lift := func(from ast.Node) {
		for c := from.FirstChild(); c != nil; {
			next := c.NextSibling()
			parent.InsertBefore(parent, n, c)
			c = next
		}
	}
	if n.Kind() != ast.KindList {
		lift(n)
	} else {
		for item := n.FirstChild(); item != nil; item = item.NextSibling() {
			lift(item)
		}
	}
	parent.RemoveChild(parent, n)
}

// tables is goldmark's extension with a bound: a short row is filled up with
// empty cells, so a wide head and many short rows would make a page of a line.
type tables struct{}

// Extend adds tables to a Markdown.
func (tables) Extend(m goldmark.Markdown) {
	m.Parser().AddOptions(
		parser.WithParagraphTransformers(util.Prioritized(boundedTable{extension.NewTableParagraphTransformer()}, 200)),
		parser.WithASTTransformers(util.Prioritized(extension.NewTableASTTransformer(), 0)),
	)
	m.Renderer().AddOptions(renderer.WithNodeRenderers(util.Prioritized(
		extension.NewTableHTMLRenderer(extension.WithTableCellAlignMethod(extension.TableCellAlignNone)), 500)))
}

type boundedTable struct{ parser.ParagraphTransformer }

// Transform makes a table of a paragraph unless most of its cells were empty
// filling.
func (b boundedTable) Transform(p *ast.Paragraph, r gmtext.Reader, pc parser.Context) {
	widest, bars := 0, 0
	for i := range p.Lines().Len() {
		line := p.Lines().At(i)
		n := bytes.Count(line.Value(r.Source()), []byte{'|'})
		widest = max(widest, n)
		bars += n
	}
	if p.Lines().Len()*widest <= 4*bars {
		b.ParagraphTransformer.Transform(p, r, pc)
	}
}
