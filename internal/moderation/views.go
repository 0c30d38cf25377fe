package moderation

import (
	"embed"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"caravan/internal/wording"
	"caravan/web"
)

//go:embed views/*.html
var viewFiles embed.FS

var (
	views, _      = fs.Sub(viewFiles, "views")
	reportPage    = web.Page[ReportView](views, "report")
	deskPage      = web.Page[DeskView](views, "desk")
	casePage      = web.Page[CaseView](views, "case")
	previewPage   = web.Page[PreviewView](views, "preview")
	maskPage      = web.Page[MaskView](views, "mask")
	decidedPage   = web.Page[DecidedView](views, "decided")
	statementPage = web.Page[StatementView](views, "statement")
	minePage      = web.Page[MineView](views, "mine")
	numbersPage   = web.Page[NumbersView](views, "numbers")
)

// Choice is one option of a closed list.
type Choice struct {
	Value, Label string
	Chosen       bool
}

// ReportView is what report.page.html shows.
type ReportView struct {
	Action               string // where the form goes
	Title, Excerpt, Path string
	Reasons              []Choice
	Reason, Note         string
}

// DecidedView is what decided.page.html shows.
type DecidedView struct {
	Lines        []PastLine
	First, Older string // addresses of the first and the next page
}

func decidedView(lang string, rows []decision, before int64) DecidedView {
	var v DecidedView
	if before != 0 {
		v.First = "/moderation/decided"
	}
	if len(rows) > 2*pageSize {
		rows = rows[:2*pageSize]
		v.Older = "/moderation/decided?before=" + strconv.FormatInt(rows[len(rows)-1].ID, 10)
	}
	for _, r := range rows {
		v.Lines = append(v.Lines, pastLine(lang, r))
	}
	return v
}

// StatementView is what statement.page.html shows.
type StatementView struct {
	Heading, Title    string
	Reason, Statement string
	At                time.Time
	Link              string // where the thing stands, if it does
	How               string // what led to the decision
	By                string // who decided
	Full              bool   // for the author: with the facts and what can be done
	Restricts         bool
	Again             bool     // the author can change the text and send it in again
	Masks             []string // what was covered
	CanAppeal         bool
	Until             time.Time // of the appeal
	Action            string    // of the appeal's form
	Typed             string
	Words             string // of the appeal that was made
	AppealAt          time.Time
	Outcome           string // address of the decision on the appeal
}

// statementView is d for its author, or, without the facts, for those who
// reported the thing.
func statementView(lang string, d decision, author, full bool) StatementView {
	heading := "moderation.heading_" + d.Decision
	if d.Decision == Hide && !author {
		heading += "_other"
	}
	if d.Ask == askSuggestion && d.Kind != kindClinic && (d.Decision == Approve || d.Decision == Refuse) {
		heading += "_text"
	}
	if d.Kind == Votes {
		heading = didKey(d)
	}
	v := StatementView{Heading: wording.Text(lang, heading), Title: d.Title, At: d.DecidedAt, Full: full,
		How: how(lang, d.Ask, d.Reports), By: wording.Text(lang, "moderation.st_person"), Restricts: appealable(d.Decision),
		Until: appealEnd(d), Action: decisionPath(d.ID) + "/appeal"}
	if d.ProposalID != nil && (d.Decision == Hide || d.Kind == Votes) {
		v.By = wording.Text(lang, "moderation.st_two")
	}
	if d.Reason != "" {
		v.Reason = wording.Text(lang, ReasonKey(d.Reason))
	}
	if !full {
		return v
	}
	v.Statement, v.Again = d.Statement, d.Decision == Refuse && d.Kind != kindClinic && d.Kind != Votes
	if d.Words != nil {
		v.Words, v.AppealAt = *d.Words, *d.AppealAt
	}
	if d.Outcome != nil {
		v.Outcome = decisionPath(*d.Outcome)
	}
	return v
}

// how says what made moderators look at the thing.
func how(lang, ask string, reports int) string {
	switch ask {
	case askSuggestion:
		return wording.Text(lang, "moderation.how_submitted")
	case askAppeal:
		return wording.Text(lang, "moderation.how_appeal")
	}
	return wording.Text(lang, "moderation.how_reports", "count", reports)
}

func maskWords(lang string, masks []Mask) (out []string) {
	for _, m := range masks {
		out = append(out, MaskLabel(lang, m.Class))
	}
	return out
}

// PreviewView is what preview.page.html shows: a statement as its author will
// read it, and the verdict that goes with it.
type PreviewView struct {
	StatementView
	V         Verdict
	Path      string // of the case
	Proposes  bool   // a second moderator has to confirm it before it is sent
	AppealFor int    // months
}

func previewView(lang string, d dossier, v Verdict, now time.Time) PreviewView {
	as := decision{Ask: d.c.Ask, Kind: d.c.Kind, Decision: v.Decision, Reason: v.Reason, Statement: v.Statement, Title: d.item.Title, Reports: d.c.Reports, DecidedAt: now}
	if v.Decision == Propose { // what the author reads if it is confirmed
		as.Decision, as.ProposalID = Hide, new(int64)
	}
	p := PreviewView{StatementView: statementView(lang, as, true, true), V: v, Path: casePath(d.c.ID), Proposes: v.Decision == Propose, AppealFor: AppealMonths}
	return p
}

// MineView is what mine.page.html shows: what was decided on the reader's own
// texts.
type MineView struct {
	Lines        []MineLine
	First, Older string
}

// MineLine is one decision on something the reader wrote.
type MineLine struct {
	Heading, Title, Reason, Path string
	At                           time.Time
	CanAppeal                    bool
	Until                        time.Time
	Appealed                     bool
	Outcome                      string // address
}

func mineView(lang string, rows []decision, before int64, can func(decision) error) MineView {
	var v MineView
	if before != 0 {
		v.First = "/me/decisions"
	}
	if len(rows) > pageSize {
		rows = rows[:pageSize]
		v.Older = "/me/decisions?before=" + strconv.FormatInt(rows[pageSize-1].ID, 10)
	}
	for _, d := range rows {
		s := statementView(lang, d, true, true)
		v.Lines = append(v.Lines, MineLine{Heading: s.Heading, Title: s.Title, Reason: s.Reason, Path: decisionPath(d.ID), At: s.At,
			CanAppeal: can(d) == nil, Until: s.Until, Appealed: d.Words != nil, Outcome: s.Outcome})
	}
	return v
}

func label(lang string, c Case) string {
	return wording.Text(lang, "moderation."+c.Ask+"_"+c.Kind)
}

func reasonChoices(lang string, reasons []string, chosen string) (out []Choice) {
	for _, r := range reasons {
		out = append(out, Choice{r, wording.Text(lang, ReasonKey(r)), r == chosen})
	}
	return out
}

func reasonWords(lang string, codes []string) string {
	var words []string
	for _, r := range codes {
		if r != "" {
			words = append(words, wording.Text(lang, ReasonKey(r)))
		}
	}
	return strings.Join(words, " · ")
}

// withDone adds what was done to a path, before its fragment.
func withDone(path, done string) string {
	path, fragment, cut := strings.Cut(path, "#")
	sep := "?"
	if strings.Contains(path, "?") {
		sep = "&"
	}
	path += sep + "done=" + done
	if cut {
		path += "#" + fragment
	}
	return path
}
