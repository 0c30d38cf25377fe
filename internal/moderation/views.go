package moderation

import (
	"context"
	"embed"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"caravan/internal/access"
	"caravan/internal/errs"
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
	decidedPage   = web.Page[DecidedView](views, "decided")
	statementPage = web.Page[StatementView](views, "statement")
)

// Choice is one option of a closed list.
type Choice struct {
	Value, Label string
	Chosen       bool
}

// ReportView is what report.page.html shows.
type ReportView struct {
	Kind                 string
	Ref                  int64
	Title, Excerpt, Path string
	Reasons              []Choice
	Reason, Note         string
}

// DeskView is what desk.page.html shows.
type DeskView struct {
	Rows           []RowView
	Count, Pages   int
	Previous, Next string // addresses of the pages around
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
	Claimed        string // who looks at it now; empty for nobody
	Mine           bool   // that is the viewer
	Version        int
}

func (s *Service) deskView(ctx context.Context, lang string, a access.Actor, rows []waitingRow, now time.Time) (v DeskView, err error) {
	for _, r := range rows {
		it, err := s.item(ctx, r.Case)
		if errs.Is(err, errs.NotFound) {
			it = Item{Title: wording.Text(lang, "moderation.gone")}
		} else if err != nil {
			return v, err
		}
		x := RowView{ID: r.ID, Path: casePath(r.ID), Label: label(lang, r.Case), Title: it.Title, Excerpt: it.Excerpt, Link: it.Path,
			Reports: r.Reports, Reasons: reasonWords(lang, strings.Split(r.Reasons, ",")), OpenedAt: r.OpenedAt, Version: r.LockVersion}
		if r.ClaimedBy != nil && now.Sub(*r.ClaimedAt) < ClaimLife {
			x.Claimed, x.Mine = r.Claimer, *r.ClaimedBy == a.AccountID
		}
		v.Rows = append(v.Rows, x)
	}
	return v, nil
}

// CaseView is what case.page.html shows.
type CaseView struct {
	ID                   int64
	Label                string
	Title, Excerpt, Link string
	Hidden, Decided      bool
	OpenedAt             time.Time
	Reports              []ReportLine
	Past                 []PastLine
	Refusal              string   // why the viewer may not decide; empty if they may
	Decisions, Reasons   []Choice // nothing when there is nothing to decide
	Statement            string
	Version              int
	Path                 string
	Mine                 bool // the viewer has claimed it
}

// ReportLine is one report, without who made it: that must not matter.
type ReportLine struct {
	Reason, Note string
	At           time.Time
}

// PastLine is one decision of the history.
type PastLine struct {
	Decision, Reason, Statement, Moderator, Title string
	Case                                          string
	At                                            time.Time
}

func caseView(lang string, a access.Actor, d dossier, past []decision, typed Verdict, now time.Time) CaseView {
	v := CaseView{
		ID: d.c.ID, Label: label(lang, d.c), Title: d.item.Title, Excerpt: d.item.Excerpt, Link: d.item.Path, Hidden: d.item.State == Hidden,
		Decided: d.c.DecidedAt != nil, OpenedAt: d.c.OpenedAt, Statement: typed.Statement, Version: d.c.LockVersion, Path: casePath(d.c.ID),
		Mine: d.c.ClaimedBy != nil && *d.c.ClaimedBy == a.AccountID,
	}
	if d.gone {
		v.Title = wording.Text(lang, "moderation.gone")
	}
	for _, r := range d.reports {
		v.Reports = append(v.Reports, ReportLine{wording.Text(lang, ReasonKey(r.Reason)), r.Note, r.CreatedAt})
	}
	for _, p := range past {
		v.Past = append(v.Past, pastLine(lang, p))
	}
	err := canDecide(a, d.item.AuthorAccountID, d.persons())
	if err == nil {
		err = canTake(a, d.c, d.c.LockVersion, now)
	}
	if err != nil {
		e := errs.Of(err)
		v.Refusal = wording.Text(lang, e.Key, e.Args...)
		return v
	}
	for _, x := range decisionsOf(d.c, d.item) {
		v.Decisions = append(v.Decisions, Choice{x, wording.Text(lang, "moderation.do_"+x), x == typed.Decision})
		if needsReason(x) {
			v.Reasons = reasonChoices(lang, reasonsFor(d.c.Ask), typed.Reason)
		}
	}
	return v
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

func pastLine(lang string, d decision) PastLine {
	p := PastLine{wording.Text(lang, "moderation.did_"+d.Decision), "", d.Statement, d.Moderator, d.Title, casePath(d.CaseID), d.DecidedAt}
	if d.Reason != "" {
		p.Reason = wording.Text(lang, ReasonKey(d.Reason))
	}
	return p
}

// StatementView is what statement.page.html shows.
type StatementView struct {
	Heading, Title    string
	Reason, Statement string
	At                time.Time
	Link              string // where the thing stands, if it does
	Full              bool   // for the author: with the facts and what can be done
	Restricts         bool
}

// statementView is d for its author, or, without the facts, for those who
// reported the thing.
func statementView(lang string, d decision, author, full bool, link string) StatementView {
	heading := "moderation.heading_" + d.Decision
	if d.Decision == Hide && !author {
		heading += "_other"
	}
	v := StatementView{Heading: wording.Text(lang, heading), Link: link, Title: d.Title, At: d.DecidedAt, Full: full, Restricts: needsReason(d.Decision)}
	if full {
		v.Statement = d.Statement
	}
	if d.Reason != "" {
		v.Reason = wording.Text(lang, ReasonKey(d.Reason))
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

func casePath(id int64) string { return "/moderation/" + strconv.FormatInt(id, 10) }

func pages(count int) int { return max(1, (count+pageSize-1)/pageSize) }

// around are the addresses of the pages before and after page n of the desk.
func around(n, of int) (previous, next string) {
	address := func(n int) string { return "/moderation?page=" + strconv.Itoa(n) }
	if n > 1 {
		previous = address(n - 1)
	}
	if n < of {
		next = address(n + 1)
	}
	return previous, next
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
