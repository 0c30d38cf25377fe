package question

import (
	"bytes"
	"html/template"
	"strconv"
	"strings"
	"sync"
	"time"

	"caravan/internal/access"
	"caravan/internal/wording"
)

// The footer of a reply differs by reader and by minute, and there are fifty on
// a page. Its template is therefore run once for each language and kind of
// reader, with marks where the values go; a footer is then its pieces with the
// values between them. The same markup stands in the page's <template>, so that
// a reply that arrives live gets the footer that the page would have given it.

// footerKind is what a footer offers.
type footerKind struct {
	lang              string
	signedIn, mine    bool
	helpful, accepted bool // pressed
	canAccept         bool
	hidden            bool
}

// stencil is a footer cut at its marks: piece, value, piece, value, …, piece.
type stencil struct {
	pieces []string
	values []int // which value follows each piece
}

// The values of a footer, and the marks that stand for them. Marks are plain
// letters, so that they survive every way of escaping.
const (
	valID = iota
	valPosition
	valHelpful
	valAgo
	valISO
	values
)

var marks = [values]string{"QxIDxQ", "QxPOSITIONxQ", "QxHELPFULxQ", "QxAGOxQ", "QxISOxQ"}

var stencils sync.Map // footerKind → *stencil

func stencilOf(k footerKind) (*stencil, error) {
	if s, ok := stencils.Load(k); ok {
		return s.(*stencil), nil
	}
	var b bytes.Buffer
	err := footerPart.Write(&b, k.lang, FooterView{
		ID: marks[valID], Position: marks[valPosition], Helpful: marks[valHelpful], Ago: marks[valAgo], ISO: marks[valISO],
		SignedIn: k.signedIn, Mine: k.mine, Pressed: k.helpful, Accepted: k.accepted, CanAccept: k.canAccept, Hidden: k.hidden,
	})
	if err != nil {
		return nil, err
	}
	s := cut(strings.TrimSpace(b.String()))
	stencils.Store(k, s)
	return s, nil
}

func cut(html string) *stencil {
	s := &stencil{}
	for {
		first, which := len(html), -1
		for v, m := range marks {
			if i := strings.Index(html, m); i >= 0 && i < first {
				first, which = i, v
			}
		}
		s.pieces = append(s.pieces, html[:first])
		if which < 0 {
			return s
		}
		s.values = append(s.values, which)
		html = html[first+len(marks[which]):]
	}
}

// write puts the footer of one reply into b.
func (s *stencil) write(b *bytes.Buffer, vals *[values]string) {
	for i, p := range s.pieces {
		b.WriteString(p)
		if i < len(s.values) {
			b.WriteString(vals[s.values[i]])
		}
	}
}

// writeReplies puts fragments with their footers into one piece of HTML, and
// notes in ends, if there is one, where each reply ends.
func writeReplies(lang string, a access.Actor, now time.Time, p Page, html [][]byte, ends *[]int) (template.HTML, error) {
	var b bytes.Buffer
	size := 0
	for _, h := range html {
		size += len(h) + 700
	}
	b.Grow(size)
	for i, r := range p.replies {
		b.Write(html[i])
		if err := writeFooter(&b, lang, a, now, p, r); err != nil {
			return "", err
		}
		if ends != nil {
			*ends = append(*ends, b.Len())
		}
	}
	return template.HTML(b.String()), nil // #nosec G203: fragments and stencils come out of html/template
}

// writeFooter ends one reply for a.
func writeFooter(b *bytes.Buffer, lang string, a access.Actor, now time.Time, p Page, r PageRow) error {
	s, err := stencilOf(footerKind{
		lang: lang, signedIn: a.SignedIn(), mine: a.SignedIn() && r.ReplyAuthorID == a.AccountID, helpful: r.Mine == 1,
		accepted: p.AcceptedReplyID == r.ReplyID, canAccept: a.SignedIn() && p.AuthorAccountID == a.AccountID && r.ReplyAuthorID != a.AccountID, hidden: r.ReplyState == Hidden,
	})
	if err != nil {
		return err
	}
	vals := [values]string{
		valID: itoa(r.ReplyID), valPosition: itoa(r.Position), valHelpful: strconv.Itoa(r.Helpful),
		valAgo: template.HTMLEscapeString(wording.Ago(lang, r.ReplyAt, now)), valISO: r.ReplyAt.UTC().Format(time.RFC3339),
	}
	s.write(b, &vals)
	b.WriteString("</li>\n")
	return nil
}
