package demo

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"caravan/internal/shaping"
)

func readOffers(t *testing.T) []offer {
	t.Helper()
	all, err := loadOffers()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestPackagesOfEveryStageAreWritten(t *testing.T) {
	stages, calls := map[string]int{}, map[string][]string{}
	all := readOffers(t)
	for _, o := range all {
		stages[o.State]++
		if o.AnswersCall != "" {
			calls[o.AnswersCall] = append(calls[o.AnswersCall], o.Organisation)
		}
	}
	withYear := 0
	for _, o := range all {
		if o.Commitment != nil && len(o.Verdicts) > 8 && o.Commitment.Age > age(365*day) {
			withYear++
		}
	}
	for _, s := range shaping.States {
		if stages[string(s)] == 0 {
			t.Errorf("no package is in the state %s", s)
		}
	}
	if len(all) != 18 || withYear < 2 || len(calls) != 2 {
		t.Fatalf("packages %d, with a year of verdicts %d, calls answered %d", len(all), withYear, len(calls))
	}
	for slug, by := range calls {
		if !slices.ContainsFunc(all, func(o offer) bool { return o.Slug == slug && (o.State == "call" || o.State == "ended") }) || len(by) < 2 || by[0] == by[1] {
			t.Errorf("the call %s is answered by %v", slug, by)
		}
	}
}

func TestPackagesCouldHaveBeenPublished(t *testing.T) {
	for _, o := range readOffers(t) {
		if !slices.Contains(shaping.States, shaping.State(o.State)) {
			t.Errorf("%s is in a state %q", o.Slug, o.State)
		}
		if _, err := time.LoadLocation(o.Zone); err != nil {
			t.Errorf("%s: %v", o.Slug, err)
		}
		if err := shaping.CheckSteps(o.Steps); err != nil {
			t.Errorf("%s: %v", o.Slug, err)
		}
		for n, c := range o.contents() {
			for _, l := range c {
				if err := shaping.CheckItem(l.Item); err != nil {
					t.Errorf("%s: %s: %v", o.Slug, l.Item.Key, err)
				}
				if err := l.Item.Spec().Check(l.Value, o.Currency); err != nil {
					t.Errorf("%s: %s: %v", o.Slug, l.Item.Key, err)
				}
			}
			if silence, said := c.Find(shaping.SilenceKey); !said || silence.Value.Number != 0 {
				t.Errorf("%s: version %d asks for silence", o.Slug, n+1)
			}
			if broken := shaping.Broken(c); len(broken) > 0 {
				t.Errorf("%s: version %d: %s", o.Slug, n+1, broken[0].Says["en"])
			}
			if o.State == "draft" {
				continue
			}
			if err := shaping.CheckDraft(o.pack(), o.Procedure, c); err != nil {
				t.Errorf("%s: version %d: %v, lacks %v", o.Slug, n+1, err, shaping.Lacking(o.Procedure, c))
			}
			for _, s := range shaping.Short(o.Procedure, c) {
				if o.Proposer != "patients" && !slices.ContainsFunc(o.StayAnswer, func(a offerStayAnswer) bool { return a.Item == s.Item && len(a.Text) >= 40 }) {
					t.Errorf("%s: nothing is said to a stay below %d days", o.Slug, s.Days)
				}
			}
		}
	}
}

func TestWishesAndAnswersOfPackagesCouldHaveBeenMade(t *testing.T) {
	for _, o := range readOffers(t) {
		all, open := o.contents(), map[string]int{}
		for i, w := range o.Amendments {
			a, base := w.amendment(o, int64(i+1)), all[w.Base-1]
			if err := shaping.CheckAmendment(o.pack(), base, a); err != nil {
				t.Errorf("%s %s: %v", o.Slug, w.Key, err)
			}
			if w.Age >= o.Versions[w.Base-1].Age || w.Round < w.Base {
				t.Errorf("%s %s was written before its version", o.Slug, w.Key)
			}
			if o.Proposer == "patients" && w.Votes != nil {
				weighed := shaping.Weighed{Tally: shaping.Tally{Want: w.Votes.Want, Pass: w.Votes.DontMind, Against: w.Votes.DontWant}, Mean: shaping.CallScore}
				if shaping.DecidedByVote(weighed, nil) != (w.State == "merged") {
					t.Errorf("%s %s: its votes do not lead to %s", o.Slug, w.Key, w.State)
				}
			}
			if w.State == "open" || w.State == "answered" {
				open[w.Author]++
			}
			for _, r := range w.Answers {
				made := shaping.Response{Answer: r.Answer, ReasonCode: r.Code, Reason: r.Reason, CounterValue: r.Value, SignedBy: r.Signed, PriceDeltaMinor: r.Price}
				if err := shaping.CheckResponse(made, a, o.item(w.Item).Spec(), base.Value(w.Item), o.Currency); err != nil {
					t.Errorf("%s %s: %v", o.Slug, w.Key, err)
				}
				if r.Age >= w.Age {
					t.Errorf("%s %s was answered before it was written", o.Slug, w.Key)
				}
			}
			if v := w.CounterVote; v != nil && w.State == "merged" && !shaping.CounterTaken(v.Agree, v.No) {
				t.Errorf("%s %s: its counter-offer was not taken", o.Slug, w.Key)
			}
			if v := w.Votes; v != nil && (v.Treated.Want > v.Want || v.Treated.DontMind > v.DontMind || v.Treated.DontWant > v.DontWant) {
				t.Errorf("%s %s: more treated people than people", o.Slug, w.Key)
			}
		}
		for author, n := range open {
			if n > shaping.MaxOpenAmendments {
				t.Errorf("%s: %s has %d open wishes", o.Slug, author, n)
			}
		}
	}
}

func TestVersionsOfPackagesAreWhatWasGranted(t *testing.T) {
	for _, o := range readOffers(t) {
		all, ids := o.contents(), map[string]int64{}
		for i, w := range o.Amendments {
			ids[w.Key] = int64(i + 1)
		}
		for n := 1; n < len(o.Versions); n++ {
			v := o.Versions[n]
			var granted []shaping.Amendment
			for i, w := range o.Amendments {
				if w.State == "merged" && w.Round == v.Round {
					granted = append(granted, w.amendment(o, int64(i+1)))
				}
			}
			var own []shaping.OwnChange
			var sum, risen int64
			for _, c := range v.Changes {
				if (c.Origin == "") == (c.Why == "") || c.Origin != "" && ids[c.Origin] == 0 {
					t.Errorf("%s: version %d: nobody changed %s", o.Slug, v.Number, c.Key)
				}
				if c.Why != "" {
					own = append(own, shaping.OwnChange{Key: c.Key, Value: c.Value, Reason: c.Why})
				}
				if c.Key == shaping.PriceKey {
					risen = c.Price
				} else {
					sum += c.Price
				}
			}
			next, _, err := shaping.Merge(all[n-1], int64(n), granted, own)
			if err != nil || next.Canonical() != all[n].Canonical() {
				t.Errorf("%s: version %d is not what was granted: %v", o.Slug, v.Number, err)
			}
			was, _ := all[n-1].Price()
			is, _ := all[n].Price()
			if o.Proposer != "patients" && (is-was != sum || risen != sum) {
				t.Errorf("%s: version %d costs %d more, its changes %d", o.Slug, v.Number, is-was, sum)
			}
		}
	}
}

func TestPeopleOfPackagesAreThoseOfTheDemo(t *testing.T) {
	c, err := load()
	if err != nil {
		t.Fatal(err)
	}
	who := map[string]person{}
	for _, p := range c.People {
		who[p.Key] = p
	}
	for _, o := range readOffers(t) {
		known := func(key, does string, since age) person {
			p, ok := who[key]
			if !ok || p.Age < since+age(24*time.Hour) {
				t.Errorf("%s: %s %s before being there", o.Slug, key, does)
			}
			return p
		}
		staff := func(key, does string, since age) {
			if p := known(key, does, since); p.Organisation != o.Organisation {
				t.Errorf("%s: %s of %q %s", o.Slug, key, p.Organisation, does)
			}
		}
		if o.Proposer == "patients" {
			known(o.Author, "proposes", o.Age)
		} else {
			staff(o.Author, "proposes", o.Age)
		}
		for _, a := range o.StayAnswer {
			staff(a.By, "answers a warning", a.Age)
		}
		for _, w := range o.Amendments {
			if p := known(w.Author, "wishes", w.Age); p.Organisation != "" || p.Role != "" || !p.Vouched {
				t.Errorf("%s: %s may not amend", o.Slug, w.Author)
			}
			for _, s := range w.Supporters {
				if known(s, "supports", w.Age); s == w.Author {
					t.Errorf("%s: %s supports an own wish", o.Slug, s)
				}
			}
			for _, r := range w.Answers {
				staff(r.By, "answers", r.Age)
			}
		}
		if o.Commitment != nil {
			staff(o.Commitment.By, "signs", o.Commitment.Age)
		}
		for _, v := range o.Verdicts {
			if v.Reply != nil {
				staff(v.Reply.By, "replies to a verdict", v.Reply.Age)
			}
		}
	}
}

func TestVerdictsOfPackagesFitWhatWasDelivered(t *testing.T) {
	for _, o := range readOffers(t) {
		if len(o.Verdicts) == 0 {
			continue
		}
		promised := o.contents()[o.Commitment.Version-1]
		floor := shaping.Tolerance{FloorMinor: 50_00, FlagMinor: 400_00}
		for _, v := range o.Verdicts {
			l, ok := promised.Find(v.Key)
			judged := v.Kept + v.Better + v.Worse + v.NotDelivered
			if !ok || judged+v.NotApplicable+v.TooEarly != o.Commitment.Taken {
				t.Errorf("%s: %s: %d people, %d took it", o.Slug, v.Key, judged+v.NotApplicable+v.TooEarly, o.Commitment.Taken)
			}
			told := map[shaping.Verdict]int{}
			for _, d := range v.Delivered {
				verdict, _ := shaping.Judge(l.Item.Spec(), l.Value, d.Value, floor)
				told[verdict] += d.People
			}
			if len(v.Delivered) > 0 && (told[shaping.Kept] != v.Kept || told[shaping.BetterThan] != v.Better || told[shaping.WorseThan] != v.Worse+v.NotDelivered) {
				t.Errorf("%s: %s: told %+v, delivered %v", o.Slug, v.Key, v, told)
			}
		}
	}
}

func TestVotesOnPackagesAddUp(t *testing.T) {
	for _, o := range readOffers(t) {
		because := 0
		for _, r := range o.Support.Reasons {
			because += r.People
			if !slices.Contains(shaping.Reasons, r.Code) {
				t.Errorf("%s: reason %q", o.Slug, r.Code)
			}
		}
		if because != o.Support.NotForMe {
			t.Errorf("%s: %d say that it is not for them, %d say why", o.Slug, o.Support.NotForMe, because)
		}
		if o.Support.Final && !o.Support.Running && o.Support.Support+o.Support.Unsure+o.Support.NotForMe < shaping.Quorum {
			t.Errorf("%s: too few voted for a commitment to be asked for", o.Slug)
		}
		last := int64(math.MaxInt64)
		for i, in := range o.Interest {
			if i > 0 && in.Readiness != o.Interest[i-1].Readiness {
				last = math.MaxInt64
			}
			if in.Minor >= last || in.People < 1 {
				t.Errorf("%s: interest at %d is out of order", o.Slug, in.Minor)
			}
			last = in.Minor
		}
		for _, n := range o.Needs {
			if !o.item(n.Key).Votable || n.TreatedMust > n.Treated || n.TreatedMust > n.Must {
				t.Errorf("%s: need of %s", o.Slug, n.Key)
			}
		}
		if strings.TrimSpace(o.Title) == "" || strings.TrimSpace(o.Summary) == "" {
			t.Errorf("%s has no words", o.Slug)
		}
	}
}
