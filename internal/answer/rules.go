package answer

import (
	"strings"
	"time"

	"caravan/internal/access"
	"caravan/internal/errs"
	"caravan/internal/text"
)

// Lengths in characters after cleaning, and how many promises one answer holds.
const (
	MinBody, MaxBody   = 20, 1_500
	MinTitle, MaxTitle = 10, 120
	MinProof, MaxProof = 20, 1_000
	MaxLinks           = 3
	MaxChanges         = 10
)

// longest is how far ahead a change may be promised, and how far it may be moved
// from the day first named.
const longest = 365 * oneDay

// speaker says whether a may act for the organisation of an experience.
func speaker(a access.Actor, organisationID int64) (access.Work, error) {
	w, ok := a.WorksFor(organisationID)
	if !ok || w.Kind != "clinic" || (w.Role != "staff" && w.Role != "doctor") {
		return w, errs.New(errs.Forbidden, "answer.staff_only")
	}
	return w, nil
}

// canAnswer says whether a may answer an experience.
func canAnswer(a access.Actor, e Subject) (access.Work, error) {
	if !e.Published {
		return access.Work{}, errs.New(errs.NotFound, "answer.no_experience")
	}
	w, err := speaker(a, e.OrganisationID)
	if err == nil && !a.Confirmed {
		err = errs.New(errs.Forbidden, "answer.confirm_first")
	}
	return w, err
}

// canEdit says whether an answer can be given other words.
func canEdit(w Answer, version int) error {
	switch {
	case w.State == Hidden:
		return errs.New(errs.Gone, "answer.is_hidden")
	case w.Version != version:
		return errs.New(errs.Conflict, "answer.changed_meanwhile")
	}
	return nil
}

// canStep says whether an answer stands where something can follow from it.
func canStep(w Answer) error {
	if w.State != Shown {
		return errs.New(errs.Conflict, "answer.not_shown_yet")
	}
	return nil
}

// step is where an event leads, or Conflict.
func step(standing string, e event) (string, error) {
	if to, ok := next(standing, e); ok {
		return to, nil
	}
	return "", errs.New(errs.Conflict, "answer.cannot_follow")
}

// cleanBody checks the words of an answer.
func cleanBody(s string) (string, error) {
	s, err := between("body", s, MinBody, MaxBody, "answer.body_short", "answer.body_long")
	if err == nil && text.Links(s) > MaxLinks {
		err = errs.Field("body", "answer.body_links", "most", MaxLinks)
	}
	return s, err
}

func between(field, s string, least, most int, short, long string) (string, error) {
	s, err := text.Clean(s)
	if err != nil {
		return s, errs.Field(field, errs.Of(err).Msg.Key)
	}
	switch n := text.Length(s); {
	case n < least:
		return s, errs.Field(field, short, "least", least)
	case n > most:
		return s, errs.Field(field, long, "most", most)
	}
	return s, nil
}

// stateOf is where an answer starts: what speaks of one person's treatment, to
// confirm or to deny it, waits for a moderator.
func stateOf(spots []text.Spot) string {
	if len(spots) > 0 {
		return Held
	}
	return Shown
}

// plain checks a short text that is shown at once or not at all: the title of a
// change, its proof.
func plain(field, s string, known []string) error {
	if spots := text.Guard(s, known); len(spots) > 0 {
		words := s[spots[0].Start:spots[0].End]
		return errs.Field(field, "answer.speaks_of_one", "words", words)
	}
	return nil
}

// Promise is a change as a clinic promises it.
type Promise struct {
	Title string
	Due   string // 2026-10-30
}

func cleanPromise(p Promise, known []string, now time.Time) (title string, due time.Time, err error) {
	var wrong []errs.FieldMsg
	note := func(err error) {
		if err != nil {
			wrong = append(wrong, errs.Of(err).Fields...)
		}
	}
	title, err = between("title", strings.Join(strings.Fields(p.Title), " "), MinTitle, MaxTitle, "answer.title_short", "answer.title_long")
	if err == nil {
		err = plain("title", title, known)
	}
	note(err)
	due, err = cleanDue(p.Due, now, now)
	note(err)
	return title, due, errs.Fields(wrong...)
}

// cleanDue reads the day on which a change is due: after today, and at most
// longest after the day first named.
func cleanDue(s string, first, now time.Time) (time.Time, error) {
	due, err := time.Parse(time.DateOnly, strings.TrimSpace(s))
	if err != nil {
		return due, errs.Field("due", "answer.due_unreadable")
	}
	today := now.UTC().Truncate(oneDay)
	if !due.After(today) || due.After(first.UTC().Truncate(oneDay).Add(longest)) {
		return due, errs.Field("due", "answer.due_range")
	}
	return due, nil
}

// canMove says whether the day of a change may be moved to due: later, and only
// before it has passed. What is overdue stays overdue until it is made.
func canMove(c Change, due, now time.Time) error {
	switch {
	case c.MadeOn != nil:
		return errs.New(errs.Conflict, "answer.made_already")
	case daysAfter(c.DueOn, now) > 0:
		return errs.New(errs.Conflict, "answer.overdue_stays")
	case !due.After(c.DueOn):
		return errs.Field("due", "answer.due_later")
	}
	return nil
}

// canMake says whether proof of a change may be filed.
func canMake(c Change) error {
	if c.MadeOn != nil {
		return errs.New(errs.Conflict, "answer.made_already")
	}
	return nil
}

// canSee picks the experience by which somebody tells about a change: a later
// verified one of theirs, other than the one that led to it.
func canSee(c Change, later []int64) (experienceID int64, err error) {
	if c.MadeOn == nil {
		return 0, errs.New(errs.Conflict, "answer.not_made_yet")
	}
	for _, id := range later {
		if id != c.ExperienceID {
			return id, nil
		}
	}
	return 0, errs.New(errs.Forbidden, "answer.later_only")
}
