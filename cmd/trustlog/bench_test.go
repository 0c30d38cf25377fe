package main

import (
	"fmt"
	"io"
	"testing"
	"time"
)

// BenchmarkVerify reads and checks a whole log over HTTP, as somebody outside
// does: entries, tiles, openings, what they say together, and the site's list.
func BenchmarkVerify(b *testing.B) {
	for _, n := range []int{1_000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			h := newHouse(b)
			h.rules()
			for i := range 100 {
				h.tell(i, 1, fmt.Sprintf("Story %d.", i))
			}
			h.tomorrow()
			h.add(n - int(h.size()))
			h.round()
			began, runs := time.Now(), 0
			for b.Loop() {
				if s := h.verify(); s.code != exitOK {
					b.Fatal(s.errs)
				}
				runs++
			}
			b.ReportMetric(float64(n*runs)/time.Since(began).Seconds(), "entries/s")
		})
	}
}

// BenchmarkProveOffline checks one proof without asking anybody.
func BenchmarkProveOffline(b *testing.B) {
	h := newHouse(b)
	h.add(10_000)
	h.round()
	policy, proof := h.file("/log/policy", "policy"), h.file("/log/proof/entry/4711", "p.tlog-proof")
	for b.Loop() {
		if code := run(b.Context(), []string{"prove", "--policy", policy, proof}, io.Discard, io.Discard); code != exitOK {
			b.Fatal(code)
		}
	}
}
