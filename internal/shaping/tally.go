package shaping

import (
	"cmp"
	"hash/fnv"
	"math"
	"slices"
	"time"

	"caravan/internal/stats"
)

// Tally is how standing votes on one subject add up. Only counted ones are in
// Want, Pass, Against; the others are public as sums.
type Tally struct {
	Want, Pass, Against int
	Carried             int // of the counted: taken over from the version before
	Others              map[Status]int
}

// N is how many took a side. Who does not mind takes none.
func (t Tally) N() int { return t.Want + t.Against }

// All is how many votes count.
func (t Tally) All() int { return t.Want + t.Pass + t.Against }

// TallyOf adds up standing votes on one subject.
func TallyOf(votes []Standing) Tally {
	t := Tally{Others: map[Status]int{}}
	for _, v := range votes {
		if v.Status != Counted {
			t.Others[v.Status]++
			continue
		}
		switch {
		case v.Choice > 0:
			t.Want++
		case v.Choice < 0:
			t.Against++
		default:
			t.Pass++
		}
		if v.Carried {
			t.Carried++
		}
	}
	return t
}

// Weights of the score.
const (
	scoreWeight = 10  // how many votes the mean of the category is worth
	usualMean   = 0.6 // of a category nobody voted in yet
)

// Score is the share of want among want and against, drawn to the mean of the
// category as if ten more had voted like it: few votes move little, and a
// newcomer starts in the middle. A mean of 0 stands for "none yet".
func Score(want, n int, mean float64) float64 {
	if mean <= 0 {
		mean = usualMean
	}
	return (float64(want) + scoreWeight*mean) / (float64(n) + scoreWeight)
}

// Ranked is what an order of packages or amendments looks at.
type Ranked struct {
	ID        int64
	Score     float64
	N         int
	CreatedAt time.Time
}

// Rank compares two for an order, best first: by score, then more votes, then
// the older.
func Rank(a, b Ranked) int {
	return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(b.N, a.N), a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
}

// claimVotes is how many votes a claim about the majority needs.
const claimVotes = 20

// MajorityWants reports whether it can be said that the majority wants this: a
// claim, so the lower end of the 95 % interval must be above one half.
func MajorityWants(want, n int) bool {
	return n >= claimVotes && stats.Lower(want, n) > 0.5
}

// Enough votes for the bridging score: in a stratum, and in all.
const (
	bridgeStratum = 5
	bridgeAll     = 15
)

// Bridge is how much all strata of voters want the same: the geometric mean
// over strata of (share that wants) × (1 − share that does not), each share with
// half a vote added on both sides. Strata with fewer than five votes say
// nothing. Ok is false without two strata or with fewer than fifteen votes in
// all; then Score is the order.
func Bridge(strata map[Stratum]Tally) (b float64, ok bool) {
	sum, groups, all := 0.0, 0, 0
	for _, name := range Strata {
		t := strata[name]
		all += t.All()
		if t.All() < bridgeStratum {
			continue
		}
		s := float64(t.All()) + 1
		sum += math.Log((float64(t.Want) + 0.5) / s * (1 - (float64(t.Against)+0.5)/s))
		groups++
	}
	if groups < 2 || all < bridgeAll {
		return 0, false
	}
	return math.Exp(sum / float64(groups)), true
}

// Exposed is an entry of a list whose votes are hidden.
type Exposed struct {
	ID    int64
	Shown int // how often people saw it
}

// HiddenOrder is how entries stand while their votes are hidden: drawn by lot
// for each person and day, with every fifth place for the entry that was shown
// least. It knows nothing of votes.
func HiddenOrder(entries []Exposed, person int64, day string) []int64 {
	lot := slices.Clone(entries)
	slices.SortFunc(lot, func(a, b Exposed) int {
		return cmp.Or(cmp.Compare(draw(a.ID, person, day), draw(b.ID, person, day)), cmp.Compare(a.ID, b.ID))
	})
	out := make([]int64, 0, len(lot))
	for len(lot) > 0 {
		at := 0
		if len(out)%5 == 4 {
			for i, e := range lot {
				if e.Shown < lot[at].Shown {
					at = i
				}
			}
		}
		out = append(out, lot[at].ID)
		lot = slices.Delete(lot, at, at+1)
	}
	return out
}

// draw is a lot: the same for the same entry, person and day.
func draw(id, person int64, day string) uint64 {
	h := fnv.New64a()
	var b [16]byte
	for i := range 8 {
		b[i], b[8+i] = byte(id>>(8*i)), byte(person>>(8*i))
	}
	h.Write(b[:]) // a hash never fails to write
	h.Write([]byte(day))
	x := h.Sum64() // FNV leaves the high bits alike for short input; these steps spread them (splitmix64)
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// Sum adds up the strata of one subject.
func Sum(strata map[Stratum]Tally) Tally {
	all := Tally{Others: map[Status]int{}}
	for _, t := range strata {
		all.Want, all.Pass, all.Against, all.Carried = all.Want+t.Want, all.Pass+t.Pass, all.Against+t.Against, all.Carried+t.Carried
		for s, n := range t.Others {
			all.Others[s] += n
		}
	}
	return all
}
