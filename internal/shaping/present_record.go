package shaping

import (
	"html/template"
	"slices"
	"time"

	"caravan/internal/chart"
	"caravan/internal/db"
	"caravan/internal/wording"
)

// What everybody may know of how a provider answers wishes: which of them it
// owed an answer and left without one, and what its answers add up to.

// unasked are the states in which an amendment needed no answer any more: its
// wish came true all the same, or nobody had it any longer.
var unasked = []AmendmentState{Achieved, PartlyAchieved, WishWithdrawn, Duplicate}

// unanswered reports whether an amendment was due and its time for answers ended
// without one.
func (k *known) unanswered(w Amendment) bool {
	if w.DueRound == 0 || slices.Contains(unasked, w.State) {
		return false
	}
	end, over := k.answersEnded(w.DueRound)
	if !over {
		return false
	}
	all := k.answers[w.ID]
	return len(all) == 0 || all[0].CreatedAt.After(end)
}

// answersEnded is when the time for the answers of a round ended; over is false
// while it has not.
func (k *known) answersEnded(round int) (at time.Time, over bool) {
	for _, t := range k.steps {
		if t.Round == round && (t.Event == EndAnswers || t.Event == AskFinal) {
			return t.At, true
		}
	}
	return time.Time{}, false
}

// unansweredCount is how many amendments of the package were left without the
// answer that was due.
func (k *known) unansweredCount() (n int) {
	for _, w := range k.wishes {
		if k.unanswered(w.Amendment) {
			n++
		}
	}
	return n
}

// missed says of a wish that the provider owed it an answer and gave none in
// time; empty where that is not so.
func (m maker) missed(w wishRow) string {
	if !m.k.unanswered(w.Amendment) {
		return ""
	}
	end, _ := m.k.answersEnded(w.DueRound)
	key := "missed"
	if len(m.k.answers[w.ID]) > 0 {
		key = "missed_late"
	}
	return say(m.lang, key, "round", wording.Number(m.lang, w.DueRound), "day", wording.Day(m.lang, end))
}

// RecordView is how a provider answers wishes that it owes an answer, in words.
type RecordView struct {
	Rows []RecordRow
}

// RecordRow is one figure of it, with what it is out of.
type RecordRow struct{ Label, Figure, Of string }

// recordView is the record of a provider; nil where no answer was ever due.
func recordView(q *db.Tx, lang string, organisationID int64) (*RecordView, error) {
	r, err := recordOf(q, organisationID)
	if err != nil || r.Due == 0 {
		return nil, err
	}
	v := &RecordView{}
	add := func(what, figure, of string) {
		v.Rows = append(v.Rows, RecordRow{wording.Text(lang, "shaping.record_"+what), figure, of})
	}
	add("answered", chart.Percent(lang, r.AnswerRate), chart.Of(lang, r.Answered, r.Due))
	if r.Answered == 0 {
		return v, nil
	}
	add("median", wording.Age(lang, time.Duration(r.MedianHours*float64(time.Hour))), wording.Text(lang, "shaping.record_n", "count", r.Answered))
	add("granted", chart.Percent(lang, r.AcceptRate), chart.Of(lang, r.Accepted+r.CountersTaken, r.Answered))
	if r.Countered > 0 {
		add("counters", chart.Percent(lang, share(r.CountersTaken, r.Countered)), chart.Of(lang, r.CountersTaken, r.Countered))
	}
	return v, nil
}

// ClinicRecord is what stands on a clinic's page of its packages: what was kept
// of their promises, by how much it usually misses them, how it answers wishes.
type ClinicRecord struct {
	Classes []ClassLine
	Plans   string // how often plans were changed after the examination; empty below five
	Slips   []DeskSlip
	Record  *RecordView
}

// RecordOfClinic is that as HTML; empty while nothing can be said. A promise
// counts from five proven patients on, package by package.
func (s *Service) RecordOfClinic(q *db.Tx, lang string, organisationID int64) (template.HTML, error) {
	rows, err := listKept(q, keptOfProvider, organisationID, DayAfter(q.Now.UTC(), 0))
	if err != nil {
		return "", err
	}
	v := ClinicRecord{Classes: classesOf(rows)}
	if x := planChanges(rows); x.N > 0 {
		v.Plans = x.planText(lang)
	}
	if v.Slips, err = slipRows(q, lang, organisationID); err != nil {
		return "", err
	}
	if v.Record, err = recordView(q, lang, organisationID); err != nil {
		return "", err
	}
	if len(v.Classes) == 0 && v.Plans == "" && len(v.Slips) == 0 && v.Record == nil {
		return "", nil
	}
	return clinicPart.HTML(lang, v)
}
