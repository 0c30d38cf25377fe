package shaping

import (
	"context"
	"slices"
	"strconv"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/text"
	"caravan/internal/wording"
)

// answerFields are the fields of one answer; each stands in the form behind the
// prefix of its wish.
var answerFields = []string{"answer", "code", "reason", "counter", "delta", "valid", "signed", text.LeakTick}

func answerPrefix(id int64) string { return "w" + itoa(id) + "_" }

// answerOf picks the fields of one answer out of the form of all.
func answerOf(id int64, t typed) typed {
	out := typed{}
	for _, f := range answerFields {
		if all := t.filled(answerPrefix(id) + f); len(all) > 0 {
			out[f] = t[answerPrefix(id)+f]
		}
	}
	return out
}

// keepAnswers keeps what was typed into the answers of a package and not sent.
func (s *Service) keepAnswers(ctx context.Context, w access.Work, p Package, t typed) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		all, err := wishes(tx, p.ID)
		if err != nil {
			return err
		}
		was, err := keptAnswers(tx, w.OrganisationID, p.ID)
		if err != nil {
			return err
		}
		for _, a := range all {
			if t[answerPrefix(a.ID)+"reason"] == nil {
				continue // not on the form
			}
			now := answerOf(a.ID, t)
			if len(now) == 0 && len(was[a.ID]) == 0 {
				continue
			}
			if err := keepAnswer(tx, w.OrganisationID, a.ID, now); err != nil {
				return err
			}
		}
		return nil
	})
}

// readAnswer reads an answer out of its fields. What cannot be read is told by
// the names of CheckResponse: answer, reason, counter …
func readAnswer(lang, currency string, spec Spec, zone *time.Location, t typed) (r Response, err error) {
	r = Response{Answer: Answer(t.one("answer")), ReasonCode: ReasonCode(t.one("code")), SignedBy: t.one("signed")}
	if r.Answer == "" {
		return r, errs.Field("answer", "shaping.answer_choose")
	}
	if code, fixed := implied[r.Answer]; fixed {
		r.ReasonCode = code
	}
	if r.Reason, err = text.Clean(t.one("reason")); err != nil {
		return r, errs.Field("reason", errs.Of(err).Key)
	}
	if r.Answer == Counter {
		if r.CounterValue, err = readItem(spec, lang, currency, typed{spec.Key: t["counter"]}); err != nil {
			return r, errs.Field("counter", errs.Of(err).Fields[0].Key, errs.Of(err).Fields[0].Args...)
		}
		if r.CounterValue.None() {
			return r, errs.Field("counter", "shaping.desk_counter_value")
		}
	}
	if r.Answer == Accept || r.Answer == Counter {
		if r.PriceDeltaMinor, err = readDelta(lang, t.one("delta"), currency); err != nil {
			return r, err
		}
	}
	if day := t.one("valid"); day != "" {
		until, err := time.ParseInLocation(time.DateOnly, day, zone)
		if err != nil {
			return r, errs.Field("valid", "shaping.desk_day")
		}
		until = until.UTC()
		r.ValidUntil = &until
	}
	return r, nil
}

// fieldOf leads from what a rule calls a field to what the form calls it.
var fieldOf = map[string]string{"reason_code": "code", "price_delta": "delta", "signed_by": "signed", "valid_until": "valid", "value": "counter"}

// prefixed names what is wrong with an answer by the fields of its form.
func prefixed(prefix string, err error) error {
	e := errs.Of(err)
	if e.Kind != errs.Invalid || len(e.Fields) == 0 {
		return err
	}
	var out []errs.FieldMsg
	for _, f := range e.Fields {
		name := f.Name
		if mine, ok := fieldOf[name]; ok {
			name = mine
		}
		out = append(out, errs.FieldMsg{Name: prefix + name, Msg: f.Msg})
	}
	return errs.Fields(out...)
}

// sendAnswer sends the answer to one wish, and forgets its draft.
func (s *Service) sendAnswer(ctx context.Context, a access.Actor, lang string, w access.Work, p Package, id string, t typed, k db.Key) (int64, error) {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return 0, errNoWish
	}
	q := s.db.Read(ctx)
	wish, err := wishByID(q, n)
	if err == nil && wish.PackageID != p.ID {
		err = errNoWish
	}
	if err != nil {
		return 0, err
	}
	base, err := content(q, *p.NewestVersionID)
	if err != nil {
		return 0, err
	}
	zone, err := Zone(p.Zone)
	if err != nil {
		return 0, err
	}
	mine := answerOf(n, t)
	r, err := readAnswer(lang, p.Currency, specOf(base, wish), zone, mine)
	if err == nil {
		err = s.Respond(ctx, a, n, r, k)
	}
	if err != nil {
		return 0, prefixed(answerPrefix(n), err)
	}
	return n, s.db.Write(ctx, func(tx *db.Tx) error { return dropAnswer(tx, w.OrganisationID, n) })
}

// clockText is a moment by the clock on a package's wall, within a sentence.
func clockText(lang string, at time.Time, zone string) string {
	loc, err := Zone(zone)
	if err != nil {
		loc = time.UTC
	}
	local := at.In(loc)
	y, m, d := local.Date()
	return wording.Text(lang, "shaping.desk_clock", "day", wording.Day(lang, time.Date(y, m, d, 0, 0, 0, 0, time.UTC)), "time", local.Format("15:04"), "place", zoneName(loc))
}

// deltaText writes what an answer adds to the price, with its sign; empty for
// nothing said.
func deltaText(lang string, minor *int64, currency string) string {
	if minor == nil {
		return ""
	}
	return deltaWords(lang, *minor, currency)
}

// sumIn adds up the price if answers were merged: granted holds those that the
// provider says yes to, all also its counter-offers. A granted wish about the
// price itself sets what the others are added to.
type priceSum struct {
	price    int64
	granted  int64
	counters int64
	changed  bool
}

// weigh adds one answer.
func (m *priceSum) weigh(wish Amendment, answer Answer, counter Value, delta *int64) {
	aboutPrice := wish.ItemKey == PriceKey
	switch {
	case answer == Accept && aboutPrice && wish.NewValue.Kind == Money:
		m.granted += wish.NewValue.Number - m.price
	case answer == Counter && aboutPrice && counter.Kind == Money:
		m.counters += counter.Number - m.price
	case answer == Accept && delta != nil:
		m.granted += *delta
	case answer == Counter && delta != nil:
		m.counters += *delta
	}
	m.changed = m.changed || answer == Accept || answer == Counter
}

// sumOf is the live sum of a package: the price now, with everything granted,
// and with every counter-offer taken as well. A draft of an answer stands for
// the answer that it would replace.
func (s *Service) sumOf(q *db.Tx, lang string, w access.Work, p Package) (DeskSum, error) {
	base, err := content(q, *p.NewestVersionID)
	if err != nil {
		return DeskSum{}, err
	}
	all, err := wishes(q, p.ID)
	if err != nil {
		return DeskSum{}, err
	}
	said, err := responses(q, p.ID)
	if err != nil {
		return DeskSum{}, err
	}
	kept, err := keptAnswers(q, w.OrganisationID, p.ID)
	if err != nil {
		return DeskSum{}, err
	}
	return sumText(lang, p, addUp(lang, p, base, all, said, kept)), nil
}

func addUp(lang string, p Package, base Content, all []Amendment, said map[int64][]Response, kept map[int64]typed) priceSum {
	price, _ := base.Price()
	m := priceSum{price: price}
	for _, a := range all {
		if !slices.Contains(toAnswer, a.State) {
			continue
		}
		if t, ok := kept[a.ID]; ok && t.one("answer") != "" {
			delta, _ := readDelta(lang, t.one("delta"), p.Currency)                                   // not readable yet: nothing is added
			counter, _ := readItem(specOf(base, a), lang, p.Currency, typed{a.ItemKey: t["counter"]}) // as above
			m.weigh(a, Answer(t.one("answer")), counter, delta)
			continue
		}
		if list := said[a.ID]; len(list) > 0 {
			last := list[len(list)-1]
			m.weigh(a, last.Answer, last.CounterValue, last.PriceDeltaMinor)
		}
	}
	return m
}

func sumText(lang string, p Package, m priceSum) DeskSum {
	return DeskSum{Now: amountText(lang, m.price, p.Currency), Granted: amountText(lang, m.price+m.granted, p.Currency), All: amountText(lang, m.price+m.granted+m.counters, p.Currency)}
}
