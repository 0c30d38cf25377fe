package shaping

import (
	"context"

	"caravan/internal/db"
	"caravan/internal/live"
	"caravan/internal/moderation"
	"caravan/internal/search"
	"caravan/internal/text"
)

// Subjects are what the moderation desk may hide and show again: the words of a
// package, of an amendment, of an answer. Hiding changes nobody's words, and
// takes nothing out of the ledger: a note stands in place of the words.
func (s *Service) Subjects() []moderation.Subject {
	return []moderation.Subject{packageSubject{s}, wishSubject{s}, responseSubject{s}, replyDesk{s}}
}

// seenState is how the desk calls what is hidden for a reason, or is not.
func seenState(published bool, why string) string {
	switch {
	case !published:
		return string(Draft)
	case why != "":
		return moderation.Hidden
	}
	return moderation.Shown
}

// wishAnchor is where an amendment stands.
func wishAnchor(p Package, id int64) string {
	return pathOf(p.Slug) + "#w" + itoa(id)
}

// providerOf is the organisation that a package is of; 0 for a call.
func providerOf(p Package) int64 {
	if p.OrganisationID == nil {
		return 0
	}
	return *p.OrganisationID
}

type packageSubject struct{ s *Service }

// Kind is what the desk knows packages by.
func (packageSubject) Kind() string { return "package" }

// PublicID is what everybody calls a package: its slug.
func (packageSubject) PublicID(q *db.Tx, id int64) (string, error) {
	p, err := loadByID(q, id)
	return p.Slug, err
}

// About shows the desk a package with its summary.
func (x packageSubject) About(ctx context.Context, id int64) (moderation.Item, error) {
	p, err := loadByID(x.s.db.Read(ctx), id)
	return moderation.Item{Title: p.Title, Excerpt: text.Excerpt(p.Summary, 300), Path: pathOf(p.Slug), AuthorAccountID: p.AuthorAccountID,
		State: seenState(p.PublishedAt != nil, p.HiddenWhy), OrganisationID: providerOf(p)}, err
}

// Hide puts a note in the place of the package.
func (x packageSubject) Hide(tx *db.Tx, id int64, why string) error { return x.set(tx, id, why) }

// Show takes the note away.
func (x packageSubject) Show(tx *db.Tx, id int64) error { return x.set(tx, id, "") }

func (packageSubject) set(tx *db.Tx, id int64, why string) error {
	p, err := lock(tx, id)
	if err != nil || p.PublishedAt == nil || p.HiddenWhy == why {
		return err
	}
	p.HiddenWhy = why
	if err := savePackage(tx, &p); err != nil {
		return err
	}
	live.Append(tx, channel(id), live.Event{Type: hidOrShown("package", why), Ref: id, Ver: p.Version})
	return search.Put(tx, searchKind, id)
}

func hidOrShown(what, why string) string {
	if why == "" {
		return what + ".show"
	}
	return what + ".hide"
}

type wishSubject struct{ s *Service }

// Kind is what the desk knows wishes by.
func (wishSubject) Kind() string { return "amendment" }

// About shows the desk a wish with its reason.
func (x wishSubject) About(ctx context.Context, id int64) (moderation.Item, error) {
	q := x.s.db.Read(ctx)
	w, err := wishByID(q, id)
	if err != nil {
		return moderation.Item{}, err
	}
	p, err := loadByID(q, w.PackageID)
	return moderation.Item{Title: p.Title, Excerpt: text.Excerpt(w.Reason, 300), Path: wishAnchor(p, w.ID), AuthorAccountID: w.AuthorAccountID,
		State: seenState(p.PublishedAt != nil, w.HiddenWhy), OrganisationID: providerOf(p)}, err
}

// Hide puts a note in the place of the wish.
func (x wishSubject) Hide(tx *db.Tx, id int64, why string) error { return x.set(tx, id, why) }

// Show takes the note away.
func (x wishSubject) Show(tx *db.Tx, id int64) error { return x.set(tx, id, "") }

func (wishSubject) set(tx *db.Tx, id int64, why string) error {
	p, w, err := lockWish(tx, id)
	if err != nil || w.HiddenWhy == why {
		return err
	}
	w.HiddenWhy = why
	if err := saveWish(tx, w); err != nil {
		return err
	}
	live.Append(tx, channel(p.ID), live.Event{Type: hidOrShown("wish", why), Ref: id})
	return search.Put(tx, searchKind, p.ID)
}

type responseSubject struct{ s *Service }

// Kind is what the desk knows a provider's answers to wishes by.
func (responseSubject) Kind() string { return "response" }

// About shows the desk an answer with its words.
func (x responseSubject) About(ctx context.Context, id int64) (moderation.Item, error) {
	q := x.s.db.Read(ctx)
	r, why, err := responseByID(q, id)
	if err != nil {
		return moderation.Item{}, err
	}
	w, err := wishByID(q, r.AmendmentID)
	if err != nil {
		return moderation.Item{}, err
	}
	p, err := loadByID(q, w.PackageID)
	return moderation.Item{Title: p.Title, Excerpt: text.Excerpt(r.Reason, 300), Path: wishAnchor(p, w.ID), AuthorAccountID: r.AuthorAccountID,
		State: seenState(true, why), OrganisationID: providerOf(p)}, err
}

// Hide puts a note in the place of the answer.
func (x responseSubject) Hide(tx *db.Tx, id int64, why string) error { return x.set(tx, id, why) }

// Show takes the note away.
func (x responseSubject) Show(tx *db.Tx, id int64) error { return x.set(tx, id, "") }

func (responseSubject) set(tx *db.Tx, id int64, why string) error {
	r, was, err := responseByID(tx, id)
	if err != nil || was == why {
		return err
	}
	w, err := wishByID(tx, r.AmendmentID)
	if err != nil {
		return err
	}
	if err := hideResponse(tx, id, why); err != nil {
		return err
	}
	live.Append(tx, channel(w.PackageID), live.Event{Type: hidOrShown("answer", why), Ref: w.ID, Ver: r.Number})
	return search.Put(tx, searchKind, w.PackageID)
}
