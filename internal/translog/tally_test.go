package translog_test

import (
	"fmt"
	"strings"
	"testing"

	"caravan/internal/db"
	"caravan/internal/leaf"
	"caravan/internal/translog"
)

// TestTheOutcomeOfARoundIsToldInPlainWords reads what the page about a package
// says of its frozen votes.
func TestTheOutcomeOfARoundIsToldInPlainWords(t *testing.T) {
	t.Parallel()
	s := aSite(t)
	s.write(func(tx *db.Tx) error {
		for i, what := range []string{"end_round", "counter", "end_final", "expire", "end", "withdraw", "supersede"} {
			e := leaf.Tallied{ID: fmt.Sprintf("t%d", i), Package: "smile", Version: 2, Round: 1, Subject: what, Closed: true, Participants: 17, Day: tx.Now, Subjects: []leaf.Frozen{
				{Subject: "amendment", Ref: "7", Votes: 5, Voided: 2, Strata: map[string]leaf.Counts{leaf.Everybody: {Want: 5}}},
				{Subject: "package", Votes: 17, Strata: map[string]leaf.Counts{"treated": {Want: 6, Against: 1}, "considering": {Want: 7, Pass: 3}}}}}.Entry()
			if err := translog.Add(tx, e.Kind, e.Body); err != nil {
				return err
			}
		}
		return nil
	})
	s.round()
	for path, words := range map[string][]string{
		"/log/of/package/smile": {"The votes of a round were closed and counted", "A final vote was closed", "counter-offers were closed", "was withdrawn; its votes", "took the place of this one", "came to its end",
			"Round 1, version 2. 17 people took part. Counted: the votes on 2 things. The package as a whole: 13 in favour, 3 undecided, 1 not for them. 2 votes were taken out because of ties or fraud."},
		"/ar/log/of/package/smile": {"أُغلق تصويت جولة وعُدّت أصواته", "شارك 17 شخصًا.", "العرض بمجمله: 13 مؤيّد", "استُبعد صوتان"},
	} {
		status, body, _ := s.get(path)
		for _, w := range words {
			if status != 200 || !strings.Contains(body, w) {
				t.Errorf("%s: %d, it does not say %q", path, status, w)
			}
		}
	}
}
