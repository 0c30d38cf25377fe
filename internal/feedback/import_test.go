package feedback_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"caravan/internal/csvfile"
	"caravan/internal/db"
	"caravan/internal/feedback"
	"caravan/internal/provider"
	"caravan/internal/search"
	"caravan/internal/testkit"
)

type house struct {
	d        *db.DB
	feedback *feedback.Service
	search   *search.Service
}

func newHouse(t *testing.T) house {
	t.Helper()
	d := testkit.DB(t)
	jobs := testkit.Jobs(t, d)
	h := house{d: d, feedback: feedback.New(d, provider.New(provider.Tools{DB: d, Jobs: jobs})), search: search.New(d, jobs, nil)}
	h.search.Add(h.feedback.Source())
	return h
}

var about = feedback.About{Name: "Northern Trust", Country: "GB", Source: "a survey"}

func (h house) take(t *testing.T, table string, about feedback.About, o csvfile.Options) (csvfile.Result, string) {
	t.Helper()
	var report strings.Builder
	o.Report = &report
	got, err := h.feedback.Import(context.Background(), strings.NewReader(table), about, o)
	if err != nil {
		t.Fatal(err)
	}
	return got, report.String()
}

func (h house) count(t *testing.T, sql string) (n int) {
	t.Helper()
	if err := h.d.Pool().QueryRow(context.Background(), sql).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestATableIsTakenOnceAndGoesOnWhereItEnded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var table strings.Builder
	table.WriteString("id,date,answer\n")
	for i := range 250 {
		fmt.Fprintf(&table, "r%d,31/05/2022,\"Comment number %d, friendly and on time\"\n", i, i)
	}
	half := strings.Join(strings.SplitAfter(table.String(), "\n")[:121], "")
	if got, report := h.take(t, half, about, csvfile.Options{}); got.Taken != 120 {
		t.Fatalf("%v\n%s", got, report)
	}
	if got, report := h.take(t, table.String(), about, csvfile.Options{}); got.Taken != 130 || got.Known != 120 {
		t.Fatalf("%v\n%s", got, report)
	}
	if n := h.count(t, `SELECT count(*) FROM feedback`); n != 250 {
		t.Errorf("%d comments, want 250", n)
	}
	if n := h.count(t, `SELECT count(*) FROM organisations WHERE name = 'Northern Trust' AND state = 'listed'`); n != 1 {
		t.Errorf("%d organisations of that name, want 1", n)
	}
}

func TestRowsThatCannotBeTakenAreReportedWithTheirLine(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	table := "id,date,answer,score,organisation\n" +
		"1,,x," + strings.Repeat("9", 20) + ",\n" +
		strings.Repeat("9", 201) + ",,the id is long,,\n" +
		"3,,,,\n" +
		",,no id,,\n" +
		"4,,a score,many,\n" +
		"5,,elsewhere,,no-such-place\n" +
		"6,," + strings.Repeat("long ", 2_100) + ",,\n" +
		"7,2022-02-28,fine,5,\n" +
		"7,2022-02-28,again,5,\n"
	got, report := h.take(t, table, about, csvfile.Options{})
	if got.Taken != 1 || got.Refused != 8 {
		t.Errorf("%v\n%s", got, report)
	}
	for line := 2; line <= 8; line++ {
		if !strings.Contains(report, fmt.Sprintf("line %d: refused: ", line)) {
			t.Errorf("line %d is not in the report:\n%s", line, report)
		}
	}
}

func TestDaysThatCannotBeToldForSureAreLeftOutWithANote(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	table := "id,date,answer\na,2022-02-28,x\nb,28/02/2022,x\nc,2/28/2022,x\nd,2/3/2022,x\ne,2022-02-31,x\nf,2099-01-01,x\ng,,x\n"
	got, report := h.take(t, table, about, csvfile.Options{})
	if got.Taken != 7 || got.Notes != 3 {
		t.Errorf("%v\n%s", got, report)
	}
	if n := h.count(t, `SELECT count(*) FROM feedback WHERE given_on = '2022-02-28'`); n != 3 {
		t.Errorf("%d of 3 days were read", n)
	}
	if n := h.count(t, `SELECT count(*) FROM feedback WHERE given_on IS NULL`); n != 4 {
		t.Errorf("%d comments are without a day, want 4", n)
	}
}

func TestADryRunJudgesAndWritesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	got, report := h.take(t, "id,answer\n1,\"write to jane.doe@example.org, she knows\"\n2,\n", about, csvfile.Options{Dry: true})
	if got.Taken != 1 || got.Refused != 1 || !strings.Contains(report, "line 2: note: email masked") {
		t.Errorf("%v\n%s", got, report)
	}
	if n := h.count(t, `SELECT (SELECT count(*) FROM feedback) + (SELECT count(*) FROM organisations)`); n != 0 {
		t.Errorf("%d rows were written", n)
	}
}

func TestPersonalDataInCommentsIsMaskedInEveryColumn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.take(t, "id,answer\n1,\"Kind people. Write to jane.doe@example.org, she knows.\"\n", about, csvfile.Options{})
	if n := h.count(t, `SELECT count(*) FROM feedback WHERE feedback::text LIKE '%jane.doe%'`); n != 0 {
		t.Error("the address is in the database")
	}
	if n := h.count(t, `SELECT masked FROM feedback WHERE body LIKE 'Kind people.%[masked: %she knows.'`); n != 1 {
		t.Errorf("%d passages counted as masked, want 1", n)
	}
}

// published is the table of real comments if it is at hand, else one of the
// same shape.
func published(t *testing.T) (table string, rows int) {
	t.Helper()
	if dir := os.Getenv("CARAVAN_DATA"); dir != "" {
		b, err := os.ReadFile(filepath.Join(dir, "patient-feedback.csv"))
		if err != nil {
			t.Fatal(err)
		}
		return string(b), 3_834
	}
	var b strings.Builder
	b.WriteString("id,respondent,date,service,score,question,answer,sentiment,themes\n")
	for i := range 600 {
		fmt.Fprintf(&b, "T %d - Q1,T %d,%02d/09/2021,Transport,%d,What was good?,\"The driver of van %d waited,\nand then helped me in.\",1,Staff|Waiting\n", i, i, i%28+1, i%5+1, i)
	}
	return b.String(), 600
}

func TestPublishedCommentsAreAllTakenAndFoundAgain(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	table, rows := published(t)
	got, report := h.take(t, table, feedback.About{Name: "Patient feedback", Country: "GB", Source: "patient-feedback"}, csvfile.Options{})
	if got.Taken != rows || got.Refused != 0 {
		t.Fatalf("%v, want %d taken\n%s", got, rows, report)
	}
	t.Logf("%v\n%s", got, report)
	ctx := context.Background()
	for h.count(t, `SELECT count(*) FROM search_queue WHERE kind = 8`) > 0 {
		if err := h.search.Index(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if n := h.count(t, `SELECT count(*) FROM search_titles WHERE kind = 8`); n != rows {
		t.Errorf("%d comments in the index, want %d", n, rows)
	}
	p, err := h.search.Find(ctx, search.Query{Text: "driver helped", Lang: "en"})
	if err != nil || len(p.Entries) == 0 || p.Entries[0].Kind != search.Feedback || !strings.Contains(p.Entries[0].Path, "/clinics/patient-feedback") {
		t.Errorf("%+v, %v", p, err)
	}
}
