package shaping

import (
	"html/template"
	"math"

	"caravan/internal/chart"
	"caravan/internal/db"
	"caravan/internal/stats"
	"caravan/internal/wording"
)

// promiseParts are what stands on a package's page about its promises, in the
// reader's language and the same for every reader.
type promiseParts struct {
	Ledger  template.HTML       // part promises; empty while nothing can be said
	Refused template.HTML       // part refused_needed; empty where there is nothing
	Past    map[string][]string // by item: how it was kept, what is usual, who needed it
}

// promisePieces makes what a package's page says of its promises: what came of
// earlier ones of the same provider stands beside the next.
func (s *Service) promisePieces(q *db.Tx, lang string, p Package) (out promiseParts, err error) {
	v, err := s.ledgerOf(q, p)
	if err != nil {
		return out, err
	}
	out.Past = map[string][]string{}
	for _, l := range v.Newest().Lines {
		out.Past[l.Item.Key] = append(out.Past[l.Item.Key], wording.Text(lang, "shaping.past_kept", "version", v.Newest().Number, "of", l.OfText(lang)))
		if n := l.NeedText(lang); n != "" {
			out.Past[l.Item.Key] = append(out.Past[l.Item.Key], n)
		}
	}
	rows, err := listHindsight(q, p.ProcedureID)
	if err != nil {
		return out, err
	}
	for key, after := range hindsight(rows) {
		if l, ok := v.Newest().Line(key); !ok || l.Need == nil || l.Need.After == nil {
			out.Past[key] = append(out.Past[key], wording.Text(lang, "shaping.need_elsewhere", "share", after.Percent(lang), "n", wording.Number(lang, after.N)))
		}
	}
	if p.OrganisationID != nil {
		slips, err := slippageOf(q, *p.OrganisationID)
		if err != nil {
			return out, err
		}
		for key, slip := range slips {
			out.Past[key] = append(out.Past[key], slip.Say(lang))
		}
		rows, err := listKept(q, keptOfProvider, *p.OrganisationID, DayAfter(q.Now.UTC(), 0))
		if err != nil {
			return out, err
		}
		if x := planChanges(rows); x.N > 0 {
			out.Past[SuitabilityKey] = append(out.Past[SuitabilityKey], x.planText(lang))
		}
	}
	if len(v.Versions) > 0 {
		if out.Ledger, err = promisesPart.HTML(lang, v); err != nil {
			return out, err
		}
	}
	if len(v.Refused) > 0 {
		out.Refused, err = refusedPart.HTML(lang, v.Refused)
	}
	return out, err
}

// Name is how the item is called in lang.
func (l PromiseLine) Name(lang string) string { return l.Item.Spec().Name(lang) }

// PromisedText is the promise in lang.
func (l PromiseLine) PromisedText(lang string) string {
	return l.Item.Spec().Print(lang, l.Promised)
}

// Good is how many got what was promised, or better.
func (p Promises) Good() int { return p.Kept + p.Better }

// OfText is how many got what was promised, or better: "7 of 11".
func (p Promises) OfText(lang string) string { return chart.Of(lang, p.Good(), p.N()) }

// RateText is the rate with its interval: "68 % (35-85 %)".
func (l PromiseLine) RateText(lang string) string { return rateText(lang, l.Rate, l.Low, l.High) }

// RateText is the rate with its interval.
func (c ClassLine) RateText(lang string) string { return rateText(lang, c.Rate, c.Low, c.High) }

func rateText(lang string, rate, low, high float64) string {
	return wording.Text(lang, "shaping.rate", "rate", chart.Percent(lang, rate), "low", chart.Percent(lang, low), "high", chart.Percent(lang, high))
}

// Split says how the verdicts split: "kept 5, better 2, worse 3, not delivered 1".
func (p Promises) Split(lang string) (out []string) {
	for _, x := range []struct {
		v Verdict
		n int
	}{{Kept, p.Kept}, {BetterThan, p.Better}, {WorseThan, p.Worse}, {NotDelivered, p.NotDelivered}} {
		if x.n > 0 {
			out = append(out, wording.Text(lang, "shaping.split_"+string(x.v), "n", wording.Number(lang, x.n)))
		}
	}
	return out
}

// Bar is a stretch of the drawing of a promise, in percent of its width.
type Bar struct {
	X, Width float64
	Class    string
}

// Bars are the stretches of the drawing: kept or better, worse, not delivered.
func (p Promises) Bars() (bars []Bar) {
	x := 0.0
	for _, s := range []struct {
		n     int
		class string
	}{{p.Good(), "f-brand"}, {p.Worse, "f-soft"}, {p.NotDelivered, "f-accent"}} {
		w := math.Round(1000*float64(s.n)/float64(max(1, p.N()))) / 10
		if s.n > 0 {
			bars = append(bars, Bar{X: x, Width: w, Class: s.class})
		}
		x += w
	}
	return bars
}

// NeedText says what people asked for before and what they say after: "Before:
// 22 % of 60 called it a must-have. After: it mattered much to 71 % of 31."
// Empty where neither can be said.
func (l PromiseLine) NeedText(lang string) string {
	if l.Need == nil {
		return ""
	}
	switch before, after := l.Need.Before, l.Need.After; {
	case after == nil:
		return wording.Text(lang, "shaping.need_before", "share", before.Percent(lang), "n", wording.Number(lang, before.N))
	case before == nil:
		return wording.Text(lang, "shaping.need_after", "share", after.Percent(lang), "n", wording.Number(lang, after.N))
	default:
		return wording.Text(lang, "shaping.need_both", "before", before.Percent(lang), "n", wording.Number(lang, before.N), "after", after.Percent(lang), "m", wording.Number(lang, after.N))
	}
}

// planText says how often plans were changed, with the 95 % interval.
func (s Share) planText(lang string) string {
	low, high := stats.Wilson(s.Of, s.N)
	return wording.Text(lang, "shaping.plan_changes", "of", chart.Of(lang, s.Of, s.N), "low", chart.Percent(lang, low), "high", chart.Percent(lang, high))
}

// Percent is the share in words.
func (s Share) Percent(lang string) string {
	return chart.Percent(lang, float64(s.Of)/float64(max(1, s.N)))
}

// Name is how the item is called in lang.
func (r RefusedNeed) Name(lang string) string { return r.Item.Spec().Name(lang) }

// WishText is what was wished: the value, or that the item be taken out.
func (r RefusedNeed) WishText(lang string) string { return wishText(lang, r.Item, r.Op, r.Wish) }

func wishText(lang string, it Item, op Op, v Value) string {
	if op == Remove {
		return wording.Text(lang, "shaping.wish_without")
	}
	return it.Spec().Print(lang, v)
}

// OfText is how many needed it: "9 of 60".
func (r RefusedNeed) OfText(lang string) string { return chart.Of(lang, r.Needed, r.N) }

// IntervalText is the 95 % interval of their share.
func (r RefusedNeed) IntervalText(lang string) string {
	return wording.Text(lang, "shaping.interval", "low", chart.Percent(lang, r.Low), "high", chart.Percent(lang, r.High))
}

// ReasonText is the chip of the provider's reason.
func (r RefusedNeed) ReasonText(lang string) string { return codeText(lang, r.ReasonCode) }

func codeText(lang string, c ReasonCode) string {
	key := "shaping.code_" + string(c)
	if c == "" || !wording.Has(key) {
		return ""
	}
	return wording.Text(lang, key)
}
