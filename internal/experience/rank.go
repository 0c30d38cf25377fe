package experience

import "caravan/internal/stats"

// The order of clinics in their list.

// yearly is the moment by which following up is judged.
const yearly = "m12"

// Ranks of clinics: each stands after the one above.
const (
	rankFollowed = 2 // enough goals told, and enough patients due after a year
	rankTold     = 1 // enough goals told, too few due after a year to say how many are known
	rankNone     = 0 // too few goals told; these stand by name
)

// Rank is where a clinic stands in the list: first by tier, then by score.
type Rank struct {
	Tier        int
	Score       float64 // 0 to 1
	N, Reached  int     // goals told, and reached
	Known, Due  int     // after a year
	Verified    int     // counted experiences
	Experiences int     // published, counted or not
}

// RankOf is a clinic's rank by its figures: the lower end of the Wilson interval
// of goals reached, times the share that is known after a year. A clinic of
// which nobody is due yet, or too few to show, gets the factor 1 and stands
// after those with enough. Nothing else enters: no payment, no speed of
// answering, no age.
func RankOf(f Figures) Rank {
	r := Rank{N: f.Goal.N, Reached: f.Goal.Reached, Known: f.At(yearly).Known, Due: f.At(yearly).Due, Verified: f.Verified}
	if !Shown(r.N) {
		return r
	}
	r.Tier, r.Score = rankTold, stats.Lower(r.Reached, r.N)
	if Shown(r.Due) {
		r.Tier = rankFollowed
		r.Score *= float64(r.Known) / float64(r.Due)
	}
	return r
}
