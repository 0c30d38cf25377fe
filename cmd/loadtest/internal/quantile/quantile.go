// Package quantile takes percentiles of measured values.
package quantile

import (
	"slices"
	"time"
)

// Of returns the value at quantile p (0 to 1) of values by the nearest rank,
// which is always a value that was measured. It copies: values keep their
// order. No values give 0.
func Of(values []float64, p float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	return sorted[rank(len(sorted), p)]
}

// Median is Of at one half.
func Median(values []float64) float64 { return Of(values, 0.5) }

// Durations is several quantiles of one set at the cost of one sort. It sorts
// values in place.
func Durations(values []time.Duration, ps ...float64) []time.Duration {
	out := make([]time.Duration, len(ps))
	if len(values) == 0 {
		return out
	}
	slices.Sort(values)
	for i, p := range ps {
		out[i] = values[rank(len(values), p)]
	}
	return out
}

// rank is the nearest rank: the smallest index with at least the share p of all
// values at or below it.
func rank(n int, p float64) int {
	i := int(p * float64(n))
	if float64(i) == p*float64(n) {
		i--
	}
	return min(max(i, 0), n-1)
}
