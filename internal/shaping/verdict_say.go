package shaping

import (
	"context"
	"math"
	"slices"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/money"
)

// Saying is what a patient says of one promise, as it was typed. Fields of an
// answer that is refused are named "verdict." and "got." with the item's key.
type Saying struct {
	Key      string
	Verdict  Verdict
	Got      string // what was delivered: a figure, or a word of the item's list; empty: not said
	Mattered string // one of Weights; empty: not said
}

// Weights are how much a promise turned out to matter.
var Weights = []string{"much", "little", "not"}

// againDays is when something is asked anew of which a patient said that it is
// too early.
const againDays = 30

// measured reports whether an item is asked for a figure: one that can be held
// against what was promised. For everything else the patient's verdict is all.
func measured(it Item) bool { return it.Kind.numeric() || it.Kind == Enum }

// settle is the verdict that is kept. Where a figure was delivered that can be
// better or worse, the figure decides, with the tolerance for prices: a verdict
// that contradicts it is refused, and the answer says which one fits; without a
// verdict it is taken. Who got nothing at all may say so.
func settle(s Spec, promised, got Value, said Verdict, tol Tolerance) (v Verdict, flag bool, err error) {
	decides := s.Kind.numeric() && s.Direction != NoDirection && !got.None() && !got.Unmeasured && !promised.Unmeasured
	if !slices.Contains(Verdicts, said) && (said != "" || !decides) || said != "" && !slices.Contains(verdictsOn(s.Key), said) {
		return "", false, errs.Field("verdict."+s.Key, "shaping.verdict_choose")
	}
	if !decides || said != "" && !said.Judged() {
		return said, false, nil
	}
	fits, flag := Judge(s, promised, got, tol)
	switch {
	case said == "" || said == fits:
		return fits, flag, nil
	case said == NotDelivered && got.Number == 0:
		return said, flag, nil
	}
	return "", flag, errs.Field("verdict."+s.Key, "shaping.verdict_differs_"+string(fits))
}

// canTell says whether a promise can be judged on a day. Said are the states in
// which verdicts come in; only somebody treated under the commitment has one.
func canTell(p Package, j Journey, v ItemVerdict, today time.Time) error {
	if j.Stage != StageTreated {
		return errs.New(errs.Forbidden, "shaping.only_treated")
	}
	if err := May(p.State, Tell, []Role{Treated}); err != nil {
		return err
	}
	if v.DueOn.After(today) {
		return errs.New(errs.Conflict, "shaping.verdict_early")
	}
	return nil
}

// Said is what became of verdicts.
type Said struct {
	Flagged []string // keys of prices that are more than 8 % above their promise
}

// Say keeps what a says of promises of their own journey. It is set, not added:
// the same form twice changes nothing, another verdict takes the place of the
// first. Either all is kept or, where something cannot be, nothing.
func (s *Service) Say(ctx context.Context, a access.Actor, publicID, lang string, all []Saying) (out Said, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		out = Said{}
		j, err := lockJourney(tx, a.PersonID, publicID)
		if err != nil {
			return err
		}
		u, err := s.under(tx, j)
		if err != nil {
			return err
		}
		var wrong []errs.FieldMsg
		for _, x := range all {
			flag, err := u.say(tx, lang, x)
			if e := errs.Of(err); err != nil && e.Kind == errs.Invalid {
				wrong = append(wrong, e.Fields...)
				continue
			}
			if err != nil {
				return err
			}
			if flag {
				out.Flagged = append(out.Flagged, x.Key)
			}
		}
		return errs.Fields(wrong...)
	})
	return out, err
}

// underway is a journey with all that it is about.
type underway struct {
	Journey
	Package    Package
	Commitment Commitment
	Version    Version
	Content    Content
	Verdicts   map[int64]ItemVerdict // by item
	Tolerance  Tolerance
}

// under reads what a journey is about.
func (s *Service) under(q *db.Tx, j Journey) (u underway, err error) {
	u.Journey = j
	if u.Commitment, err = commitmentByID(q, j.CommitmentID); err != nil {
		return u, err
	}
	if u.Package, err = loadByID(q, u.Commitment.PackageID); err != nil {
		return u, err
	}
	if u.Version, err = versionByID(q, u.Commitment.VersionID); err != nil {
		return u, err
	}
	if u.Content, err = content(q, u.Version.ID); err != nil {
		return u, err
	}
	if u.Verdicts, err = listVerdicts(q, j.ID); err != nil {
		return u, err
	}
	u.Tolerance, err = toleranceIn(q, u.Package.Currency)
	return u, err
}

// say keeps one verdict.
func (u underway) say(tx *db.Tx, lang string, x Saying) (flag bool, err error) {
	l, ok := u.Content.Find(x.Key)
	v, asked := u.Verdicts[l.Item.ID]
	if !ok || !asked {
		return false, errs.New(errs.NotFound, "shaping.item_gone")
	}
	if v.Verdict == TooEarly && x.Verdict == TooEarly {
		return false, nil // the same form twice: its day was moved the first time
	}
	today := DayAfter(tx.Now.UTC(), 0)
	if err := canTell(u.Package, u.Journey, v, today); err != nil {
		return false, err
	}
	v.Delivered = Value{}
	if x.Got != "" && measured(l.Item) && (x.Verdict == "" || x.Verdict.Judged()) {
		if v.Delivered, err = readGot(l.Item.Spec(), lang, u.Package.Currency, x.Got); err != nil {
			return false, err
		}
	}
	if v.Verdict, flag, err = settle(l.Item.Spec(), l.Value, v.Delivered, x.Verdict, u.Tolerance); err != nil {
		return flag, err
	}
	v.Mattered = nil
	if i := slices.Index(Weights, x.Mattered); i >= 0 {
		n := int16(1 - i)
		v.Mattered = &n
	}
	if v.Verdict == TooEarly {
		v.DueOn = DayAfter(today, againDays)
	}
	return flag, putVerdict(tx, v)
}

// readGot reads a figure that was delivered.
func readGot(s Spec, lang, currency, typed string) (Value, error) {
	v, err := ReadValue(s, lang, currency, []string{typed})
	if err != nil {
		return Value{}, errs.Field("got."+s.Key, errs.Of(err).Fields[0].Key, errs.Of(err).Fields[0].Args...)
	}
	return v, nil
}

// The tolerances of a price, in the currencies in which they are known.
var (
	keptFloor = money.Amount{Minor: 50_00, Currency: "EUR"}
	flagFrom  = money.Amount{Minor: 400_00, Currency: "USD"}
)

// toleranceIn is how far a price may be off, in a currency at today's rates.
// Where there is no rate the percentages alone decide.
func toleranceIn(q *db.Tx, currency string) (t Tolerance, err error) {
	t.FlagMinor = math.MaxInt64
	floor, ok, err := exchanged(q, keptFloor, currency)
	if err != nil {
		return t, err
	}
	if ok {
		t.FloorMinor = floor
	}
	flag, ok, err := exchanged(q, flagFrom, currency)
	if ok {
		t.FlagMinor = flag
	}
	return t, err
}

// exchanged is an amount in another currency, at the last rates; ok is false
// where one of the two has none.
func exchanged(q *db.Tx, a money.Amount, currency string) (minor int64, ok bool, err error) {
	if a.Currency == currency {
		return a.Minor, true, nil
	}
	day := DayAfter(q.Now.UTC(), 0)
	from, known, err := findPerEuro(q, a.Currency, day)
	if err != nil || !known {
		return 0, false, err
	}
	to, known, err := findPerEuro(q, currency, day)
	places, is := money.Exponent(a.Currency)
	target, also := money.Exponent(currency)
	if err != nil || !known || !is || !also {
		return 0, false, err
	}
	return int64(math.Round(float64(a.Minor) / math.Pow10(places) / from * to * math.Pow10(target))), true, nil
}

// SayNeeded keeps whether a turned out to need what the provider had refused.
func (s *Service) SayNeeded(ctx context.Context, a access.Actor, publicID string, amendmentID int64, needed bool) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		j, err := lockJourney(tx, a.PersonID, publicID)
		if err != nil {
			return err
		}
		c, err := commitmentByID(tx, j.CommitmentID)
		if err != nil {
			return err
		}
		if j.Stage != StageTreated || j.DischargedOn == nil || tx.Now.Before(askNeeds(*j.DischargedOn)) {
			return errs.New(errs.Conflict, "shaping.needs_early")
		}
		refused, err := listRefused(tx, c.PackageID, mostRefused)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(refused, func(r refusedRow) bool { return r.ID == amendmentID }) {
			return errs.New(errs.NotFound, "shaping.item_gone")
		}
		return putNeed(tx, j.ID, amendmentID, needed)
	})
}

// mostRefused is about how many refused wishes each patient is asked: those
// that most people wanted.
const mostRefused = 5

// askNeeds is when patients are asked whether they needed what was refused:
// when they have lived with the result for a while.
func askNeeds(discharged time.Time) time.Time { return DayAfter(discharged, after[At180Days]) }
