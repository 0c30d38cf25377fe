package experience

import (
	"context"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/moderation"
	"caravan/internal/text"
	"caravan/internal/visit"
)

// tellRates are how many experiences one account may send.
func tellRates(a access.Actor, now time.Time) []httpd.Rate {
	if a.Newcomer(now) {
		return []httpd.Rate{{N: 3, Per: 24 * time.Hour}}
	}
	return []httpd.Rate{{N: 10, Per: 24 * time.Hour}}
}

// episode is a read draft, ready to be kept.
type episode struct {
	told
	sums, sealed Answers
	purposes     []string
	census       census
}

// Submit takes a draft as an experience. It appears when a moderator approves
// it. The experience has the draft's public id, so that a draft that is sent
// twice, at once or later, makes one experience and gets the same answer.
//
// The key keeps no id and no address of the experience, and its route none
// either: with its scope they would join the account to it.
func (s *Service) Submit(ctx context.Context, a access.Actor, publicID, lang string, k db.Key) (Experience, error) {
	k.Route, k.Hash = "experience.submit", []byte("draft")
	q := s.db.Read(ctx)
	d, err := findDraft(q, a.AccountID, publicID)
	if errs.Is(err, errs.NotFound) {
		return findOwn(q, a.PersonID, publicID)
	}
	if err != nil {
		return Experience{}, err
	}
	x, open, err := s.check(q, a, lang, d.Answers)
	if err != nil {
		return Experience{}, err
	}
	if len(open) > 0 {
		return Experience{}, errs.New(errs.Invalid, "experience.unfinished")
	}
	ep, err := s.episode(q, x, d.Pseudonym)
	if err != nil {
		return Experience{}, err
	}
	if err := s.mayTell(q, a, ep.OrganisationID); err != nil {
		return Experience{}, err
	}
	// Somebody who told about this visit already is told so, before it counts
	// as another try.
	if err := s.count(ctx, q, a, ep); err != nil {
		return Experience{}, err
	}
	ep.PublicID = publicID
	return s.keep(ctx, a, ep, k)
}

func (s *Service) mayTell(q *db.Tx, a access.Actor, organisationID int64) error {
	ties, err := listTies(q, a.PersonID)
	if err != nil {
		return err
	}
	return mayTell(a, organisationID, ties, q.Now)
}

func (s *Service) count(ctx context.Context, q *db.Tx, a access.Actor, ep episode) error {
	there, err := findToldAlready(q, a.PersonID, ep.OrganisationID, ep.Quarter)
	if err != nil {
		return err
	}
	if there != "" {
		return errs.New(errs.Conflict, "experience.told_already")
	}
	return s.limits.Take(ctx, "experience", who(a), tellRates(a, q.Now)...)
}

// ToldAlready returns the public id of what a has told about the clinic and the
// quarter of a draft, "" if nothing.
func (s *Service) ToldAlready(ctx context.Context, a access.Actor, publicID string) (string, error) {
	q := s.db.Read(ctx)
	d, err := findDraft(q, a.AccountID, publicID)
	if err != nil {
		return "", err
	}
	o, err := s.provider.FindClinic(q, d.Answers.One("clinic"))
	if err != nil {
		return "", err
	}
	return findToldAlready(q, a.PersonID, o.ID, d.Answers.One("quarter"))
}

// keep stores an episode with everything that hangs on it, or nothing.
func (s *Service) keep(ctx context.Context, a access.Actor, ep episode, k db.Key) (e Experience, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		kept, err := db.Once(tx, k)
		if err != nil {
			return err
		}
		d, err := lockDraft(tx, a.AccountID, ep.PublicID)
		if kept != nil || errs.Is(err, errs.NotFound) {
			e, err = findOwn(tx, a.PersonID, ep.PublicID)
			return err
		}
		if err != nil {
			return err
		}
		e = ep.Experience
		e.CreatedOn = tx.Now.Truncate(24 * time.Hour)
		if err := insertExperience(tx, &e); err != nil {
			return err
		}
		fresh, err := insertAuthorship(tx, Authorship{ExperienceID: e.ID, AccountID: a.AccountID, PersonID: a.PersonID, OrganisationID: e.OrganisationID, Quarter: e.Quarter})
		if err != nil {
			return err
		}
		if !fresh {
			return errs.New(errs.Conflict, "experience.told_already")
		}
		if err := s.keepParts(tx, e, ep); err != nil {
			return err
		}
		if d.CodeHash != nil {
			if err := s.visit.Redeem(tx, d.CodeHash, e.claim()); err != nil {
				return err
			}
		}
		if err := removeDraft(tx, d.ID); err != nil {
			return err
		}
		db.Keep(tx, k, 0, "/me/experiences")
		if err := Refresh(tx, e.ID); err != nil || !a.Confirmed {
			return err // it goes to the moderators once the address is confirmed
		}
		return moderation.Suggest(tx, kindName, e.ID, 0)
	})
	return e, err
}

// claim is what a visit code has to agree with.
func (e Experience) claim() visit.Claim {
	return visit.Claim{ExperienceID: e.ID, OrganisationID: e.OrganisationID, Quarter: visit.Quarter(e.Quarter), SpecialtyID: e.SpecialtyID}
}

// keepParts stores the rows of an experience's other tables.
func (s *Service) keepParts(tx *db.Tx, e Experience, ep episode) error {
	for _, store := range []func() error{
		func() error { return insertTreated(tx, e.ID, ep.Treated) },
		func() error { return insertLines(tx, e.ID, ep.Lines) },
		func() error { return insertComplications(tx, e.ID, ep.Complications) },
		func() error { return insertCheckIns(tx, e.ID, ep.CheckIns) },
		func() error { return insertMasks(tx, e.ID, ep.Masks) },
		func() error { return putAnswers(tx, "experience_restricted", e.ID, ep.sums) },
		func() error { return putAnswers(tx, "experience_sealed", e.ID, ep.sealed) },
		func() error { return insertConsents(tx, e.ID, ep.purposes) },
	} {
		if err := store(); err != nil {
			return err
		}
	}
	return nil
}

// Confirmed brings what an account sent before its address was confirmed to the
// moderators. It belongs to the transaction that confirms.
func (s *Service) Confirmed(tx *db.Tx, accountID int64) error {
	ids, err := listUnseen(tx, accountID)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := Refresh(tx, id); err != nil {
			return err
		}
		if err := moderation.Suggest(tx, kindName, id, 0); err != nil {
			return err
		}
	}
	return nil
}

// episode makes rows of answers. It works with half a draft too, for previews.
func (s *Service) episode(q *db.Tx, x *reading, pseudonym string) (ep episode, err error) {
	a := x.clean
	e := &ep.Experience
	*e = Experience{Pseudonym: pseudonym, AuthorRole: a.One("author_role"), BookedVia: orUnknown(a.One("booked_via")), Quarter: a.One("quarter"), ShownPeriod: "quarter",
		ShownTreatment: "procedure", Title: a.One("title"), Story: a.One("story"), Goal: given(a, "goal"), Renderer: text.RendererVersion, AIUsed: a.One("ai_used") == "yes",
		Incentive: orUnknown(a.One("incentive")), GoalTold: Start, WouldRepeat: orUnknown(a.One("would_repeat")), WorthIt: Unknown, Complication: orUnknown(a.One("complication")),
		State: Submitted, Version: 1, Details: Answers{}}
	e.StoryHTML = text.Markdown(e.Story)
	e.Lang = text.Language(e.Title+"\n"+e.Story, x.lang)
	e.OriginCountry, e.AgeBand = optional(given(a, "origin_country")), optional(given(a, "age_band"))
	if n := number(a.One("goal_achieved")); n != nil {
		v := int16(*n)
		e.GoalAchieved = &v
	}
	if tells(a["gap_reasons"]) {
		e.GapReasons = a["gap_reasons"]
	}
	e.setPrice(a)
	ep.readParts(x)
	if x.clinic != nil {
		e.OrganisationID, e.Destination, e.City = x.clinic.ID, x.clinic.Country, x.clinic.City
		ep.Clinic, ep.ClinicSlug = x.clinic.Name, x.clinic.Slug
	}
	twoYears, err := s.treatments(q, x, &ep)
	if err != nil {
		return ep, err
	}
	if quarter, err := visit.Parse(e.Quarter); err == nil {
		ep.CheckIns = schedule(treatedOn(quarter, ep.sealed), q.Now.Truncate(24*time.Hour), twoYears)
		r, err := ratesFor(q, quarter)
		if err != nil {
			return ep, err
		}
		e.price(r)
	}
	return ep, s.shown(q, &ep)
}

// given is an answer that says something, else "".
func given(a Answers, name string) string {
	if !tells(a[name]) {
		return ""
	}
	return a.One(name)
}

func orUnknown(v string) string {
	if v == "" || v == RatherNot {
		return Unknown
	}
	return v
}

func optional(v string) *string {
	if v == "" {
		return nil
	}
	return &v
}

func (e *Experience) setPrice(a Answers) {
	if m, ok := ReadAmount(a.One("quoted")); ok {
		e.QuotedMinor, e.QuotedCurrency = &m.Minor, &m.Currency
	}
	if m, ok := ReadAmount(a.One("paid")); ok {
		e.PaidMinor, e.PaidCurrency = &m.Minor, &m.Currency
	}
}

// readParts makes the rows of the other tables.
func (ep *episode) readParts(x *reading) {
	a := x.clean
	ep.file(a)
	ep.readLines(a)
	if ep.Complication == "yes" {
		ep.Complications = []Complication{complicationFrom(Start, a)}
		ep.WorstGrade = ep.Complications[0].Grade
	} else if ep.Complication == "none" {
		ep.WorstGrade = worstGrade("none", nil, nil)
	}
	for _, p := range Purposes {
		if a.One("consent_"+p) == "yes" {
			ep.purposes = append(ep.purposes, p)
		}
	}
	for field, s := range map[string]string{"title": ep.Title, "story": ep.Story, "goal": ep.Goal} {
		ep.Masks = append(ep.Masks, covered(field, s, 1, x.leaks)...)
	}
}

// file puts each answer of the catalogue where it belongs: to the details, to the
// sums, or under seal.
func (ep *episode) file(a Answers) {
	ep.sums, ep.sealed = Answers{}, Answers{}
	for _, f := range Catalogue {
		v, ok := a[f.Name]
		if !ok || f.Stage != Start {
			continue
		}
		switch f.Place {
		case InDetails:
			ep.Details[f.Name] = v
		case InSums:
			ep.sums[f.Name] = v
		case InSeal:
			ep.sealed[f.Name] = v
		}
	}
	// The goal is told again later; the first answer stays to be compared.
	if v := a["goal_achieved"]; len(v) > 0 {
		ep.Details[goalAtStart] = v
	}
}

// readLines makes the lines of the bill that name a sum.
func (ep *episode) readLines(a Answers) {
	for _, line := range PriceLines {
		quoted, q := ReadAmount(a.One("line_" + line + "_quoted"))
		paid, p := ReadAmount(a.One("line_" + line + "_paid"))
		l := Line{Position: int16(len(ep.Lines)), Line: line}
		if q && ep.QuotedCurrency != nil {
			l.QuotedMinor = &quoted.Minor
		}
		if p && ep.PaidCurrency != nil {
			l.PaidMinor = &paid.Minor
		}
		if l.QuotedMinor != nil || l.PaidMinor != nil {
			ep.Lines = append(ep.Lines, l)
		}
	}
}

// goalAtStart is kept beside the answers of the catalogue.
const goalAtStart = "goal_at_start"

// treatments are the procedures, the main one first, and whether one of them is
// asked about after two years.
func (s *Service) treatments(q *db.Tx, x *reading, ep *episode) (twoYears bool, err error) {
	for i, n := range []string{"", "_2", "_3"} {
		p, ok := s.provider.Procedure(x.clean.One("procedure" + n))
		if !ok {
			continue
		}
		t := Treated{Position: int16(i), ProcedureID: p.ID, State: "performed"}
		if i == 0 {
			t.Quantity = number(x.clean.One("quantity"))
			t.Side = given(x.clean, "side")
			ep.ProcedureID = p.ID
			if ep.SpecialtyID, err = findSpecialty(q, p.ID); err != nil {
				return false, err
			}
		} else if v := given(x.clean, "done"+n); v != "" {
			t.State = v
		}
		twoYears = twoYears || p.Month24
		ep.Treated = append(ep.Treated, t)
	}
	return twoYears, nil
}

// shown chooses how coarsely the treatment is shown.
func (s *Service) shown(q *db.Tx, ep *episode) (err error) {
	if ep.OrganisationID == 0 || ep.ProcedureID == 0 || ep.Quarter == "" {
		return nil
	}
	if ep.census, err = takeCensus(q, ep.Experience); err != nil {
		return err
	}
	c := coarsen(ep.census)
	ep.ShownPeriod, ep.ShownTreatment, ep.Crowd = c.Period, c.Treatment, c.Crowd
	if ep.OriginCountry != nil {
		ep.ShownOrigin, err = enoughAlike(q, ep.OrganisationID, "origin_country", *ep.OriginCountry)
	}
	if err == nil && ep.AgeBand != nil {
		ep.ShownAge, err = enoughAlike(q, ep.OrganisationID, "age_band", *ep.AgeBand)
	}
	return err
}

// kindName is what the moderation desk calls experiences.
const kindName = "experience"
