package answer

import (
	"html/template"
	"strconv"
	"time"

	"caravan/internal/db"
	"caravan/internal/leaf"
	"caravan/internal/translog"
)

const oneDay = 24 * time.Hour

// Of returns the answer to an experience with all changes promised in it, ready
// to print in lang; nil while there is nothing that everybody may see.
func Of(q *db.Tx, lang string, experienceID int64, now time.Time) (*View, error) {
	r, found, err := findAnswer(q, experienceID)
	if err != nil || !found || r.PublishedAt == nil {
		return nil, err
	}
	v := &View{ExperienceID: r.ExperienceID, State: r.State, By: r.author().Byline(lang), Lang: r.Lang, PublishedAt: *r.PublishedAt, Edited: r.EditedAt != nil,
		Standing: r.Standing, Report: "/report/answer/" + r.PublicID, History: experiencePath(r.PublicID) + "/answer/history"}
	switch r.State {
	case Shown:
		v.HTML, v.Source = template.HTML(r.BodyHTML), r.Body // #nosec G203: text.Markdown made it
	case Hidden:
		v.HiddenWhy, v.Log = r.HiddenWhy, translog.HistoryPath(leaf.Reply, r.PublicID)
	}
	rows, err := listChanges(q, experienceID)
	for _, c := range rows {
		v.Changes = append(v.Changes, c.view(now))
	}
	return v, err
}

// OfClinic returns all that an organisation promised to change, as of q.Now.
func OfClinic(q *db.Tx, organisationID int64) (v ChangesView, err error) {
	rows, err := listClinicChanges(q, organisationID)
	for _, r := range rows {
		switch c := r.view(q.Now); c.State {
		case "overdue":
			v.Overdue = append(v.Overdue, c)
		case Planned:
			v.Planned = append(v.Planned, c)
		default:
			v.Made = append(v.Made, c)
		}
	}
	return v, err
}

// view says how a change stands today.
func (c changeRow) view(now time.Time) ChangeView {
	v := ChangeView{ID: c.ID, Title: c.Title, Path: c.path(), State: Planned, DueOn: c.DueOn, FirstDueOn: c.FirstDueOn, Moved: !c.DueOn.Equal(c.FirstDueOn),
		Proof: c.Proof, Seen: c.Seen, Missed: c.Missed}
	if c.MadeOn == nil {
		if v.Overdue = daysAfter(c.DueOn, now); v.Overdue > 0 {
			v.State = "overdue"
		}
		return v
	}
	v.State, v.MadeOn, v.Late = Made, *c.MadeOn, daysAfter(c.DueOn, *c.MadeOn)
	if c.Seen > c.Missed {
		v.State = Confirmed
	}
	return v
}

// daysAfter is how many whole days of the calendar (UTC) lie between due and
// now; none before it.
func daysAfter(due, now time.Time) int {
	return max(0, int(now.UTC().Truncate(oneDay).Sub(due.UTC().Truncate(oneDay))/oneDay))
}

func (c Change) path() string { return "/changes/" + strconv.FormatInt(c.ID, 10) }

func experiencePath(publicID string) string { return "/experiences/" + publicID }
