package text

import (
	"bytes"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/util"

	gmtext "github.com/yuin/goldmark/text"
)

// RendererVersion changes whenever Markdown turns the same source into other
// HTML, so that stored HTML of an older version can be told and made anew.
const RendererVersion = 1

// linkRel stands on every link a person writes: it earns no rank, is known as
// theirs, and gets no handle on our window.
const linkRel = "nofollow ugc noopener"

var markdown = goldmark.New(
	goldmark.WithParser(parser.NewParser(
		parser.WithBlockParsers(blocks()...),
		parser.WithInlineParsers(inlines()...),
		parser.WithParagraphTransformers(parser.DefaultParagraphTransformers()...),
		parser.WithASTTransformers(util.Prioritized(outline{}, 100)),
	)),
	goldmark.WithExtensions(
		tables{},
		extension.Strikethrough,
		extension.NewLinkify(extension.WithLinkifyAllowedProtocols([]string{"http:", "https:"})),
	),
	goldmark.WithRendererOptions(
		html.WithHardWraps(),
		renderer.WithNodeRenderers(util.Prioritized(links{}, 100)),
	),
)

// blocks and inlines are goldmark's own parsers without those for raw HTML: a
// tag that somebody writes is text, and is shown as text.
func blocks() (kept []util.PrioritizedValue) {
	html := parser.NewHTMLBlockParser()
	for _, p := range parser.DefaultBlockParsers() {
		if p.Value != html {
			kept = append(kept, p)
		}
	}
	return kept
}

func inlines() (kept []util.PrioritizedValue) {
	html := parser.NewRawHTMLParser()
	for _, p := range parser.DefaultInlineParsers() {
		if p.Value != html {
			kept = append(kept, p)
		}
	}
	return kept
}

// policy is what may leave this package. The renderer writes nothing else; the
// policy is the second lock, should the first ever fail.
var policy = sync.OnceValue(func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code",
		"em", "strong", "del", "table", "thead", "tbody", "tr", "th", "td")
	p.AllowAttrs("start").Matching(regexp.MustCompile(`^[0-9]{1,9}$`)).OnElements("ol")
	p.AllowAttrs("href", "rel").OnElements("a")
	p.AllowURLSchemes("http", "https")
	p.AllowRelativeURLs(true)
	p.RequireParseableURLs(true)
	return p
})

// Markdown returns the HTML of a text in GitHub-flavoured Markdown, ready to
// stand inside an article below an h3. Nothing in it runs, loads, or names
// anything of the page: no raw HTML (tags are shown as written), no pictures
// (their description is shown), links only to http, https and our own pages,
// no ids, no classes, no styles. A single line break stays a line break.
func Markdown(src string) (html string) {
	var b bytes.Buffer
	// Writing into memory cannot fail, and the renderers below return no errors.
	if err := markdown.Convert([]byte(src), &b); err != nil {
		return "<p>" + escape(src) + "</p>"
	}
	return shown(policy().Sanitize(b.String()))
}

// shown drops again what Clean drops: an entity such as &#x202e; names a
// character that was not in the source.
func shown(s string) string {
	if isASCII(s) {
		return s
	}
	return capMarks(visible(s))
}

func escape(s string) string { return string(util.EscapeHTML([]byte(s))) }

func parse(src []byte) ast.Node { return markdown.Parser().Parse(gmtext.NewReader(src)) }

// links renders links with linkRel, and pictures as their description.
type links struct{}

// RegisterFuncs puts the renderers in place of goldmark's own.
func (links) RegisterFuncs(reg renderer.NodeRendererFuncRegisterer) {
	reg.Register(ast.KindLink, func(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if href, ok := address(string(n.(*ast.Link).Destination)); ok {
			anchor(w, href, entering)
		}
		return ast.WalkContinue, nil
	})
	reg.Register(ast.KindAutoLink, func(w util.BufWriter, src []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		a := n.(*ast.AutoLink)
		label := util.EscapeHTML(a.Label(src))
		href, ok := address(string(a.URL(src)))
		if a.AutoLinkType == ast.AutoLinkEmail || !ok {
			_, err := w.Write(label)
			return ast.WalkContinue, err
		}
		anchor(w, href, true)
		_, err := w.Write(label)
		anchor(w, href, false)
		return ast.WalkContinue, err
	})
	reg.Register(ast.KindImage, func(util.BufWriter, []byte, ast.Node, bool) (ast.WalkStatus, error) {
		return ast.WalkContinue, nil
	})
}

// anchor writes one end of a link; the buffer keeps the first error and its
// flush reports it.
func anchor(w util.BufWriter, href string, entering bool) {
	if !entering {
		_, _ = w.WriteString("</a>")
		return
	}
	_, _ = w.WriteString(`<a href="` + href + `" rel="` + linkRel + `">`)
}

// address returns a link's target, escaped for an attribute, if people may
// link to it: a page elsewhere by http or https, or a path on this site.
func address(dest string) (href string, ok bool) {
	dest = string(util.URLEscape([]byte(dest), true))
	u, err := url.Parse(dest)
	if err != nil {
		return "", false
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https":
		ok = u.Host != "" && u.User == nil
	case "":
		ok = u.Host == "" && strings.HasPrefix(u.Path, "/") && !strings.HasPrefix(u.Path, "//") &&
			!strings.ContainsRune(u.Path, '\\')
	}
	return escape(u.String()), ok
}
