package shaping

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/money"
	"caravan/internal/text"
	"caravan/internal/wording"
)

// amountText writes an amount of minor units.
func amountText(lang string, minor int64, currency string) string {
	return money.Amount{Minor: minor, Currency: currency}.Format(lang)
}

// deskMaterial is all that the desk of a package is drawn from.
type deskMaterial struct {
	base      Content
	all       []Amendment
	said      map[int64][]Response
	hidden    map[int64]string
	kept      map[int64]typed
	authors   map[int64]access.Author
	answerers map[int64]access.Author
	sums      map[Subject]map[int64]map[Stratum]Tally // empty before the round's end
	mean      float64                                 // share of want on wishes of the treatment; read with the sums
	over      bool
	clock     time.Time
}

// materialOf reads it. How people voted is not even read before the round's end:
// the provider sees it then, and not earlier.
func (s *Service) materialOf(q *db.Tx, w access.Work, p Package) (m deskMaterial, err error) {
	m.over, m.clock = Over(OnAmendment, p.State, false), q.Now
	if m.base, err = content(q, *p.NewestVersionID); err != nil {
		return m, err
	}
	if m.all, err = wishes(q, p.ID); err != nil {
		return m, err
	}
	if m.said, err = responses(q, p.ID); err != nil {
		return m, err
	}
	if m.hidden, err = hiddenResponses(q, p.ID); err != nil {
		return m, err
	}
	if m.kept, err = keptAnswers(q, w.OrganisationID, p.ID); err != nil {
		return m, err
	}
	if m.authors, err = wishAuthors(q, p.ID); err != nil {
		return m, err
	}
	if m.answerers, err = answerAuthors(q, p.ID); err != nil || !m.over {
		return m, err
	}
	if m.mean, err = wishMean(q, p.ProcedureID); err != nil {
		return m, err
	}
	m.sums, err = tallies(q, p.ID)
	return m, err
}

// deskView draws the desk of a package for its provider's people.
func (s *Service) deskView(q *db.Tx, lang string, a access.Actor, w access.Work, p Package, t typed, wrong error) (v DeskView, err error) {
	m, err := s.materialOf(q, w, p)
	if err != nil {
		return v, err
	}
	newest, err := versionByID(q, *p.NewestVersionID)
	if err != nil {
		return v, err
	}
	roles, err := rolesAt(q, a, p)
	if err != nil {
		return v, err
	}
	v = DeskView{Tabs: tabsOf(w, "packages"), Title: p.Title, Lang: p.Lang, Public: packagePath(p.Slug), Action: deskPath(w, p), Version: newest.Number,
		State: wording.Text(lang, "shaping.state_"+string(p.State)), Answering: p.State == Answering, CanAnswer: May(p.State, AnswerWish, roles) == nil,
		Lede: wording.Text(lang, "shaping.desk_lede_"+ledeOf(p.State))}
	if p.EndsAt != nil {
		v.Clock, v.Left = clockText(lang, *p.EndsAt, p.Zone), leftWords(lang, *p.EndsAt, q.Now)
	}
	if zone, err := Zone(p.Zone); err == nil && p.State == Answering && p.EndsAt != nil && CounterBy(*p.EndsAt, zone).After(q.Now) {
		v.CounterBy = clockText(lang, CounterBy(*p.EndsAt, zone), p.Zone)
	}
	x := offerAsker{lang: lang, currency: p.Currency, t: t, wrong: wrongBy(lang, wrong)}
	for _, wish := range m.order() {
		if wish.State == WishDraft || wish.State == Screened {
			continue
		}
		v.place(s.deskWish(x, p, m, wish, v.CanAnswer), wish, p)
	}
	kept := m.kept
	if t != nil {
		kept = map[int64]typed{}
		for _, wish := range m.all {
			kept[wish.ID] = answerOf(wish.ID, t)
		}
	}
	v.Sum = sumText(lang, p, addUp(lang, p, m.base, m.all, m.said, kept))
	if v.Commitment, err = s.deskCommitment(q, lang, p); err != nil {
		return v, err
	}
	v.Steps = s.deskSteps(lang, w, p, roles, v)
	return v, nil
}

// ledeOf is which sentence stands above the desk.
func ledeOf(st State) string {
	switch st {
	case Shaping, Answering, FinalVote, AwaitingCommitment, Suspended:
		return string(st)
	case Committed, Reporting, Exhausted:
		return string(Committed)
	}
	return "closed"
}

// order puts what must be answered first. Once votes may be seen, those come
// first that all strata of voters want, which is what helps most people at once;
// where too few voted to say that, by their score. Before, and of two alike, the
// older one comes first.
func (m deskMaterial) order() []Amendment {
	rank := map[int64]float64{}
	for _, w := range m.all {
		if strata, voted := m.sums[OnAmendment][w.ID]; voted {
			b, ok := Bridge(strata)
			if t := Sum(strata); !ok {
				b = Score(t.Want, t.N(), m.mean)
			}
			rank[w.ID] = b
		}
	}
	return slices.SortedStableFunc(slices.Values(m.all), func(a, b Amendment) int {
		return cmp.Or(cmp.Compare(b.DueRound, a.DueRound), cmp.Compare(rank[b.ID], rank[a.ID]), cmp.Compare(a.ID, b.ID))
	})
}

// place puts a wish where it belongs on the desk.
func (v *DeskView) place(d DeskWish, wish Amendment, p Package) {
	switch {
	case !d.CanAnswer && !wish.State.Live():
		v.Settled = append(v.Settled, d)
	case wish.DueRound != 0 && wish.DueRound == p.Round && p.State == Answering:
		if len(d.Answers) == 0 {
			v.DueOpen++
		}
		v.Due = append(v.Due, d)
	default:
		v.Others = append(v.Others, d)
	}
}

// mayAnswer reports whether the answer to a wish can be given or replaced now.
func mayAnswer(p Package, wish Amendment) bool {
	return slices.Contains(toAnswer, wish.State) && (wish.State.Live() || wish.Round == p.Round)
}

// deskWish draws one wish with its answers and the form of the next one.
func (s *Service) deskWish(x offerAsker, p Package, m deskMaterial, wish Amendment, open bool) DeskWish {
	d := DeskWish{WishLine: wishLine(x.lang, p, m.base, wish, m.authors[wish.ID].Byline(x.lang)), CanAnswer: open && mayAnswer(p, wish)}
	if p.State == Answering && wish.DueRound == p.Round {
		for _, why := range strings.Fields(wish.DueWhy) {
			d.Why = append(d.Why, wording.Text(x.lang, "shaping.desk_due_"+why))
		}
	}
	d.Answers = answerRows(x.lang, p, m, wish)
	d.Urgent = len(d.Why) > 0 && len(d.Answers) == 0
	if m.over {
		d.Votes, d.Strata = votesText(x.lang, m.sums[OnAmendment][wish.ID])
	}
	median := m.middle(wish)
	if median != nil {
		d.Median = wording.Text(x.lang, "shaping.desk_median", "value", specOf(m.base, wish).Print(x.lang, *median))
	}
	d.Together = m.together(x.lang, wish)
	if n := m.rivals(wish); n > 0 {
		d.Rivals = wording.Text(x.lang, "shaping.desk_rivals", "count", n)
	}
	if d.CanAnswer {
		d.Form = answerForm(x, m, wish, median)
	}
	return d
}

// together names the lines of the wishes that are granted with this one or not at
// all.
func (m deskMaterial) together(lang string, wish Amendment) (names []string) {
	for _, o := range m.all {
		if wish.BundleID != nil && o.BundleID != nil && *o.BundleID == *wish.BundleID && o.ID != wish.ID {
			names = append(names, specOf(m.base, o).Name(lang))
		}
	}
	return names
}

// rivals is how many other wishes wait about the same line.
func (m deskMaterial) rivals(wish Amendment) (n int) {
	for _, o := range m.all {
		if o.ID != wish.ID && o.ItemKey == wish.ItemKey && (o.State.Live() || o.State.Granted()) {
			n++
		}
	}
	return n
}

// middle is the median of what people wish a figure to be, once it may be seen
// and where it is neither what the wish asks nor what stands there now.
func (m deskMaterial) middle(wish Amendment) *Value {
	now := m.base.Value(wish.ItemKey)
	if !m.over || wish.Op != Set || !now.Kind.numeric() || now.Unmeasured {
		return nil
	}
	var all []Wish
	for _, o := range m.all {
		if o.ItemKey == wish.ItemKey && o.Op == Set && (o.State.Live() || o.State.Granted()) && !o.NewValue.Unmeasured {
			all = append(all, Wish{Number: o.NewValue.Number, People: wanting(m.sums[OnAmendment][o.ID])})
		}
	}
	n, ok := MedianWish(now.Number, all)
	if !ok || n == now.Number || n == wish.NewValue.Number {
		return nil
	}
	now.Number = n
	return &now
}

func wanting(by map[Stratum]Tally) (n int) {
	for _, t := range by {
		n += t.Want
	}
	return n
}

// votesText says how a vote fell, and in which strata where they are large
// enough to be shown.
func votesText(lang string, by map[Stratum]Tally) (all string, strata []string) {
	sum := Tally{Others: map[Status]int{}}
	for _, t := range by {
		sum.Want, sum.Pass, sum.Against = sum.Want+t.Want, sum.Pass+t.Pass, sum.Against+t.Against
		for k, n := range t.Others {
			sum.Others[k] += n
		}
	}
	shown := Show(OnAmendment, sum, by, true, true)
	if sum.Want+sum.Against+sum.Pass == 0 {
		return wording.Text(lang, "shaping.desk_votes_none"), nil
	}
	all = wording.Text(lang, "shaping.desk_votes", "want", strconv.Itoa(shown.Split.Want), "against", strconv.Itoa(shown.Split.Against), "pass", strconv.Itoa(shown.Split.Pass))
	for _, g := range []Stratum{Considers, WasTreated, Accompanies} {
		if t, ok := shown.Split.Strata[g]; ok && t.All() > 0 {
			strata = append(strata, wording.Text(lang, "shaping.desk_stratum", "who", wording.Text(lang, "shaping.stratum_"+string(g)), "want", strconv.Itoa(t.Want), "of", strconv.Itoa(t.Want+t.Against+t.Pass)))
		}
	}
	return all, strata
}

// answerRows writes the answers to a wish, the one that stands last.
func answerRows(lang string, p Package, m deskMaterial, wish Amendment) (rows []AnswerRow) {
	spec, list := specOf(m.base, wish), m.said[wish.ID]
	for i, r := range list {
		row := AnswerRow{Label: wording.Text(lang, "shaping.answer_"+string(r.Answer)), Reason: r.Reason, Lang: p.Lang, Day: wording.Day(lang, r.CreatedAt), SignedBy: r.SignedBy,
			Delta: deltaText(lang, r.PriceDeltaMinor, p.Currency), By: m.answerers[r.ID].Byline(lang), Stands: i == len(list)-1}
		if r.ReasonCode != "" {
			row.Code = wording.Text(lang, "shaping.code_"+string(r.ReasonCode))
		}
		if !r.CounterValue.None() {
			row.Value = spec.Print(lang, r.CounterValue)
		}
		if r.ValidUntil != nil {
			row.Until = wording.Day(lang, *r.ValidUntil)
		}
		if why, ok := m.hidden[r.ID]; ok {
			row.Hidden, row.Reason = whyWords(lang, why), ""
		}
		rows = append(rows, row)
	}
	return rows
}

// answerForm is the form of an answer: what was just typed, else the draft that
// is kept, else empty but for the middle of all wishes.
func answerForm(x offerAsker, m deskMaterial, wish Amendment, median *Value) AnswerForm {
	prefix, spec := answerPrefix(wish.ID), specOf(m.base, wish)
	t, kept := m.kept[wish.ID], false
	if x.t != nil {
		t = answerOf(wish.ID, x.t)
	} else {
		kept = len(t) > 0
	}
	f := AnswerForm{ID: wish.ID, Prefix: prefix, Kept: kept, Currency: x.currency, MinReason: MinAnswerReason,
		Answers: worded(x.lang, "shaping.answer_", answersTo(wish), t.one("answer")), Codes: worded(x.lang, "shaping.code_", freeCodes, t.one("code")),
		Reason: t.one("reason"), Delta: t.one("delta"), Signed: t.one("signed"), Valid: t.one("valid"),
		AnswerError: x.wrong[prefix+"answer"], CodeError: x.wrong[prefix+"code"], ReasonError: x.wrong[prefix+"reason"], DeltaError: x.wrong[prefix+"delta"],
		SignedError: x.wrong[prefix+"signed"], ValidError: x.wrong[prefix+"valid"], LeakTick: x.wrong[prefix+text.LeakTick] != ""}
	y := offerAsker{lang: x.lang, currency: x.currency, wrong: x.wrong, t: typed{prefix + "counter": t["counter"]}}
	if len(t["counter"]) == 0 && median != nil {
		y.t[prefix+"counter"] = inputsOf(*median, x.lang)
	}
	f.Counter = y.ask(spec, prefix+"counter")
	f.Counter.alone(wording.Text(x.lang, "shaping.desk_counter"))
	return f
}

// freeCodes are the reasons to choose from; the others come along with their
// answers.
var freeCodes = slices.DeleteFunc(slices.Clone(ReasonCodes), func(c ReasonCode) bool { return c == IncludedAlready || c == NotUnderstood })

// answersTo are the answers that can be given to a wish: what is to be taken out
// cannot be given in another way.
func answersTo(wish Amendment) []Answer {
	if wish.Op == Remove {
		return slices.DeleteFunc(slices.Clone(Answers), func(a Answer) bool { return a == Counter })
	}
	return Answers
}
