package csvfile_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"caravan/internal/csvfile"
)

// take keeps what it is given and refuses what says "no".
func take(kept *[]string) csvfile.Import {
	return csvfile.Import{Need: []string{"name"}, Put: func(_ context.Context, rows []csvfile.Row, _ bool) ([]csvfile.Fate, error) {
		out := make([]csvfile.Fate, len(rows))
		for i, r := range rows {
			switch r.Get("name") {
			case "no":
				out[i].Refused = "it says no"
			case "again":
				out[i].Known = true
			default:
				*kept = append(*kept, fmt.Sprintf("%d %s", r.Line, r.Get("name")))
			}
		}
		return out, nil
	}}
}

func TestEveryRowIsTakenKnownOrRefusedWithItsLine(t *testing.T) {
	file := "\ufeffName , note\n a ,1\n\"line\nbreak\",2\nno,3\nagain,4\nshort\n\xff,5\nlast,6"
	var kept []string
	var report strings.Builder
	got, err := csvfile.Run(context.Background(), strings.NewReader(file), csvfile.Options{Report: &report}, take(&kept))
	if err != nil {
		t.Fatal(err)
	}
	if want := (csvfile.Result{Read: 7, Taken: 3, Known: 1, Refused: 3}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if want := "[2 a 3 line\nbreak 9 last]"; fmt.Sprint(kept) != want {
		t.Errorf("kept %q, want %q", kept, want)
	}
	for _, want := range []string{"line 5: refused: it says no", "line 7: refused: 1 fields instead of 2", "line 8: refused: not UTF-8"} {
		if !strings.Contains(report.String(), want) {
			t.Errorf("the report lacks %q:\n%s", want, report.String())
		}
	}
}

func TestRowsComeInBatchesAndAnErrorEndsTheRun(t *testing.T) {
	sizes, stop := []int{}, errors.New("stop")
	im := csvfile.Import{Need: []string{"n"}, Put: func(_ context.Context, rows []csvfile.Row, _ bool) ([]csvfile.Fate, error) {
		if sizes = append(sizes, len(rows)); len(sizes) == 3 {
			return nil, stop
		}
		return make([]csvfile.Fate, len(rows)), nil
	}}
	got, err := csvfile.Run(context.Background(), strings.NewReader("n\n"+strings.Repeat("1\n", 4*csvfile.Batch)), csvfile.Options{}, im)
	if !errors.Is(err, stop) || got.Taken != 2*csvfile.Batch || len(sizes) != 3 || sizes[0] != csvfile.Batch {
		t.Errorf("%v, %v, batches %v", got, err, sizes)
	}
}

func TestTablesWithoutTheirColumnsAreRefusedWhole(t *testing.T) {
	for name, file := range map[string]string{"empty": "", "other columns": "a,b\n1,2", "twice": "name,name\n1,2"} {
		var kept []string
		if got, err := csvfile.Run(context.Background(), strings.NewReader(file), csvfile.Options{}, take(&kept)); err == nil || got.Read != 0 {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestAColumnThatMeansNothingIsAnErrorWhereAllAreKnown(t *testing.T) {
	var kept []string
	im := take(&kept)
	im.May = []string{"name", "city"}
	_, err := csvfile.Run(context.Background(), strings.NewReader("name,ciyt\na,b\n"), csvfile.Options{}, im)
	if err == nil || !strings.Contains(err.Error(), `"ciyt"`) || len(kept) > 0 {
		t.Errorf("got %v, %v", err, kept)
	}
	if _, err := csvfile.Run(context.Background(), strings.NewReader("City,NAME\nb,a\n"), csvfile.Options{}, im); err != nil || len(kept) != 1 {
		t.Errorf("got %v, %v", err, kept)
	}
}
