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
	ours := mod
	ours.Works = []access.Work{{OrganisationID: 7, Kind: "employer", Role: "staff"}}
	by := func(account int64) *decision { return &decision{ModeratorID: account} }
	for name, c := range map[string]struct {
		a    access.Actor
		d    dossier
		want string
	}{
		"somebody else's":                      {mod, dossier{reports: []report{{PersonID: 12}, {PersonID: 13}}}, ""},
		"their own text":                       {mod, dossier{wrote: true}, "moderation.you_wrote_it"},
		"reported by their person":             {mod, dossier{reports: []report{{PersonID: 12}, {PersonID: 11}}}, "moderation.you_reported_it"},
		"works for a clinic":                   {insider, dossier{}, "moderation.you_work_there"},
		"works for an association of patients": {friend, dossier{}, ""},
		"works for whom it is about":           {ours, dossier{item: Item{OrganisationID: 7}}, "moderation.you_work_there"},
		"had a tie to whom it is about":        {mod, dossier{tied: true}, "moderation.you_work_there"},
		"the first of two moderators":          {mod, dossier{proposal: by(1)}, "moderation.needs_second"},
		"the second of two moderators":         {mod, dossier{proposal: by(2)}, ""},
		"the second, a colleague of the first": {mod, dossier{proposal: by(2), colleague: true}, "moderation.you_are_colleagues"},
		"appealed against their decision":      {mod, dossier{c: Case{Ask: askAppeal}, deciders: []int64{2, 1}}, "moderation.you_decided_it"},
		"appealed against another's decision":  {mod, dossier{c: Case{Ask: askAppeal}, deciders: []int64{2, 3}}, ""},
	} {
		if got := key(canDecide(c.a, c.d)); got != c.want {
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
	facts := strings.Repeat("It names a nurse. ", 3)
	open, shown := dossier{c: Case{Ask: askReport, Kind: "reply"}, item: Item{State: Shown}}, Item{State: Shown}
	when := time.Now()
	decided := func(state string) dossier {
		return dossier{c: Case{Ask: askReport, DecidedAt: &when}, item: Item{State: state}}
	}
	clinic := dossier{c: Case{Ask: askSuggestion, Kind: kindClinic}, item: Item{State: "suggested"}}
	tale := dossier{c: Case{Ask: askSuggestion, Kind: "experience"}, item: Item{State: "submitted"}}
	guarded, proposed := dossier{c: open.c, item: shown, guarded: true}, dossier{c: open.c, item: shown, guarded: true, proposal: &decision{}}
	appeal := dossier{c: Case{Ask: askAppeal, Kind: "reply"}, item: Item{State: Hidden}}
	for name, c := range map[string]struct {
		d    dossier
		v    Verdict
		want string // fields that are wrong
	}{
		"hide with a reason":              {open, Verdict{Decision: Hide, Reason: "fake", Statement: facts}, ""},
		"hide without":                    {open, Verdict{Decision: Hide, Statement: facts}, "reason"},
		"hide without facts":              {open, Verdict{Decision: Hide, Reason: "fake", Statement: "It is bad."}, "statement"},
		"hide because it is negative":     {open, Verdict{Decision: Hide, Reason: "negative", Statement: facts}, "reason"},
		"hide as a duplicate":             {open, Verdict{Decision: Hide, Reason: "duplicate", Statement: facts}, "reason"},
		"keep needs none":                 {open, Verdict{Decision: Keep}, ""},
		"approve a report":                {open, Verdict{Decision: Approve}, "decision"},
		"nothing chosen":                  {open, Verdict{}, "decision"},
		"hide what is gone":               {dossier{c: open.c, gone: true}, Verdict{Decision: Hide, Reason: "fake", Statement: facts}, "decision"},
		"hide what is unpublished":        {dossier{c: open.c, item: Item{State: "withdrawn"}}, Verdict{Decision: Hide, Reason: "fake", Statement: facts}, "decision"},
		"show again":                      {decided(Hidden), Verdict{Decision: ShowIt}, ""},
		"decide what stands decided":      {decided(Shown), Verdict{Decision: Hide, Reason: "fake", Statement: facts}, "decision"},
		"refuse a duplicate":              {clinic, Verdict{Decision: Refuse, Reason: "duplicate"}, ""},
		"refuse without":                  {clinic, Verdict{Decision: Refuse}, "reason"},
		"send a story back":               {tale, Verdict{Decision: Refuse, Reason: "misleading", Statement: facts}, ""},
		"send it back without facts":      {tale, Verdict{Decision: Refuse, Reason: "misleading"}, "statement"},
		"send it back as a duplicate":     {tale, Verdict{Decision: Refuse, Reason: "duplicate", Statement: facts}, "reason"},
		"publish it":                      {tale, Verdict{Decision: Approve}, ""},
		"publish what was taken back":     {dossier{c: tale.c, gone: true}, Verdict{Decision: Approve}, "decision"},
		"propose to hide":                 {guarded, Verdict{Decision: Propose, Reason: "fake", Statement: facts}, ""},
		"propose without a reason":        {guarded, Verdict{Decision: Propose}, "reason statement"},
		"confirm a proposal":              {proposed, Verdict{Decision: Confirm}, ""},
		"confirm without one":             {guarded, Verdict{Decision: Confirm}, "decision"},
		"uphold without facts":            {appeal, Verdict{Decision: Uphold}, "statement"},
		"overturn":                        {appeal, Verdict{Decision: Overturn, Statement: facts}, ""},
		"a statement of 2,001 characters": {open, Verdict{Decision: Keep, Statement: strings.Repeat("ä", MaxNote+1)}, "statement"},
		"a statement of 2,000 characters": {open, Verdict{Decision: Keep, Statement: strings.Repeat("ä", MaxNote)}, ""},
	} {
		v, err := cleanVerdict(c.d, c.v)
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
	if _, err := cleanVerdict(guarded, Verdict{Decision: Hide, Reason: "fake", Statement: facts}); key(err) != "moderation.needs_second" {
		t.Errorf("hiding alone what takes two: %v", err)
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
	for _, d := range []string{Hide, Keep, ShowIt, Approve, Refuse, Propose, Reject, MaskIt, Uphold, Overturn} {
		keys = append(keys, "moderation.did_"+d, "moderation.heading_"+d)
		if d != MaskIt {
			keys = append(keys, "moderation.do_"+d)
		}
		if d != Keep && d != Propose && d != Reject {
			keys = append(keys, "notify.moderation_"+d)
		}
	}
	for _, c := range MaskClasses {
		keys = append(keys, "moderation.mask_"+c)
	}
	for _, kind := range []string{"question", "reply", "experience", "answer"} {
		keys = append(keys, "moderation.report_"+kind, "moderation.appeal_"+kind, "moderation.suggestion_"+kind)
	}
	for _, r := range VoteReasons {
		keys = append(keys, ReasonKey(r))
	}
	for _, d := range []string{Propose, Confirm, Reject} {
		keys = append(keys, "moderation.do_"+d+"_votes")
	}
	for _, d := range []string{Propose, Reject, Keep, Refuse} {
		keys = append(keys, "moderation.did_"+d+"_votes")
	}
	keys = append(keys, "moderation.suggestion_"+Votes)
	keys = append(keys, "moderation.heading_hide_other", "moderation.heading_approve_text", "moderation.heading_refuse_text", "moderation.do_approve_text",
		"moderation.do_refuse_text", "moderation.do_confirm", "moderation.suggestion_clinic", "moderation.appeal_clinic", "notify.moderation_told", "notify.cases_overdue", "notify.report_kept_plain", "notify.report_hidden_plain")
	for _, k := range keys {
		if !wording.Has(k) {
			t.Errorf("there is no sentence %s", k)
		}
	}
}

func TestAMaskCoversItsPassageAndNothingElse(t *testing.T) {
	story := "Nurse Ayşe helped. I thanked AYŞE and Ayşegül.\nAyşe's number is 555."
	places := find([]MaskText{{Field: "title", Text: "Thanks"}, {Field: "story", Version: 2, Text: story}}, "ayşe")
	var got []string
	var masks []Mask
	for _, p := range places {
		got = append(got, p.Name()+" "+p.Words)
		p.Class = "person_name"
		masks = append(masks, p.Mask)
	}
	if want := "story:2:6 Ayşe|story:2:30 AYŞE|story:2:40 Ayşe|story:2:51 Ayşe"; strings.Join(got, "|") != want {
		t.Errorf("places %q, want %q", strings.Join(got, "|"), want)
	}
	if p := places[3]; p.Before != "" || p.After != "'s number is 555." {
		t.Errorf("beside the last place stand %q and %q", p.Before, p.After)
	}
	const person = "[masked: name of a person]"
	if got, want := Cover("en", story, []Mask{masks[0], masks[1], masks[3]}), "Nurse "+person+" helped. I thanked "+person+" and Ayşegül.\n"+person+"'s number is 555."; got != want {
		t.Errorf("covered: %q, want %q", got, want)
	}
	for name, odd := range map[string][]Mask{"beyond the end": {{First: 5, End: 900, Class: "phone"}}, "twice": {{First: 5, End: 75, Class: "phone"}, {First: 6, End: 9, Class: "phone"}}} {
		if got := Cover("en", story, odd); strings.Contains(got, "555") || strings.Count(got, "[") != 1 {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := Cover("ar", "x", []Mask{{End: 1, Class: "of a kind to come"}}); got != "[محجوب: بيانات شخصية]" {
		t.Errorf("an unknown class: %q", got)
	}
}
