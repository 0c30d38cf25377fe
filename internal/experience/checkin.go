package experience

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/visit"
)

// linkLife is how long the link of a mail answers a check-in.
const linkLife = 14 * 24 * time.Hour

// tapFields are the questions of every check-in, complicationFields those that
// follow when something went wrong.
var tapFields = func() (out []Field) {
	for _, f := range atCheckIns {
		if f.Place == InCheckIn {
			out = append(out, f)
		}
	}
	return out
}()

// complicationAt are the questions about a complication at a check-in: the same
// as at the start, asked when the tap says so.
func complicationAt() (out []Field) {
	for _, f := range complicationFields {
		f.If = "tap_complication=yes"
		f.Must = false
		out = append(out, f)
	}
	return out
}

// newToken is a link's secret and what is kept of it.
func newToken() (token string, hash []byte) {
	raw := make([]byte, 24)
	_, _ = rand.Read(raw) // it never fails
	token = base64.RawURLEncoding.EncodeToString(raw)
	return token, hashOfToken(token)
}

func hashOfToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// errLink is the one answer to every link that does not work, or no longer.
var errLink = errs.New(errs.Gone, "experience.link_gone")

// Linked returns which moment a link asks about, and nothing else: whoever
// holds it may be reading somebody else's mail.
func (s *Service) Linked(ctx context.Context, token string) (moment string, err error) {
	c, err := findLinked(s.db.Read(ctx), hashOfToken(token))
	return c.Moment, err
}

// AnswerLink answers a check-in through its link, which ends with it.
func (s *Service) AnswerLink(ctx context.Context, token, lang string, typed Answers, k db.Key) error {
	k.Route = "experience.check_in" // the address of the form holds the secret
	q := s.db.Read(ctx)
	c, err := findLinked(q, hashOfToken(token))
	if err != nil {
		if done, e := db.Done(q, k); e == nil && done != nil {
			return nil // the same form once more
		}
		return err
	}
	in, err := s.readCheckIn(q, c, access.Actor{}, lang, typed, true)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		kept, err := db.Once(tx, k)
		if err != nil || kept != nil {
			return err
		}
		c, err := lockLinked(tx, hashOfToken(token))
		if err != nil {
			return err
		}
		db.Keep(tx, k, 0, "/check-in/thanks")
		return s.take(tx, c, in)
	})
}

// AnswerCheckIn answers a check-in of a's own experience, while it is open.
func (s *Service) AnswerCheckIn(ctx context.Context, a access.Actor, publicID, moment, lang string, typed Answers) error {
	q := s.db.Read(ctx)
	_, c, err := s.ownCheckIn(q, a, publicID, moment)
	if err != nil {
		return err
	}
	in, err := s.readCheckIn(q, c, a, lang, typed, false)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		e, err := lockOwn(tx, a.PersonID, publicID)
		if err != nil {
			return err
		}
		c, err := lockCheckIn(tx, e.ID, moment)
		if err != nil {
			return err
		}
		if c.Status == Done {
			return nil // pressed twice
		}
		if err := openNow(e, c, tx.Now); err != nil {
			return err
		}
		return s.take(tx, c, in)
	})
}

// ownCheckIn finds a check-in of a's own experience that can be answered.
func (s *Service) ownCheckIn(q *db.Tx, a access.Actor, publicID, moment string) (e Experience, c CheckIn, err error) {
	if e, err = findOwn(q, a.PersonID, publicID); err != nil {
		return e, c, err
	}
	all, err := listCheckIns(q, e.ID)
	if err != nil {
		return e, c, err
	}
	i := slices.IndexFunc(all, func(c CheckIn) bool { return c.Moment == moment })
	if i < 0 {
		return e, c, errNone
	}
	if all[i].Status == Done {
		return e, all[i], nil
	}
	return e, all[i], openNow(e, all[i], q.Now)
}

// openNow refuses what is not asked yet and what is over.
func openNow(e Experience, c CheckIn, now time.Time) error {
	switch {
	case e.State == Withdrawn || e.State == Removed:
		return errs.New(errs.Gone, "experience.is_gone")
	case c.Status == Missed || c.Status == Declined || !now.Before(c.ClosesOn):
		return errs.New(errs.Gone, "experience.check_in_over")
	case now.Before(c.DueOn):
		return errs.New(errs.Conflict, "experience.check_in_early")
	}
	return nil
}

// heard is a check-in as it was answered.
type heard struct {
	declined            bool
	goal                *int16
	worth, complication string
	note                string
	differs             bool
	harm                *Complication
	details             Answers // class P
	sums, sealed        Answers
}

// readCheckIn reads what was typed into a check-in. Outside means through a
// link, without knowing who types.
func (s *Service) readCheckIn(q *db.Tx, c CheckIn, a access.Actor, lang string, typed Answers, outside bool) (in heard, err error) {
	if typed.One("decline") != "" {
		return heard{declined: true}, nil
	}
	x := &reading{lang: lang, now: q.Now, typed: typed, procedure: s.provider.Procedure}
	if x.currencies, err = listCurrencies(q); err != nil {
		return in, err
	}
	about, err := findAbout(q, c.ExperienceID)
	if err != nil {
		return in, err
	}
	// The rules for words need to know whose they are; the answer does not.
	if x.leaks.OwnNames, err = listOwnNames(q, about.AccountID); err != nil {
		return in, err
	}
	x.leaks.Countries, x.leaks.Verified = []string{about.Country}, a.Trust >= 2
	if x.surgeons, err = listClinicianNames(q, about.OrganisationID); err != nil {
		return in, err
	}
	x.leaks.Allowed = append([]string{about.Clinic}, x.surgeons...)
	role := about.AuthorRole
	if outside {
		role = "" // the link does not know, and a form can claim anything
	}
	x.typed = withRole(typed, role)
	known, err := knownAnswers(q, c.ExperienceID)
	if err != nil {
		return in, err
	}
	x.read(slices.Concat(tapFields, complicationAt(), AskedAt(c.Moment, about.Outcome, known, outside)))
	if len(x.clean) == 0 && len(x.wrong) == 0 {
		return in, errs.New(errs.Invalid, "experience.check_in_empty")
	}
	return hear(c.Moment, x.clean, typed.One("tap_differs") == "yes"), errs.Fields(x.wrong...)
}

// withRole lets next of kin say how it ended.
func withRole(typed Answers, role string) Answers {
	out := Answers{}
	for name, v := range typed {
		out[name] = v
	}
	out["author_role"] = []string{role}
	return out
}

func hear(moment string, clean Answers, differs bool) heard {
	in := heard{worth: orUnknown(clean.One("tap_worth_it")), complication: orUnknown(clean.One("tap_complication")), note: clean.One("tap_note"), differs: differs,
		details: Answers{}, sums: Answers{}, sealed: Answers{}}
	if n := number(clean.One("tap_goal")); n != nil {
		v := int16(*n)
		in.goal = &v
	}
	if in.complication == "yes" {
		c := complicationFrom(moment, clean)
		in.harm = &c
	}
	for name, v := range clean {
		switch f := byName[name]; f.Place {
		case InSums:
			in.sums[name] = v
		case InSeal:
			in.sealed[name] = v
		case InDetails, InColumn:
			in.details[name] = v
		}
	}
	return in
}

// take stores an answered check-in and what it changes. A check-in after three
// months or later that agrees lifts the level.
func (s *Service) take(tx *db.Tx, c CheckIn, in heard) error {
	today := tx.Now.Truncate(24 * time.Hour)
	c.TokenHash, c.TokenExpires, c.DoneOn = nil, nil, &today
	if in.declined {
		c.Status, c.DoneOn = Declined, nil
		if err := updateCheckIn(tx, c); err != nil {
			return err
		}
		return Refresh(tx, c.ExperienceID)
	}
	e, err := lockByID(tx, c.ExperienceID)
	if err != nil {
		return err
	}
	if err := putAnswers(tx, "experience_restricted", e.ID, in.sums); err != nil {
		return err
	}
	if err := putAnswers(tx, "experience_sealed", e.ID, in.sealed); err != nil {
		return err
	}
	sealed, err := findSealed(tx, e.ID)
	if err != nil {
		return err
	}
	ok := agrees(in.differs, visit.Quarter(e.Quarter), sealed)
	c.Status, c.GoalAchieved, c.WorthIt, c.Complication, c.Note, c.Agrees, c.Answers = Done, in.goal, in.worth, in.complication, in.note, &ok, in.details
	if err := updateCheckIn(tx, c); err != nil {
		return err
	}
	if in.harm != nil {
		if err := insertComplications(tx, e.ID, []Complication{*in.harm}); err != nil {
			return err
		}
	}
	if err := putDetails(tx, e, in.details); err != nil {
		return err
	}
	return Refresh(tx, e.ID)
}
