package shaping

import (
	"net/url"
	"strconv"

	"caravan/internal/chart"
	"caravan/internal/money"
	"caravan/internal/provider"
	"caravan/internal/wording"
)

// The pieces of a package's page that differ by reader: the three verbs, the
// votes on lines and wishes, the choice among wishes that exclude each other.

// voteAction is where a button of a vote sends its choice.
func (m maker) voteAction(s Subject, id int64) string {
	return packagePath(m.k.Slug) + "/vote?subject=" + string(s) + "&id=" + itoa(id)
}

// buttons are the choices of a vote, the own one pressed.
func (m maker) buttons(s Subject, id int64) (out []ChoiceButton) {
	own, voted := m.l.own[s][id]
	for _, c := range choices[s] {
		out = append(out, ChoiceButton{Label: say(m.lang, choiceKey(s, c)), Action: m.voteAction(s, id), Choice: int(c), Pressed: voted && own.Choice == c})
	}
	return out
}

// choiceKey names a choice of a subject.
func choiceKey(s Subject, c int16) string {
	return "choice_" + string(s) + "_" + map[int16]string{1: "yes", 0: "mid", -1: "no"}[c]
}

// result is what the reader is shown of a vote.
func (m maker) result(s Subject, id int64, countered bool) ResultView {
	x := m.k.shown(s, id, m.l.sees, countered)
	v := ResultView{Took: tookWords(m.lang, x)}
	if x.Voided > 0 {
		v.Voided = say(m.lang, "voided", "count", x.Voided)
	}
	if x.Split == nil {
		return v
	}
	own, voted := m.l.own[s][id]
	all := x.Split.Want + x.Split.Pass + x.Split.Against
	if all == 0 {
		return v
	}
	v.Took = say(m.lang, "counted", "count", all)
	for i, c := range choices[s] {
		n := []int{x.Split.Want, x.Split.Pass, x.Split.Against}[1-c]
		if s == OnAlternative || s == OnKeep {
			if i > 0 {
				break
			}
		}
		v.Bars = append(v.Bars, BarView{Label: say(m.lang, choiceKey(s, c)), N: n, Share: float64(n) * 100 / float64(all), Mine: voted && own.Choice == c && own.Status == Counted})
	}
	m.interval(x.Split, s, &v)
	return v
}

// interval adds what stands below the bars: the share with its interval, what
// was carried over, strata side by side, votes that do not count.
func (m maker) interval(x *Split, s Subject, v *ResultView) {
	if n := x.Want + x.Against; n >= needVoices && s != OnNeed && s != OnAlternative && s != OnKeep {
		v.Note = say(m.lang, "interval", "share", chart.Percent(m.lang, float64(x.Want)/float64(n)), "low", whole(x.Low), "high", whole(x.High), "count", n)
	}
	if x.Carried > 0 {
		v.Note += " " + say(m.lang, "carried", "count", x.Carried)
	}
	if x.Majority && (s == OnPackage || s == OnAmendment) {
		v.Label = say(m.lang, "majority")
	}
	for _, name := range Strata {
		if t, ok := x.Strata[name]; ok && t.N() > 0 {
			v.Strata = append(v.Strata, say(m.lang, "stratum_"+string(name), "of", chart.Of(m.lang, t.Want, t.N())))
		}
	}
	if len(v.Strata) < 2 {
		v.Strata = nil // that would be everybody again
	}
	for _, st := range []Status{Unverified, Quarantined, StaleVersion} {
		if n := x.Others[st]; n > 0 {
			if v.Others != "" {
				v.Others += " "
			}
			v.Others += say(m.lang, "others_"+string(st), "count", n)
		}
	}
}

func whole(share float64) string { return strconv.Itoa(int(share*100 + 0.5)) }

// poll is the vote on whether a line is needed.
func (m maker) poll(item int64) PollView {
	var line Line
	for _, l := range m.k.newest {
		if l.Item.ID == item {
			line = l
		}
	}
	v := PollView{Clinical: !line.Item.Votable, Ask: m.k.askPath()}
	v.Name, _ = nameOf(m.lang, line.Item, m.k.Lang)
	if v.Clinical {
		return v
	}
	if v.Can = m.k.may(m.l, CastVote) == nil && !line.Value.None(); v.Can {
		v.Buttons = m.buttons(OnNeed, item)
	}
	if m.k.State == Shaping || m.k.State == Call {
		v.Change = packagePath(m.k.Slug) + "/change?item=" + line.Item.Key
	}
	v.Result = m.result(OnNeed, item, false)
	x := m.k.shown(OnNeed, item, m.l.sees, false)
	v.Show = x.Participants > 0 || x.Split != nil
	return v
}

// group is the choice among wishes on a line that exclude each other.
func (m maker) group(key string) (v GroupView) {
	l, ok := m.k.newest.Find(key)
	if !ok || m.k.may(m.l, VoteOnWish) != nil && !m.sees() {
		return v
	}
	groups, people := m.k.groupsOn(key, m.sees())
	if len(groups) == 0 {
		return v
	}
	v.Can = m.k.may(m.l, VoteOnWish) == nil
	spec := l.Item.Spec()
	option := func(s Subject, id int64, label string) {
		own, voted := m.l.own[s][id]
		o := OptionView{Label: label, Pressed: voted && own.Choice == 1, Action: m.voteAction(s, id), Choice: 1, Result: m.result(s, id, false)}
		if o.Pressed {
			o.Choice = 0
		}
		v.Options = append(v.Options, o)
	}
	for _, g := range groups {
		for _, id := range g.Amendments {
			w := m.k.wish(id)
			if w == nil || w.AuthorPersonID == m.l.PersonID && m.l.PersonID != 0 {
				continue
			}
			option(OnAlternative, id, m.wishLabel(spec, *w))
		}
		if g.Median != nil && people >= stratumVoices {
			v.Median = say(m.lang, "median", "value", spec.Print(m.lang, *g.Median), "count", people)
		}
	}
	option(OnKeep, l.Item.ID, say(m.lang, "keep", "value", excerpt(spec.Print(m.lang, l.Value))))
	return v
}

// sees reports whether the reader is shown how votes on wishes split.
func (m maker) sees() bool {
	return m.l.sees || Over(OnAmendment, m.k.voteState(), false)
}

// wishLabel is what a wish would make of a line, in short.
func (m maker) wishLabel(spec Spec, w wishRow) string {
	switch {
	case w.Op == Remove:
		return say(m.lang, "take_out")
	case w.HiddenWhy != "":
		return say(m.lang, "hidden_wish")
	}
	return excerpt(spec.Print(m.lang, w.NewValue))
}

// excerpt is the beginning of a long value.
func excerpt(s string) string {
	r := []rune(s)
	if len(r) <= 60 {
		return s
	}
	return string(r[:57]) + "…"
}

// verbs are the three verbs for the reader.
func (m maker) verbs() VerbsView {
	k, path := m.k, packagePath(m.k.Slug)
	v := VerbsView{Path: path, Slug: k.Slug, Version: len(k.versions), Provider: k.OrgName, Guest: !m.l.SignedIn(), SignIn: "/sign-in?next=" + url.QueryEscape(wording.Path(m.lang, path)),
		Currency: k.Currency, PricePath: path + "/price", ChangePath: path + "#ledger", Call: k.Proposer == ByPatients, Votes: Opens(k.State, CastVote), Prices: Opens(k.State, ShowInterest),
		Final: k.State == FinalVote, Answering: k.State == Answering}
	err := k.may(m.l, CastVote)
	v.Can = err == nil
	if !v.Guest {
		v.WhyNot = whyNotWords(err, m.l.Confirmed)
	}
	v.CanChange = k.State == Shaping || k.State == Call
	if err := k.may(m.l, Amend); err != nil && !v.Guest && v.WhyNot == "" {
		v.ChangeWhy = whyNotWords(err, m.l.Confirmed)
	}
	v.CanPrice = k.may(m.l, ShowInterest) == nil
	if _, priced := k.newest.Price(); !priced {
		v.CanPrice = false
	}
	v.Declare = v.Can && m.l.at.tie == ""
	for _, tie := range Ties {
		v.Ties = append(v.Ties, provider.Choice{Value: tie, Label: say(m.lang, "tie_"+tie, "provider", k.OrgName)})
	}
	if v.Call {
		v.Declare = false
	}
	m.support(&v)
	if i := m.l.at.interest; i != nil {
		v.PriceOwn = say(m.lang, "price_own_"+string(i.State), "amount", money.Amount{Minor: i.PriceMaxMinor, Currency: k.Currency}.Format(m.lang))
	}
	m.doors(&v)
	return v
}

// support is the first verb: the vote on the whole package.
func (m maker) support(v *VerbsView) {
	k := m.k
	own, voted := m.l.own[OnPackage][k.ID]
	if v.Can {
		v.Support = m.buttons(OnPackage, k.ID)[:2]
		v.NotPressed = voted && own.Choice < 0
		for _, r := range Reasons {
			v.Reasons = append(v.Reasons, ReasonView{Label: say(m.lang, "reason_"+r), Value: r, Pressed: v.NotPressed && own.Reason == r, Action: m.voteAction(OnPackage, k.ID) + "&choice=-1"})
		}
	}
	if voted && own.Status != Counted {
		v.Own = say(m.lang, "own_"+string(own.Status))
	} else if voted && own.Carried {
		v.Own = say(m.lang, "own_carried")
	}
	if voted && own.Stale && v.Can {
		v.Affirm = &ChoiceButton{Label: say(m.lang, "affirm", "version", len(k.versions)), Action: m.voteAction(OnPackage, k.ID), Choice: int(own.Choice)}
		if own.Reason != "" {
			v.Affirm.Action += "&reason=" + own.Reason
		}
	}
	r := m.result(OnPackage, k.ID, false)
	v.Result = &r
	if voted && !m.l.sees && v.Can && !v.Final {
		v.AheadSays = say(m.lang, "ahead", "count", m.l.aheadOf)
		for _, key := range m.l.ahead[:min(m.l.aheadOf, len(m.l.ahead))] {
			if l, ok := k.newest.Find(key); ok {
				name, _ := nameOf(m.lang, l.Item, k.Lang)
				v.Ahead = append(v.Ahead, LinkView{Label: name, Path: "#" + anchorOf(key)})
			}
		}
	}
}

// doors are the ways on from here: to the desk, into a signed offer, to an offer
// of one's own.
func (m maker) doors(v *VerbsView) {
	k := m.k
	switch m.l.position() {
	case asProvider:
		v.Staff = "/console/" + k.OrgSlug + "/packages/" + k.Slug
		if k.OrgKind != "clinic" {
			v.Staff = "/console/" + k.OrgSlug + "/packages"
		}
	case asOther:
		if k.State == Call && m.l.Insider() {
			v.AdoptPath = packagePath(k.Slug) + "/adopt"
		}
	case asVoter, asGuest: // who is asked to sign in on the way
		v.ForkPath = packagePath(k.Slug) + "/fork"
	}
	if c := k.commitment; c != nil && c.State == CommitmentActive && (k.State == Committed || k.State == Reporting) {
		v.Take = &TakeView{Path: packagePath(k.Slug) + "/enrol", Left: say(m.lang, "places", "count", max(0, c.Capacity-k.enrolled), "of", wording.Number(m.lang, c.Capacity)),
			Signed: say(m.lang, "signed_by", "name", c.SignerName, "day", wording.Day(m.lang, c.ValidUntil))}
	}
}
