package question

import (
	"bytes"
	"errors"
	"html/template"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/httpd"
	"caravan/internal/wording"
)

// What a page of replies shows is the same for all who are signed in, but for
// their own votes, their own replies, and what the asker may do. Everything
// else changes only with the sequence number of the question's channel: an
// event is appended in the transaction of each change, and its number becomes
// visible with it. So the replies are kept as one piece of HTML under the number
// that was read before them. Each request reads that number anew, with the
// question and the reader's own votes in one round trip; if it has moved, the
// replies are read and made anew. Sums of votes by others are told once a second
// and are no older here either, because nothing is kept for longer.

const (
	keptFor   = time.Second
	keptPages = 256 // some 50 KB each
)

// keptKey names a page of replies: after a position, or before one.
type keptKey struct {
	id, after, before int64
	lang              string
}

type keptReplies struct {
	seq, accepted int64
	version       int
	rows          []PageRow
	more          bool
	ids           []int64
	fragments     [][]byte
	html          template.HTML
	ends          []int // of each reply in html; its footer begins where its fragment ends
}

// current reports whether k is what the page shows that p was read for.
func (k *keptReplies) current(p Page) bool {
	return k.seq == p.Seq && k.version == p.Version && k.accepted == p.AcceptedReplyID
}

// ownVote is the reader's vote on a reply, with the sum that it is in.
type ownVote struct {
	ReplyID        int64
	Value, Helpful int
}

// repliesFor reads a question and a page of its replies for a: the page without
// texts, and the replies as HTML, made when somebody asks for it.
func (s *Service) repliesFor(c echo.Context, q *db.Tx, in questionAddress) (p Page, html func() (template.HTML, error), err error) {
	a, lang, ctx := httpd.Actor(c), httpd.Lang(c), c.Request().Context()
	after := in.After
	if in.At > 0 {
		after = in.At - 1
	}
	key := keptKey{in.ID, after, in.Before, lang}
	if k, ok := s.fragments.pages.Get(key); ok && a.SignedIn() {
		var votes []ownVote
		if p, votes, err = findVotes(q, in.ID, a.PersonID, k.ids); err != nil {
			return p, nil, err
		}
		if k.current(p) {
			p.replies, p.more = k.rows, k.more
			return p, func() (template.HTML, error) { return k.show(lang, a, q.Now, p, votes) }, nil
		}
	}
	if p, err = findPage(q, in.ID, after, in.Before, a.PersonID); err != nil {
		return p, nil, err
	}
	return p, func() (template.HTML, error) {
		fragments, err := s.fragments.of(ctx, q, lang, p.replies)
		if err != nil {
			return "", err
		}
		if !a.SignedIn() {
			return writeReplies(lang, a, q.Now, p, fragments, nil)
		}
		k, err := keep(lang, q.Now, p, fragments)
		if err != nil {
			return "", err
		}
		s.fragments.pages.Add(key, k)
		return k.show(lang, a, q.Now, p, votesOf(p.replies))
	}, nil
}

// member stands for whoever is signed in and has neither written nor asked
// anything here: no account has this number.
var member = access.Actor{AccountID: -1}

// keep makes the replies of p for a member without votes.
func keep(lang string, now time.Time, p Page, fragments [][]byte) (*keptReplies, error) {
	k := &keptReplies{seq: p.Seq, accepted: p.AcceptedReplyID, version: p.Version, more: p.more, fragments: fragments,
		rows: make([]PageRow, len(p.replies)), ids: make([]int64, len(p.replies)), ends: make([]int, 0, len(p.replies))}
	for i, r := range p.replies {
		r.Mine = 0
		k.rows[i], k.ids[i] = r, r.ReplyID
	}
	p.replies = k.rows
	html, err := writeReplies(lang, member, now, p, fragments, &k.ends)
	k.html = html
	return k, err
}

// show is the kept HTML with the footers of those replies made anew that a
// voted on, wrote, or may accept.
func (k *keptReplies) show(lang string, a access.Actor, now time.Time, p Page, votes []ownVote) (template.HTML, error) {
	mine := make(map[int64]ownVote, len(votes))
	for _, v := range votes {
		mine[v.ReplyID] = v
	}
	asker := p.AuthorAccountID == a.AccountID
	var b bytes.Buffer
	done := 0 // of k.html
	for i, r := range k.rows {
		v, voted := mine[r.ReplyID]
		if !voted && !asker && r.ReplyAuthorID != a.AccountID {
			continue
		}
		if b.Cap() == 0 {
			b.Grow(len(k.html) + 1024)
		}
		begin := 0
		if i > 0 {
			begin = k.ends[i-1]
		}
		begin += len(k.fragments[i])
		b.WriteString(string(k.html[done:begin]))
		if voted {
			r.Mine, r.Helpful = v.Value, v.Helpful
		}
		if err := writeFooter(&b, lang, a, now, p, r); err != nil {
			return "", err
		}
		done = k.ends[i]
	}
	if done == 0 {
		return k.html, nil
	}
	b.WriteString(string(k.html[done:]))
	return template.HTML(b.String()), nil // #nosec G203: pieces of what came out of html/template
}

func votesOf(rows []PageRow) (out []ownVote) {
	for _, r := range rows {
		if r.Mine != 0 {
			out = append(out, ownVote{r.ReplyID, r.Mine, r.Helpful})
		}
	}
	return out
}

// blanks are the parts of a page that have no values yet: they differ by
// language and by what the reader may do, in few ways.
type blanks struct{ field, footer, own template.HTML }

type blankKind struct {
	lang            string
	signedIn, asker bool
}

var keptBlanks sync.Map // blankKind → blanks

// blanksFor makes the empty field of a reply and the footers of the page's
// templates, into which a script puts a reply that arrives live: that of
// others' replies and that of one's own.
func blanksFor(k blankKind) (blanks, error) {
	if kept, ok := keptBlanks.Load(k); ok {
		return kept.(blanks), nil
	}
	others := FooterView{ID: "{id}", Position: "{position}", Helpful: "0", Ago: wording.Text(k.lang, "common.just_now"), SignedIn: k.signedIn, CanAccept: k.asker}
	own := others
	own.Mine, own.CanAccept = true, false
	var field, footer, mine bytes.Buffer
	err := errors.Join(fieldPart.Write(&field, k.lang, nil), footerPart.Write(&footer, k.lang, others), footerPart.Write(&mine, k.lang, own))
	if err != nil {
		return blanks{}, err
	}
	b := blanks{template.HTML(field.String()), template.HTML(footer.String()), template.HTML(mine.String())} // #nosec G203: came out of html/template
	keptBlanks.Store(k, b)
	return b, nil
}
