package moderation

import (
	"slices"
	"time"

	"caravan/internal/access"
	"caravan/internal/errs"
	"caravan/internal/text"
)

// How long a note to the moderators, a statement of a moderator or an appeal
// may be, and how short a statement that takes something or an appeal, in
// characters.
const (
	MaxNote = 2_000
	MinNote = 30
)

// ClaimLife is how long a claim keeps others from deciding.
const ClaimLife = 30 * time.Minute

// AppealMonths is how long after a decision its author may appeal.
const AppealMonths = 6

// What a case asks for.
const (
	askReport     = "report"
	askSuggestion = "suggestion"
	askAppeal     = "appeal"
)

// allowance is how long a case may wait before the moderators are reminded.
var allowance = map[string]time.Duration{askReport: 48 * time.Hour, askSuggestion: 24 * time.Hour, askAppeal: 7 * 24 * time.Hour}

// A report that somebody is in danger may wait safetyTime. Every further report
// of a thing brings its case forward by an hour, mostForward of them at most.
const (
	safetyTime  = time.Hour
	mostForward = 24
)

// Decisions.
const (
	Hide     = "hide"
	Keep     = "keep"
	ShowIt   = "show" // again, after it was hidden
	Approve  = "approve"
	Refuse   = "refuse"
	Propose  = "propose" // to hide what only two moderators can hide together
	Confirm  = "confirm" // what another proposed; kept as Hide
	Reject   = "reject"  // what another proposed
	MaskIt   = "mask"
	Uphold   = "uphold"   // a decision that was appealed against
	Overturn = "overturn" // the same
)

// decisionsOf are what a case can end with.
func decisionsOf(d dossier) []string {
	open, shown, hidden := d.c.DecidedAt == nil, d.item.State == Shown, d.item.State == Hidden
	switch {
	case !open && d.c.Ask == askReport && hidden:
		return []string{ShowIt}
	case !open:
		return nil
	case d.c.Ask == askAppeal && d.gone:
		return []string{Uphold}
	case d.c.Ask == askAppeal:
		return []string{Uphold, Overturn}
	case d.gone: // it was taken back
		return []string{Keep}
	case d.weighed && d.proposal != nil:
		return []string{Confirm, Reject}
	case d.weighed:
		return []string{Propose}
	case d.c.Ask == askSuggestion:
		return []string{Approve, Refuse}
	case hidden:
		return []string{ShowIt, Keep}
	case shown && d.proposal != nil:
		return []string{Confirm, Reject}
	case shown && d.guarded:
		return []string{Propose, Keep}
	case shown:
		return []string{Hide, Keep}
	}
	return []string{Keep} // it is no longer published
}

// needsReason reports whether a decision takes something from somebody.
func needsReason(decision string) bool {
	return decision == Hide || decision == Propose || decision == Refuse
}

// needsFacts reports whether a decision has to say in words what it rests on.
// Of a suggested clinic the reason says enough.
func needsFacts(c Case, decision string) bool {
	return needsReason(decision) && c.Kind != kindClinic || decision == Uphold || decision == Overturn
}

// canReport says whether a may report it. Somebody's own text can be edited, so
// it need not be reported.
func canReport(it Item, wrote bool) error {
	switch {
	case it.State != Shown:
		return errs.New(errs.NotFound, "moderation.not_there")
	case wrote:
		return errs.New(errs.Forbidden, "moderation.own_text")
	}
	return nil
}

// canDecide says whether a may decide on a case: not on what they wrote,
// suggested or reported, not while they work for somebody who treats, arranges
// or sells treatment, not about an organisation they have or had a tie to; and
// where two must agree, or others must look again, not alone.
func canDecide(a access.Actor, d dossier) error {
	_, works := a.WorksFor(d.item.OrganisationID)
	switch {
	case d.wrote:
		return errs.New(errs.Forbidden, "moderation.you_wrote_it")
	case slices.Contains(d.persons(), a.PersonID):
		return errs.New(errs.Forbidden, "moderation.you_reported_it")
	case a.Insider() || d.tied || works:
		return errs.New(errs.Forbidden, "moderation.you_work_there")
	case d.c.Ask == askAppeal && slices.Contains(d.deciders, a.AccountID):
		return errs.New(errs.Forbidden, "moderation.you_decided_it")
	case d.proposal != nil && d.proposal.ModeratorID == a.AccountID:
		return errs.New(errs.Conflict, "moderation.needs_second")
	case d.proposal != nil && d.colleague:
		return errs.New(errs.Forbidden, "moderation.you_are_colleagues")
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

// canAppeal says whether the author of a decision's thing may still appeal.
func canAppeal(d decision, now time.Time) error {
	switch {
	case !appealable(d.Decision):
		return errs.New(errs.Invalid, "moderation.no_appeal")
	case d.Words != nil:
		return errs.New(errs.Conflict, "moderation.appealed_already")
	case now.After(appealEnd(d)):
		return errs.New(errs.Gone, "moderation.appeal_late")
	}
	return nil
}

// appealable reports whether a decision took something and was not itself the
// answer to an appeal.
func appealable(decision string) bool {
	return decision == Hide || decision == Refuse || decision == MaskIt
}

func appealEnd(d decision) time.Time { return d.DecidedAt.AddDate(0, AppealMonths, 0) }

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
func cleanVerdict(d dossier, v Verdict) (Verdict, error) {
	var err error
	if v.Statement, err = text.Clean(v.Statement); err != nil {
		return v, err
	}
	choices := decisionsOf(d)
	if v.Decision == Hide && slices.Contains(choices, Propose) {
		return v, errs.New(errs.Conflict, "moderation.needs_second")
	}
	var wrong []errs.FieldMsg
	field := func(name, key string) {
		wrong = append(wrong, errs.FieldMsg{Name: name, Msg: errs.Msg{Key: key}})
	}
	if !slices.Contains(choices, v.Decision) {
		field("decision", "moderation.choose_decision")
	}
	switch {
	case !needsReason(v.Decision):
		v.Reason = ""
	case !known(reasonsFor(d.c), v.Reason):
		field("reason", "moderation.choose_reason")
	}
	switch n := text.Length(v.Statement); {
	case n > MaxNote:
		field("statement", "moderation.note_long")
	case n < MinNote && needsFacts(d.c, v.Decision):
		field("statement", "moderation.facts_short")
	}
	return v, errs.Fields(wrong...)
}

// cleanAppeal checks what an author writes against a decision.
func cleanAppeal(words string) (string, error) {
	words, err := text.Clean(words)
	if err != nil {
		return "", err
	}
	switch n := text.Length(words); {
	case n < MinNote:
		return "", errs.Field("words", "moderation.appeal_short")
	case n > MaxNote:
		return "", errs.Field("words", "moderation.note_long")
	}
	return words, nil
}
