package demo

import (
	"os"
	"testing"
	"time"

	"caravan/internal/shaping"
)

func TestDrawnPackagesCouldHaveBeenPublishedAndShaped(t *testing.T) {
	c, now := loaded(t), time.Now().UTC()
	b := newBroker(c, newCrowd(seed(), c, 8, now), now)
	states, codes := map[string]int{}, map[string]bool{}
	for range 300 {
		o, err := b.next()
		if err != nil {
			t.Fatal(err)
		}
		states[o.State]++
		codes[o.Procedure] = true
		all := o.contents()
		for n, content := range all {
			if err := shaping.CheckDraft(o.pack(), o.Procedure, content); err != nil {
				t.Errorf("%s: version %d: %v", o.Slug, n+1, err)
			}
		}
		checkDrawnWishes(t, o, all)
	}
	if len(states) != len(fates)/2 || len(codes) < 30 {
		t.Errorf("states %v, procedures %d", states, len(codes))
	}
}

func checkDrawnWishes(t *testing.T, o offer, all []shaping.Content) {
	t.Helper()
	for i, w := range o.Amendments {
		a, base := w.amendment(o, int64(i+1)), all[w.Base-1]
		if err := shaping.CheckAmendment(o.pack(), base, a); err != nil {
			t.Errorf("%s %s: %v", o.Slug, w.Key, err)
		}
		for _, r := range w.Answers {
			made := shaping.Response{Answer: r.Answer, ReasonCode: r.Code, Reason: r.Reason, PriceDeltaMinor: r.Price}
			if err := shaping.CheckResponse(made, a, o.item(w.Item).Spec(), base.Value(w.Item), o.Currency); err != nil || r.Age >= w.Age {
				t.Errorf("%s %s: %v, answered %v ago, written %v ago", o.Slug, w.Key, err, time.Duration(r.Age), time.Duration(w.Age))
			}
		}
	}
	for n := 1; n < len(o.Versions); n++ {
		var granted []shaping.Amendment
		for i, w := range o.Amendments {
			if w.State == string(shaping.Merged) && w.Round == o.Versions[n].Round {
				granted = append(granted, w.amendment(o, int64(i+1)))
			}
		}
		var own []shaping.OwnChange
		for _, c := range o.Versions[n].Changes {
			if c.Why != "" {
				own = append(own, shaping.OwnChange{Key: c.Key, Value: c.Value, Reason: c.Why})
			}
		}
		if next, _, err := shaping.Merge(all[n-1], int64(n), granted, own); err != nil || next.Canonical() != all[n].Canonical() {
			t.Errorf("%s: version %d is not what was granted: %v", o.Slug, n+1, err)
		}
	}
}

func TestPackagesThatWereDrawnAreSoundInTheTables(t *testing.T) {
	t.Parallel()
	scale := 2
	if os.Getenv("CARAVAN_LONG") != "" {
		scale = 3
	}
	d := Filled(t, scale)
	var packages, slugs, stages int
	figures(t, d, []any{&packages, &slugs, &stages}, `SELECT count(*), count(DISTINCT slug), count(DISTINCT state) FROM packages`)
	if packages != scale*offersByScale || slugs != packages || stages != len(shaping.States) {
		t.Errorf("%d packages, %d addresses, %d stages", packages, slugs, stages)
	}
	sound(t, d)
}
