// Package stats holds the few statistics that pages show and lists are ordered
// by. All of them answer for nothing at all (n = 0) without inventing a number:
// an interval is then the whole range, a middle does not exist.
package stats

import (
	"math"
	"slices"
)

// Z is the normal quantile of all intervals: 95 % on two sides.
const Z = 1.96

// Wilson returns the Wilson score interval of the share good/n at 95 %, without
// continuity correction (E. B. Wilson, JASA 22, 1927; Newcombe, Statistics in
// Medicine 17, 1998, method 3). Both ends are within [0, 1]; without anything
// counted they are 0 and 1. Counts out of range are cut to it.
func Wilson(good, n int) (low, high float64) {
	if n <= 0 {
		return 0, 1
	}
	good = min(max(good, 0), n)
	count := float64(n)
	share := float64(good) / count
	middle := share + Z*Z/(2*count)
	reach := Z * math.Sqrt(share*(1-share)/count+Z*Z/(4*count*count))
	whole := 1 + Z*Z/count
	low, high = (middle-reach)/whole, (middle+reach)/whole
	// Rounding may leave a hair beyond the ends, where they are exact.
	if good == 0 {
		low = 0
	}
	if good == n {
		high = 1
	}
	return low, high
}

// Lower returns the lower end of Wilson: what a share is at least, which ranks
// many good votes above one. It is 0 without votes.
func Lower(good, n int) float64 {
	low, _ := Wilson(good, n)
	return low
}

// Median returns the middle of values, the mean of the two middle ones if they
// are even in number; ok is false for none. The order of values stays.
func Median(values []float64) (m float64, ok bool) {
	_, m, _, ok = Quartiles(values)
	return m, ok
}

// Quartiles returns the 25, 50 and 75 % quantiles of values by linear
// interpolation between order statistics (Hyndman and Fan, The American
// Statistician 50, 1996, definition 7); ok is false for none. The order of
// values stays.
func Quartiles(values []float64) (q1, q2, q3 float64, ok bool) {
	if len(values) == 0 {
		return 0, 0, 0, false
	}
	sorted := slices.Sorted(slices.Values(values))
	at := func(p float64) float64 {
		h := p * float64(len(sorted)-1)
		i := int(h)
		if i+1 == len(sorted) {
			return sorted[i]
		}
		return sorted[i] + (h-float64(i))*(sorted[i+1]-sorted[i])
	}
	return at(0.25), at(0.5), at(0.75), true
}
