package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"caravan/internal/csvfile"
	"caravan/internal/db"
	"caravan/internal/feedback"
	"caravan/internal/question"
	"caravan/internal/testkit"
)

// comments are the public comments that are at hand, else some of the same shape:
// as a table to import, and their words.
func comments(t *testing.T) (table string, words []string) {
	t.Helper()
	if dir := os.Getenv("CARAVAN_DATA"); dir != "" {
		b, err := os.ReadFile(filepath.Join(dir, "patient-feedback.csv"))
		if err != nil {
			t.Fatal(err)
		}
		table = string(b)
	} else {
		var b strings.Builder
		b.WriteString("id,respondent,date,service,score,question,answer,sentiment,themes\n")
		for i := range 600 {
			fmt.Fprintf(&b, "T %d - Q1,T %d,%02d/09/2021,Transport,%d,What was good?,\"The driver of van %d waited,\nand then helped me in.\",1,Staff|Waiting\n", i, i, i%28+1, i%5+1, i)
		}
		table = b.String()
	}
	rows, err := csv.NewReader(strings.NewReader(table)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows[1:] {
		words = append(words, r[6])
	}
	return table, words
}

// TestALogIsVerifiedFromOutsideWhileTheSiteLives imports every public comment
// into a whole site, and verifies its log over and over while their words are
// posted as replies and authors take experiences away.
func TestALogIsVerifiedFromOutsideWhileTheSiteLives(t *testing.T) {
	t.Parallel()
	h := aDemoHouse(t)
	table, words := comments(t)
	got, err := h.app.Feedback.Import(t.Context(), strings.NewReader(table), feedback.About{Name: "Patient feedback", Country: "GB", Source: "patient-feedback"}, csvfile.Options{})
	if err != nil || got.Taken != len(words) || got.Refused != 0 {
		t.Fatalf("%v of %d, %v", got, len(words), err)
	}
	state := t.TempDir() + "/state"
	h.wants("with the comments", h.verify("--state", state), exitOK)
	before := h.size()
	id, err := strconv.ParseInt(h.one(`SELECT min(id)::text FROM questions WHERE state = 'shown'`), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	var taken []string
	for i := range 6 {
		taken = append(taken, h.shownOne(2*i))
	}
	writer := testkit.Person(t, h.db, "writer", testkit.T2)
	many := min(len(words), 300)
	if os.Getenv("CARAVAN_LONG") != "" {
		many = len(words)
	}
	var posted, refused int
	var all sync.WaitGroup
	all.Go(func() { // replies, as fast as they are taken
		for i := range many {
			_, err := h.app.Question.PostReply(t.Context(), writer, id, question.Words{Body: words[i], LeaksSeen: true}, db.Key{})
			if err != nil {
				if refused++; refused == 1 { // a text that the site does not take as it is
					t.Logf("the first refusal: %v", err)
				}
				continue
			}
			posted++
		}
	})
	all.Go(func() {
		for _, ref := range taken {
			if err := h.app.Experience.Withdraw(t.Context(), h.author(ref), ref); err != nil {
				t.Errorf("withdraw: %v", err)
			}
			h.app.Forget()
			if err := h.Round(t.Context()); err != nil {
				t.Errorf("round: %v", err)
			}
		}
	})
	for i := range 3 {
		h.wants(fmt.Sprintf("meanwhile, %d", i), h.trustlog("verify", "--url", h.url, "--wait", "60s", "--state", state), exitOK)
	}
	all.Wait()
	h.round()
	h.app.Forget()
	h.wants("afterwards", h.verify("--state", state), exitOK, "exp.erase")
	if n := h.size(); n < before+6 {
		t.Errorf("%d entries, before %d", n, before)
	}
	if whole, said := testkit.Judge(t, h.url, h.logKey()); !whole {
		t.Errorf("the foreign judge: %s", said)
	}
	if posted < many/2 {
		t.Errorf("%d of %d replies were taken", posted, many)
	}
	t.Logf("%d comments, %d replies posted, %d refused, %d entries", len(words), posted, refused, h.size())
}
