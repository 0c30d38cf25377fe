package provider_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"caravan/internal/csvfile"
	"caravan/internal/db"
	"caravan/internal/provider"
	"caravan/internal/testkit"
)

func importer(t *testing.T) (*db.DB, *provider.Service) {
	t.Helper()
	d := testkit.DB(t)
	jobs := testkit.Jobs(t, d)
	return d, provider.New(provider.Tools{DB: d, Jobs: jobs})
}

func counted(t *testing.T, d *db.DB, sql string) (n int) {
	t.Helper()
	if err := d.Pool().QueryRow(context.Background(), sql).Scan(&n); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return n
}

func TestATableOfClinicsIsListedOrSaidWhyNot(t *testing.T) {
	t.Parallel()
	d, s := importer(t)
	table := "name,country,city,kind,facility,languages,procedures,beds,website,accreditation\n" +
		"Hillside Dental,HU,Győr,,dental,hu|en|hu,den.crown|den.bridge,12,hillside.example,\n" + // 2
		"Hillside Dental,hu,győr,,,,,,,\n" + // 3: known
		"Far Travel,GB,Leeds,facilitator,,,,,,\n" + // 4
		"X,HU,Győr,,,,,,,\n" + // 5
		"No Such Land,QQ,Nowhere,,,,,,,\n" + // 6
		"Wrong Kind,HU,Győr,hospital,,,,,,\n" + // 7
		"Wrong Work,HU,Győr,,,,den.magic,,,\n" + // 8
		"Wrong Beds,HU,Győr,,,,,many,,\n" + // 9
		"Wrong Body,HU,Győr,,,,,,,ISQua\n" // 10
	run := func(o csvfile.Options) (csvfile.Result, string) {
		t.Helper()
		var report strings.Builder
		o.Report = &report
		got, err := s.Import(context.Background(), strings.NewReader(table), o)
		if err != nil {
			t.Fatal(err)
		}
		return got, report.String()
	}
	want := csvfile.Result{Read: 9, Taken: 2, Known: 1, Refused: 6}
	dry, dryReport := run(csvfile.Options{Dry: true})
	if n := counted(t, d, `SELECT count(*) FROM organisations`); dry != want || n != 0 {
		t.Errorf("a dry run: %v, %d organisations", dry, n)
	}
	got, report := run(csvfile.Options{})
	if got != want || report != dryReport {
		t.Errorf("got %v\n%s", got, report)
	}
	for line := 5; line <= 10; line++ {
		if !strings.Contains(report, fmt.Sprintf("line %d: refused: ", line)) || strings.Contains(report, "provider.") {
			t.Errorf("line %d is not explained:\n%s", line, report)
		}
	}
	for sql, want := range map[string]int{
		`SELECT count(*) FROM organisations WHERE name = 'Hillside Dental' AND city = 'Győr' AND country = 'HU' AND kind = 'clinic' AND facility = 'dental' AND state = 'listed'
			AND languages = '{hu,en}' AND beds = 12 AND website = 'https://hillside.example' AND slug = 'hillside-dental' AND licence_valid IS NULL AND checked_at IS NULL`: 1,
		`SELECT count(*) FROM organisation_procedures`:                                       2,
		`SELECT count(*) FROM organisations WHERE kind = 'facilitator' AND languages = '{}'`: 1,
		`SELECT count(*) FROM search_queue WHERE kind = 3`:                                   1,
	} {
		if n := counted(t, d, sql); n != want {
			t.Errorf("%s: got %d, want %d", sql, n, want)
		}
	}
	if again, _ := run(csvfile.Options{}); again.Taken != 0 || again.Known != 3 {
		t.Errorf("once more: %v", again)
	}
}

// broken ends with an error, as a file on a drive that was pulled out.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("pulled out") }

func TestATableOfClinicsThatBrokeOffGoesOn(t *testing.T) {
	t.Parallel()
	d, s := importer(t)
	var table strings.Builder
	table.WriteString("name,country,city\n")
	for i := range 350 {
		fmt.Fprintf(&table, "Clinic %03d,TR,Izmir\n", i)
	}
	half := table.String()[:table.Len()*2/3]
	if _, err := s.Import(context.Background(), io.MultiReader(strings.NewReader(half), broken{}), csvfile.Options{}); err == nil {
		t.Fatal("nothing was wrong")
	}
	n := counted(t, d, `SELECT count(*) FROM organisations`)
	if n == 0 || n%csvfile.Batch != 0 {
		t.Errorf("%d were listed before the end", n)
	}
	got, err := s.Import(context.Background(), strings.NewReader(table.String()), csvfile.Options{})
	if err != nil || got.Known != n || got.Taken != 350-n {
		t.Errorf("got %v, %v", got, err)
	}
	if n := counted(t, d, `SELECT count(*) FROM organisations`); n != 350 {
		t.Errorf("%d are listed", n)
	}
}
