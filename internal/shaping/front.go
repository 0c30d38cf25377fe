package shaping

import (
	"html/template"

	"caravan/internal/db"
)

// What pages of other features show of packages.

// soonest is of how many packages that close soonest the few are drawn that the
// start page shows.
const soonest = 12

// OpenSoon are a few packages whose vote runs, as a list, and how many there
// are of those that close soonest. Which of them are shown is drawn by lot each
// day: nothing about how votes stand has a part in it.
func (s *Service) OpenSoon(q *db.Tx, lang string, most int) (template.HTML, int, error) {
	now := s.db.Now()
	rows, err := listOpen(q, now, soonest)
	if err != nil || len(rows) == 0 {
		return "", 0, err
	}
	byID, entries := map[int64]packageRow{}, make([]Exposed, len(rows))
	for i, r := range rows {
		byID[r.ID], entries[i] = r, Exposed{ID: r.ID, Shown: r.Want + r.Pass + r.Against}
	}
	some := make([]packageRow, 0, most)
	for _, id := range HiddenOrder(entries, 0, now.UTC().Format("2006-01-02")) {
		if len(some) < most {
			some = append(some, byID[id])
		}
	}
	html, err := cardsPart.HTML(lang, s.packageCards(lang, some, now))
	return html, len(rows), err
}

// OfClinic are the newest packages of an organisation, as a list, and how many
// it has.
func (s *Service) OfClinic(q *db.Tx, lang string, organisationID int64, most int) (template.HTML, int, error) {
	rows, count, err := listOffered(q, organisationID, most)
	if err != nil || len(rows) == 0 {
		return "", 0, err
	}
	html, err := cardsPart.HTML(lang, s.packageCards(lang, rows, s.db.Now()))
	return html, count, err
}
