package shaping

import (
	"caravan/internal/translog"
	"caravan/internal/wording"
)

// wish is one wish for the reader.
func (m maker) wish(w wishRow) WishView {
	k, lang := m.k, m.lang
	v := WishView{ID: w.ID, Anchor: "w" + itoa(w.ID), Lang: w.Lang, By: w.author(w.AuthorRole).Byline(lang), Reason: w.Reason, At: w.CreatedAt, Partly: w.Partly, Adapted: w.TextAdapted,
		Settled: !w.State.Live() && !w.State.Granted(), Own: m.l.PersonID != 0 && w.AuthorPersonID == m.l.PersonID, Report: "/report/amendment/" + itoa(w.ID)}
	m.wishValue(w, &v)
	m.wishState(w, &v)
	v.Missed = m.missed(w)
	v.Together = m.together(w)
	for i, a := range k.answers[w.ID] {
		v.Answers = append(v.Answers, m.answer(w, a, i == len(k.answers[w.ID])-1))
	}
	if v.Own {
		v.OwnPath = packagePath(k.Slug) + "/wishes/" + itoa(w.ID)
	}
	if w.HiddenWhy != "" {
		v.Hidden, v.Reason, v.Value = whyWords(lang, w.HiddenWhy), "", []Piece{{Text: say(lang, "hidden_wish")}}
		v.Log = translog.HistoryPath(wishSubject{}.Kind(), itoa(w.ID))
	}
	v.Can = !v.Settled && !v.Own && w.State.Live() && k.may(m.l, VoteOnWish) == nil
	if v.Can {
		v.Buttons, v.Again = m.buttons(OnAmendment, w.ID), m.reaffirm(w)
	}
	v.Result = m.result(OnAmendment, w.ID, false)
	if w.RebasedFromID != nil && m.sees() {
		v.Restarted = m.restarted(w)
	}
	v.Counter = m.counter(w)
	return v
}

// together are the wishes that are granted with this one or not at all.
func (m maker) together(w wishRow) (links []LinkView) {
	for _, o := range m.k.wishes {
		if w.BundleID == nil || o.BundleID == nil || *o.BundleID != *w.BundleID || o.ID == w.ID {
			continue
		}
		it := Item{Key: o.ItemKey}
		if l, ok := m.k.newest.Find(o.ItemKey); ok {
			it = l.Item
		} else if o.NewItem != nil {
			it = *o.NewItem
		}
		name, _ := nameOf(m.lang, it, o.Lang)
		links = append(links, LinkView{Label: name, Path: "#w" + itoa(o.ID)})
	}
	return links
}

// whyWords is a moderator's reason in words.
func whyWords(lang, why string) string {
	if wording.Has(why) {
		return wording.Text(lang, why)
	}
	return why
}

// wishValue is what the line is and what it should be.
func (m maker) wishValue(w wishRow, v *WishView) {
	k := m.k
	if w.Op == Add {
		it := Item{Key: w.ItemKey}
		if w.NewItem != nil {
			it = *w.NewItem
		}
		v.NewName, _ = nameOf(m.lang, it, w.Lang)
		v.Value = []Piece{{Text: it.Spec().Print(m.lang, w.NewValue), Ins: true}}
		return
	}
	var spec Spec
	for _, l := range append(append(Content{}, k.newest...), k.before...) {
		if l.Item.Key == w.ItemKey {
			spec = l.Item.Spec()
			break
		}
	}
	now := k.newest.Value(w.ItemKey)
	if v.Settled || now.Equal(w.NewValue) { // what it was then is not what it is now
		v.Value = []Piece{{Text: spec.Print(m.lang, w.NewValue)}}
		if w.Op == Remove {
			v.Value = []Piece{{Text: say(m.lang, "take_out")}}
		}
		return
	}
	v.Value = pieces(m.lang, spec, now, w.NewValue)
}

// wishState is where a wish stands, as a tag, and what it waits for.
func (m maker) wishState(w wishRow, v *WishView) {
	lang, a := m.lang, m.k.standing(w.ID)
	switch w.State {
	case Open, Screened:
		switch {
		case a != nil || m.k.unanswered(w.Amendment):
		case m.k.State == Answering && m.k.EndsAt != nil:
			v.Waits = say(lang, "waits_until", "day", wording.Day(lang, *m.k.EndsAt))
		default:
			v.Waits = say(lang, "waits")
		}
	case NeedsRebase:
		v.State, v.StateClass = say(lang, "wish_needs_rebase"), "caution"
		if v.Partly {
			v.State = say(lang, "wish_partly")
		}
	case Answered:
		v.State = say(lang, "wish_answered")
		if a != nil && a.Answer == Counter {
			v.State = say(lang, "wish_countered")
		}
	default:
		v.State = say(lang, "wish_"+string(w.State))
		switch w.State {
		case Accepted, AcceptedModified, Merged, Achieved, PartlyAchieved:
			v.StateClass = "good"
		case Rejected, ClinicallyBarred:
			v.StateClass = "caution"
		}
	}
}

// answer is one answer of the provider.
func (m maker) answer(w wishRow, a answerRow, standing bool) AnswerView {
	lang := m.lang
	v := AnswerView{Says: say(lang, "answer_"+string(a.Answer)), By: a.author(a.AuthorRole).Byline(lang), At: a.CreatedAt, Reason: a.Reason, SignedBy: a.SignedBy, Until: a.ValidUntil,
		Standing: standing, Lang: w.Lang, Report: "/report/response/" + itoa(a.ID)}
	if a.ReasonCode != "" {
		v.Code = say(lang, "code_"+string(a.ReasonCode))
	}
	if a.PriceDeltaMinor != nil {
		v.Delta = deltaWords(lang, *a.PriceDeltaMinor, m.k.Currency)
	}
	if a.Answer == Counter {
		if l, ok := m.k.newest.Find(w.ItemKey); ok {
			v.Value = one(lang, l.Item.Spec(), a.CounterValue)
		} else if w.NewItem != nil {
			v.Value = one(lang, w.NewItem.Spec(), a.CounterValue)
		}
	}
	if a.HiddenAnswer != "" {
		v.Hidden, v.Reason, v.Value = whyWords(lang, a.HiddenAnswer), "", nil
		v.Log = translog.HistoryPath(responseSubject{}.Kind(), itoa(a.ID))
	}
	return v
}

// counter is the vote of supporters on a counter-offer; nil where there is none
// to show.
func (m maker) counter(w wishRow) *CounterView {
	a := m.k.standing(w.ID)
	if a == nil || a.Answer != Counter {
		return nil
	}
	over := w.State != Answered
	v := &CounterView{}
	if over {
		r := m.result(OnCounter, w.ID, true)
		if len(r.Bars) == 0 || r.Bars[0].N+r.Bars[len(r.Bars)-1].N == 0 {
			return nil
		}
		v.Result = &r
		return v
	}
	mine, did := m.l.own[OnAmendment][w.ID]
	supports := did && mine.Choice == 1 && mine.Status == Counted || m.l.PersonID != 0 && w.AuthorPersonID == m.l.PersonID
	v.Says = say(m.lang, "counter_others")
	if supports && m.k.may(m.l, VoteOnCounter) == nil {
		v.Says, v.Buttons = say(m.lang, "counter_yours"), m.buttons(OnCounter, w.ID)
	}
	return v
}

// restarted says how many former supporters support a wish that was proposed
// anew.
func (m maker) restarted(w wishRow) string {
	r := m.k.again[w.ID]
	if r.Of == 0 {
		return ""
	}
	return say(m.lang, "restarted", "count", r.Of, "n", wording.Number(m.lang, r.N))
}

// reaffirm asks a former supporter of a wish that was proposed anew for the one
// tap that says it again; empty for everybody else, and once they voted.
func (m maker) reaffirm(w wishRow) string {
	if w.RebasedFromID == nil {
		return ""
	}
	was, did := m.l.own[OnAmendment][*w.RebasedFromID]
	if _, voted := m.l.own[OnAmendment][w.ID]; voted || !did || was.Choice != 1 {
		return ""
	}
	return say(m.lang, "reaffirm")
}
