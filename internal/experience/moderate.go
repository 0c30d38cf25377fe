package experience

import (
	"context"
	"slices"
	"strings"
	"time"

	"caravan/internal/access"
	"caravan/internal/answer"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/moderation"
	"caravan/internal/money"
	"caravan/internal/notify"
	"caravan/internal/search"
	"caravan/internal/text"
	"caravan/internal/visit"
	"caravan/internal/wording"
)

// desk is what the moderation desk sees of experiences and may do with them. It
// never learns who wrote one.
type desk struct{ s *Service }

var (
	_ moderation.Subject    = desk{}
	_ moderation.Suggestion = desk{}
	_ moderation.Secretive  = desk{}
	_ moderation.Authored   = desk{}
	_ moderation.Addressed  = desk{}
	_ moderation.Comparer   = desk{}
	_ moderation.Masker     = desk{}
	_ moderation.Unmasker   = desk{}
	_ moderation.Named      = desk{}
	_ answer.Experiences    = (*Service)(nil)
)

// Subjects are what can be reported.
func (s *Service) Subjects() []moderation.Subject { return []moderation.Subject{desk{s}} }

// Suggestions are what appears once a moderator has approved it.
func (s *Service) Suggestions() []moderation.Suggestion { return []moderation.Suggestion{desk{s}} }

// Kind is what the desk knows experiences by.
func (desk) Kind() string { return kindName }

// About shows a thing to the desk with what is masked in it.
func (d desk) About(ctx context.Context, id int64) (moderation.Item, error) {
	q := d.s.db.Read(ctx)
	e, err := findByID(q, id)
	if err != nil {
		return moderation.Item{}, err
	}
	masks, err := listMasks(q, id)
	if err != nil {
		return moderation.Item{}, err
	}
	it := moderation.Item{Title: cover(e.Lang, "title", e.Title, e.Version, masks), State: e.State, OrganisationID: e.OrganisationID, Version: e.Version,
		Excerpt: text.Excerpt(cover(e.Lang, "story", e.Story, e.Version, masks), 400)}
	switch e.State {
	case Published:
		it.State, it.Path = moderation.Shown, Path(e.PublicID)
	case Restricted:
		it.State, it.Path = moderation.Hidden, Path(e.PublicID)
	}
	return it, nil
}

// Hide puts a note with the reason in the experience's place.
func (d desk) Hide(tx *db.Tx, id int64, why string) error {
	return d.move(tx, id, Restricted, why, Published)
}

// Show brings a restricted one back.
func (d desk) Show(tx *db.Tx, id int64) error { return d.move(tx, id, Published, "", Restricted) }

// Approve publishes what was submitted.
func (d desk) Approve(tx *db.Tx, id int64) error {
	if err := d.move(tx, id, Published, "", Submitted, SentBack); err != nil {
		return err
	}
	if err := markPublished(tx, id); err != nil {
		return err
	}
	e, err := findByID(tx, id)
	if err != nil {
		return err
	}
	return d.s.recover(tx, e)
}

// Refuse sends it back: its author can change it and send it again.
func (d desk) Refuse(tx *db.Tx, id int64, why string) error {
	return d.move(tx, id, SentBack, why, Submitted)
}

// move changes the state if it is one of those it may come from. One that its
// author withdrew meanwhile stays withdrawn.
func (d desk) move(tx *db.Tx, id int64, state, why string, from ...string) error {
	e, err := lockByID(tx, id)
	if err != nil {
		return err
	}
	if e.State == state {
		return nil
	}
	if !slices.Contains(from, e.State) {
		return errs.New(errs.Conflict, "experience.state_changed")
	}
	if err := setState(tx, id, state, why); err != nil {
		return err
	}
	if err := d.s.recover(tx, e); err != nil {
		return err
	}
	if err := record(tx, id); err != nil {
		return err
	}
	return search.Put(tx, search.Experience, id)
}

// Wrote tells whether a person wrote an experience.
func (d desk) Wrote(ctx context.Context, id, personID int64) (bool, error) {
	return isAuthor(d.s.db.Read(ctx), id, personID)
}

// WrittenBy are the experiences that a person wrote.
func (d desk) WrittenBy(ctx context.Context, personID int64) ([]int64, error) {
	return listWritten(d.s.db.Read(ctx), personID)
}

// TellAuthor hands a notice to whoever wrote the experience, if they are still
// there. It leads to their own list, whatever it is about.
func (d desk) TellAuthor(tx *db.Tx, id int64, n notify.Notice) error {
	account, err := findAuthor(tx, id)
	if err != nil || account == 0 {
		return err
	}
	n.AccountID, n.Ref = account, 0
	if !strings.HasPrefix(n.Path, "/me/") && !strings.HasPrefix(n.Path, "/decisions/") {
		n.Path = "/me/experiences"
	}
	return d.s.notify.Tell(tx, n)
}

// ByPublicID finds what an address names.
func (d desk) ByPublicID(ctx context.Context, publicID string) (int64, error) {
	x, err := d.s.Subject(ctx, publicID)
	return x.ID, err
}

// PublicID is what everybody calls an experience.
func (desk) PublicID(q *db.Tx, id int64) (string, error) { return findPublicID(q, id) }

// Compare sets what is claimed beside what was seen of it.
func (d desk) Compare(ctx context.Context, lang string, id int64) ([]moderation.Fact, error) {
	q := d.s.db.Read(ctx)
	e, err := findByID(q, id)
	if err != nil {
		return nil, err
	}
	proofs, err := visit.Proofs(q, []int64{id})
	if err != nil {
		return nil, err
	}
	o, err := d.s.provider.FindOrganisation(q, e.OrganisationID)
	if err != nil {
		return nil, err
	}
	p, _ := d.s.provider.ProcedureByID(e.ProcedureID)
	paid := wording.Text(lang, "experience.unknown")
	if e.PaidMinor != nil && e.PaidCurrency != nil {
		paid = money.Amount{Minor: *e.PaidMinor, Currency: *e.PaidCurrency}.Format(lang)
	}
	t := func(key string) string { return wording.Text(lang, "experience."+key) }
	facts := []moderation.Fact{
		{What: t("compare_place"), Claimed: o.Name}, {What: t("compare_quarter"), Claimed: visit.Quarter(e.Quarter).Name(lang)},
		{What: t("compare_treatment"), Claimed: p.Name(lang)}, {What: t("compare_amount"), Claimed: paid},
	}
	for _, proof := range proofs[id] {
		facts[0].Seen, facts[1].Seen = t("compare_seen"), visit.Quarter(proof.Quarter).Name(lang)
		facts[0].Differs = facts[0].Differs || proof.OrganisationID != e.OrganisationID
		facts[1].Differs = facts[1].Differs || string(proof.Quarter) != e.Quarter
		if proof.SpecialtyID != nil {
			facts[2].Seen, facts[2].Differs = p.SpecialtyName(lang), facts[2].Differs || *proof.SpecialtyID != e.SpecialtyID
		}
		if proof.AmountSeen {
			facts[3].Seen = t("compare_seen")
		}
	}
	return facts, nil
}

// Texts are all free texts of an experience.
func (d desk) Texts(ctx context.Context, id int64) (out []moderation.MaskText, err error) {
	q := d.s.db.Read(ctx)
	e, err := findByID(q, id)
	if err != nil {
		return nil, err
	}
	masks, err := listMasks(q, id)
	if err != nil {
		return nil, err
	}
	checkIns, err := listCheckIns(q, id)
	if err != nil {
		return nil, err
	}
	texts := e.texts()
	for _, name := range wordFields {
		out = append(out, maskText(name, texts[name], e.Version, masks))
	}
	for _, c := range inOrder(checkIns) {
		if c.Note != "" {
			out = append(out, maskText("note_"+c.Moment, c.Note, 1, masks))
		}
	}
	return out, nil
}

func maskText(field, s string, version int, masks []Mask) moderation.MaskText {
	t := moderation.MaskText{Field: field, Label: wording.Text("en", "experience.masked_"+field), Text: s, Version: version}
	for _, m := range masks {
		if m.Field == field && m.Version == version {
			x := moderation.Mask{Field: field, Version: version, First: m.FirstByte, End: m.EndByte, Class: m.Class}
			if m.MadeBy != nil {
				x.By = *m.MadeBy
			}
			t.Masks = append(t.Masks, x)
		}
	}
	return t
}

// Mask covers a passage everywhere.
func (d desk) Mask(tx *db.Tx, id int64, m moderation.Mask) error {
	return d.masking(tx, id, m, coverRecord, func(s string) error {
		if m.First < 0 || m.End > len(s) || m.First >= m.End {
			return errs.New(errs.Conflict, "experience.changed_meanwhile")
		}
		mask := Mask{Field: m.Field, Version: m.Version, FirstByte: m.First, EndByte: m.End, Class: m.Class}
		if m.By != 0 {
			mask.MadeBy = &m.By
		}
		return insertMasks(tx, id, []Mask{mask})
	})
}

// Unmask takes a mask away.
func (d desk) Unmask(tx *db.Tx, id int64, m moderation.Mask) error {
	return d.masking(tx, id, m, record, func(string) error {
		return removeMask(tx, id, Mask{Field: m.Field, Version: m.Version, FirstByte: m.First})
	})
}

// masking runs f on a field's text if it is still the version that m means, and
// has what is left recorded.
func (d desk) masking(tx *db.Tx, id int64, m moderation.Mask, record func(tx *db.Tx, id int64) error, f func(s string) error) error {
	e, err := lockByID(tx, id)
	if err != nil {
		return err
	}
	s, ok := e.texts()[m.Field]
	version := e.Version
	if moment, is := strings.CutPrefix(m.Field, "note_"); is {
		c, err := lockCheckIn(tx, id, moment)
		if err != nil {
			return err
		}
		s, ok, version = c.Note, true, 1
	}
	if !ok || version != m.Version {
		return errs.New(errs.Conflict, "experience.changed_meanwhile")
	}
	if err := f(s); err != nil {
		return err
	}
	if err := record(tx, id); err != nil {
		return err
	}
	return search.Put(tx, search.Experience, id)
}

// Subject is an experience as the clinic's answer needs it.
func (s *Service) Subject(ctx context.Context, publicID string) (answer.Subject, error) {
	q := s.db.Read(ctx)
	e, err := findPublic(q, publicID)
	if err != nil {
		return answer.Subject{}, err
	}
	masks, err := listMasks(q, e.ID)
	return answer.Subject{ID: e.ID, OrganisationID: e.OrganisationID, Title: cover(e.Lang, "title", e.Title, e.Version, masks), Path: Path(e.PublicID), Published: e.State == Published}, err
}

// TellAuthor tells whoever wrote an experience what the clinic did.
func (s *Service) TellAuthor(tx *db.Tx, experienceID int64, kind string) error {
	return desk{s}.TellAuthor(tx, experienceID, notify.Notice{Kind: kind, Path: "/me/experiences"})
}

// LaterVerified are a's own published experiences of level 2 or more at a
// clinic, treated in the quarter of a moment or later.
func (s *Service) LaterVerified(ctx context.Context, a access.Actor, organisationID int64, after time.Time) ([]int64, error) {
	return listLaterVerified(s.db.Read(ctx), a.PersonID, organisationID, string(visit.Of(after)))
}
