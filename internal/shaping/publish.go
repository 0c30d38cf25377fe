package shaping

import (
	"context"
	"slices"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/text"
	"caravan/internal/wording"
)

// Publish makes version 1 out of a draft and opens the first round, or the call.
// Everything that stands in the way is told at once, by the key of its item. The
// steps are fixed from now on. The same key publishes once.
func (s *Service) Publish(ctx context.Context, a access.Actor, slug string, k db.Key) (p Package, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		kept, err := db.Once(tx, k)
		if err != nil {
			return err
		}
		if kept != nil {
			p, err = loadByID(tx, kept.ID)
			return err
		}
		var roles []Role
		if p, roles, err = enter(tx, a, slug); err != nil {
			return err
		}
		if err := s.publish(tx, a, &p, roles); err != nil {
			return err
		}
		db.Keep(tx, k, p.ID, pathOf(p.Slug))
		return nil
	})
	return p, err
}

func (s *Service) publish(tx *db.Tx, a access.Actor, p *Package, roles []Role) error {
	c := NewContent(p.Draft...).held()
	if p.State == Draft {
		if p.Proposer == ByPatients && a.Trust < 2 {
			return errs.New(errs.Forbidden, "shaping.need_trust")
		}
		if err := s.complete(tx, a, p, c); err != nil {
			return err
		}
	}
	if err := s.step(tx, p, Publish, roles, Facts{Complete: true}, ""); err != nil {
		return err
	}
	slug, err := freeSlug(tx, *p, s.procedure(*p).Code)
	if err != nil {
		return err
	}
	p.Slug, p.Draft, p.Round, p.PublishedAt, p.StepsLockedAt = slug, nil, 1, &tx.Now, &tx.Now
	v := Version{PackageID: p.ID, Number: 1, Reason: wording.Text(p.Lang, "shaping.version_first"), PublishedAt: tx.Now}
	if err := insertVersion(tx, &v, c); err != nil {
		return err
	}
	p.NewestVersionID = &v.ID
	if err := logVersion(tx, *p, v, c, "published"); err != nil {
		return err
	}
	if err := p.phase(tx.Now, p.RoundDays); err != nil {
		return err
	}
	if p.State == Call {
		zone, err := Zone(p.Zone)
		if err != nil {
			return err
		}
		end := PhaseEnd(tx.Now, CallDays, zone)
		p.ExpiresAt = &end
	}
	if err := s.answersCall(tx, *p); err != nil {
		return err
	}
	return savePackage(tx, p)
}

// complete returns everything that keeps a draft from being published. The words
// of a patient's call have names in them covered.
func (s *Service) complete(tx *db.Tx, a access.Actor, p *Package, c Content) error {
	procedure := s.procedure(*p).Code
	var wrong []errs.FieldMsg
	add := func(err error) {
		if err != nil {
			wrong = append(wrong, errs.Of(err).Fields...)
		}
	}
	if n := text.Length(p.Title); n < MinTitle || n > MaxTitle {
		add(errs.Field("title", "shaping.title_length", "least", MinTitle, "most", MaxTitle))
	}
	add(CheckDraft(*p, procedure, c))
	add(CheckSteps(p.Steps))
	for _, short := range Short(procedure, c) {
		if n := text.Length(p.StayAnswers[short.Item]); p.Proposer != ByPatients && (n < MinReason || n > MaxReason) {
			add(errs.Field(short.Item, "shaping.stay_answer", "least", MinReason, "most", MaxReason))
		}
	}
	leaks, err := leaksOf(tx, a, *p)
	if err != nil {
		return err
	}
	add(p.siftAll(leaks, c))
	return errs.Fields(wrong...)
}

// siftAll searches all words of a draft for what would say who somebody is.
func (p *Package) siftAll(leaks text.LeakContext, c Content) error {
	var wrong []errs.FieldMsg
	look := func(field string, words *string) {
		err := text.CheckLeaks(field, *words, leaks, true)
		if err != nil {
			wrong = append(wrong, errs.Of(err).Fields...)
		} else if p.Proposer == ByPatients {
			*words = text.Masked(*words, text.Leaks(*words, leaks))
		}
	}
	look("title", &p.Title)
	look("summary", &p.Summary)
	for i := range c {
		look(c[i].Item.Key, &c[i].Item.Name)
		if c[i].Value.Kind == Text {
			look(c[i].Item.Key, &c[i].Value.Text)
		}
	}
	for i := range p.Steps {
		look("steps", &p.Steps[i].Gives)
	}
	for key, says := range p.StayAnswers {
		look(key, &says)
		p.StayAnswers[key] = says
	}
	p.SummaryHTML = text.Markdown(p.Summary)
	return errs.Fields(wrong...)
}

// answersCall notes at a call of patients that a package answers it, and tells
// those who support the call.
func (s *Service) answersCall(tx *db.Tx, p Package) error {
	if p.AnswersCallID == nil {
		return nil
	}
	call, err := lock(tx, *p.AnswersCallID)
	if err != nil || call.State != Call {
		return err // the call is over: the offer stands for itself
	}
	if err := s.step(tx, &call, Adopt, []Role{OtherStaff}, Facts{VerifiedClinic: true}, ""); err != nil {
		return err
	}
	if err := savePackage(tx, &call); err != nil {
		return err
	}
	people, err := listAudience(tx, call)
	if err != nil {
		return err
	}
	return s.tell(tx, people, "package_call_taken", call)
}

// Adopt makes a draft that answers a call of patients: the same items, offered by
// a clinic whose licence was looked up. Several clinics may answer a call, each
// once. That the call was taken up is told when the answer is published.
func (s *Service) Adopt(ctx context.Context, a access.Actor, callSlug, organisation string) (p Package, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		call, err := lockBySlug(tx, callSlug) // of two at one moment the second sees the first
		if err != nil {
			return err
		}
		if call.PublishedAt == nil {
			return errNoPackage
		}
		if call.Proposer != ByPatients {
			return errs.New(errs.Conflict, "shaping.not_a_call")
		}
		p = Package{State: Draft, ProposerPersonID: a.PersonID, AuthorAccountID: a.AccountID, AnswersCallID: &call.ID, CreatedAt: tx.Now}
		if err := p.offeredBy(a, organisation); err != nil {
			return err
		}
		if p.OrganisationID == nil {
			return errs.Field("organisation", "shaping.own_clinic")
		}
		verified, err := licensedClinic(tx, *p.OrganisationID)
		if err != nil {
			return err
		}
		if _, err := Next(call.State, Adopt, []Role{OtherStaff}, Facts{VerifiedClinic: verified}); err != nil {
			return err
		}
		if again, err := answersAlready(tx, call.ID, *p.OrganisationID); err != nil || again {
			return orElse(err, errs.New(errs.Conflict, "shaping.adopted_already"))
		}
		base, err := content(tx, *call.NewestVersionID)
		if err != nil {
			return err
		}
		return s.copyInto(tx, &p, call, base)
	})
	return p, err
}

// Fork makes a draft out of a published version: a patient's is a call, that of
// somebody who works for a provider is the provider's offer. The same key makes
// one.
func (s *Service) Fork(ctx context.Context, a access.Actor, slug string, number int, k db.Key) (p Package, err error) {
	if !a.SignedIn() || !a.Confirmed {
		return p, errs.New(errs.SignIn, "common.sign_in_first")
	}
	q := s.db.Read(ctx)
	if done, err := s.count(q, "package_draft", a, k, draftRates...); err != nil || done != nil {
		return s.again(q, done, err)
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		kept, err := db.Once(tx, k)
		if err != nil {
			return err
		}
		if kept != nil {
			p, err = loadByID(tx, kept.ID)
			return err
		}
		from, err := load(tx, slug)
		if err != nil {
			return err
		}
		if from.PublishedAt == nil {
			return errNoPackage
		}
		v, err := version(tx, from.ID, number)
		if err != nil {
			return err
		}
		base, err := content(tx, v.ID)
		if err != nil {
			return err
		}
		if p, err = s.fork(tx, a, from, base); err != nil {
			return err
		}
		db.Keep(tx, k, p.ID, pathOf(p.Slug))
		return nil
	})
	return p, err
}

// fork stores a draft of a that begins with a content of another package.
func (s *Service) fork(tx *db.Tx, a access.Actor, from Package, base Content) (p Package, err error) {
	p = Package{State: Draft, ProposerPersonID: a.PersonID, AuthorAccountID: a.AccountID, ForkedFromID: &from.ID, CreatedAt: tx.Now}
	if err := p.offeredBy(a, offers(a)); err != nil {
		return p, err
	}
	return p, s.copyInto(tx, &p, from, base)
}

// offers is the slug of the first provider that somebody works for; empty for a
// patient.
func offers(a access.Actor) string {
	for _, w := range a.Works {
		if w.Kind == "clinic" || w.Kind == "facilitator" {
			return w.Slug
		}
	}
	return ""
}

// copyInto stores a draft with the frame and the items of another package. The
// words of the other one's proposer are not taken over, but for the title.
func (s *Service) copyInto(tx *db.Tx, p *Package, from Package, base Content) (err error) {
	p.Title, p.Lang, p.ProcedureID, p.Currency, p.Zone, p.RoundDays = from.Title, from.Lang, from.ProcedureID, from.Currency, from.Zone, from.RoundDays
	p.Draft = slices.Clone(base.held())
	for i := range p.Draft {
		l := &p.Draft[i]
		l.Item.ID, l.Item.PackageID, l.AmendmentID, l.Reason = 0, 0, 0, ""
	}
	if p.Slug, err = freeSlug(tx, *p, s.procedure(*p).Code); err != nil {
		return err
	}
	return insertPackage(tx, p)
}

// orElse is err, or what is said where there is none.
func orElse(err, other error) error {
	if err != nil {
		return err
	}
	return other
}
