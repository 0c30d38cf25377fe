package translog_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"caravan/internal/db"
	"caravan/internal/leaf"
	"caravan/internal/translog"
)

// grown is a log of n entries.
func grown(b *testing.B, n int) *site {
	b.Helper()
	s := aSite(b)
	s.add(n)
	s.round()
	return s
}

// BenchmarkRecord is what an act pays for its entry: one more row in its own
// transaction.
func BenchmarkRecord(b *testing.B) {
	s := grown(b, 1)
	e := leaf.Policy("rules", "en", "Be kind.", s.db.Now())
	for b.Loop() {
		err := s.db.Write(b.Context(), func(tx *db.Tx) error { return translog.Add(tx, e.Kind, e.Body) })
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAppend is 500 acts with their entries, which then get their places in
// one round.
func BenchmarkAppend(b *testing.B) {
	s := grown(b, 1)
	b.ReportAllocs()
	for b.Loop() {
		s.add(500)
		s.round()
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/500, "µs/entry")
}

// BenchmarkRound is a whole round for one entry in a log of 10,000: its place,
// the head on disk, the signatures of log and witness, the head published.
func BenchmarkRound(b *testing.B) {
	s := grown(b, 10_000)
	for b.Loop() {
		b.StopTimer()
		s.add(1)
		b.StartTimer()
		s.round()
	}
}

// BenchmarkSign is the signature of a head alone.
func BenchmarkSign(b *testing.B) {
	s := grown(b, 1)
	key, err := os.ReadFile(filepath.Join(s.dir, "log.key"))
	if err != nil {
		b.Fatal(err)
	}
	signer, err := note.NewSigner(strings.TrimSpace(string(key)))
	if err != nil {
		b.Fatal(err)
	}
	head := s.head().Head
	for b.Loop() {
		if _, err := leaf.SignHead(head, signer); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkProve makes the proof that somebody takes along.
func BenchmarkProve(b *testing.B) {
	for _, n := range []int{1_000, 20_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := grown(b, n)
			at := int64(0)
			for b.Loop() {
				if _, err := s.Prove(b.Context(), at%int64(n)); err != nil {
					b.Fatal(err)
				}
				at += 7919
			}
		})
	}
}

// BenchmarkTile reads a full tile, as verifiers do.
func BenchmarkTile(b *testing.B) {
	s := grown(b, 20_000)
	at := 0
	for b.Loop() {
		if _, err := s.Tile(b.Context(), fmt.Sprintf("tile/0/%03d", at%78)); err != nil {
			b.Fatal(err)
		}
		at++
	}
}
