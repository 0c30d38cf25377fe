package moderation

import (
	"slices"
	"time"

	"caravan/internal/access"
	"caravan/internal/errs"
	"caravan/internal/text"
)

// MaxNote is how long a note to the moderators, or a statement of a moderator,
// may be, in characters.
const MaxNote = 2_000

// ClaimLife is how long a claim keeps others from deciding.
const ClaimLife = 30 * time.Minute

// What a case asks for.
const (
	askReport     = "report"
	askSuggestion = "suggestion"
)

// Decisions.
const (
	Hide    = "hide"
	Keep    = "keep"
	ShowIt  = "show" // again, after it was hidden
	Approve = "approve"
	Refuse  = "refuse"
)

// decisionsOf are what a case can end with.
func decisionsOf(c Case, it Item) []string {
	switch {
	case c.Ask == askSuggestion && c.DecidedAt == nil:
		return []string{Approve, Refuse}
	case c.Ask == askReport && c.DecidedAt == nil && it.State == Hidden:
		return []string{ShowIt, Keep}
	case c.Ask == askReport && c.DecidedAt == nil && it.State == Shown:
		return []string{Hide, Keep}
	case c.Ask == askReport && c.DecidedAt == nil: // it is gone, or no longer published
		return []string{Keep}
	case c.Ask == askReport && it.State == Hidden:
		return []string{ShowIt}
	}
	return nil
}

// needsReason reports whether a decision takes something from somebody.
func needsReason(decision string) bool { return decision == Hide || decision == Refuse }

// canReport says whether a may report it. Somebody's own text can be edited, so
// it need not be reported.
func canReport(a access.Actor, it Item) error {
	switch {
	case it.State != Shown:
		return errs.New(errs.NotFound, "moderation.not_there")
	case it.AuthorAccountID == a.AccountID:
		return errs.New(errs.Forbidden, "moderation.own_text")
	}
	return nil
}

// canDecide says whether a may decide on a case: not on what they wrote,
// suggested or reported, and not while they work for somebody who treats,
// arranges or sells treatment.
func canDecide(a access.Actor, authorID int64, reporters []int64) error {
	switch {
	case authorID != 0 && authorID == a.AccountID:
		return errs.New(errs.Forbidden, "moderation.you_wrote_it")
	case slices.Contains(reporters, a.PersonID):
		return errs.New(errs.Forbidden, "moderation.you_reported_it")
	case a.Insider():
		return errs.New(errs.Forbidden, "moderation.you_work_there")
	}
	return nil
}

// canTake says whether a may claim or decide on c as it stands, having seen
// version.
func canTake(a access.Actor, c Case, version int, now time.Time) error {
	if c.LockVersion != version {
		return errs.New(errs.Conflict, "moderation.somebody_decided")
	}
	if c.ClaimedBy != nil && *c.ClaimedBy != a.AccountID && c.DecidedAt == nil && now.Sub(*c.ClaimedAt) < ClaimLife {
		return errs.New(errs.Conflict, "moderation.claimed")
	}
	return nil
}

// cleanReport checks what somebody reports.
func cleanReport(reason, note string) (string, error) {
	note, err := text.Clean(note)
	if err != nil {
		return "", err
	}
	var wrong []errs.FieldMsg
	if !known(Reasons, reason) {
		wrong = append(wrong, errs.FieldMsg{Name: "reason", Msg: errs.Msg{Key: "moderation.choose_reason"}})
	}
	if text.Length(note) > MaxNote {
		wrong = append(wrong, errs.FieldMsg{Name: "note", Msg: errs.Msg{Key: "moderation.note_long"}})
	}
	return note, errs.Fields(wrong...)
}

// cleanVerdict checks what a moderator decided; reasons that a decision does
// not need are dropped.
func cleanVerdict(c Case, it Item, v Verdict) (Verdict, error) {
	var err error
	if v.Statement, err = text.Clean(v.Statement); err != nil {
		return v, err
	}
	var wrong []errs.FieldMsg
	field := func(name, key string) {
		wrong = append(wrong, errs.FieldMsg{Name: name, Msg: errs.Msg{Key: key}})
	}
	if !slices.Contains(decisionsOf(c, it), v.Decision) {
		field("decision", "moderation.choose_decision")
	}
	switch {
	case !needsReason(v.Decision):
		v.Reason = ""
	case !known(reasonsFor(c.Ask), v.Reason):
		field("reason", "moderation.choose_reason")
	}
	if text.Length(v.Statement) > MaxNote {
		field("statement", "moderation.note_long")
	}
	return v, errs.Fields(wrong...)
}
