package question

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"caravan/internal/access"
)

// A kept page shows every reader what making it for them alone would show.
func TestAKeptPageIsThePageMadeForEachReader(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
	const asker, writer = 11, 12
	p := Page{ID: 1, AuthorAccountID: asker, State: Shown, Seq: 40, AcceptedReplyID: 104}
	var fragments [][]byte
	for i := range int64(8) {
		state := Shown
		if i == 5 {
			state = Hidden
		}
		by := int64(20 + i)
		if i == 0 || i == 3 || i == 7 {
			by = writer
		}
		p.replies = append(p.replies, PageRow{ReplyID: 100 + i, ReplyAuthorID: by, ReplyState: state, ReplyAt: now.Add(-time.Duration(i*i*i) * time.Hour), Position: 2 + i, Helpful: int(i)})
		fragments = append(fragments, fmt.Appendf(nil, `<li id="r%d">reply %d`, 2+i, i))
	}
	for _, lang := range []string{"en", "ar"} {
		k, err := keep(lang, now, p, fragments)
		if err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			reader int64
			votes  []ownVote
		}{
			"somebody":                         {99, nil},
			"somebody who voted":               {99, []ownVote{{100, 1, 7}, {107, 1, 8}}},
			"somebody who took a vote back":    {99, []ownVote{{101, 0, 5}}},
			"who wrote some":                   {writer, nil},
			"who wrote some and voted":         {writer, []ownVote{{101, 1, 2}, {104, 1, 5}}},
			"the asker":                        {asker, nil},
			"the asker who voted on a few":     {asker, []ownVote{{100, 1, 1}, {106, 1, 7}}},
			"who voted on what is not in here": {99, []ownVote{{999, 1, 1}}},
		} {
			a := access.Actor{AccountID: c.reader, PersonID: c.reader}
			alone := p
			alone.replies = append([]PageRow(nil), p.replies...)
			for _, v := range c.votes {
				for i := range alone.replies {
					if r := &alone.replies[i]; r.ReplyID == v.ReplyID {
						r.Mine, r.Helpful = v.Value, v.Helpful
					}
				}
			}
			want, err := writeReplies(lang, a, now, alone, fragments, nil)
			if err != nil {
				t.Fatal(err)
			}
			again := p
			again.replies = k.rows
			got, err := k.show(lang, a, now, again, c.votes)
			if err != nil || got != want {
				t.Errorf("%s, %s: %v\ngot  %s\nwant %s", name, lang, err, got, want)
			}
		}
	}
}

func TestAKeptPageIsOverWhenItsQuestionMoves(t *testing.T) {
	t.Parallel()
	p := Page{Seq: 7, Version: 2, AcceptedReplyID: 3}
	k, err := keep("en", time.Now(), p, nil)
	if err != nil || !k.current(p) {
		t.Fatalf("over at once: %v", err)
	}
	for name, q := range map[string]Page{
		"news":            {Seq: 8, Version: 2, AcceptedReplyID: 3},
		"an older answer": {Seq: 6, Version: 2, AcceptedReplyID: 3},
		"an edit":         {Seq: 7, Version: 3, AcceptedReplyID: 3},
		"acceptance":      {Seq: 7, Version: 2},
	} {
		if k.current(q) {
			t.Errorf("kept after %s", name)
		}
	}
}

func TestVotesOfARowThatHasNoneAreNone(t *testing.T) {
	t.Parallel()
	got := votesOf([]PageRow{{ReplyID: 1}, {ReplyID: 2, Mine: 1, Helpful: 4}})
	if len(got) != 1 || got[0] != (ownVote{2, 1, 4}) || strings.TrimSpace(fmt.Sprint(votesOf(nil))) != "[]" {
		t.Errorf("got %+v", got)
	}
}
