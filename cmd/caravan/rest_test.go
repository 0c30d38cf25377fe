package main

import "testing"

func TestMemoryIsGivenBackOnceWhenWorkIsOver(t *testing.T) {
	t.Parallel()
	var r resting
	const mb = 1 << 20
	for i, c := range []struct {
		allocated uint64
		due       bool
	}{
		{50 * mb, false},       // starting
		{90 * mb, false},       // at work
		{90*mb + 1, true},      // over
		{90*mb + 9, false},     // nothing new
		{95 * mb, false},       // a little work
		{95*mb + 500, false},   // too little to be worth it
		{100 * mb, false},      // a little more
		{100*mb + 1_000, true}, // worth it by now
	} {
		if got := r.due(c.allocated); got != c.due {
			t.Errorf("look %d, after %d bytes: %v", i, c.allocated, got)
		}
	}
}
