package experience_test

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"caravan/internal/csvfile"
	"caravan/internal/experience"
	"caravan/internal/testkit"
	"caravan/internal/visit"
)

// table writes rows as a file, with the columns that any of them has.
func table(t *testing.T, rows ...experience.Answers) string {
	t.Helper()
	var columns []string
	for _, r := range rows {
		for name := range r {
			if !slices.Contains(columns, name) {
				columns = append(columns, name)
			}
		}
	}
	slices.Sort(columns)
	var b strings.Builder
	w := csv.NewWriter(&b)
	_ = w.Write(columns)
	for _, r := range rows {
		var cells []string
		for _, name := range columns {
			cells = append(cells, strings.Join(r[name], "|"))
		}
		_ = w.Write(cells)
	}
	if w.Flush(); w.Error() != nil {
		t.Fatal(w.Error())
	}
	return b.String()
}

// ago is a quarter before the present one.
func (w world) ago(n int) []string {
	q := visit.Of(w.d.Now())
	for range n {
		q = q.Previous()
	}
	return []string{string(q)}
}

func (w world) importAs() experience.ImportAs {
	return experience.ImportAs{Address: testkit.Address(w.patient.Handle), Source: "an older site"}
}

func (w world) take(t *testing.T, file string, o csvfile.Options) (csvfile.Result, string) {
	t.Helper()
	var report strings.Builder
	o.Report = &report
	got, err := w.Import(context.Background(), strings.NewReader(file), w.importAs(), o)
	if err != nil {
		t.Fatal(err)
	}
	return got, report.String()
}

func (w world) number(t *testing.T, sql string) (n int) {
	t.Helper()
	if err := w.d.Pool().QueryRow(context.Background(), sql).Scan(&n); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return n
}

func TestExperiencesFromATableWaitForTheModeratorsLikeOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	row := func(id string, quarter int, change experience.Answers) experience.Answers {
		a := w.with(change)
		a["id"], a["quarter"] = []string{id}, w.ago(quarter)
		return a
	}
	file := table(t,
		row("1", 2, experience.Answers{"gap_reasons": {"tests", "upsell"}, "line_surgery_quoted": {"3000"}, "line_surgery_paid": {"3500"}}),                          // line 2
		row("2", 3, experience.Answers{"complication": {"yes"}, "c_treatment": {"medicine"}, "c_intensive": {"no"}, "c_discharge": {"no"}, "c_kind": {"infection"}}), // 3
		row("1", 4, nil), // 4: the id again
		row("3", 2, nil), // 5: the visit again
		row("4", 5, experience.Answers{"clinic": {"nowhere"}}),                                                 // 6
		row("5", 6, experience.Answers{"story": {"Too short."}}),                                               // 7
		row("6", 7, experience.Answers{"consent_publish": nil}),                                                // 8
		row("7", 8, experience.Answers{"story": {story + " Write to beatrix.f@mail.example please."}}),         // 9
		row("8", 9, experience.Answers{"goal_achieved": {"eleven"}}),                                           // 10
		row("9", 10, experience.Answers{"story": {story + " The nurse, Mrs. Margaret Oakley, held my hand."}}), // 11: covered
	)
	want := csvfile.Result{Read: 10, Taken: 3, Refused: 7}
	dry, dryReport := w.take(t, file, csvfile.Options{Dry: true})
	dry.Notes = 0
	if dry != want || w.number(t, `SELECT count(*) FROM experiences`) != 0 {
		t.Fatalf("a dry run: %v\n%s", dry, dryReport)
	}
	got, report := w.take(t, file, csvfile.Options{})
	got.Notes = 0
	if got != want || report != dryReport {
		t.Fatalf("got %v\n%s\nafter\n%s", got, report, dryReport)
	}
	for _, line := range []int{4, 5, 6, 7, 8, 9, 10} {
		if !strings.Contains(report, fmt.Sprintf("line %d: refused: ", line)) {
			t.Errorf("line %d is not explained:\n%s", line, report)
		}
	}
	for _, never := range []string{"beatrix.f", "Oakley", "experience."} {
		if strings.Contains(report, never) {
			t.Errorf("the report says %q:\n%s", never, report)
		}
	}
	for sql, want := range map[string]int{
		`SELECT count(*) FROM experiences WHERE state = 'submitted' AND level = 0 AND NOT counted AND published_on IS NULL`:                             3,
		`SELECT count(*) FROM moderation_cases WHERE kind = 'experience' AND ask = 'suggestion' AND decided_at IS NULL AND opened_by IS NULL`:           3,
		`SELECT count(*) FROM experience_imports WHERE source = 'an older site'`:                                                                        3,
		`SELECT count(*) FROM experiences WHERE gap_reasons = '{tests,upsell}' AND quoted_minor = 400000 AND paid_minor = 460000 AND paid_ratio = 1.15`: 1,
		`SELECT count(*) FROM experience_lines WHERE line = 'surgery' AND quoted_minor = 300000 AND paid_minor = 350000`:                                1,
		`SELECT count(*) FROM complications WHERE kind = 'infection' AND grade = 2`:                                                                     1,
		`SELECT count(*) FROM experiences WHERE worst_grade = 2`:                                                                                        1,
		`SELECT count(*) FROM experience_masks`:                                                                                                         1,
		`SELECT count(*) FROM experience_consents WHERE purpose = 'publish'`:                                                                            3,
		`SELECT count(*) FROM search_queue WHERE kind = 6`:                                                                                              0,
	} {
		if n := w.number(t, sql); n != want {
			t.Errorf("%s: got %d, want %d", sql, n, want)
		}
	}
	if again, _ := w.take(t, file, csvfile.Options{}); again.Taken != 0 || again.Known != 3 {
		t.Errorf("once more: %v", again)
	}
}

func TestNobodyAnswersForATableWithoutAConfirmedAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	unseen := testkit.Person(t, w.d, "Unseen", testkit.Unconfirmed)
	for _, address := range []string{"", "nobody@test.example", testkit.Address(unseen.Handle)} {
		_, err := w.Import(context.Background(), strings.NewReader(table(t, w.with(experience.Answers{"id": {"1"}}))), experience.ImportAs{Address: address, Source: "x"}, csvfile.Options{})
		if err == nil {
			t.Errorf("%q may", address)
		}
	}
	staff := experience.ImportAs{Address: testkit.Address(w.staff.Handle), Source: "x"}
	got, err := w.Import(context.Background(), strings.NewReader(table(t, w.with(experience.Answers{"id": {"1"}}))), staff, csvfile.Options{})
	if err != nil || got.Refused != 1 {
		t.Errorf("somebody of the clinic: %v, %v", got, err)
	}
}

// pulledOut ends a file in the middle.
type pulledOut struct{ end func() }

func (p pulledOut) Read([]byte) (int, error) {
	p.end()
	return 0, errors.New("pulled out")
}

func TestATableOfExperiencesThatBrokeOffGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const all = 130 // in batches of 100
	rows := make([]experience.Answers, all)
	slugs := []string{w.clinic.Slug}
	for i := range all / 40 {
		testkit.Organisation(t, w.d, "clinic", fmt.Sprintf("Further Clinic %d", i))
		slugs = append(slugs, fmt.Sprintf("further-clinic-%d", i))
	}
	for i := range rows {
		rows[i] = w.with(experience.Answers{"id": {fmt.Sprint(i)}, "clinic": {slugs[i/40]}, "quarter": w.ago(1 + i%40)})
	}
	file := table(t, rows...)
	ctx, cancel := context.WithCancel(context.Background())
	cut := len(file) * 9 / 10
	if _, err := w.Import(ctx, io.MultiReader(strings.NewReader(file[:cut]), pulledOut{cancel}), w.importAs(), csvfile.Options{}); err == nil {
		t.Fatal("nothing was wrong")
	}
	n := w.number(t, `SELECT count(*) FROM experiences`)
	if n != csvfile.Batch {
		t.Errorf("%d were taken before the end", n)
	}
	got, report := w.take(t, file, csvfile.Options{})
	if got.Known != n || got.Taken != all-n {
		t.Errorf("got %v\n%s", got, report)
	}
	if n := w.number(t, `SELECT count(*) FROM experiences e JOIN experience_imports m ON m.experience_id = e.id`); n != all {
		t.Errorf("%d are there", n)
	}
}
