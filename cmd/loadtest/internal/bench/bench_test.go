package bench

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"caravan/cmd/loadtest/internal/load"
	"caravan/cmd/loadtest/internal/site"
)

func results(rates ...float64) []load.Result {
	var out []load.Result
	for _, r := range rates {
		out = append(out, load.Result{Rate: r, P99: 10_000 / r, Done: 100, Codes: map[int]int{200: 100}})
	}
	return out
}

func TestVerdictsFollowTheMedianAndEveryPartOfTheBar(t *testing.T) {
	failing := results(600, 600, 600)
	failing[1].Codes[403], failing[1].Fails = 3, 1
	for _, c := range []struct {
		name string
		m    measured
		want verdict
	}{
		{"above the bar", measured{row: row{least: 0.5}, floor: results(1000, 900, 2000), ours: results(600, 100, 550)}, yes},
		{"below the bar", measured{row: row{least: 0.56}, floor: results(1000, 900, 2000), ours: results(600, 100, 550)}, no},
		{"fast but late", measured{row: row{least: 0.5, p99: 15}, floor: results(1000), ours: results(600)}, no},
		{"in time", measured{row: row{least: 0.5, p99: 20}, floor: results(1000), ours: results(600)}, yes},
		{"too many statements", measured{row: row{least: 0.5, queries: 2}, floor: results(1000), ours: results(600), queries: 3}, no},
		{"a trace of the background", measured{row: row{least: 0.5, queries: 2}, floor: results(1000), ours: results(600), queries: 2.01}, yes},
		{"not measured", measured{row: row{least: 0.5}, floor: results(1000), failure: errors.New("404")}, no},
		{"fast because it refuses", measured{row: row{least: 0.5}, floor: results(1000), ours: failing}, no},
	} {
		if got := c.m.line(); got.Verdict != c.want {
			t.Errorf("%s: got %q, want %q (ratio %.2f)", c.name, got.Verdict, c.want, got.Ratio)
		}
	}
}

func TestEveryRowHasBothSidesAndABar(t *testing.T) {
	f := fixture{hot: 7, hotPath: "/questions/7/x", cold: 8, questions: []string{"1"}, replies: []string{"2"}, one: "3", phrases: []string{"a+b"},
		told: page{"/experiences/x", 20_000}, stories: page{"/experiences", 30_000}, clinic: page{"/clinics/x", 40_000},
		offer: page{"/packages/x", 90_000}, offers: page{"/packages", 20_000}, others: []string{"4", "5"}, wishes: []string{"6", "7"}, slugs: []string{"x", "y"}, people: []site.Person{{Cookie: "x"}}}
	seen := map[string]bool{}
	for _, r := range rows() {
		if seen[r.id] {
			t.Errorf("row %s twice", r.id)
		}
		seen[r.id] = true
		for _, p := range []load.Plan{r.floor(f), r.ours(f)} {
			for _, s := range append([]string{p.Path, p.Body}, p.Headers...) {
				if _, err := load.Parse(s, p.Lists); err != nil {
					t.Errorf("row %s: %v", r.id, err)
				}
			}
		}
		if r.least <= 0 || r.growth < 1 || !strings.HasPrefix(r.bar(), "≥") {
			t.Errorf("row %s has no bar: %q, growth %v", r.id, r.bar(), r.growth)
		}
	}
}

func TestTableIsMarkdownWithNotesBelow(t *testing.T) {
	var out bytes.Buffer
	table(&out, []line{
		{ID: "a1", Work: "page", Floor: "20000/s", Ours: "12000/s", Ratio: 0.6, ByCPU: 0.58, Bar: "≥ 0.55 ×", Verdict: yes, CPU: "1 + 2 + 3 µs", Others: 0.01, Bytes: 26_000},
		{ID: "h", Work: "program", Floor: "–", Ours: "70 MB", Bar: "≤ 60 MB", Verdict: no, Others: -1, Note: "too big"},
	})
	want := "| row | work | floor | ours | ratio (by CPU) | bar | met | CPU a request: app + database + generator | others |\n" +
		"|---|---|---|---|---|---|---|---|---|\n" +
		"| a1 | page (26.0 KB) | 20000/s | 12000/s | 0.60 (0.58) | ≥ 0.55 × | met | 1 + 2 + 3 µs | 1 % |\n" +
		"| h | program | – | 70 MB | – | ≤ 60 MB | **missed** |  | – |\n" +
		"\nh: too big\n"
	if got := out.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// logged is what auto_explain writes, with other lines of the log between.
const logged = `2026-01-01 10:00:00.000 UTC [7] LOG:  duration: 0.050 ms  plan:
	Query Text: select r.id,
	  r.body from replies r where r.question_id = $1
	Index Scan using replies_position on replies r  (cost=0.42..8.44 rows=1 width=8) (actual time=0.01..0.01 rows=1 loops=1)
	  Index Cond: (question_id = '7'::bigint)
	  Buffers: shared hit=4
2026-01-01 10:00:00.010 UTC [7] LOG:  checkpoint starting: time
2026-01-01 10:00:00.020 UTC [7] LOG:  duration: 9.000 ms  plan:
	Query Text: select count(*) from replies join settings on true
	Aggregate  (cost=10.00..10.01 rows=1 width=8) (actual time=9.00..9.00 rows=1 loops=1)
	  ->  Seq Scan on replies  (cost=0.00..9.00 rows=100 width=0) (actual time=0.01..5.00 rows=100 loops=1)
	  ->  Seq Scan on public.settings  (cost=0.00..1.00 rows=1 width=0) (actual time=0.01..0.01 rows=1 loops=1)
2026-01-01 10:00:00.030 UTC [7] LOG:  duration: 0.040 ms  plan:
	Query Text: select r.id, r.body from replies r where r.question_id = $1
	Index Scan using replies_position on replies r  (cost=0.42..8.44 rows=1 width=8) (actual time=0.02..0.02 rows=1 loops=1)
`

func TestPlansAreReadFromTheLogAndSequentialScansFlagged(t *testing.T) {
	found, err := readPlans(strings.NewReader(logged))
	if err != nil || len(found) != 2 {
		t.Fatalf("got %d plans and %v, want 2", len(found), err)
	}
	if found[0].query != "select r.id, r.body from replies r where r.question_id = $1" || found[0].times != 2 || !strings.Contains(found[0].text, "0.02..0.02") {
		t.Errorf("first: got %+v, want the statement on one line, twice, with its last plan", found[0])
	}
	if got := found[0].scanned([]string{"replies"}); got != nil {
		t.Errorf("an index scan was flagged: %v", got)
	}
	if got := found[1].scanned([]string{"replies", "questions"}); len(got) != 1 || got[0] != "replies" {
		t.Errorf("flagged %v, want replies and not settings, which does not grow", got)
	}
}
