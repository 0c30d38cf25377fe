package experience

import "testing"

func TestATreatmentIsShownAsFinelyAsFitsFivePatients(t *testing.T) {
	of := func(quarter int) census { return census{Declared: &quarter, DeclaredYear: quarter, DeclaredOf: 1} }
	for _, c := range []struct {
		say  string
		in   census
		want cell
	}{
		{"600 patients a quarter", of(600), cell{"quarter", "procedure", 60}},
		{"200", of(200), cell{"quarter", "procedure", 20}},
		{"60", of(60), cell{"quarter", "procedure", 6}},
		{"20: 2 of the procedure, 6 of the specialty", of(20), cell{"quarter", "specialty", 6}},
		{"14: 4 of the specialty a quarter, 5 of the procedure a year", of(14), cell{"year", "procedure", 5}},
		{"6: 7 of the specialty a year", of(6), cell{"year", "specialty", 7}},
		{"2: nothing fits five", of(2), cell{"year", "specialty", 2}},
		{"nothing declared, nothing told", census{}, cell{"year", "specialty", 1}},
		{"nothing declared, four told the same", census{QuarterProcedure: 4, QuarterSpecialty: 4, YearProcedure: 4, YearSpecialty: 4}, cell{"quarter", "procedure", 5}},
		{"a rare procedure at a clinic that we know", census{Declared: ptr(200), DeclaredYear: 200, DeclaredOf: 1, Counted: 100, OfSpecialty: 60, OfProcedure: 1}, cell{"quarter", "specialty", 120}},
		{"other quarters stand in for one that was not declared", census{DeclaredYear: 120, DeclaredOf: 2}, cell{"quarter", "procedure", 6}},
	} {
		if got := coarsen(c.in); got != c.want {
			t.Errorf("%s: got %+v, want %+v", c.say, got, c.want)
		}
	}
}

func ptr[T any](v T) *T { return &v }
