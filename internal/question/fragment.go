package question

import (
	"bytes"
	"context"
	"html/template"
	"time"

	"github.com/hashicorp/golang-lru/v2/expirable"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/shelf"
)

// A fragment is the HTML of a reply up to where its footer goes. It is the same
// for everybody who reads that language, at any minute: no score, no own vote,
// no "5 minutes ago", no token. So it is made once for each version of a reply
// and used by the page, by live events and by whoever fetches it alone.

// fragmentKey names a fragment. The version grows with every visible change of
// the reply itself.
type fragmentKey struct {
	id      int64
	version int
	lang    string
}

// headKey names what stands above the replies of a question. With answers that
// stand out, whose words it shows, it is over with every event of the channel.
type headKey struct {
	id, seq int64
	version int
	lang    string
}

// fragmentLife bounds how long a change elsewhere (a closed account, a renamed
// clinic) takes to show.
const (
	fragmentLife = time.Minute
	fragmentsMax = 20_000
)

type fragments struct {
	replies   *expirable.LRU[fragmentKey, []byte]
	questions *expirable.LRU[headKey, template.HTML]
	json      *expirable.LRU[fragmentKey, readyReply] // of the API, which speaks one language
	lists     *shelf.Of[string, template.HTML]        // listings by language and filter
	pages     *expirable.LRU[keptKey, *keptReplies]
}

func newFragments() *fragments {
	return &fragments{
		pages:     expirable.NewLRU[keptKey, *keptReplies](keptPages, nil, keptFor),
		lists:     shelf.New[string, template.HTML](1000, time.Second),
		replies:   expirable.NewLRU[fragmentKey, []byte](fragmentsMax, nil, fragmentLife),
		json:      expirable.NewLRU[fragmentKey, readyReply](fragmentsMax, nil, fragmentLife),
		questions: expirable.NewLRU[headKey, template.HTML](fragmentsMax/10, nil, fragmentLife),
	}
}

// ReplyRow is a reply with its author as shown, for a fragment or the API.
type ReplyRow struct {
	ID, QuestionID, AuthorAccountID int64
	Position                        int64
	Version                         int
	State, HiddenWhy                string
	Body, BodyHTML, Lang            string
	PublishedAt                     time.Time
	EditedAt                        *time.Time
	Helpful, Mine                   int
	AskerID                         int64
	Accepted                        bool
	AuthorRow
}

// AuthorRow is what the one display function needs of an author.
type AuthorRow struct {
	Handle, ByRole, ByTitle   string
	OrgName, OrgSlug, OrgKind string
	Gone                      bool
}

func (a AuthorRow) author() access.Author {
	return access.Author{Handle: a.Handle, Role: a.ByRole, Title: a.ByTitle, Organisation: a.OrgName, OrganisationSlug: a.OrgSlug, OrganisationKind: a.OrgKind, Gone: a.Gone}
}

func (r ReplyRow) view(lang string) ReplyView {
	v := ReplyView{
		ID: r.ID, QuestionID: r.QuestionID, Position: r.Position, Version: r.Version, By: r.author().Byline(lang), Lang: r.Lang,
		Asker: r.AuthorAccountID == r.AskerID, Clinic: r.OrgKind == "clinic", At: r.PublishedAt, Edited: r.EditedAt != nil && r.EditedAt.Sub(r.PublishedAt) > graceOfTypos,
	}
	if r.State == Hidden {
		v.Hidden, v.HiddenWhy = true, r.HiddenWhy
		return v
	}
	v.HTML = template.HTML(r.BodyHTML) // #nosec G203: made by text.Markdown when it was stored
	return v
}

func renderReply(r ReplyRow, lang string) ([]byte, error) {
	var b bytes.Buffer
	err := replyPart.Write(&b, lang, r.view(lang))
	return bytes.TrimSpace(b.Bytes()), err
}

// of returns the fragments of rows in lang, in their order, reading the texts
// of those that are not kept.
func (f *fragments) of(ctx context.Context, q *db.Tx, lang string, rows []PageRow) ([][]byte, error) {
	out := make([][]byte, len(rows))
	var missing []int64
	for i, r := range rows {
		if b, ok := f.replies.Get(fragmentKey{r.ReplyID, r.ReplyVersion, lang}); ok {
			out[i] = b
		} else {
			missing = append(missing, r.ReplyID)
		}
	}
	if len(missing) == 0 {
		return out, nil
	}
	made, err := f.make(ctx, q, lang, missing)
	if err != nil {
		return nil, err
	}
	for i, r := range rows {
		if out[i] == nil {
			out[i] = made[r.ReplyID].html
		}
	}
	return out, nil
}

type madeFragment struct {
	html    []byte
	version int
	row     ReplyRow
}

// make renders the fragments of replies as they are now and keeps them.
func (f *fragments) make(_ context.Context, q *db.Tx, lang string, ids []int64) (map[int64]madeFragment, error) {
	rows, err := listReplyRows(q, ids)
	if err != nil {
		return nil, err
	}
	out := make(map[int64]madeFragment, len(rows))
	for _, r := range rows {
		b, err := renderReply(r, lang)
		if err != nil {
			return nil, err
		}
		f.replies.Add(fragmentKey{r.ID, r.Version, lang}, b)
		out[r.ID] = madeFragment{b, r.Version, r}
	}
	return out, nil
}
