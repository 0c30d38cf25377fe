package quantile

import (
	"slices"
	"testing"
	"time"
)

func TestNearestRank(t *testing.T) {
	hundred := make([]float64, 100)
	for i := range hundred {
		hundred[i] = float64(100 - i)
	}
	for _, c := range []struct {
		name   string
		values []float64
		p      float64
		want   float64
	}{
		{"nothing measured", nil, 0.5, 0},
		{"one value is every quantile", []float64{7}, 0.99, 7},
		{"the median of three", []float64{9, 1, 5}, 0.5, 5},
		{"the lower of the two in the middle", []float64{1, 2, 3, 4}, 0.5, 2},
		{"p50 of 1 to 100", hundred, 0.5, 50},
		{"p99 of 1 to 100", hundred, 0.99, 99},
		{"the smallest", hundred, 0, 1},
		{"the largest", hundred, 1, 100},
	} {
		if got := Of(c.values, c.p); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

func TestOfKeepsTheOrderOfItsArgument(t *testing.T) {
	values := []float64{3, 1, 2}
	Of(values, 0.5)
	if !slices.Equal(values, []float64{3, 1, 2}) {
		t.Errorf("values became %v", values)
	}
}

func TestDurations(t *testing.T) {
	values := []time.Duration{4, 2, 1, 3}
	got := Durations(values, 0, 0.5, 1)
	if !slices.Equal(got, []time.Duration{1, 2, 4}) {
		t.Errorf("got %v, want [1 2 4]", got)
	}
	if got := Durations(nil, 0.5); got[0] != 0 {
		t.Errorf("nothing measured: got %v, want 0", got[0])
	}
}
