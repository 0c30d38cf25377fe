package experience

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"sort"
	"testing"

	"caravan/internal/stats"
)

// episodes is how many random episodes each property sees.
func episodes() int {
	if os.Getenv("CARAVAN_LONG") != "" {
		return 10_000
	}
	return 600
}

func randomCase(r *rand.Rand) Case {
	c := Case{ProcedureID: int64(r.IntN(3)), KnownDays: r.IntN(200), Repeat: []string{"yes", "no", "unsure", "unknown"}[r.IntN(4)], ImplantCard: r.IntN(3) == 0}
	if r.IntN(4) > 0 {
		g := r.IntN(11)
		c.Goal = &g
	}
	if r.IntN(3) > 0 {
		q := math.Round((0.7+r.Float64())*1e4) / 1e4
		c.Ratio = &q
	}
	for _, g := range []string{"tests", "upsell", "currency"} {
		if r.IntN(4) == 0 {
			c.Gaps = append(c.Gaps, g)
		}
	}
	if r.IntN(5) > 0 {
		g := max(0, r.IntN(14)-6)
		c.Grade = &g
	}
	if r.IntN(2) == 0 {
		c.Records = []string{}
		for _, k := range []string{"operative_report", "discharge_letter", "medication_list", "itemised_invoice", "implant_card"} {
			if r.IntN(6) > 0 {
				c.Records = append(c.Records, k)
			}
		}
	}
	for _, m := range Moments[:r.IntN(len(Moments)+1)] {
		c.CheckIns = append(c.CheckIns, Asking{m, r.IntN(3) > 0})
	}
	return c
}

// TestFiguresAgreeWithCountingByHand compares every figure with the most
// obvious way to count it, over random episodes cut into groups of any size.
func TestFiguresAgreeWithCountingByHand(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for seen := 0; seen < episodes(); {
		cases := make([]Case, r.IntN(40))
		for i := range cases {
			cases[i] = randomCase(r)
		}
		seen += len(cases) + 1
		f := FiguresOf(cases)
		same(t, "verified", f.Verified, len(cases))
		byHandGoal(t, f, cases)
		byHandPrice(t, f, cases)
		byHandHarm(t, f, cases)
		byHandRest(t, f, cases)
		if t.Failed() {
			t.Fatalf("for %d cases", len(cases))
		}
	}
}

func same[V comparable](t *testing.T, what string, got, want V) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-9 {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func count(cases []Case, is func(Case) bool) (n int) {
	for _, c := range cases {
		if is(c) {
			n++
		}
	}
	return n
}

// quantile by its definition: sort, walk to the place, interpolate.
func quantile(vs []float64, p float64) float64 {
	sort.Float64s(vs)
	at := p * float64(len(vs)-1)
	i := int(math.Floor(at))
	j := min(i+1, len(vs)-1)
	return vs[i] + (at-float64(i))*(vs[j]-vs[i])
}

func byHandGoal(t *testing.T, f Figures, cases []Case) {
	told := func(c Case) bool { return c.Goal != nil }
	n := count(cases, told)
	same(t, "goal n", f.Goal.N, n)
	if n < 5 {
		same(t, "goal held back", f.Goal, GoalFigure{N: n})
		return
	}
	same(t, "goal reached", f.Goal.Reached, count(cases, func(c Case) bool { return told(c) && *c.Goal >= 7 }))
	var all []float64
	for answer := range 11 {
		k := count(cases, func(c Case) bool { return told(c) && *c.Goal == answer })
		same(t, fmt.Sprint("goal ", answer), f.Goal.Counts[answer], k)
		for range k {
			all = append(all, float64(answer))
		}
	}
	near(t, "goal median", f.Goal.Median, quantile(all, 0.5))
}

func byHandPrice(t *testing.T, f Figures, cases []Case) {
	var all []float64
	told, most := 0, map[string]int{}
	for _, c := range cases {
		if c.Ratio == nil {
			continue
		}
		all = append(all, *c.Ratio)
		if len(c.Gaps) > 0 {
			told++
		}
		for _, g := range c.Gaps {
			most[g]++
		}
	}
	same(t, "price n", f.Price.N, len(all))
	if len(all) < 5 {
		if f.Price.Ratios != nil || f.Price.Mid != 0 || f.Price.TopGap != "" || f.Price.GapN != 0 {
			t.Errorf("a price of %d is shown: %+v", len(all), f.Price)
		}
		return
	}
	near(t, "first quartile", f.Price.Low, quantile(all, 0.25))
	near(t, "median ratio", f.Price.Mid, quantile(all, 0.5))
	near(t, "third quartile", f.Price.High, quantile(all, 0.75))
	if told < 5 {
		same(t, "a reason told by fewer than five", f.Price.TopGap, "")
		return
	}
	same(t, "who told a reason", f.Price.GapN, told)
	for g, n := range most {
		if n > f.Price.TopGapN || n == f.Price.TopGapN && g < f.Price.TopGap {
			t.Errorf("top reason %s (%d), but %s has %d", f.Price.TopGap, f.Price.TopGapN, g, n)
		}
	}
}

func byHandHarm(t *testing.T, f Figures, cases []Case) {
	in := func(c Case) bool { return c.Grade != nil && c.KnownDays >= 90 }
	n := count(cases, in)
	same(t, "harm n", f.Harm.N, n)
	if n < 5 {
		same(t, "harm held back", f.Harm, HarmFigure{N: n})
		return
	}
	for g := range 8 {
		k := count(cases, func(c Case) bool { return in(c) && *c.Grade >= g })
		same(t, fmt.Sprint("grade ", g, " or worse"), f.Harm.AtLeast[g], k)
		// The interval as the roots of the score test: (p - s)² = z² s (1 - s) / n.
		low, high := f.Harm.Interval(g)
		p := float64(k) / float64(n)
		for _, s := range []float64{low, high} {
			near(t, "score", (p-s)*(p-s), stats.Z*stats.Z*s*(1-s)/float64(n))
		}
	}
}

func byHandRest(t *testing.T, f Figures, cases []Case) {
	for i, m := range Moments {
		due, known := 0, 0
		for _, c := range cases {
			for _, a := range c.CheckIns {
				if a.Moment == m {
					due++
					if a.Known {
						known++
					}
				}
			}
		}
		if due < 5 {
			known = 0
		}
		same(t, m, f.Known[i], KnownFigure{m, known, due})
	}
	asked := func(c Case) bool { return c.Records != nil }
	n, complete := count(cases, asked), 0
	for _, c := range cases {
		have := map[string]bool{}
		for _, k := range c.Records {
			have[k] = true
		}
		if asked(c) && have["operative_report"] && have["discharge_letter"] && have["medication_list"] && have["itemised_invoice"] && (have["implant_card"] || !c.ImplantCard) {
			complete++
		}
	}
	if n < 5 {
		complete = 0
	}
	same(t, "records", f.Records, RecordsFigure{n, complete})
	says := func(w string) int { return count(cases, func(c Case) bool { return c.Repeat == w }) }
	want := RepeatFigure{says("yes") + says("no") + says("unsure"), says("yes"), says("unsure"), says("no")}
	if want.N < 5 {
		want = RepeatFigure{N: want.N}
	}
	same(t, "again", f.Repeat, want)
}

// TestNoFigureCanBeSubtracted cuts random cases in two and publishes the whole
// and one part: the other part can be computed only where it holds enough.
func TestNoFigureCanBeSubtracted(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for seen := 0; seen < episodes(); {
		cases := make([]Case, 1+r.IntN(25))
		var part, rest []Case
		for i := range cases {
			cases[i] = randomCase(r)
			if cases[i].ProcedureID == 1 {
				part = append(part, cases[i])
			} else {
				rest = append(rest, cases[i])
			}
		}
		seen += len(cases)
		whole, cut := FiguresOf(cases), CutOf(part, rest)
		if hidden := whole.Goal.N - cut.Goal.N; cut.Goal.Reached > 0 && hidden > 0 && hidden < 5 {
			t.Fatalf("%d goals can be told by subtracting", hidden)
		}
		if hidden := whole.Price.N - cut.Price.N; cut.Price.Ratios != nil && hidden > 0 && hidden < 5 {
			t.Fatalf("%d prices can be told by subtracting", hidden)
		}
		if hidden := whole.Harm.N - cut.Harm.N; cut.Harm.AtLeast[0] > 0 && hidden > 0 && hidden < 5 {
			t.Fatalf("%d complications can be told by subtracting", hidden)
		}
		for i, k := range cut.Known {
			if hidden := whole.Known[i].Due - k.Due; k.Known > 0 && hidden > 0 && hidden < 5 {
				t.Fatalf("%d check-ins can be told by subtracting", hidden)
			}
		}
	}
}

func TestAMissedCheckInIsUnknownAndNeverGood(t *testing.T) {
	var cases []Case
	for i := range 40 {
		g := 10
		cases = append(cases, Case{Goal: &g, CheckIns: []Asking{{"d7", true}, {"m12", i < 3}}})
	}
	f := FiguresOf(cases)
	same(t, "after a week", f.At("d7"), KnownFigure{"d7", 40, 40})
	same(t, "after a year", f.At("m12"), KnownFigure{"m12", 3, 40})
	if r := RankOf(f); r.Score > 0.075 {
		t.Errorf("forty glowing stories of which three are known after a year score %.3f", r.Score)
	}
}

func TestRanksOfClinics(t *testing.T) {
	made := func(goals, reached, due, known int) Figures {
		var cases []Case
		for i := range max(goals, due) {
			var c Case
			if i < goals {
				g := 3
				if i < reached {
					g = 8
				}
				c.Goal = &g
			}
			if i < due {
				c.CheckIns = []Asking{{"m12", i < known}}
			}
			cases = append(cases, c)
		}
		return FiguresOf(cases)
	}
	ranks := []struct {
		name string
		f    Figures
	}{
		{"many, well followed", made(40, 36, 30, 27)},
		{"few, all reached, well followed", made(5, 5, 5, 4)},
		{"many, half followed", made(40, 36, 30, 15)},
		{"nobody heard of after a year", made(40, 40, 10, 0)},
		{"nobody due yet", made(40, 40, 0, 0)},
		{"too few due to say", made(30, 27, 4, 4)},
		{"too few goals", made(4, 4, 4, 4)},
	}
	for i := 1; i < len(ranks); i++ {
		a, b := RankOf(ranks[i-1].f), RankOf(ranks[i].f)
		if a.Tier < b.Tier || a.Tier == b.Tier && a.Score <= b.Score {
			t.Errorf("%s (%d, %.3f) does not stand before %s (%d, %.3f)", ranks[i-1].name, a.Tier, a.Score, ranks[i].name, b.Tier, b.Score)
		}
	}
}
