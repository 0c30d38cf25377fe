package search

import (
	"math"
	"time"
)

// A hit's score is
//
//	cover density × (1 + 0.25 if verified + 0.15 × quality) × e^(−age / 730 days)
//
// where cover density is Postgres's ts_rank_cd (words close together count more)
// with weights 1.0 for titles and names, 0.4 for clinic and city, 0.2 for tags
// and 0.1 for the body, brought into 0…1. Names do not grow old.
//
// Age is taken apart: e^(bumped − epoch) is stored with the document as part of
// its weight, and e^−(now − epoch), the same for all, is put in by the search.
// So nothing is computed from dates for hundreds of candidates at a time.

const fade = 730 * 24 * time.Hour

// epoch is the zero of both halves; near enough that neither leaves the range
// of a float for centuries.
var epoch = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

func weightOf(k Kind, verified bool, quality float32, bumped time.Time) float64 {
	w := 1 + 0.15*float64(quality)
	if verified {
		w += 0.25
	}
	if k.isName() {
		return w
	}
	return w * math.Exp(bumped.Sub(epoch).Seconds()/fade.Seconds())
}

// fadeAt is what the stored weights of all that grows old are multiplied by.
func fadeAt(now time.Time) float64 { return math.Exp(-now.Sub(epoch).Seconds() / fade.Seconds()) }

// How many of the newest matching documents are ranked, a thousand together.
// Replies are by far the most, and their words count least.
const (
	rankedTitles  = 850 // names, before all, and questions
	rankedReplies = 150
)
