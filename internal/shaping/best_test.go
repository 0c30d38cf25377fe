package shaping

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"caravan/internal/testkit"
)

// TestTheBestSupportedAreDrawnToTheMeanOfTheirTreatment has a treatment whose
// packages most people want and one whose packages few want: with few votes a
// package stands where its like stand, and pages of one go on where they ended.
func TestTheBestSupportedAreDrawnToTheMeanOfTheirTreatment(t *testing.T) {
	t.Parallel()
	b := newBazaar(t, 0)
	owner := testkit.OwnerOf(t, b.d)
	type pack struct {
		procedure, want, against int64
		slug                     string
		id                       int64
	}
	packs := []pack{{procedure: 1, want: 80, against: 10}, {procedure: 1, want: 2, against: 1}, {procedure: 1}, {procedure: 2, want: 20, against: 60},
		{procedure: 2, want: 2, against: 1}, {procedure: 2, want: 1}, {procedure: 3}, {procedure: 3, want: 0, against: 3}}
	var procedures []int64
	rows, err := owner.Pool().Query(t.Context(), `SELECT id FROM procedures ORDER BY id LIMIT 3`)
	b.must(err)
	for rows.Next() {
		var id int64
		b.must(rows.Scan(&id))
		procedures = append(procedures, id)
	}
	sums := map[int64][2]int64{}
	for i := range packs {
		x := &packs[i]
		p := b.published(func(d *Proposal) { d.Title = fmt.Sprintf("Package number %d of the harbour", i) })
		x.procedure, x.slug, x.id = procedures[x.procedure-1], p.Slug, p.ID
		for _, sql := range []string{
			fmt.Sprintf(`UPDATE packages SET state = 'expired', procedure_id = %d WHERE id = %d`, x.procedure, x.id),
			fmt.Sprintf(`INSERT INTO package_tallies (package_id, subject, subject_id, stratum, want, against) VALUES (%d, 'package', %[1]d, 'considering', %d, %d)`, x.id, x.want, x.against),
		} {
			_, err := owner.Pool().Exec(t.Context(), sql)
			b.must(err)
		}
		s := sums[x.procedure]
		sums[x.procedure] = [2]int64{s[0] + x.want, s[1] + x.want + x.against}
	}
	score := func(x pack) float64 {
		mean := 0.0
		if s := sums[x.procedure]; s[0] > 0 {
			mean = float64(s[0]) / float64(s[1])
		}
		return Score(int(x.want), int(x.want+x.against), mean)
	}
	slices.SortStableFunc(packs, func(a, c pack) int {
		if d := score(c) - score(a); math.Abs(d) > 1e-9 {
			return int(math.Copysign(1, d))
		}
		return int(c.want + c.against - a.want - a.against)
	})
	var got, want []string
	for _, x := range packs {
		want = append(want, x.slug)
	}
	f := Filter{Sort: byBest, Limit: 3, Now: b.d.Now()}
	for len(got) < len(packs) {
		page, n, err := b.listed(t.Context(), f)
		b.must(err)
		if n != len(packs) || len(page) == 0 {
			t.Fatalf("%d of %d packages after %v", len(page), n, got)
		}
		for _, r := range page[:min(len(page), f.Limit)] {
			got = append(got, r.Slug)
		}
		f.After = got[len(got)-1]
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}
