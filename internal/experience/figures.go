package experience

import (
	"cmp"
	"slices"
	"strings"

	"caravan/internal/stats"
)

// Enough is how many it takes before a figure is shown at all: fewer could be
// told apart. What is held back says how many there are, and nothing else.
const Enough = 5

// reachedFrom is from which answer, of 10, a goal counts as reached.
const reachedFrom = 7

// longEnough is for how many days an experience must be known before it says
// whether there was a complication.
const longEnough = 90

// The grades of complications as they are kept (Experience.WorstGrade), in the
// order of the Clavien-Dindo scale.
const (
	gradeI    = 1
	gradeII   = 2
	gradeIIIa = 3
	gradeIIIb = 4
	gradeIV   = 5 // one organ; 6 several
	gradeV    = 7
)

// Case is what figures need to know of one counted experience: published, of
// level 2 or more, and written without a reward.
type Case struct {
	OrganisationID int64
	ProcedureID    int64 // 0: shown by specialty only, so no cut by procedure holds it
	Goal           *int  // 0-10 as last told; nil unknown
	Ratio          *float64
	Gaps           []string
	Grade          *int // worst, 0 none to 7; nil unknown
	KnownDays      int
	Repeat         string   // yes, no, unsure, unknown
	Records        []string // handed over; nil: not asked or not known
	ImplantCard    bool     // the procedure is one for which an implant card is handed over
	CheckIns       []Asking
}

// Asking is one check-in of a case whose day has come.
type Asking struct {
	Moment string
	Known  bool // it was answered
}

// Figures are what the counted experiences of one clinic, or of a part of them,
// add up to. Each figure has its own n and is all zero but for n below Enough.
type Figures struct {
	Verified int
	Goal     GoalFigure
	Price    PriceFigure
	Harm     HarmFigure
	Known    []KnownFigure // one for each moment, in order
	Records  RecordsFigure
	Repeat   RepeatFigure
}

// GoalFigure is how far goals were reached.
type GoalFigure struct {
	N, Reached int
	Counts     [11]int
	Median     float64
}

// PriceFigure is what was paid for one that was quoted.
type PriceFigure struct {
	N              int
	Low, Mid, High float64 // quartiles
	Ratios         []float64
	TopGap         string // the reason told most often for a gap; "" while fewer than Enough told one
	TopGapN, GapN  int    // how many told it, of how many who told any
}

// HarmFigure is how many had a complication of a grade or worse, among those
// known for 90 days and more. It is self-reported.
type HarmFigure struct {
	N       int
	AtLeast [8]int // by grade; index 0 is N
}

// Interval is the Wilson interval of the share with a grade or worse.
func (h HarmFigure) Interval(grade int) (low, high float64) {
	return stats.Wilson(h.AtLeast[grade], h.N)
}

// KnownFigure is how many of those due at a moment were heard of.
type KnownFigure struct {
	Moment     string
	Known, Due int // Known is 0 while Due is below Enough
}

// RecordsFigure is how many got all records that belong to their treatment.
type RecordsFigure struct{ N, Complete int }

// RepeatFigure is who would go to the same clinic again.
type RepeatFigure struct{ N, Yes, Unsure, No int }

// Shown reports whether enough have told for a figure with this n.
func Shown(n int) bool { return n >= Enough }

// FiguresOf adds up cases.
func FiguresOf(cases []Case) Figures { return CutOf(cases, nil) }

// CutOf adds up a part of the cases. Rest are the others, which are published
// together with the part elsewhere: a figure is held back too where its rest is
// smaller than Enough, because the rest is what the whole has more.
func CutOf(part, rest []Case) Figures {
	f, r := add(part), add(rest)
	f.Goal = shownOr(f.Goal, f.Goal.N, r.Goal.N, GoalFigure{N: f.Goal.N})
	f.Price = shownOr(f.Price, f.Price.N, r.Price.N, PriceFigure{N: f.Price.N})
	f.Harm = shownOr(f.Harm, f.Harm.N, r.Harm.N, HarmFigure{N: f.Harm.N})
	f.Records = shownOr(f.Records, f.Records.N, r.Records.N, RecordsFigure{N: f.Records.N})
	f.Repeat = shownOr(f.Repeat, f.Repeat.N, r.Repeat.N, RepeatFigure{N: f.Repeat.N})
	for i, k := range f.Known {
		f.Known[i] = shownOr(k, k.Due, r.Known[i].Due, KnownFigure{Moment: k.Moment, Due: k.Due})
	}
	return f
}

// shownOr is the figure, or what remains of it when it may not be shown. The n of
// what is held back for its rest's sake is cut below Enough, so that nobody
// takes it for shown.
func shownOr[F any](f F, n, rest int, bare F) F {
	if n >= Enough && (rest == 0 || rest >= Enough) {
		return f
	}
	if n >= Enough {
		var none F
		return none
	}
	return bare
}

func add(cases []Case) Figures {
	f := Figures{Verified: len(cases)}
	for _, m := range Moments {
		f.Known = append(f.Known, KnownFigure{Moment: m})
	}
	var goals []float64
	gaps := map[string]int{}
	for _, c := range cases {
		if c.Goal != nil {
			goals = append(goals, float64(*c.Goal))
			f.Goal.add(*c.Goal)
		}
		f.Price.add(c, gaps)
		f.Harm.add(c)
		f.Records.add(c)
		f.Repeat.add(c.Repeat)
		for _, a := range c.CheckIns {
			if i := slices.Index(Moments, a.Moment); i >= 0 {
				f.Known[i].Due++
				if a.Known {
					f.Known[i].Known++
				}
			}
		}
	}
	f.Goal.Median, _ = stats.Median(goals)
	slices.Sort(f.Price.Ratios)
	f.Price.Low, f.Price.Mid, f.Price.High, _ = stats.Quartiles(f.Price.Ratios)
	f.Price.top(gaps)
	return f
}

func (g *GoalFigure) add(answer int) {
	g.N++
	g.Counts[answer]++
	if answer >= reachedFrom {
		g.Reached++
	}
}

func (p *PriceFigure) add(c Case, gaps map[string]int) {
	if c.Ratio == nil {
		return
	}
	p.N++
	p.Ratios = append(p.Ratios, *c.Ratio)
	if len(c.Gaps) == 0 {
		return
	}
	p.GapN++
	told := slices.Clone(c.Gaps)
	slices.Sort(told)
	for _, g := range slices.Compact(told) {
		gaps[g]++
	}
}

// top is the reason told most often, by name where two are told as often.
func (p *PriceFigure) top(gaps map[string]int) {
	if p.GapN < Enough {
		p.GapN = 0
		return
	}
	for g, n := range gaps {
		if c := cmp.Or(cmp.Compare(n, p.TopGapN), strings.Compare(p.TopGap, g)); c > 0 {
			p.TopGap, p.TopGapN = g, n
		}
	}
}

func (h *HarmFigure) add(c Case) {
	if c.Grade == nil || c.KnownDays < longEnough {
		return
	}
	h.N++
	for g := 0; g <= *c.Grade; g++ {
		h.AtLeast[g]++
	}
}

// fullRecords are those that everybody needs at home.
var fullRecords = []string{"operative_report", "discharge_letter", "medication_list", "itemised_invoice"}

// implantCard is the record that goes with an implant.
const implantCard = "implant_card"

func (r *RecordsFigure) add(c Case) {
	if c.Records == nil {
		return
	}
	r.N++
	if missing(c.Records, c.ImplantCard) == 0 {
		r.Complete++
	}
}

// missing counts the records that should have been handed over and were not.
func missing(got []string, card bool) (n int) {
	for _, want := range fullRecords {
		if !slices.Contains(got, want) {
			n++
		}
	}
	if card && !slices.Contains(got, implantCard) {
		n++
	}
	return n
}

func (r *RepeatFigure) add(answer string) {
	switch answer {
	case "yes":
		r.Yes++
	case "no":
		r.No++
	case "unsure":
		r.Unsure++
	default:
		return
	}
	r.N++
}

// At is the figure of one moment.
func (f Figures) At(moment string) KnownFigure {
	for _, k := range f.Known {
		if k.Moment == moment {
			return k
		}
	}
	return KnownFigure{Moment: moment}
}
