package text_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"caravan/internal/text"
)

func TestMarkdownShowsWhatPeopleWrite(t *testing.T) {
	rel := ` rel="nofollow ugc noopener"`
	for name, c := range map[string]struct{ in, want string }{
		"paragraphs":              {"one\n\ntwo", "<p>one</p>\n<p>two</p>\n"},
		"a line break stays":      {"one\ntwo", "<p>one<br>\ntwo</p>\n"},
		"emphasis":                {"*a* **b** ~~c~~ `d`", "<p><em>a</em> <strong>b</strong> <del>c</del> <code>d</code></p>\n"},
		"headings go down":        {"# a\n## b\n### c\n###### d", "<h4>a</h4>\n<h5>b</h5>\n<h6>c</h6>\n<h6>d</h6>\n"},
		"list":                    {"- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"},
		"list from three":         {"3. a\n4. b", "<ol start=\"3\">\n<li>a</li>\n<li>b</li>\n</ol>\n"},
		"task marks are text":     {"- [x] flight", "<ul>\n<li>[x] flight</li>\n</ul>\n"},
		"quote":                   {"> a", "<blockquote>\n<p>a</p>\n</blockquote>\n"},
		"code keeps its signs":    {"```js\n<b>&\n```", "<pre><code>&lt;b&gt;&amp;\n</code></pre>\n"},
		"table":                   {"|a|b|\n|:-|-:|\n|1|2|", "<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1</td>\n<td>2</td>\n</tr>\n</tbody>\n</table>\n"},
		"link":                    {"[a](https://example.org/x?y=1&z=2)", `<p><a href="https://example.org/x?y=1&amp;z=2"` + rel + ">a</a></p>\n"},
		"link to our own page":    {"[a](/questions/7)", `<p><a href="/questions/7"` + rel + ">a</a></p>\n"},
		"bare address":            {"see https://example.org.", `<p>see <a href="https://example.org"` + rel + ">https://example.org</a>.</p>\n"},
		"bare www":                {"www.example.org", `<p><a href="http://www.example.org"` + rel + ">www.example.org</a></p>\n"},
		"e-mail is not a link":    {"me@example.org <you@example.org>", "<p>me@example.org you@example.org</p>\n"},
		"picture is its words":    {"![my *nose*](https://example.org/p.png)", "<p>my <em>nose</em></p>\n"},
		"tags are text":           {"a <b>c</b>", "<p>a &lt;b&gt;c&lt;/b&gt;</p>\n"},
		"comments are text":       {"<!-- a -->", "<p>&lt;!-- a --&gt;</p>\n"},
		"Arabic":                  {"**مرحبا**", "<p><strong>مرحبا</strong></p>\n"},
		"entity reads as sign":    {"5 &lt; 6 &amp; 7", "<p>5 &lt; 6 &amp; 7</p>\n"},
		"entity hides no turn":    {"a&#x202e;b&#8203;c", "<p>abc</p>\n"},
		"nothing":                 {"", ""},
		"template marks stay":     {"{{7*7}} <%= 7 %>", "<p>{{7*7}} &lt;%= 7 %&gt;</p>\n"},
		"less than five":          {"pain < 5, fever > 38", "<p>pain &lt; 5, fever &gt; 38</p>\n"},
		"link that spells a user": {"[bank](https://bank.example@evil.example/)", "<p>bank</p>\n"},
	} {
		if got := text.Markdown(c.in); got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", name, got, c.want)
		}
	}
}

// hostile texts try to run, load, restyle or break out. Each must come out as
// text; assertTame says what that means.
var hostile = []string{
	`<script>alert(1)</script>`,
	`<SCRIPT SRC=//evil.example/x.js></SCRIPT>`,
	`<svg onload=alert(1)>`,
	`<svg><script>alert&#40;1&#41;</script></svg>`,
	`<img src=x onerror=alert(1)>`,
	`<img src="x` + "`" + `<script>alert(1)</script>"` + "`" + `>`,
	`<iframe srcdoc="<script>alert(1)</script>">`,
	`<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">`,
	`<noscript><p title="</noscript><img src=x onerror=alert(1)>">`,
	`<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>`,
	`<style>@import url(//evil.example/x.css); body{display:none}</style>`,
	`<p style="position:fixed;inset:0">x</p>`,
	`<a href="javascript:alert(1)">x</a>`,
	`<base href="//evil.example/"><meta http-equiv=refresh content="0;url=//evil.example">`,
	`<details open ontoggle=alert(1)>`,
	`<template><script>alert(1)</script></template>`,
	`<x onclick=alert(1) id=main class=btn>`,
	`<input autofocus onfocus=alert(1)>`,
	`</p></article></main><h1>Caravan is closed</h1>`,
	`<!--><script>alert(1)</script>-->`,
	`<![CDATA[<script>alert(1)</script>]]>`,
	`<?php echo 1 ?><script>alert(1)</script>`,
	`[x](javascript:alert(1))`,
	`[x](JaVaScRiPt:alert(1))`,
	"[x](java\nscript:alert(1))",
	`[x](java&#10;script:alert(1))`,
	`[x](&#106;avascript:alert(1))`,
	`[x](\x01javascript:alert(1))`,
	`[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)`,
	`[x](vbscript:msgbox)`,
	`[x](file:///etc/passwd)`,
	`[x](blob:https://example.org/1)`,
	`[x](//evil.example)`,
	`[x](/\evil.example)`,
	`[x](/%5cevil.example "onmouseover=alert(1)")`,
	`[x](https://example.org/"onmouseover="alert(1))`,
	`[x](<https://example.org/"onmouseover="alert(1)>)`,
	`[x](https://example.org 'a" onmouseover="alert(1)')`,
	`<javascript:alert(1)>`,
	`<https://example.org/"><script>alert(1)</script>>`,
	`![x](javascript:alert(1))`,
	`![x](https://evil.example/pixel.gif)`,
	`![x" onerror="alert(1)](https://evil.example/pixel.gif)`,
	`![<img src=x onerror=alert(1)>](x)`,
	"[a]: javascript:alert(1)\n[a]",
	"[a]: https://example.org '\"><script>alert(1)</script>'\n[a]",
	"```\"><script>alert(1)</script>\nx\n```",
	"`<script>alert(1)</script>`",
	"    <script>alert(1)</script>",
	"|<script>|\n|-|\n|<img src=x onerror=alert(1)>|",
	"# <script>alert(1)</script> {#main .btn onclick=alert(1)}",
	"{onclick=alert(1)}\npara",
	`&lt;script&gt;alert(1)&lt;/script&gt;`,
	`&#60;script&#62;alert(1)&#60;/script&#62;`,
	`{{constructor.constructor('alert(1)')()}}`,
	"<scr\x0bipt>alert(1)</scr\x0bipt>",
	"<scr<script>ipt>alert(1)</scr</script>ipt>",
	"\u2028<script>alert(1)</script>\u2029",
	`<a href="https://example.org" target=_blank rel=opener>x</a>`,
	`javascript:/*--></title></style></textarea></script></xmp><svg/onload='+/"/+/onmouseover=1/+/[*/[]/+alert(1)//'>`,
}

func TestHostileTextsAreShownAsText(t *testing.T) {
	for _, src := range hostile {
		assertTame(t, src)
	}
	shown := text.Markdown(`<script>alert(1)</script>`)
	if want := "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"; shown != want {
		t.Errorf("a script shows as %q, want %q", shown, want)
	}
}

func TestHostileTextsTakeNoTime(t *testing.T) {
	n := 20_000
	for name, src := range map[string]string{
		"quotes":       strings.Repeat(">", n),
		"lists":        strings.Repeat("- ", n/2),
		"brackets":     strings.Repeat("[", n),
		"pictures":     strings.Repeat("![", n/2),
		"links":        strings.Repeat("[a](", n/4),
		"stars":        strings.Repeat("*a_", n/3),
		"star nest":    strings.Repeat("*a ", n/3) + strings.Repeat("a* ", n/3),
		"backticks":    strings.Repeat("`a``", n/4),
		"pointies":     strings.Repeat("<a ", n/3),
		"comments":     strings.Repeat("<!--", n/4),
		"tables":       "|a|\n|-|\n" + strings.Repeat("|", n),
		"wide table":   strings.Repeat("|a", n/4) + "\n" + strings.Repeat("|-", n/4) + "\n" + strings.Repeat("|\n", n/8),
		"references":   strings.Repeat("[a]: b\n", n/8) + strings.Repeat("[a]", n/8),
		"entities":     strings.Repeat("&#x301;", n/7),
		"addresses":    strings.Repeat("http://a.", n/9),
		"mails":        strings.Repeat("a@", n/2),
		"tildes":       strings.Repeat("~~a", n/3),
		"indented":     strings.Repeat(" ", n) + "a",
		"nested quote": strings.Repeat(strings.Repeat("> ", 100)+"a\n", n/201),
	} {
		start := time.Now()
		assertTame(t, src)
		if d := time.Since(start); d > 2*time.Second {
			t.Errorf("%s: rendering took %v", name, d)
		}
	}
}

func TestNestingIsCut(t *testing.T) {
	for name, src := range map[string]string{
		"quotes": strings.Repeat("> ", 500) + "deep",
		"lists":  strings.Repeat("- ", 500) + "deep",
	} {
		got := text.Markdown(src)
		if n := strings.Count(got, "<blockquote>") + strings.Count(got, "<ul>"); n != 8 {
			t.Errorf("%s: %d levels are shown, want 8", name, n)
		}
		if !strings.Contains(got, "deep") {
			t.Errorf("%s: the words are lost", name)
		}
	}
}

// tags and what may stand on them; everything else is untamed.
var tame = map[atom.Atom][]string{
	atom.P: nil, atom.Br: nil, atom.Hr: nil, atom.H4: nil, atom.H5: nil, atom.H6: nil, atom.Ul: nil,
	atom.Ol: {"start"}, atom.Li: nil, atom.Blockquote: nil, atom.Pre: nil, atom.Code: nil, atom.Em: nil,
	atom.Strong: nil, atom.Del: nil, atom.Table: nil, atom.Thead: nil, atom.Tbody: nil, atom.Tr: nil,
	atom.Th: nil, atom.Td: nil, atom.A: {"href", "rel"},
}

// assertTame parses the HTML of src as a browser would, inside a page, and
// fails if it holds more than words, or if a browser would repair it into
// something else (which is how mutation attacks come back to life).
func assertTame(t *testing.T, src string) {
	t.Helper()
	out := text.Markdown(src)
	body := &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div}
	nodes, err := html.ParseFragment(strings.NewReader(out), body)
	if err != nil {
		t.Fatalf("%.200q gives %.200q: %v", src, out, err)
	}
	var b strings.Builder
	for _, n := range nodes {
		if err := html.Render(&b, n); err != nil {
			t.Fatalf("%.200q gives %.200q: %v", src, out, err)
		}
		for d := range n.Descendants() {
			judge(t, src, d)
		}
		judge(t, src, n)
	}
	if again, err := html.ParseFragment(strings.NewReader(b.String()), body); err != nil || render(again) != b.String() {
		t.Errorf("%.200q mutates: %.300q then %.300q", src, b.String(), render(again))
	}
}

func render(nodes []*html.Node) string {
	var b strings.Builder
	for _, n := range nodes {
		if err := html.Render(&b, n); err != nil {
			return err.Error()
		}
	}
	return b.String()
}

func judge(t *testing.T, src string, n *html.Node) {
	t.Helper()
	if n.Type == html.TextNode {
		return
	}
	allowed, ok := tame[n.DataAtom]
	if n.Type != html.ElementNode || !ok {
		t.Errorf("%.200q lets through %q", src, n.Data)
		return
	}
	for _, a := range n.Attr {
		if !slices.Contains(allowed, a.Key) {
			t.Errorf("%.200q lets through %s=%q on %s", src, a.Key, a.Val, n.Data)
		}
		if a.Key == "href" && !strings.HasPrefix(a.Val, "https://") && !strings.HasPrefix(a.Val, "http://") &&
			(!strings.HasPrefix(a.Val, "/") || strings.HasPrefix(a.Val, "//") || strings.HasPrefix(a.Val, `/\`)) {
			t.Errorf("%.200q links to %q", src, a.Val)
		}
	}
	if rel := slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "rel" && a.Val == "nofollow ugc noopener" }); n.DataAtom == atom.A && !rel {
		t.Errorf("%.200q has a link without our rel", src)
	}
}

func FuzzMarkdown(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Add("> - > 1. a\n\n|a|\n|-|\n|b|")
	f.Fuzz(func(t *testing.T, src string) {
		clean, err := text.Clean(src)
		if err != nil || len(clean) > 20_000 {
			return
		}
		assertTame(t, clean)
		text.Plain(clean)
		if n := text.Length(text.Excerpt(clean, 40)); n > 40 {
			t.Fatalf("an excerpt of %+q has %d characters", clean, n)
		}
		text.Links(clean)
	})
}

func TestPlainKeepsTheWords(t *testing.T) {
	src := "# Title\n\nA *bold* **word**, `code` & \\*star\\* \\\\ &amp; [link](https://example.org)\nnext line\n\n- one\n- two\n\n|a|b|\n|-|-|\n|c|d|\n\n```\nx < y\n```\n![alt](x.png) <b>tag</b>"
	want := "Title\nA bold word, code & *star* \\ & link\nnext line\none\ntwo\na b\nc d\nx < y\nalt <b>tag</b>"
	if got := text.Plain(src); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestExcerptIsCutBetweenWords(t *testing.T) {
	for _, c := range []struct {
		in   string
		n    int
		want string
	}{
		{"short", 20, "short"},
		{"", 20, ""},
		{"**One** two\nthree", 20, "One two three"},
		{"The swelling went down after two weeks.", 20, "The swelling went…"},
		{"The swelling, that is all.", 14, "The swelling…"},
		{"Donaudampfschifffahrtsgesellschaft", 10, "Donaudamp…"},
		{strings.Repeat("*", 100) + "\n\nafter a rule", 12, "after a rule"},
		{"هل يمكنني السفر بعد العملية بأسبوع", 12, "هل يمكنني…"},
		{"隆鼻手术恢复期需要多长时间", 8, "隆鼻手术恢复期…"},
	} {
		if got := text.Excerpt(c.in, c.n); got != c.want {
			t.Errorf("Excerpt(%q, %d) = %q, want %q", c.in, c.n, got, c.want)
		}
	}
}

func TestLinksCountsEveryWayToLink(t *testing.T) {
	src := "[a](https://a.example) https://b.example www.c.example <https://d.example> ![e](https://e.example) f@f.example `https://code.example` plain"
	if got := text.Links(src); got != 6 {
		t.Errorf("got %d links, want 6", got)
	}
}
