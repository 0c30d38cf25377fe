package shaping

import (
	"slices"
	"time"

	"caravan/internal/errs"
	"caravan/internal/stats"
	"caravan/internal/text"
)

// When an amendment must be answered at the end of its round.
const (
	DueSupporters = 10 // counted ones
	DueBest       = 5  // the first by rank, however few their supporters
	DueTreated    = 3  // supporters with a verified experience, for a wish of one of them
)

// Weighed is an amendment with its votes, as the due set looks at it.
type Weighed struct {
	AmendmentID   int64
	Tally         Tally
	Mean          float64 // of its procedure's category, see Score
	CreatedAt     time.Time
	AuthorTreated bool
	TreatedWants  int // counted supporters with a verified experience
}

// Due is an amendment that must be answered, and why.
type Due struct {
	AmendmentID            int64
	Supported, Best, Known bool // by DueSupporters, DueBest, DueTreated
}

// DueSet picks what a provider must answer from the amendments that are open
// when a round ends, best first.
func DueSet(wishes []Weighed) (due []Due) {
	sorted := slices.Clone(wishes)
	slices.SortStableFunc(sorted, func(a, b Weighed) int {
		return Rank(a.ranked(), b.ranked())
	})
	for i, w := range sorted {
		d := Due{
			AmendmentID: w.AmendmentID,
			Supported:   w.Tally.Want >= DueSupporters,
			Best:        i < DueBest,
			Known:       w.AuthorTreated && w.TreatedWants >= DueTreated,
		}
		if d.Supported || d.Best || d.Known {
			due = append(due, d)
		}
	}
	return due
}

func (w Weighed) ranked() Ranked {
	return Ranked{ID: w.AmendmentID, Score: Score(w.Tally.Want, w.Tally.N(), w.Mean), N: w.Tally.N(), CreatedAt: w.CreatedAt}
}

// ReasonCode is the closed word for why a provider answered as it did.
type ReasonCode string

// The reason codes.
const (
	Cost            ReasonCode = "cost"
	Capacity        ReasonCode = "capacity"
	LawOrLicence    ReasonCode = "law_or_licence"
	MedicalSafety   ReasonCode = "medical_safety"
	Supplier        ReasonCode = "supplier"
	IncludedAlready ReasonCode = "already_included"
	NotUnderstood   ReasonCode = "not_understood"
	OutOfScope      ReasonCode = "out_of_scope"
)

// ReasonCodes are all reason codes.
var ReasonCodes = []ReasonCode{Cost, Capacity, LawOrLicence, MedicalSafety, Supplier, IncludedAlready, NotUnderstood, OutOfScope}

// Answers are all answers.
var Answers = []Answer{Accept, Counter, Reject, AlreadyIncluded, ClinicalAnswer, Defer, NeedInfo}

// implied are the codes that an answer brings along.
var implied = map[Answer]ReasonCode{AlreadyIncluded: IncludedAlready, ClinicalAnswer: MedicalSafety, NeedInfo: NotUnderstood}

// CheckResponse says whether an answer to an amendment is whole: a reason of at
// least MinAnswerReason characters always, a reason code unless the wish is
// granted, a value of the item for a counter-offer, a signature for a clinical
// answer. Spec is the item's, now its value in the newest version.
func CheckResponse(r Response, a Amendment, s Spec, now Value, currency string) error {
	if n := text.Length(r.Reason); n < MinAnswerReason || n > MaxReason {
		return errs.Field("reason", "shaping.answer_reason", "least", MinAnswerReason, "most", MaxReason)
	}
	code, fixed := implied[r.Answer]
	switch {
	case !slices.Contains(Answers, r.Answer):
		return errs.Field("answer", "shaping.answer_choose")
	case fixed && r.ReasonCode != code,
		r.ReasonCode == "" && r.Answer != Accept,
		r.ReasonCode != "" && !slices.Contains(ReasonCodes, r.ReasonCode):
		return errs.Field("reason_code", "shaping.answer_code")
	case r.Answer == ClinicalAnswer && text.Length(r.SignedBy) < 5:
		return errs.Field("signed_by", "shaping.sign_clinical")
	case r.Answer != Counter && !r.CounterValue.None():
		return errs.Field("counter", "shaping.counter_only")
	case r.Answer != Counter:
		return nil
	case r.CounterValue.Equal(now) || r.CounterValue.Equal(a.NewValue):
		return errs.Field("counter", "shaping.counter_same")
	}
	return s.Check(r.CounterValue, currency)
}

// What supporters need for a counter-offer to be taken, and for a call's
// amendment to be accepted without a provider.
const (
	CounterVoters  = 5
	CounterPercent = 60
	CallVoters     = 15
	CallScore      = 0.6
)

// CounterTaken reports whether a counter-offer is taken when its vote ends:
// otherwise the answer is a rejection with the same reason.
func CounterTaken(agree, no int) bool {
	n := agree + no
	return n >= CounterVoters && agree*100 >= CounterPercent*n
}

// DecidedByVote reports whether a call's amendment is accepted by its votes
// alone: enough of them, a good mean, and no exclusive alternative that ranks
// better.
func DecidedByVote(w Weighed, rivals []Weighed) bool {
	if w.Tally.N() < CallVoters || w.ranked().Score < CallScore {
		return false
	}
	return !slices.ContainsFunc(rivals, func(r Weighed) bool { return Rank(r.ranked(), w.ranked()) < 0 })
}

// Answerable is one due amendment of a provider, with what came of it.
type Answerable struct {
	OpenedAt   time.Time
	AnsweredAt time.Time // of the first answer; zero for none in time
	Answer     Answer    // the last one
	Taken      bool      // a counter-offer that its supporters took
}

// Record is what a provider's answers add up to, for everybody to see. Shares
// are of the counts beside them.
type Record struct {
	Due, Answered          int
	Accepted, Countered    int // of the answered
	CountersTaken          int
	MedianHours            float64 // from opening to the first answer; 0 without one
	AnswerRate, AcceptRate float64
}

// RecordOf counts a provider's answers.
func RecordOf(all []Answerable) (r Record) {
	var hours []float64
	r.Due = len(all)
	for _, a := range all {
		if a.AnsweredAt.IsZero() {
			continue
		}
		r.Answered++
		hours = append(hours, a.AnsweredAt.Sub(a.OpenedAt).Hours())
		switch a.Answer {
		case Accept:
			r.Accepted++
		case Counter:
			r.Countered++
			if a.Taken {
				r.CountersTaken++
			}
		}
	}
	r.MedianHours, _ = stats.Median(hours)
	r.AnswerRate = share(r.Answered, r.Due)
	r.AcceptRate = share(r.Accepted+r.CountersTaken, r.Answered)
	return r
}

func share(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}
