package stats_test

import (
	"math"
	"slices"
	"testing"

	"caravan/internal/stats"
)

// The first four rows are the examples of Newcombe, Statistics in Medicine 17
// (1998), table I, method 3, to the four places printed there.
func TestWilsonGivesThePublishedIntervals(t *testing.T) {
	for _, c := range []struct {
		good, n   int
		low, high float64
	}{
		{81, 263, 0.2553, 0.3662},
		{15, 148, 0.0624, 0.1605},
		{0, 20, 0, 0.1611},
		{1, 29, 0.0061, 0.1718},
		{29, 29, 0.8830, 1},
		{0, 0, 0, 1},
		{-3, 20, 0, 0.1611},
		{30, 20, 1 - 0.1611, 1},
	} {
		low, high := stats.Wilson(c.good, c.n)
		if math.Abs(low-c.low) > 0.00005 || math.Abs(high-c.high) > 0.00005 {
			t.Errorf("Wilson(%d, %d) = %.5f, %.5f, want %.4f, %.4f", c.good, c.n, low, high, c.low, c.high)
		}
	}
}

func TestLowerRanksManyVotesAboveOne(t *testing.T) {
	order := [][2]int{{0, 0}, {1, 2}, {1, 1}, {8, 10}, {95, 100}}
	for i := 1; i < len(order); i++ {
		less, more := order[i-1], order[i]
		if stats.Lower(less[0], less[1]) >= stats.Lower(more[0], more[1]) {
			t.Errorf("%v does not stand below %v", less, more)
		}
	}
}

func TestQuartilesGiveThePublishedValues(t *testing.T) {
	for name, c := range map[string]struct {
		in   []float64
		want [3]float64
	}{
		// What R prints for quantile(c(6, 7, 15, 36, 39, 40, 41, 42, 43, 47, 49)), its default type 7.
		"eleven":       {[]float64{49, 6, 47, 7, 43, 15, 42, 36, 41, 39, 40}, [3]float64{25.5, 40, 42.5}},
		"six":          {[]float64{7, 15, 36, 39, 40, 41}, [3]float64{20.25, 37.5, 39.75}},
		"one":          {[]float64{5}, [3]float64{5, 5, 5}},
		"two":          {[]float64{1, 2}, [3]float64{1.25, 1.5, 1.75}},
		"all the same": {[]float64{3, 3, 3}, [3]float64{3, 3, 3}},
	} {
		before := slices.Clone(c.in)
		q1, q2, q3, ok := stats.Quartiles(c.in)
		if got := [3]float64{q1, q2, q3}; !ok || got != c.want {
			t.Errorf("%s: got %v, %v, want %v", name, got, ok, c.want)
		}
		if m, ok := stats.Median(c.in); !ok || m != c.want[1] {
			t.Errorf("%s: the median is %v, want %v", name, m, c.want[1])
		}
		if !slices.Equal(before, c.in) {
			t.Errorf("%s: the values were reordered to %v", name, c.in)
		}
	}
	if _, ok := stats.Median(nil); ok {
		t.Error("nothing has a median")
	}
}
