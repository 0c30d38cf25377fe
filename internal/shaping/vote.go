package shaping

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/httpd"
)

// Ballot is a vote as it is handed in.
type Ballot struct {
	PackageID int64
	Subject   Subject
	SubjectID int64
	Choice    int16
	Reason    string // a chip of Reasons; needed for "not for me"
	Companion bool   // votes as somebody who goes along with a patient
	Tie       string // one of Ties; asked for once, at the first vote on a package
	Network   []byte // the provider feature's mark of the network it comes from; nil: says nothing
}

// Voted is what a vote led to.
type Voted struct {
	Status Status
	WhyNot string // key of the sentence that says why it does not count; empty if it does
	Shown  Shown  // the vote on the subject, as this voter may see it now
}

// Ties are what people say of themselves before their first vote on a package:
// that they have no tie to the provider, or which one.
var Ties = []string{noTie, "staff", "paid", "family", "investor", "discount"}

// noTie is what somebody without a tie says.
const noTie = "none"

// voteRates are shared with the other votes of the site.
var voteRates = []httpd.Rate{{N: MaxVotesAnHour, Per: time.Hour}}

// balloting is a ballot on its way.
type balloting struct {
	Ballot
	person, account int64
	asked           asked    // what the database said of it
	refused         error    // an answer to the voter
	declared        bool     // a tie was said with it
	out             Standing // what stands afterwards
	sums            map[Stratum]Tally
	watcher         Watcher
}

// Vote sets what a person says to a subject of a package: a line in the log, the
// vote that stands, and the sums, in one transaction; it is answered after the
// commit. It is set, not toggled: twice or twenty times at once gives the same
// as once. Votes of one moment share a transaction.
//
// Who may not vote is told why: Forbidden for people with a tie, Conflict where
// it is not the time, Invalid for the field "tie" at a first vote that does not
// say whether there is one. Somebody who says there is one is refused, and what
// was said is kept. It must not be called while its caller holds the package.
func (s *Service) Vote(ctx context.Context, a access.Actor, b Ballot) (Voted, error) {
	if !a.Confirmed {
		return Voted{}, errs.New(errs.Forbidden, "shaping.confirm_first")
	}
	if b.Subject == OnPackage {
		b.SubjectID = b.PackageID
	}
	if !slices.Contains(Subjects, b.Subject) {
		return Voted{}, errs.New(errs.Malformed, "shaping.choice")
	}
	if err := s.limits.Take(ctx, "vote", "a"+strconv.FormatInt(a.AccountID, 10), voteRates...); err != nil {
		return Voted{}, err
	}
	v := &balloting{Ballot: b, person: a.PersonID, account: a.AccountID}
	for {
		err := s.votes.Do(ctx, v)
		if errors.Is(err, db.ErrAlone) {
			err = s.castTogether(ctx, []*balloting{v})
		}
		if err != nil {
			return Voted{}, err
		}
		if v.asked.MergedInto == 0 {
			break
		}
		v.person = v.asked.MergedInto // the person turned out to be another one at this moment
	}
	if v.refused != nil {
		return Voted{}, v.refused
	}
	return Voted{Status: v.out.Status, WhyNot: whyUncounted(v.out.Status), Shown: v.shown()}, nil
}

// shown is the vote on the subject as its voter may see it now.
func (v *balloting) shown() Shown {
	over := Over(v.Subject, v.asked.State, false)
	return Show(v.Subject, Sum(v.sums), v.sums, MaySee(ModeOf(v.Subject, v.asked.State), over, v.watcher), over)
}

// whyUncounted is the key of the sentence that says why a vote does not count.
func whyUncounted(s Status) string {
	if s == Counted {
		return ""
	}
	return "shaping.uncounted_" + string(s)
}

// name keeps two votes of one person out of one transaction: the second may
// depend on the first.
func (v *balloting) name() string { return strconv.FormatInt(v.person, 10) }

func (s *Service) voteTogether(ctx context.Context, vs []*balloting) (alone []*balloting, err error) {
	return nil, s.castTogether(ctx, vs)
}

// castTogether casts votes of different persons in one transaction.
func (s *Service) castTogether(ctx context.Context, vs []*balloting) error {
	return s.db.Write(ctx, func(tx *db.Tx) error { return s.castAll(tx, vs) })
}

func (s *Service) castAll(tx *db.Tx, vs []*balloting) error {
	known, treated, err := s.askBallots(tx, vs)
	if err != nil {
		return err
	}
	var lines []*balloting
	var tied []int64
	for _, v := range vs {
		v.refused, v.declared, v.out = nil, false, Standing{}
		if v.asked.MergedInto != 0 {
			continue
		}
		v.decide(known[v.person], treated, tx.Now)
		if v.refused == nil {
			lines = append(lines, v)
		} else if v.declared {
			tied = append(tied, v.person)
		}
	}
	putBallots(tx, lines)
	if err := askReview(tx, lines); err != nil {
		return err
	}
	return s.declareAll(tx, vs, tied)
}

// declareAll keeps what people said about ties: with the votes, in general. A
// tie concerns the person's other votes as well, so that is kept first.
func (s *Service) declareAll(tx *db.Tx, vs []*balloting, tied []int64) error {
	q, said := putDeclarations(vs, tx.Now)
	if !said {
		return nil
	}
	if len(tied) == 0 {
		tx.Last(orderVotes, q.SQL, q.Args, nil)
		return nil
	}
	if err := tx.All(q); err != nil {
		return db.Wrap("shaping: keep declarations", err)
	}
	return s.Restand(tx, tied)
}

// decide makes of a ballot what stands, or the answer why nothing does.
func (v *balloting) decide(x someone, treated map[[2]int64]bool, now time.Time) {
	q := v.asked
	if q.State == "" {
		v.refused = errNoPackage
		return
	}
	voter := x.voter(v.PackageID, q.OrganisationID, now, now)
	voter.Author = q.Author == v.person && q.Author != 0
	voter.Supporter = q.Supporter
	if q.Old != nil {
		voter.Fraud, voter.Review = q.Old.Status == VoidFraud, q.Old.Status == Quarantined
	}
	voter.Review = voter.Review || q.Near
	stratum := Considers
	if v.Companion {
		stratum = Accompanies
	} else if treated[[2]int64{v.person, q.ProcedureID}] {
		stratum = WasTreated
	}
	if v.refused = v.mayCast(voter, now); v.refused != nil {
		return
	}
	if v.refused = v.declare(); v.refused != nil {
		return
	}
	v.out = Standing{PackageID: v.PackageID, PersonID: v.person, Subject: v.Subject, SubjectID: v.SubjectID, VersionID: q.VersionID, Choice: v.Choice,
		Reason: v.Reason, Stratum: stratum, Status: StatusOf(v.Subject, voter, false), UpdatedAt: now}
}

// mayCast asks the person first and the moment last, so that somebody who may
// never vote here is not told to come back later.
func (v *balloting) mayCast(voter Voter, now time.Time) error {
	if v.asked.Said != "" && v.asked.Said != noTie {
		return errs.New(errs.Forbidden, "shaping.tie_said")
	}
	if err := CanCast(v.Subject, voter, v.Choice, v.Reason); err != nil {
		return err
	}
	return v.asked.timely(v.Subject, now)
}

// declare takes what the voter says about ties, where it was not said before.
func (v *balloting) declare() error {
	if v.asked.Said != "" {
		return nil
	}
	if !slices.Contains(Ties, v.Tie) {
		return errs.Field("tie", "shaping.tie_first")
	}
	v.declared = true
	if v.Tie != noTie {
		return errs.New(errs.Forbidden, "shaping.tie_now")
	}
	return nil
}

// asked is what the database says of a ballot at the moment it is cast.
type asked struct {
	MergedInto     int64
	State          State // of the package; empty if there is none that can be seen
	OrganisationID int64
	ProcedureID    int64
	VersionID      int64
	Zone           string
	Said           string // which tie was declared here; empty: not asked yet
	Found          bool   // the amendment or item is of this package
	Wish           AmendmentState
	Author         int64 // of the amendment
	Supporter      bool
	Near           bool       // it comes from a network on which the provider's console was used lately
	Voted          bool       // on the package itself, and it stands
	CounteredAt    *time.Time // when the counter-offer was made that stands
	Votable        bool       // of an item
	Old            *Standing
}

// timely says whether a subject is being voted on now.
func (q asked) timely(s Subject, now time.Time) error {
	action := map[Subject]Action{OnPackage: CastVote, OnNeed: CastVote, OnCounter: VoteOnCounter}[s]
	if action == "" {
		action = VoteOnWish
	}
	if err := May(q.State, action, people); err != nil {
		if q.State == Answering {
			return errs.New(errs.Conflict, "shaping.round_frozen")
		}
		return err
	}
	switch s {
	case OnKeep, OnNeed:
		if !q.Found {
			return errs.New(errs.Conflict, "shaping.item_gone")
		}
		if !q.Votable {
			return errs.New(errs.Forbidden, "shaping.clinical_item")
		}
	case OnAmendment, OnAlternative:
		if !q.Found || !slices.Contains(running, q.Wish) {
			return errs.New(errs.Conflict, "shaping.wish_over")
		}
	case OnCounter:
		zone, err := time.LoadLocation(q.Zone)
		if !q.Found || err != nil || q.Wish != Answered || q.CounteredAt == nil || !now.Before(PhaseEnd(*q.CounteredAt, CounterDays, zone)) {
			return errs.New(errs.Conflict, "shaping.counter_over")
		}
	}
	return nil
}
