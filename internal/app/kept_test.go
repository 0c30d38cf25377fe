package app_test

import (
	"fmt"
	"strings"
	"testing"

	"caravan/internal/db"
	"caravan/internal/question"
	"caravan/internal/testkit"
)

// TestAChangeIsOnTheNextPage reads a page that was read a moment before, by the
// same person and by another, after everything that changes a reply. A page is
// kept only as long as nothing does.
func TestAChangeIsOnTheNextPage(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	asker, writer, reader := testkit.Person(t, s.db, "mina"), testkit.Person(t, s.db, "omid", testkit.T2), testkit.Person(t, s.db, "sara", testkit.T2)
	mina, omid, sara := s.as(asker), s.as(writer), s.as(reader)
	id, path := mina.askJSON("ask-0123456789abcdef")
	post := func(text string) (replyID int64) {
		t.Helper()
		r, err := s.Question.PostReply(t.Context(), writer, id, question.Words{Body: text}, db.Key{})
		if err != nil {
			t.Fatal(err)
		}
		return r.ID
	}
	reply := post("Three weeks.")
	post("And rest.")
	read := func() {
		t.Helper()
		for _, v := range []*visitor{mina, omid, sara, mina, omid, sara} {
			if a := v.get(path); a.StatusCode != 200 {
				t.Fatalf("%d", a.StatusCode)
			}
		}
	}
	shows := func(what string, v *visitor, want string, is bool) {
		t.Helper()
		if page := v.get(path).text; strings.Contains(page, want) != is {
			t.Errorf("%s: %q on the page: %v", what, want, !is)
		}
	}
	vote := func(v *visitor, value int) {
		t.Helper()
		if a := v.json("PUT", fmt.Sprintf("/api/v1/replies/%d/vote", reply), fmt.Sprintf(`{"value":%d}`, value)); a.StatusCode != 200 {
			t.Fatalf("%d %s", a.StatusCode, a.text)
		}
	}
	helpful := func(n int) string { return fmt.Sprintf(`data-helpful="%d">(%d)`, reply, n) }
	accept := fmt.Sprintf("/replies/%d/accept", reply)

	read()
	shows("before all", sara, `aria-pressed="true"`, false)
	shows("the asker may accept", mina, accept, true)
	shows("nobody else may", sara, accept, false)
	shows("the writer may edit", omid, fmt.Sprintf("/replies/%d/edit", reply), true)
	vote(sara, 1)
	shows("one's own vote", sara, `aria-pressed="true"`, true)
	shows("with its sum", sara, helpful(1), true)
	shows("another's vote", mina, `aria-pressed="true"`, false)
	vote(sara, 0)
	shows("taken back", sara, `aria-pressed="true"`, false)
	shows("with its sum", sara, helpful(0), true)

	read()
	post("A third one.")
	for _, v := range []*visitor{mina, omid, sara} {
		shows("a new reply", v, "A third one.", true)
	}
	if _, err := s.Question.EditReply(t.Context(), writer, reply, question.Words{Body: "Four weeks."}, 1); err != nil {
		t.Fatal(err)
	}
	shows("an edit", sara, "Four weeks.", true)
	read()
	if _, err := s.Question.Accept(t.Context(), asker, reply, true); err != nil {
		t.Fatal(err)
	}
	shows("acceptance", sara, `class="good accepted"`, true)
	read()
	if err := s.db.Write(t.Context(), func(tx *db.Tx) error { return s.Question.Subjects()[1].Hide(tx, reply, "moderation.reason_other") }); err != nil {
		t.Fatal(err)
	}
	shows("hiding", sara, "Four weeks.", false)
	if err := s.db.Write(t.Context(), func(tx *db.Tx) error { return s.Question.Subjects()[1].Show(tx, reply) }); err != nil {
		t.Fatal(err)
	}
	shows("showing again", sara, "Four weeks.", true)
}
