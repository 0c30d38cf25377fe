package experience

import (
	"context"
	"html/template"

	"caravan/internal/db"
)

// clinicCases are a clinic's counted experiences and what they add up to.
type clinicCases struct {
	cases     []Case
	whole     Figures
	published int
	withheld  withheld
}

// clinic reads a clinic's cases, at most every few seconds.
func (s *Service) clinic(ctx context.Context, organisationID int64) (clinicCases, error) {
	return s.kept.clinics.Take(ctx, organisationID, func(ctx context.Context) (c clinicCases, err error) {
		q := s.db.Read(ctx)
		if c.cases, err = listCases(q, []int64{organisationID}, s.db.Now(), s.hasCard); err != nil {
			return c, err
		}
		c.whole = FiguresOf(c.cases)
		c.published, c.withheld, err = countOf(q, organisationID)
		return c, err
	})
}

// cut are the figures of a clinic, of one procedure if that is not 0.
func (c clinicCases) cut(procedure int64) Figures {
	if procedure == 0 {
		return c.whole
	}
	var part, rest []Case
	for _, x := range c.cases {
		if x.ProcedureID == procedure {
			part = append(part, x)
		} else {
			rest = append(rest, x)
		}
	}
	return CutOf(part, rest)
}

// hasCard reports whether an implant card is handed over with a procedure.
func (s *Service) hasCard(procedureID int64) bool {
	p, _ := s.provider.ProcedureByID(procedureID)
	return p.ImplantCard
}

// Figures are what the counted experiences of a clinic add up to.
func (s *Service) Figures(ctx context.Context, organisationID int64) (Figures, error) {
	c, err := s.clinic(ctx, organisationID)
	return c.whole, err
}

// RankClinics makes the order of clinics anew from their figures. It is run
// every few minutes, by any of the nodes.
func (s *Service) RankClinics(ctx context.Context) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		list, err := listRanked(tx)
		if err != nil {
			return err
		}
		ids := make([]int64, 0, len(list))
		for _, c := range list {
			ids = append(ids, c.OrganisationID)
		}
		cases, err := listCases(tx, ids, tx.Now, s.hasCard)
		if err != nil {
			return err
		}
		of := map[int64][]Case{}
		for _, c := range cases {
			of[c.OrganisationID] = append(of[c.OrganisationID], c)
		}
		for _, c := range list {
			r := RankOf(FiguresOf(of[c.OrganisationID]))
			r.Experiences = c.Experiences
			if err := putRank(tx, c.OrganisationID, r); err != nil {
				return err
			}
		}
		return dropRanks(tx, ids)
	})
}

// Totals are what the start page says of all experiences.
type Totals struct {
	Verified   int // published, of level 2 or more
	Known, Due int // after a year, over clinics with enough due to say
}

// Totals are kept for a few seconds.
func (s *Service) Totals(ctx context.Context) (t Totals, err error) {
	part := func(name string, read func(*db.Tx) (int, error)) (n int) {
		if err != nil {
			return 0
		}
		n, err = s.kept.counts.Take(ctx, name, func(ctx context.Context) (int, error) { return read(s.db.Read(ctx)) })
		return n
	}
	t.Verified = part("verified", countShown)
	t.Known = part("known", func(q *db.Tx) (int, error) { n, _, err := countYearly(q); return n, err })
	t.Due = part("due", func(q *db.Tx) (int, error) { _, n, err := countYearly(q); return n, err })
	return t, err
}

// AboutClinic are the newest experiences about an organisation, as cards; empty
// if there are none.
func (s *Service) AboutClinic(q *db.Tx, lang string, organisationID int64, n int) (template.HTML, error) {
	return s.latest(q, lang, Filter{Organisation: organisationID, Limit: n})
}

// Newest are the newest experiences whose visit was seen, as cards.
func (s *Service) Newest(q *db.Tx, lang string, n int) (template.HTML, error) {
	return s.latest(q, lang, Filter{Level: "2", Limit: n})
}

func (s *Service) latest(q *db.Tx, lang string, f Filter) (template.HTML, error) {
	rows, _, err := listExperiences(q, f)
	if err != nil || len(rows) == 0 {
		return "", err
	}
	return cardsPart.HTML(lang, s.cards(lang, rows[:min(f.Limit, len(rows))]))
}
