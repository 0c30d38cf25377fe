package experience

import (
	"context"
	"strings"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/moderation"
	"caravan/internal/search"
	"caravan/internal/text"
)

// Wording is what an author can change of an experience: the words. Version is
// that of the words they saw.
type Wording struct {
	Title, Story, Goal string
	AIUsed             bool
	Version            int
	Seen               Answers // marks of what the author leaves as it is
	Resend             bool    // of one that was sent back: to the moderators again
}

// wordFields are the questions that can be answered anew.
var wordFields = []string{"title", "story", "goal"}

// Edit changes the words of a's own experience, at once. What was published
// before stays to be read in its history.
func (s *Service) Edit(ctx context.Context, a access.Actor, publicID, lang string, w Wording) (Experience, error) {
	if err := s.limits.Take(ctx, "experience-edit", who(a), httpd.Rate{N: 30, Per: time.Hour}); err != nil {
		return Experience{}, err
	}
	q := s.db.Read(ctx)
	e, err := findOwn(q, a.PersonID, publicID)
	if err != nil {
		return e, err
	}
	x, err := s.readWords(q, a, e, lang, w)
	if err != nil {
		return e, err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if e, err = lockOwn(tx, a.PersonID, publicID); err != nil {
			return err
		}
		if err := canEdit(e.State); err != nil {
			return err
		}
		if e.Version != w.Version {
			return errs.New(errs.Conflict, "experience.changed_meanwhile")
		}
		return s.rewrite(tx, &e, x, w)
	})
	return e, err
}

// readWords checks the new words as they were when they were first told.
func (s *Service) readWords(q *db.Tx, a access.Actor, e Experience, lang string, w Wording) (*reading, error) {
	o, err := s.provider.FindOrganisation(q, e.OrganisationID)
	if err != nil {
		return nil, err
	}
	typed := Answers{"title": {w.Title}, "story": {w.Story}, "goal": {w.Goal}}
	for _, name := range wordFields {
		typed["seen_"+name] = w.Seen["seen_"+name]
	}
	if e.OriginCountry != nil {
		typed["origin_country"] = []string{*e.OriginCountry}
	}
	x := &reading{lang: lang, now: q.Now, typed: typed, clinic: &o, procedure: s.provider.Procedure}
	if err := s.leakContext(q, a, x); err != nil {
		return nil, err
	}
	for _, name := range wordFields {
		x.read([]Field{byName[name]})
	}
	return x, errs.Fields(x.wrong...)
}

func (s *Service) rewrite(tx *db.Tx, e *Experience, x *reading, w Wording) error {
	title, story, goal := x.clean.One("title"), x.clean.One("story"), x.clean.One("goal")
	if title != e.Title || story != e.Story || goal != e.Goal || w.AIUsed != e.AIUsed {
		old := *e
		e.Title, e.Story, e.Goal, e.AIUsed, e.StoryHTML, e.Renderer = title, story, goal, w.AIUsed, text.Markdown(story), text.RendererVersion
		e.Lang = text.Language(title+"\n"+story, x.lang)
		if err := s.nextVersion(tx, old, e, x.leaks); err != nil {
			return err
		}
	}
	if w.Resend && e.State == SentBack {
		e.State = Submitted
		if err := setState(tx, e.ID, Submitted, ""); err != nil {
			return err
		}
		return moderation.Suggest(tx, kindName, e.ID, 0)
	}
	return nil
}

// nextVersion stores new words. What moderators covered in the old ones stays
// covered wherever the same words stand again.
func (s *Service) nextVersion(tx *db.Tx, old Experience, e *Experience, c text.LeakContext) error {
	masks, err := listMasks(tx, e.ID)
	if err != nil {
		return err
	}
	if old.PublishedOn != nil {
		if err := insertEdit(tx, old); err != nil {
			return err
		}
	}
	e.Version++
	if err := updateWords(tx, e); err != nil {
		return err
	}
	var next []Mask
	before, after := old.texts(), e.texts()
	for _, name := range wordFields {
		next = append(next, again(name, masks, old.Version, e.Version, before[name], after[name])...)
		next = append(next, covered(name, after[name], e.Version, c)...)
	}
	if err := insertMasks(tx, e.ID, apart(next)); err != nil {
		return err
	}
	if err := record(tx, e.ID); err != nil {
		return err
	}
	return search.Put(tx, search.Experience, e.ID)
}

func (e Experience) texts() map[string]string {
	return map[string]string{"title": e.Title, "story": e.Story, "goal": e.Goal}
}

// again finds the words that were covered in a field before in its new text.
func again(field string, masks []Mask, oldVersion, version int, before, after string) (out []Mask) {
	for _, m := range masks {
		if m.Field != field || m.Version != oldVersion || m.EndByte > len(before) {
			continue
		}
		words := before[m.FirstByte:m.EndByte]
		for at := 0; ; {
			i := strings.Index(after[at:], words)
			if i < 0 {
				break
			}
			at += i
			out = append(out, Mask{Field: field, Version: version, FirstByte: at, EndByte: at + len(words), Class: m.Class, MadeBy: m.MadeBy})
			at += len(words)
		}
	}
	return out
}

// apart leaves out masks that lie in others: the first of two stays.
func apart(masks []Mask) (out []Mask) {
	for _, m := range masks {
		free := true
		for _, o := range out {
			free = free && (o.Field != m.Field || m.EndByte <= o.FirstByte || o.EndByte <= m.FirstByte)
		}
		if free {
			out = append(out, m)
		}
	}
	return out
}

// Withdraw takes a's own experience away, for good: its words and answers are
// erased, a tombstone stands in its place, and nobody is asked about it again.
func (s *Service) Withdraw(ctx context.Context, a access.Actor, publicID string) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		e, err := lockOwn(tx, a.PersonID, publicID)
		if err != nil {
			return err
		}
		if e.State == Withdrawn || e.State == Removed {
			return nil // pressed twice
		}
		return s.bury(tx, e, Tombstone{ExperienceID: e.ID, Kind: Withdrawn, AskedBy: "author", MadeOn: tx.Now})
	})
}

// bury erases what an experience says and puts a tombstone there.
func (s *Service) bury(tx *db.Tx, e Experience, t Tombstone) error {
	for _, do := range []func() error{
		func() error { return setState(tx, e.ID, t.Kind, t.Reason) },
		func() error { return forgetRecord(tx, e, t.AskedBy) },
		func() error { return eraseWords(tx, e.ID) },
		func() error { return declineAll(tx, e.ID) },
		func() error { return insertTombstone(tx, t) },
		func() error { return moderation.TakeBack(tx, kindName, e.ID) },
		func() error { return s.recover(tx, e) },
		func() error { return search.Put(tx, search.Experience, e.ID) },
	} {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

// recover chooses anew whether origin and age are shown at a clinic, after an
// experience of e's kind came or went.
func (s *Service) recover(tx *db.Tx, e Experience) error {
	if e.OriginCountry != nil {
		if err := coverAlike(tx, e.OrganisationID, "origin_country", *e.OriginCountry); err != nil {
			return err
		}
	}
	if e.AgeBand != nil {
		return coverAlike(tx, e.OrganisationID, "age_band", *e.AgeBand)
	}
	return nil
}

// AddCode shows, after telling, that the visit took place: the code is used up
// for a's own experience.
func (s *Service) AddCode(ctx context.Context, a access.Actor, publicID, code string) error {
	e, err := findOwn(s.db.Read(ctx), a.PersonID, publicID)
	if err != nil {
		return err
	}
	if err := canEdit(e.State); err != nil {
		return err
	}
	facts, err := s.visit.Look(ctx, a, code)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		e, err := lockOwn(tx, a.PersonID, publicID)
		if err != nil {
			return err
		}
		if err := s.visit.Redeem(tx, facts.Hash, e.claim()); err != nil {
			return err
		}
		return Refresh(tx, e.ID)
	})
}
