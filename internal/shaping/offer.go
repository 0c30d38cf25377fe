package shaping

import (
	"context"
	"slices"
	"strconv"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/money"
	"caravan/internal/text"
	"caravan/internal/wording"
)

// Proposal is a package as its proposer typed it.
type Proposal struct {
	Title, Summary string // the summary in Markdown
	Lang           string // of the words; empty: found from them
	Procedure      string // code
	Currency       string // ISO 4217; empty: EUR
	Zone           string // IANA name; empty: UTC
	RoundDays      int    // 0: UsualRoundDays
	Organisation   string // slug of who offers it; empty: a call of patients
	Lines          []Line // items need no id; those of the catalogue need nothing but their key
	Steps          []Step
	StayAnswers    map[string]string
}

// usualCurrency is that of a package that names none.
const usualCurrency = "EUR"

// Lengths of words in drafts, in characters.
const (
	MinTitle, MaxTitle = 10, 120
	MaxSummary         = 10_000
	maxLines           = 200
)

// reserved are slugs that are addresses of something else.
var reserved = []string{"", "new", "similar", "compare", "calls", "mine", "api"}

// SaveDraft keeps a draft: a new one without a slug, else the one that has it.
// What is not complete is kept as it is; only values that cannot be read are
// refused.
func (s *Service) SaveDraft(ctx context.Context, a access.Actor, slug string, d Proposal, k db.Key) (p Package, err error) {
	if !a.SignedIn() || !a.Confirmed {
		return p, errs.New(errs.SignIn, "common.sign_in_first")
	}
	q := s.db.Read(ctx)
	if slug == "" {
		if done, err := s.count(q, "package_draft", a, k, draftRates...); err != nil || done != nil {
			return s.again(q, done, err)
		}
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		p = Package{}
		kept, err := db.Once(tx, k)
		if err != nil {
			return err
		}
		if kept != nil {
			p, err = loadByID(tx, kept.ID)
			return err
		}
		if slug == "" {
			p, err = s.newDraft(tx, a, d)
		} else {
			p, err = s.changeDraft(tx, a, slug, d)
		}
		db.Keep(tx, k, p.ID, pathOf(p.Slug))
		return err
	})
	return p, err
}

// again answers what was done before under the same key.
func (s *Service) again(q *db.Tx, done *db.Kept, err error) (Package, error) {
	if err != nil {
		return Package{}, err
	}
	return loadByID(q, done.ID)
}

func (s *Service) newDraft(tx *db.Tx, a access.Actor, d Proposal) (p Package, err error) {
	p = Package{State: Draft, ProposerPersonID: a.PersonID, AuthorAccountID: a.AccountID, CreatedAt: tx.Now}
	if err := s.fillDraft(a, &p, d); err != nil {
		return p, err
	}
	if p.Slug, err = freeSlug(tx, p, s.procedure(p).Code); err != nil {
		return p, err
	}
	return p, insertPackage(tx, &p)
}

func (s *Service) changeDraft(tx *db.Tx, a access.Actor, slug string, d Proposal) (Package, error) {
	p, roles, err := enter(tx, a, slug)
	if err != nil {
		return p, err
	}
	if err := May(p.State, Edit, roles); err != nil {
		return p, err
	}
	if p.AnswersCallID != nil || p.OrganisationID != nil && d.Organisation == "" {
		d.Organisation = "" // it stays whose it is
	}
	if err := s.fillDraft(a, &p, d); err != nil {
		return p, err
	}
	return p, savePackage(tx, &p)
}

// fillDraft puts what was typed into a draft.
func (s *Service) fillDraft(a access.Actor, p *Package, d Proposal) error {
	pr, ok := s.provider.Procedure(d.Procedure)
	if !ok {
		return errs.Field("procedure", "shaping.procedure_choose")
	}
	p.ProcedureID = pr.ID
	if err := p.offeredBy(a, d.Organisation); err != nil {
		return err
	}
	if err := p.words(a, d); err != nil {
		return err
	}
	if err := p.frame(d); err != nil {
		return err
	}
	return p.lines(d.Lines)
}

// offeredBy says who offers a draft. Without a slug it stays with whom it is, and
// a new one is a call.
func (p *Package) offeredBy(a access.Actor, slug string) error {
	if slug == "" && p.OrganisationID != nil {
		return nil
	}
	if slug == "" {
		if a.Insider() {
			return errs.Field("organisation", "shaping.provider_call")
		}
		p.Proposer, p.AuthorRole = ByPatients, "patient"
		return nil
	}
	for _, w := range a.Works {
		if w.Slug != slug {
			continue
		}
		switch w.Kind {
		case "clinic":
			p.Proposer = ByClinic
		case "facilitator":
			p.Proposer = ByFacilitator
		default:
			return errs.Field("organisation", "shaping.offers_providers")
		}
		p.OrganisationID, p.AuthorRole = &w.OrganisationID, w.Role
		return nil
	}
	return errs.Field("organisation", "shaping.own_clinic")
}

// words takes title and summary in.
func (p *Package) words(a access.Actor, d Proposal) error {
	var err error
	if p.Title, err = text.Clean(d.Title); err != nil {
		return errs.Field("title", errs.Of(err).Msg.Key)
	}
	if p.Summary, err = text.Clean(d.Summary); err != nil {
		return errs.Field("summary", errs.Of(err).Msg.Key)
	}
	switch {
	case text.Length(p.Title) > MaxTitle:
		return errs.Field("title", "shaping.title_length", "least", MinTitle, "most", MaxTitle)
	case text.Length(p.Summary) > MaxSummary:
		return errs.Field("summary", "shaping.summary_length", "most", MaxSummary)
	}
	p.SummaryHTML = text.Markdown(p.Summary)
	if p.Lang = d.Lang; p.Lang == "" {
		p.Lang = text.Language(p.Title+"\n"+p.Summary, a.Lang)
	}
	if !wording.Known(p.Lang) && len(p.Lang) != 2 {
		return errs.Field("lang", "shaping.lang_choose")
	}
	return nil
}

// frame takes in by which clock and in which money a draft counts, and what a
// number of people unlocks.
func (p *Package) frame(d Proposal) error {
	if p.Currency = d.Currency; p.Currency == "" {
		p.Currency = usualCurrency
	}
	if _, ok := money.Exponent(p.Currency); !ok {
		return errs.Field("currency", "shaping.currency_choose")
	}
	if p.Zone = d.Zone; p.Zone == "" {
		p.Zone = "UTC"
	}
	if _, err := Zone(p.Zone); err != nil {
		return err
	}
	if p.RoundDays = d.RoundDays; p.RoundDays == 0 {
		p.RoundDays = UsualRoundDays
	}
	if p.RoundDays < MinRoundDays || p.RoundDays > MaxRoundDays {
		return errs.Field("round_days", "shaping.round_days", "least", MinRoundDays, "most", MaxRoundDays)
	}
	if len(d.Steps) > MaxSteps {
		return errs.Field("steps", "shaping.steps_most", "most", MaxSteps)
	}
	p.Steps, p.StayAnswers = slices.Clone(d.Steps), map[string]string{}
	for i := range p.Steps {
		var err error
		if p.Steps[i].Gives, err = text.Clean(p.Steps[i].Gives); err != nil {
			return errs.Field("steps", errs.Of(err).Msg.Key)
		}
	}
	for key, says := range d.StayAnswers {
		clean, err := text.Clean(says)
		if err != nil || text.Length(clean) > MaxReason {
			return errs.Field(key, "shaping.stay_answer", "least", MinReason, "most", MaxReason)
		}
		if clean != "" {
			p.StayAnswers[key] = clean
		}
	}
	return nil
}

// lines takes the items of a draft in, each once. Those of the catalogue are as
// they stand there.
func (p *Package) lines(typed []Line) error {
	if len(typed) > maxLines {
		return errs.Field("items", "shaping.own_most")
	}
	p.Draft = []Line{}
	for _, l := range typed {
		spec, known := SpecOf(l.Item.Key)
		if known {
			l.Item = spec.Item(0)
		}
		l.Item.ID, l.Item.PackageID, l.AmendmentID, l.Reason = 0, 0, 0, ""
		switch {
		case slices.ContainsFunc(p.Draft, func(o Line) bool { return o.Item.Key == l.Item.Key }):
			return errs.Field(l.Item.Key, "shaping.line_twice")
		case known && l.Value.None():
			continue
		}
		if !l.Value.None() {
			if err := l.Item.Spec().Check(l.Value, p.Currency); err != nil {
				return errs.Field(l.Item.Key, errs.Of(err).Fields[0].Key, errs.Of(err).Fields[0].Args...)
			}
		}
		p.Draft = append(p.Draft, l)
	}
	return nil
}

// freeSlug makes an address out of a package's title that nobody has.
func freeSlug(tx *db.Tx, p Package, procedure string) (string, error) {
	base := text.Slug(p.Title)
	if slices.Contains(reserved, base) {
		base = text.Slug("package " + procedure)
	}
	for n := 1; ; n++ {
		slug := base
		if n > 1 {
			slug += "-" + strconv.Itoa(n)
		}
		taken, err := slugTaken(tx, slug, p.ID)
		if err != nil || !taken {
			return slug, err
		}
	}
}

// Withdraw takes a package back, for a reason that everybody reads who took
// part. A draft needs none.
func (s *Service) Withdraw(ctx context.Context, a access.Actor, slug, why string) error {
	return s.act(ctx, a, slug, func(tx *db.Tx, p *Package, roles []Role) error {
		if p.State == Draft {
			return s.step(tx, p, Withdraw, roles, Facts{}, "")
		}
		if _, err := Next(p.State, Withdraw, roles, Facts{Why: true}); err != nil {
			return err
		}
		why, err := s.cleanWhy(tx, a, *p, why)
		if err != nil {
			return err
		}
		if err := s.step(tx, p, Withdraw, roles, Facts{}, why); err != nil {
			return err
		}
		if err := s.closeWishes(tx, *p); err != nil {
			return err
		}
		return s.tellStep(tx, *p, Withdraw)
	})
}

// act does something to a package under its lock, and saves it.
func (s *Service) act(ctx context.Context, a access.Actor, slug string, do func(tx *db.Tx, p *Package, roles []Role) error) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		p, roles, err := enter(tx, a, slug)
		if err != nil {
			return err
		}
		if err := do(tx, &p, roles); err != nil {
			return err
		}
		return savePackage(tx, &p)
	})
}
