package web

import (
	"errors"
	"fmt"
	"html/template"
	"io"
	"strings"
	"text/template/parse"
)

// Much of a page is the same whoever looks: sentences, addresses of our own
// places, of scripts and styles. A template calls a function for each, by
// reflection, and escapes what it returns, again with every page. Those calls
// are made once, when a set of templates is parsed: each that has only
// constants as arguments is replaced by the text it writes.
//
// Nothing is escaped here. The templates are escaped first, by html/template,
// for the places where they stand; then each call is run as it stands, with its
// escapers, and what it writes takes its place.

// constant are the functions whose answer depends on their arguments and on the
// language of the set alone.
var constant = map[string]bool{"t": true, "n": true, "path": true, "static": true, "lang": true, "dir": true, "print": true}

// fold replaces the constant calls in t and in all the templates it uses.
func fold(t *template.Template) (*template.Template, error) {
	// Running it once, with nothing to show, escapes it. It may well miss what
	// it has to show, but it must not be impossible to escape.
	err := t.Execute(io.Discard, nil)
	if e, ok := errors.AsType[*template.Error](err); ok {
		return nil, fmt.Errorf("web: escape %s: %w", t.Name(), e)
	}
	f := folder{entry: t, seen: map[string]bool{}}
	return t, f.use(t.Name())
}

type folder struct {
	entry *template.Template
	seen  map[string]bool
}

// use folds a template by name. Those that html/template made for other places
// than where they were written (in an attribute, say) it keeps to itself; they
// stay as they are.
func (f *folder) use(name string) error {
	t := f.entry.Lookup(name)
	if t == nil || t.Tree == nil || f.seen[name] {
		return nil
	}
	f.seen[name] = true
	return f.list(t.Tree.Root)
}

func (f *folder) list(l *parse.ListNode) error {
	if l == nil {
		return nil
	}
	for i, n := range l.Nodes {
		switch n := n.(type) {
		case *parse.ActionNode:
			if !isConstant(n.Pipe) {
				continue
			}
			text, err := f.run(n)
			if err != nil {
				return err
			}
			l.Nodes[i] = &parse.TextNode{NodeType: parse.NodeText, Pos: n.Pos, Text: text}
		case *parse.TemplateNode:
			if err := f.use(n.Name); err != nil {
				return err
			}
		default:
			if err := f.branches(n); err != nil {
				return err
			}
		}
	}
	l.Nodes = joined(l.Nodes)
	return nil
}

func (f *folder) branches(n parse.Node) error {
	var b *parse.BranchNode
	switch n := n.(type) {
	case *parse.IfNode:
		b = &n.BranchNode
	case *parse.RangeNode:
		b = &n.BranchNode
	case *parse.WithNode:
		b = &n.BranchNode
	default:
		return nil
	}
	return errors.Join(f.list(b.List), f.list(b.ElseList))
}

// run returns what one action writes: for a moment it is all of the template.
func (f *folder) run(n *parse.ActionNode) ([]byte, error) {
	whole := f.entry.Tree.Root
	f.entry.Tree.Root = &parse.ListNode{NodeType: parse.NodeList, Nodes: []parse.Node{n}}
	defer func() { f.entry.Tree.Root = whole }()
	var b strings.Builder
	if err := f.entry.Execute(&b, nil); err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	return []byte(b.String()), nil
}

// isConstant reports whether a pipeline is a constant call, followed by nothing
// but the escapers of html/template.
func isConstant(p *parse.PipeNode) bool {
	if p == nil || len(p.Decl) > 0 || len(p.Cmds) == 0 || !isCall(p.Cmds[0]) {
		return false
	}
	for _, c := range p.Cmds[1:] {
		id, ok := c.Args[0].(*parse.IdentifierNode)
		if !ok || len(c.Args) != 1 || !strings.HasPrefix(id.Ident, "_html_template_") {
			return false
		}
	}
	return true
}

func isCall(c *parse.CommandNode) bool {
	id, ok := c.Args[0].(*parse.IdentifierNode)
	if !ok || !constant[id.Ident] {
		return false
	}
	for _, a := range c.Args[1:] {
		switch a := a.(type) {
		case *parse.StringNode, *parse.NumberNode, *parse.BoolNode:
		case *parse.PipeNode:
			if len(a.Decl) > 0 || len(a.Cmds) != 1 || !isCall(a.Cmds[0]) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// joined makes one of texts that stand beside each other.
func joined(nodes []parse.Node) []parse.Node {
	out := nodes[:0]
	for _, n := range nodes {
		if t, ok := n.(*parse.TextNode); ok && len(out) > 0 {
			if before, ok := out[len(out)-1].(*parse.TextNode); ok {
				before.Text = append(before.Text[:len(before.Text):len(before.Text)], t.Text...)
				continue
			}
		}
		out = append(out, n)
	}
	return out
}
