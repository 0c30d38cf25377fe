package moderation

import (
	"strings"
	"testing"
	"time"

	"caravan/internal/access"
	"caravan/internal/errs"
	"caravan/internal/wording"
)

func TestWhoMayDecide(t *testing.T) {
	mod := access.Actor{AccountID: 1, PersonID: 11, Moderator: true}
	insider := mod
	insider.Works = []access.Work{{OrganisationID: 5, Kind: "clinic", Role: "staff"}}
	friend := mod
	friend.Works = []access.Work{{OrganisationID: 6, Kind: "association", Role: "staff"}}
	for name, c := range map[string]struct {
		a         access.Actor
		author    int64
		reporters []int64
		want      string
	}{
		"somebody else's":                      {mod, 2, []int64{12, 13}, ""},
		"their own text":                       {mod, 1, nil, "moderation.you_wrote_it"},
		"reported by their person":             {mod, 2, []int64{12, 11}, "moderation.you_reported_it"},
		"works for a clinic":                   {insider, 2, nil, "moderation.you_work_there"},
		"works for an association of patients": {friend, 2, nil, ""},
		"author unknown":                       {mod, 0, nil, ""},
	} {
		if got := key(canDecide(c.a, c.author, c.reporters)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestWhoMayTakeACase(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	me, other := int64(1), int64(2)
	fresh, old := now.Add(-time.Minute), now.Add(-ClaimLife)
	for name, c := range map[string]struct {
		c       Case
		version int
		want    string
	}{
		"nobody has it":               {Case{LockVersion: 3}, 3, ""},
		"it moved on":                 {Case{LockVersion: 4}, 3, "moderation.somebody_decided"},
		"I have it":                   {Case{LockVersion: 4, ClaimedBy: &me, ClaimedAt: &fresh}, 4, ""},
		"another has it":              {Case{LockVersion: 4, ClaimedBy: &other, ClaimedAt: &fresh}, 4, "moderation.claimed"},
		"another had it for too long": {Case{LockVersion: 4, ClaimedBy: &other, ClaimedAt: &old}, 4, ""},
	} {
		if got := key(canTake(access.Actor{AccountID: me}, c.c, c.version, now)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestAVerdictNeedsAReasonOfTheClosedList(t *testing.T) {
	open := Case{Ask: askReport}
	shown := Item{State: Shown}
	suggested := Case{Ask: askSuggestion}
	when := time.Now()
	for name, c := range map[string]struct {
		c    Case
		it   Item
		v    Verdict
		want string // fields that are wrong
	}{
		"hide with a reason":              {open, shown, Verdict{Decision: Hide, Reason: "fake"}, ""},
		"hide without":                    {open, shown, Verdict{Decision: Hide}, "reason"},
		"hide because it is negative":     {open, shown, Verdict{Decision: Hide, Reason: "negative"}, "reason"},
		"hide as a duplicate":             {open, shown, Verdict{Decision: Hide, Reason: "duplicate"}, "reason"},
		"keep needs none":                 {open, shown, Verdict{Decision: Keep}, ""},
		"approve a report":                {open, shown, Verdict{Decision: Approve}, "decision"},
		"nothing chosen":                  {open, shown, Verdict{}, "decision"},
		"hide what is gone":               {open, Item{}, Verdict{Decision: Hide, Reason: "fake"}, "decision"},
		"show again":                      {Case{Ask: askReport, DecidedAt: &when}, Item{State: Hidden}, Verdict{Decision: ShowIt}, ""},
		"decide what stands decided":      {Case{Ask: askReport, DecidedAt: &when}, shown, Verdict{Decision: Hide, Reason: "fake"}, "decision"},
		"refuse a duplicate":              {suggested, Item{State: "suggested"}, Verdict{Decision: Refuse, Reason: "duplicate"}, ""},
		"refuse without":                  {suggested, Item{State: "suggested"}, Verdict{Decision: Refuse}, "reason"},
		"a statement of 2,001 characters": {open, shown, Verdict{Decision: Keep, Statement: strings.Repeat("ä", MaxNote+1)}, "statement"},
		"a statement of 2,000 characters": {open, shown, Verdict{Decision: Keep, Statement: strings.Repeat("ä", MaxNote)}, ""},
	} {
		v, err := cleanVerdict(c.c, c.it, c.v)
		var got []string
		for _, f := range errs.Of(err).Fields {
			got = append(got, f.Name)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: wrong fields %q, want %q", name, got, c.want)
		}
		if err == nil && !needsReason(v.Decision) && v.Reason != "" {
			t.Errorf("%s: a reason that was not asked for stays", name)
		}
	}
}

func key(err error) string {
	if err == nil {
		return ""
	}
	return errs.Of(err).Key
}

func TestEveryReasonDecisionAndKindHasWords(t *testing.T) {
	var keys []string
	for _, r := range append(append([]string{}, Reasons...), RefusalReasons...) {
		keys = append(keys, ReasonKey(r))
	}
	for _, d := range []string{Hide, Keep, ShowIt, Approve, Refuse} {
		keys = append(keys, "moderation.do_"+d, "moderation.did_"+d, "moderation.heading_"+d)
		if d != Keep {
			keys = append(keys, "notify.moderation_"+d)
		}
	}
	keys = append(keys, "moderation.heading_hide_other", "moderation.report_question", "moderation.report_reply", "moderation.suggestion_clinic")
	for _, k := range keys {
		if !wording.Has(k) {
			t.Errorf("there is no sentence %s", k)
		}
	}
}
