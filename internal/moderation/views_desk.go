package moderation

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"caravan/internal/access"
	"caravan/internal/errs"
	"caravan/internal/wording"
)

// DeskView is what desk.page.html shows.
type DeskView struct {
	Rows           []RowView
	Tabs           []Tab
	Kinds          []Choice
	Show           string
	Count, Pages   int
	Previous, Next string // addresses of the pages around
}

// Tab is one way to look at the desk.
type Tab struct {
	Label, Path string
	Count       int
	Here        bool
}

// RowView is one waiting case.
type RowView struct {
	ID             int64
	Path           string // of the case
	Label          string // "Reported reply", "Suggested clinic"
	Title, Excerpt string
	Link           string // where the thing stands; may be empty
	Reports        int
	Reasons        string
	OpenedAt       time.Time
	Late           bool
	Due            string // "due in 3 hours", "2 hours overdue"
	Danger         bool   // somebody may be in danger
	Second         bool   // a second moderator has to settle it
	Claimed        string // who looks at it now; empty for nobody
	Mine           bool   // that is the viewer
	Refusal        string // why the viewer may not decide; empty if they may
	Version        int
}

func (s *Service) deskView(ctx context.Context, lang string, a access.Actor, rows []waitingRow, now time.Time) (v DeskView, err error) {
	for _, r := range rows {
		d, err := s.open(ctx, a, r.ID)
		if err != nil {
			return v, err
		}
		it := d.item
		if d.gone {
			it = Item{Title: wording.Text(lang, "moderation.gone")}
		}
		codes := strings.Split(r.Reasons, ",")
		x := RowView{ID: r.ID, Path: casePath(r.ID), Label: label(lang, r.Case), Title: it.Title, Excerpt: it.Excerpt, Link: it.Path,
			Reports: r.Reports, Reasons: reasonWords(lang, codes), OpenedAt: r.OpenedAt, Version: r.LockVersion,
			Second: r.ProposalID != nil, Late: r.DueAt.Before(now), Due: due(lang, r.DueAt, now),
			Danger: slices.ContainsFunc(codes, func(code string) bool { return slices.Contains(dangers, code) })}
		if r.ClaimedBy != nil && now.Sub(*r.ClaimedAt) < ClaimLife {
			x.Claimed, x.Mine = r.Claimer, *r.ClaimedBy == a.AccountID
		}
		if err := canDecide(a, d); err != nil {
			x.Refusal = sentence(lang, err)
		}
		v.Rows = append(v.Rows, x)
	}
	return v, nil
}

func due(lang string, at, now time.Time) string {
	if at.Before(now) {
		return wording.Text(lang, "moderation.overdue", "age", wording.Age(lang, now.Sub(at)))
	}
	return wording.Text(lang, "moderation.due", "age", wording.Age(lang, at.Sub(now)))
}

func sentence(lang string, err error) string {
	e := errs.Of(err)
	return wording.Text(lang, e.Key, e.Args...)
}

// deskTabs are the ways to look at the desk, with how much each holds of the
// chosen kind.
func deskTabs(lang string, f Filter, sums []tally) []Tab {
	var all tally
	for _, t := range sums {
		if (f.Ask == "" || f.Ask == t.Ask) && (f.Kind == "" || f.Kind == t.Kind) {
			all.Count, all.Late, all.Two, all.Taken = all.Count+t.Count, all.Late+t.Late, all.Two+t.Two, all.Taken+t.Taken
		}
	}
	tab := func(show, key string, n int) Tab {
		g := f
		g.Show = show
		return Tab{wording.Text(lang, key), deskPath(g, 1), n, f.Show == show}
	}
	return []Tab{tab("", "moderation.tab_all", all.Count), tab(showLate, "moderation.tab_late", all.Late),
		tab(showSecond, "moderation.tab_second", all.Two), tab(showMine, "moderation.tab_mine", all.Taken)}
}

func kindChoices(lang string, f Filter, sums []tally) []Choice {
	out := []Choice{{"", wording.Text(lang, "moderation.any_kind"), f.Kind == ""}}
	for _, t := range sums {
		name := label(lang, Case{Ask: t.Ask, Kind: t.Kind}) + " (" + wording.Number(lang, t.Count) + ")"
		out = append(out, Choice{t.Ask + "_" + t.Kind, name, t.Ask == f.Ask && t.Kind == f.Kind})
	}
	return out
}

func deskPath(f Filter, page int) string {
	q := url.Values{}
	if f.Ask != "" {
		q.Set("of", f.Ask+"_"+f.Kind)
	}
	if f.Show != "" {
		q.Set("show", f.Show)
	}
	if page > 1 {
		q.Set("page", strconv.Itoa(page))
	}
	if len(q) == 0 {
		return "/moderation"
	}
	return "/moderation?" + q.Encode()
}

func casePath(id int64) string { return "/moderation/" + strconv.FormatInt(id, 10) }

func pages(count int) int { return max(1, (count+pageSize-1)/pageSize) }

// around are the addresses of the pages before and after page n of the desk.
func around(f Filter, n, of int) (previous, next string) {
	if n > 1 {
		previous = deskPath(f, n-1)
	}
	if n < of {
		next = deskPath(f, n+1)
	}
	return previous, next
}

// CaseView is what case.page.html shows.
type CaseView struct {
	ID                   int64
	Label                string
	Title, Excerpt, Link string
	Hidden, Decided      bool
	OpenedAt             time.Time
	Late                 bool
	Due                  string
	Facts                []Fact     // what is claimed beside what was seen
	Texts                []TextView // everything the author wrote, where the kind tells
	Mask                 *MaskView  // the form that covers words; nil where there is none
	Reports              []ReportLine
	ReportCount          int
	Brigade              string // a note on who reported; empty when there is nothing to note
	Appeal               string // the author's words
	Appealed             *PastLine
	Proposal             *PastLine
	Past                 []PastLine
	Refusal              string   // why the viewer may not decide; empty if they may
	Nobody               bool     // nor may anybody else at present
	Decisions, Reasons   []Choice // nothing when there is nothing to decide
	Statement            string
	Optional             bool // no decision needs the statement
	Version, Seen        int
	Path                 string
	Guarded              bool // hiding it takes two
	Weighed              bool // whatever is decided takes two
	Mine                 bool // the viewer has claimed it
}

// TextView is one text of a thing, with what is covered in it.
type TextView struct{ Label, Text string }

// ReportLine is one report, without who made it: that must not matter.
type ReportLine struct {
	Reason, Note string
	At           time.Time
}

// PastLine is one decision of the history.
type PastLine struct {
	Decision, Reason, Statement, Moderator, Title string
	Case, Path                                    string
	At                                            time.Time
}

func caseView(lang string, a access.Actor, d dossier, typed Verdict, now time.Time) CaseView {
	v := CaseView{
		ID: d.c.ID, Label: label(lang, d.c), Title: d.item.Title, Excerpt: d.item.Excerpt, Link: d.item.Path, Hidden: d.item.State == Hidden,
		Decided: d.c.DecidedAt != nil, OpenedAt: d.c.OpenedAt, Late: d.c.DueAt.Before(now), Due: due(lang, d.c.DueAt, now),
		Statement: typed.Statement, Version: d.c.LockVersion, Seen: d.item.Version, Path: casePath(d.c.ID), Guarded: d.guarded, Weighed: d.weighed,
		Mine: d.c.ClaimedBy != nil && *d.c.ClaimedBy == a.AccountID, Brigade: brigade(lang, d.reports), ReportCount: len(d.reports),
	}
	if d.gone {
		v.Title = wording.Text(lang, "moderation.gone")
	}
	if d.wrote || d.tied {
		d.reports, v.Brigade = nil, "" // people told this to moderators, not to whom it is about
	}
	for _, r := range d.reports[:min(len(d.reports), maxReportLines)] {
		v.Reports = append(v.Reports, ReportLine{wording.Text(lang, ReasonKey(r.Reason)), r.Note, r.CreatedAt})
	}
	for _, p := range d.past {
		v.Past = append(v.Past, pastLine(lang, p))
	}
	if d.proposal != nil {
		p := pastLine(lang, *d.proposal)
		v.Proposal = &p
	}
	if d.appealed != nil {
		p := pastLine(lang, *d.appealed)
		v.Appealed, v.Appeal = &p, *d.appealed.Words
	}
	v.choices(lang, a, d, typed, now)
	return v
}

// maxReportLines is how many reports a case lists; all are counted.
const maxReportLines = 50

// choices sets what the viewer can decide, or why they cannot.
func (v *CaseView) choices(lang string, a access.Actor, d dossier, typed Verdict, now time.Time) {
	err := canDecide(a, d)
	if err == nil {
		err = canTake(a, d.c, d.c.LockVersion, now)
	}
	if err != nil {
		v.Refusal = sentence(lang, err)
		return
	}
	v.Optional = true
	for _, x := range decisionsOf(d) {
		v.Optional = v.Optional && !needsFacts(d.c, x)
		v.Decisions = append(v.Decisions, Choice{x, wording.Text(lang, doKey(d, x)), x == typed.Decision})
		if needsReason(x) {
			v.Reasons = reasonChoices(lang, reasonsFor(d.c), typed.Reason)
		}
	}
}

// didKey is the sentence of a decision that was taken.
func didKey(d decision) string {
	if d.Kind == Votes {
		return "moderation.did_" + d.Decision + "_votes"
	}
	return "moderation.did_" + d.Decision
}

// doKey is the sentence of a decision that can be taken.
func doKey(d dossier, decision string) string {
	if d.weighed && decision != Keep {
		return "moderation.do_" + decision + "_votes"
	}
	if d.c.Ask == askSuggestion && d.c.Kind != kindClinic && (decision == Approve || decision == Refuse) {
		return "moderation.do_" + decision + "_text"
	}
	return "moderation.do_" + decision
}

// barred are the accounts that may not decide on the case for what they decided
// before.
func (d dossier) barred() []int64 {
	out := slices.Clone(d.deciders)
	if d.proposal != nil {
		out = append(out, d.proposal.ModeratorID)
	}
	return out
}

// brigade notes that most of many reports come from accounts that were new or
// unconfirmed when they reported.
func brigade(lang string, reports []report) string {
	settled := 0
	for _, r := range reports {
		if r.Settled {
			settled++
		}
	}
	if len(reports) < 3 || 2*settled >= len(reports) {
		return ""
	}
	return wording.Text(lang, "moderation.brigade", "count", len(reports), "settled", wording.Number(lang, settled))
}

func pastLine(lang string, d decision) PastLine {
	p := PastLine{wording.Text(lang, didKey(d)), "", d.Statement, d.Moderator, d.Title, casePath(d.CaseID), decisionPath(d.ID), d.DecidedAt}
	if d.Reason != "" {
		p.Reason = wording.Text(lang, ReasonKey(d.Reason))
	}
	return p
}

// textViews shows texts as everybody reads them. Who looks at an appeal against
// a mask has to see the words.
func textViews(lang string, d dossier, texts []MaskText) (out []TextView) {
	for _, t := range texts {
		if t.Text == "" {
			continue
		}
		if d.appealed == nil || d.appealed.Decision != MaskIt {
			t.Text = Cover(lang, t.Text, t.Masks)
		}
		out = append(out, TextView{textLabel(lang, t), t.Text})
	}
	return out
}

func textLabel(lang string, t MaskText) string {
	if t.Label != "" {
		return t.Label
	}
	if key := "moderation.text_" + t.Field; wording.Has(key) {
		return wording.Text(lang, key)
	}
	return wording.Text(lang, "moderation.text_other")
}

// MaskView is what mask.page.html shows, and the form on the case's page.
type MaskView struct {
	Title, Path string
	Version     int
	Words       string
	Class       string
	ClassLabel  string // as all will read it
	Classes     []Choice
	Places      []PlaceView
	Statement   string
}

// PlaceView is one place of the words.
type PlaceView struct {
	Name, Label          string
	Before, Words, After string
	Covered, Ticked      bool
	First                bool // that can be ticked: where an error leads
}

func maskView(lang string, d dossier, texts []MaskText, m Masking) MaskView {
	v := MaskView{Title: d.item.Title, Path: casePath(d.c.ID), Version: d.c.LockVersion, Words: m.Words, Class: m.Class,
		Classes: classChoices(lang, m.Class), Statement: m.Note}
	if m.Class != "" {
		v.ClassLabel = MaskLabel(lang, m.Class)
	}
	labels := map[string]string{}
	for _, t := range texts {
		labels[t.Field] = textLabel(lang, t)
	}
	if m.Words == "" {
		return v
	}
	first := true
	for _, p := range find(texts, m.Words) {
		v.Places = append(v.Places, PlaceView{p.Name(), labels[p.Field], p.Before, p.Words, p.After, p.Covered, slices.Contains(m.Picks, p.Name()), first && !p.Covered})
		first = first && p.Covered
	}
	return v
}

func classChoices(lang, chosen string) []Choice {
	out := []Choice{{"", wording.Text(lang, "moderation.class_choose"), chosen == ""}}
	for _, c := range MaskClasses {
		out = append(out, Choice{c, wording.Text(lang, "moderation.mask_"+c), c == chosen})
	}
	return out
}
