package question

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"
)

// What is written out of kept pieces is what encoding/json writes of the same
// replies, whatever stands in them.
func TestKeptJSONIsTheJSONOfItsReplies(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 9, 12, 0, 0, 123456000, time.UTC)
	later := at.Add(time.Hour)
	nasty := `a "score":0,"accepted":false b\n<b>&\u2028\\ "score":0,"accepted":false`
	rows := []ReplyRow{
		{ID: 1, Position: 2, Version: 1, State: Shown, Body: nasty, BodyHTML: "<p>" + nasty + "</p>", PublishedAt: at, AuthorRow: AuthorRow{Handle: nasty}},
		{ID: 2, Position: 3, Version: 4, State: Hidden, Body: "gone", BodyHTML: "gone", PublishedAt: at, EditedAt: &later, Helpful: 17, AuthorRow: AuthorRow{Gone: true}},
		{ID: 3, Position: 9, Version: 2, State: Shown, Body: "x", PublishedAt: at, Helpful: -3, Accepted: true, AuthorRow: AuthorRow{Handle: "omid", ByRole: "doctor", OrgName: "Dunakert", OrgSlug: "dunakert", OrgKind: "clinic"}},
	}
	for n := range len(rows) + 1 {
		o := repliesOutBody{Replies: []ReplyJSON{}, Top: 12, Epoch: `e"1`, More: n%2 == 1}
		for _, r := range rows[:n] {
			o.Replies = append(o.Replies, replyJSON(r))
			piece, err := readyJSON(r)
			if err != nil {
				t.Fatal(err)
			}
			o.listed = append(o.listed, listedReply{piece, r.Helpful, r.Accepted})
		}
		got := o.AppendJSON(nil)
		var want bytes.Buffer
		e := json.NewEncoder(&want)
		e.SetEscapeHTML(false)
		if err := e.Encode(o); err != nil {
			t.Fatal(err)
		}
		if string(got)+"\n" != want.String() {
			t.Errorf("%d replies:\ngot  %s\nwant %s", n, got, want.Bytes())
		}
	}
}
