package experience

import "math"

// leastCrowd is how many patients a treatment must fit, as it is shown.
const leastCrowd = 5

// Shares of a clinic's foreign patients who come for one specialty and for one
// procedure, where the clinic's own experiences are too few to tell.
const (
	usualSpecialtyShare = 0.30
	usualProcedureShare = 0.10
	enoughToTell        = 20
)

// census is what is known about how many patients a treatment fits.
type census struct {
	Declared     *int // patients from abroad in the quarter, as the clinic says
	DeclaredYear int  // the sum of what it said for the quarters of the year
	DeclaredOf   int  // for how many of them it said so
	Counted      int  // experiences of the clinic, of any time
	OfSpecialty  int
	OfProcedure  int
	// Experiences that are there already, by how they would be shown.
	QuarterProcedure, QuarterSpecialty, YearProcedure, YearSpecialty int
}

// cell is one way to show a treatment and how many patients it fits.
type cell struct {
	Period    string // quarter, year
	Treatment string // procedure, specialty
	Crowd     int
}

// coarsen returns the finest cell that fits at least leastCrowd patients, else
// the coarsest there is. A month or a week is never a choice.
func coarsen(c census) cell {
	specialty, procedure := usualSpecialtyShare, usualProcedureShare
	if c.Counted >= enoughToTell {
		specialty, procedure = float64(c.OfSpecialty)/float64(c.Counted), float64(c.OfProcedure)/float64(c.Counted)
	}
	quarter, year := 0.0, 0.0
	if c.DeclaredOf > 0 {
		year = float64(c.DeclaredYear) * 4 / float64(c.DeclaredOf)
		quarter = year / 4
	}
	if c.Declared != nil {
		quarter = float64(*c.Declared)
	}
	cells := []cell{
		{"quarter", "procedure", expected(quarter*procedure, c.QuarterProcedure)},
		{"quarter", "specialty", expected(quarter*specialty, c.QuarterSpecialty)},
		{"year", "procedure", expected(year*procedure, c.YearProcedure)},
		{"year", "specialty", expected(year*specialty, c.YearSpecialty)},
	}
	for _, x := range cells {
		if x.Crowd >= leastCrowd {
			return x
		}
	}
	return cells[len(cells)-1]
}

// expected is how many patients a cell fits: what the clinic's figures say, and
// never fewer than those who told already, with this writer.
func expected(bySize float64, told int) int {
	return max(int(math.Floor(bySize+1e-9)), told+1)
}
