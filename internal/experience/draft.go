package experience

import (
	"context"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/text"
	"caravan/internal/visit"
)

// How many drafts somebody may have, and how much one may hold.
const (
	maxDrafts = 10
	maxTyped  = 30_000 // characters of one answer, more than any is taken for
	draftLife = 180 * 24 * time.Hour
)

func who(a access.Actor) string { return "a" + strconv.FormatInt(a.AccountID, 10) }

// StartDraft opens a draft; what the address named already (clinic, procedure)
// is filled in. A draft in which nothing was written yet is used again.
func (s *Service) StartDraft(ctx context.Context, a access.Actor, filledIn Answers) (d Draft, err error) {
	if err := s.limits.Take(ctx, "experience-draft", who(a), httpd.Rate{N: 20, Per: time.Hour}); err != nil {
		return d, err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		all, err := listDrafts(tx, a.AccountID)
		if err != nil {
			return err
		}
		for _, old := range all {
			if len(old.Answers) == 0 && old.CodeHash == nil {
				d = old
				return saveDraft(tx, &d, filledIn)
			}
		}
		if len(all) >= maxDrafts {
			return errs.New(errs.Conflict, "experience.too_many_drafts", "most", maxDrafts)
		}
		d = Draft{AccountID: a.AccountID, Answers: filledIn, Pseudonym: newName()}
		return insertDraft(tx, &d)
	})
	return d, err
}

func newName() string { return Pseudonym(rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))) }

// StartWithCode puts what a visit code says into a draft of a: the open one
// about the same clinic and quarter, or a new one. The code itself is not kept,
// only the hash that uses it up when the draft is sent.
func (s *Service) StartWithCode(ctx context.Context, a access.Actor, facts visit.CodeFacts) (path string, err error) {
	o, err := s.provider.FindOrganisation(s.db.Read(ctx), facts.OrganisationID)
	if err != nil {
		return "", err
	}
	says := Answers{"clinic": {o.Slug}, "quarter": {string(facts.Quarter)}}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		all, err := listDrafts(tx, a.AccountID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(d Draft) bool {
			clinic, quarter := d.Answers.One("clinic"), d.Answers.One("quarter")
			return (clinic == "" || clinic == o.Slug) && (quarter == "" || quarter == string(facts.Quarter))
		})
		d := Draft{AccountID: a.AccountID, Answers: says, Pseudonym: newName()}
		if i >= 0 {
			d = all[i]
			err = saveDraft(tx, &d, says)
		} else {
			err = insertDraft(tx, &d)
		}
		if err != nil {
			return err
		}
		path = draftPath(d.PublicID, Steps[0])
		return setDraftCode(tx, d.ID, facts.Hash)
	})
	return path, err
}

func draftPath(publicID, step string) string { return "/experiences/drafts/" + publicID + "/" + step }

// SaveStep keeps what was typed into a step, right or wrong. What it holds of
// other steps stays.
func (s *Service) SaveStep(ctx context.Context, a access.Actor, publicID, step, lang string, typed Answers) (d Draft, err error) {
	part, err := stepAnswers(step, lang, typed)
	if err != nil {
		return d, err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) (err error) {
		if d, err = lockDraft(tx, a.AccountID, publicID); err != nil {
			return err
		}
		return saveDraft(tx, &d, part)
	})
	return d, err
}

// stepAnswers are the parts of a form that belong to a step, with the marks of
// what its writer has seen and leaves as it is.
func stepAnswers(step, lang string, typed Answers) (Answers, error) {
	part := Answers{"lang": {lang}}
	for _, f := range stepFields(step) {
		names := []string{f.Name}
		if f.Input == Money && !strings.HasPrefix(f.Name, "line_") {
			names = append(names, f.Name+"_currency")
		}
		for _, name := range names {
			part[name] = nil
			for _, v := range typed[name] {
				if text.Length(v) > maxTyped {
					return nil, errs.Field(name, "experience.too_long", "most", f.Most, "n", text.Length(v), "question", Label(lang, f.Name))
				}
				if v = strings.ReplaceAll(v, "\x00", ""); v != "" {
					part[name] = append(part[name], v)
				}
			}
		}
		if f.Input == Prose || f.Input == Sentence {
			part["seen_"+f.Name] = typed["seen_"+f.Name]
			if typed.One(text.LeakTick) != "" {
				part["seen_"+f.Name] = []string{seenMark(cleaned(f, typed.One(f.Name)))}
			}
		}
	}
	return part, nil
}

// cleaned is a text as its leaks are counted; what is no text is nothing.
func cleaned(f Field, v string) string {
	s, err := text.Clean(v)
	if err != nil {
		return ""
	}
	if f.Input == Sentence {
		s = oneLine(s)
	}
	return s
}

// stepFields are the questions of one step.
func stepFields(step string) (out []Field) {
	for _, f := range Catalogue {
		if f.Stage == Start && f.Topic == step {
			out = append(out, f)
		}
	}
	return out
}

// reader prepares reading answers of a about the clinic that they name.
func (s *Service) reader(q *db.Tx, a access.Actor, lang string, typed Answers) (*reading, error) {
	x := &reading{lang: lang, now: q.Now, typed: typed, procedure: s.provider.Procedure}
	if l := typed.One("lang"); l != "" {
		x.lang = l
	}
	var err error
	if x.currencies, err = listCurrencies(q); err != nil {
		return nil, err
	}
	if slug := typed.One("clinic"); slug != "" {
		o, err := s.provider.FindClinic(q, slug)
		if err == nil {
			x.clinic = &o
		} else if !errs.Is(err, errs.NotFound) {
			return nil, err
		}
	}
	return x, s.leakContext(q, a, x)
}

// leakContext tells the search for leaks whom it searches for.
func (s *Service) leakContext(q *db.Tx, a access.Actor, x *reading) (err error) {
	x.leaks.Verified = a.Trust >= 2
	if x.leaks.OwnNames, err = listOwnNames(q, a.AccountID); err != nil {
		return err
	}
	if c := x.typed.One("origin_country"); len(c) == 2 {
		x.leaks.Countries = append(x.leaks.Countries, c)
	}
	if x.clinic == nil {
		return nil
	}
	x.leaks.Countries = append(x.leaks.Countries, x.clinic.Country)
	if x.surgeons, err = listClinicianNames(q, x.clinic.ID); err != nil {
		return err
	}
	x.leaks.Allowed = append([]string{x.clinic.Name}, x.surgeons...)
	return nil
}

// Unfinished says which steps of a draft still miss something, with what.
type Unfinished struct {
	Step  string
	Wrong []errs.FieldMsg
}

// check reads a whole draft: what can be kept of it, and what is still missing,
// step by step.
func (s *Service) check(q *db.Tx, a access.Actor, lang string, typed Answers) (*reading, []Unfinished, error) {
	x, err := s.reader(q, a, lang, typed)
	if err != nil {
		return nil, nil, err
	}
	var open []Unfinished
	for _, step := range Steps {
		x.wrong = nil
		x.read(stepFields(step))
		if len(x.wrong) > 0 {
			open = append(open, Unfinished{step, x.wrong})
		}
	}
	return x, open, nil
}

// Discard throws a draft away. It is gone for good.
func (s *Service) Discard(ctx context.Context, a access.Actor, publicID string) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		d, err := lockDraft(tx, a.AccountID, publicID)
		if err != nil {
			return err
		}
		return removeDraft(tx, d.ID)
	})
}

// dropCode sends a draft without its visit code, which stays unused.
func (s *Service) dropCode(ctx context.Context, a access.Actor, publicID string) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		d, err := lockDraft(tx, a.AccountID, publicID)
		if err != nil {
			return err
		}
		return setDraftCode(tx, d.ID, nil)
	})
}

// Closed throws away the drafts of an account that is closed. What it told
// stays, as its author was told; nobody is asked about it any more.
func (s *Service) Closed(tx *db.Tx, accountID int64) error { return removeDraftsOf(tx, accountID) }

// PurgeDrafts removes drafts that nobody has touched for draftLife.
func (s *Service) PurgeDrafts(ctx context.Context) error {
	return s.db.Write(ctx, func(tx *db.Tx) error { return removeOldDrafts(tx, tx.Now.Add(-draftLife)) })
}
