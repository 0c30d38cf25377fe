package experience

import (
	"context"
	"time"

	"caravan/internal/access"
	"caravan/internal/answer"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/stats"
	"caravan/internal/visit"
)

// The JSON API: only what everybody may read, as coarse as on the page. Amounts
// are minor units of their currency, rounded to two figures where few patients
// fit what is shown.

// ExperienceJSON is an experience as the API shows it.
type ExperienceJSON struct {
	ID            string        `json:"id" doc:"Random; also the last part of the page's address"`
	Path          string        `json:"path"`
	Title         string        `json:"title"`
	Lang          string        `json:"lang" doc:"Language of title, goal and story"`
	Author        access.Byline `json:"author"`
	OriginCountry string        `json:"origin_country,omitempty" doc:"ISO 3166-1; only where enough others share it"`
	AgeBand       string        `json:"age_band,omitempty"`
	Clinic        string        `json:"clinic" doc:"Slug"`
	ClinicName    string        `json:"clinic_name"`
	Destination   string        `json:"destination" doc:"ISO 3166-1 alpha-2"`
	City          string        `json:"city,omitempty"`
	Procedure     string        `json:"procedure,omitempty" doc:"Code; absent where only the specialty is shown"`
	Specialty     string        `json:"specialty" doc:"Code of three letters"`
	Period        string        `json:"period" doc:"Quarter such as 2026-Q2, or the year"`
	Level         int           `json:"level" doc:"Of verification, 0 to 4"`
	Counted       bool          `json:"counted" doc:"Enters figures: level 2 or more, and not rewarded"`
	Incentive     string        `json:"incentive"`
	Goal          *int          `json:"goal_achieved" doc:"0 to 10 as last told; null: too early or unknown"`
	GoalTold      string        `json:"goal_told" doc:"start, or the check-in that told it"`
	Quoted        *AmountJSON   `json:"quoted"`
	Paid          *AmountJSON   `json:"paid"`
	Ratio         *float64      `json:"paid_ratio" doc:"Paid for one quoted"`
	GapReasons    []string      `json:"gap_reasons"`
	Complication  string        `json:"complication"`
	WorstGrade    string        `json:"worst_grade" doc:"Clavien-Dindo, self-reported; 0: none; empty: unknown"`
	WouldRepeat   string        `json:"would_repeat"`
	Helpful       int           `json:"helpful"`
	HelpfulOf     int           `json:"helpful_of"`
	PublishedOn   string        `json:"published_on" doc:"Day"`
}

// AmountJSON is a sum of money.
type AmountJSON struct {
	Minor    int64  `json:"minor" doc:"In minor units of the currency"`
	Currency string `json:"currency" doc:"ISO 4217"`
}

// WholeJSON is one experience with all that is public of it.
type WholeJSON struct {
	ExperienceJSON
	GoalText      string              `json:"goal"`
	Source        string              `json:"source" doc:"Markdown as written, passages masked"`
	HTML          string              `json:"html"`
	AIUsed        bool                `json:"ai_used"`
	Seen          []string            `json:"seen" doc:"Kinds of evidence"`
	Lines         []LineJSON          `json:"lines"`
	Complications []HarmJSON          `json:"complications"`
	CheckIns      []CheckInJSON       `json:"check_ins"`
	Details       map[string][]string `json:"details" doc:"The other answers, by the names of the questions"`
	Version       int                 `json:"version"`
	EditedOn      string              `json:"edited_on,omitempty"`
	Answer        *AnswerJSON         `json:"answer"`
}

// LineJSON is one part of the price.
type LineJSON struct {
	Line   string `json:"line"`
	Quoted *int64 `json:"quoted_minor"`
	Paid   *int64 `json:"paid_minor"`
}

// HarmJSON is one complication, self-reported.
type HarmJSON struct {
	Kind     string `json:"kind"`
	OnsetDay *int   `json:"onset_day"`
	Grade    string `json:"grade"`
	Where    string `json:"treated_where"`
	Payer    string `json:"payer"`
	Resolved string `json:"resolved"`
	Reaction string `json:"clinic_reaction"`
}

// CheckInJSON is one check-in; its day is nobody's.
type CheckInJSON struct {
	Moment       string `json:"moment"`
	Status       string `json:"status" enum:"not_due,done,unknown,too_early"`
	Goal         *int   `json:"goal_achieved"`
	Complication string `json:"complication"`
	Note         string `json:"note"`
}

// AnswerJSON is the clinic's answer.
type AnswerJSON struct {
	Author      access.Byline `json:"author"`
	Source      string        `json:"source"`
	HTML        string        `json:"html"`
	Standing    string        `json:"standing"`
	PublishedOn string        `json:"published_on"`
}

type experiencesIn struct {
	Procedure    string `query:"procedure" doc:"Code"`
	Destination  string `query:"destination"`
	Clinic       string `query:"clinic" doc:"Slug"`
	Level        string `query:"level" enum:"2,3,4,0" doc:"At least; 0: below 2"`
	Complication string `query:"complication" enum:"none,any,ii,iii,unknown"`
	Outcome      string `query:"outcome" enum:"reached,partly,missed,early"`
	Gap          string `query:"gap" enum:"quoted,some,over,much"`
	Consent      string `query:"consent" doc:"Language of the consent form"`
	Interpreter  string `query:"interpreter"`
	Nights       string `query:"nights" enum:"0-2,3-4,5-9,10" doc:"Between procedure and flight"`
	Sort         string `query:"sort" enum:"new,helpful,critical" default:"new"`
	After        string `query:"after" maxLength:"36" doc:"next of the page before"`
}

type experiencesOut struct {
	Body struct {
		Experiences []ExperienceJSON `json:"experiences"`
		Count       int              `json:"count" doc:"At most 1001, which stands for more than 1000"`
		Next        string           `json:"next,omitempty"`
	}
}

type oneIn struct {
	ID string `path:"id" maxLength:"36"`
}

type oneOut struct{ Body WholeJSON }

type experienceVoteIn struct {
	ID   string `path:"id" maxLength:"36"`
	Body struct {
		Value int `json:"value" minimum:"0" maximum:"1" doc:"1: it helped; 0: it did not"`
	}
}

type experienceVoteOut struct {
	Body struct {
		Value     int  `json:"value"`
		Helpful   int  `json:"helpful"`
		HelpfulOf int  `json:"helpful_of"`
		Counted   bool `json:"counted"`
	}
}

func (s *Service) apiRoutes() []httpd.Route {
	const tag = "Experiences"
	return []httpd.Route{
		httpd.API(httpd.Operation{Method: "GET", Path: "/api/v1/experiences", ID: "list-experiences", Summary: "Experiences, 20 a page", Tag: tag}, access.Anyone, s.apiList),
		httpd.API(httpd.Operation{Method: "GET", Path: "/api/v1/experiences/{id}", ID: "get-experience", Summary: "One experience", Tag: tag, Errors: []int{404, 410}}, access.Anyone, s.apiOne),
		httpd.API(httpd.Operation{Method: "PUT", Path: "/api/v1/experiences/{id}/vote", ID: "vote-experience", Summary: "Set whether an experience helped", Tag: tag, Errors: []int{403, 404}}, access.Member, s.apiVote),
		httpd.API(httpd.Operation{Method: "GET", Path: "/api/v1/clinics/{slug}/figures", ID: "get-clinic-figures", Summary: "What the counted experiences of a clinic add up to", Tag: tag, Errors: []int{404}}, access.Anyone, s.apiFigures),
	}
}

func (s *Service) apiList(ctx context.Context, _ access.Actor, in *experiencesIn) (*experiencesOut, error) {
	x := query{Procedure: in.Procedure, Destination: in.Destination, Clinic: in.Clinic, Level: in.Level, Harm: in.Complication, Outcome: in.Outcome, Gap: in.Gap,
		Consent: in.Consent, Interpreter: in.Interpreter, Nights: in.Nights, Sort: in.Sort, After: in.After}
	x.clean()
	f, _, err := s.filterOf(ctx, &x)
	if err != nil {
		return nil, err
	}
	rows, count, err := listExperiences(s.db.Read(ctx), f)
	if err != nil {
		return nil, err
	}
	out := &experiencesOut{}
	out.Body.Count = count
	out.Body.Experiences = []ExperienceJSON{}
	if len(rows) > f.Limit {
		rows = rows[:f.Limit]
		out.Body.Next = rows[f.Limit-1].PublicID
	}
	for _, r := range rows {
		out.Body.Experiences = append(out.Body.Experiences, s.shortJSON(r.Experience, r.Clinic, r.ClinicSlug, r.Masks))
	}
	return out, nil
}

// shortJSON is class P alone, as coarse as it is shown.
func (s *Service) shortJSON(e Experience, clinic, slug string, masks []Mask) ExperienceJSON {
	const lang = "en"
	p, _ := s.provider.ProcedureByID(e.ProcedureID)
	j := ExperienceJSON{
		ID: e.PublicID, Path: Path(e.PublicID), Title: cover(lang, "title", e.Title, e.Version, masks), Lang: e.Lang, Author: access.Pseudonym(e.Pseudonym, e.AuthorRole).Byline(lang),
		Clinic: slug, ClinicName: clinic, Destination: e.Destination, City: e.City, Specialty: p.Specialty, Period: e.Quarter, Level: int(e.Level), Counted: e.Counted,
		Incentive: e.Incentive, Goal: whole(e.GoalAchieved), GoalTold: e.GoalTold, Quoted: e.amountJSON(e.QuotedMinor, e.QuotedCurrency), Paid: e.amountJSON(e.PaidMinor, e.PaidCurrency),
		GapReasons: append([]string{}, e.GapReasons...), Complication: e.Complication, WouldRepeat: e.WouldRepeat, Helpful: e.Helpful, HelpfulOf: e.HelpfulOf, PublishedOn: dayOf(e.PublishedOn),
	}
	if e.ShownPeriod == "year" && len(e.Quarter) >= 4 {
		j.Period = e.Quarter[:4]
	}
	if e.ShownTreatment == "procedure" {
		j.Procedure = p.Code
	}
	if e.ShownOrigin && e.OriginCountry != nil {
		j.OriginCountry = *e.OriginCountry
	}
	if e.ShownAge && e.AgeBand != nil {
		j.AgeBand = *e.AgeBand
	}
	if e.Crowd >= leastCrowd {
		j.Ratio = e.PaidRatio
	}
	if e.WorstGrade != nil {
		j.WorstGrade = GradeName(*e.WorstGrade, nil)
	}
	return j
}

func (e Experience) amountJSON(minor *int64, currency *string) *AmountJSON {
	a, ok := amount(minor, currency)
	if !ok {
		return nil
	}
	if e.Crowd < leastCrowd {
		a = rounded(a)
	}
	return &AmountJSON{a.Minor, a.Currency}
}

func dayOf(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

func (s *Service) apiOne(ctx context.Context, _ access.Actor, in *oneIn) (*oneOut, error) {
	if !validID(in.ID) {
		return nil, errNone
	}
	q := s.db.Read(ctx)
	h, err := findHead(q, in.ID, 0)
	if err != nil {
		return nil, err
	}
	switch h.State {
	case Published:
	case Submitted, SentBack:
		return nil, errNone
	default:
		return nil, errs.New(errs.Gone, "experience.read_gone_"+h.State)
	}
	j, err := s.wholeJSON(q, h.ID)
	return &oneOut{j}, err
}

func (s *Service) wholeJSON(q *db.Tx, id int64) (j WholeJSON, err error) {
	const lang = "en"
	x, err := findTold(q, id)
	if err != nil {
		return j, err
	}
	j = WholeJSON{ExperienceJSON: s.shortJSON(x.Experience, x.Clinic, x.ClinicSlug, x.Masks), GoalText: x.covered(lang, "goal", x.Goal), Source: x.covered(lang, "story", x.Story),
		HTML: string(x.storyHTML(lang)), AIUsed: x.AIUsed, Seen: []string{}, Lines: []LineJSON{}, Complications: []HarmJSON{}, CheckIns: []CheckInJSON{}, Details: x.publicDetails(),
		Version: x.Version, EditedOn: dayOf(x.EditedOn)}
	if x.Crowd >= leastCrowd {
		for _, l := range x.Lines {
			j.Lines = append(j.Lines, LineJSON{l.Line, l.QuotedMinor, l.PaidMinor})
		}
	}
	for _, c := range x.Complications {
		h := HarmJSON{Kind: c.Kind, OnsetDay: c.OnsetDay, Where: c.TreatedWhere, Payer: c.Payer, Resolved: c.Resolved, Reaction: c.ClinicReaction}
		if c.Grade != nil {
			h.Grade = GradeName(*c.Grade, c.AtDischarge)
		}
		j.Complications = append(j.Complications, h)
	}
	for _, c := range ordered(x.CheckIns) {
		j.CheckIns = append(j.CheckIns, CheckInJSON{Moment: c.Moment, Status: c.publicStatus(), Goal: whole(c.GoalAchieved), Complication: c.Complication, Note: c.Note})
	}
	proofs, err := visit.Proofs(q, []int64{id})
	if err != nil {
		return j, err
	}
	for _, p := range proofs[id] {
		j.Seen = append(j.Seen, p.Kind)
	}
	a, err := answer.Of(q, lang, id, s.db.Now())
	if a != nil {
		j.Answer = &AnswerJSON{Author: a.By, Source: a.Source, HTML: string(a.HTML), Standing: a.Standing, PublishedOn: dayOf(&a.PublishedAt)}
	}
	return j, err
}

// publicStatus tells neither whether somebody was asked already nor why nothing
// is known.
func (c CheckIn) publicStatus() string {
	switch c.Status {
	case Done, TooEarly:
		return c.Status
	case Missed, Declined:
		return Unknown
	}
	return "not_due"
}

// publicDetails are the answers of class P; amounts only where enough patients
// fit what is shown.
func (e Experience) publicDetails() map[string][]string {
	out := map[string][]string{}
	for name, v := range e.Details {
		f, ok := FieldNamed(name)
		if !ok || f.Class != Public || f.Input == Money && e.Crowd < leastCrowd {
			continue
		}
		out[name] = v
	}
	return out
}

func (s *Service) apiVote(ctx context.Context, a access.Actor, in *experienceVoteIn) (*experienceVoteOut, error) {
	v, err := s.Vote(ctx, a, in.ID, in.Body.Value)
	if err != nil {
		return nil, err
	}
	out := &experienceVoteOut{}
	out.Body.Value, out.Body.Helpful, out.Body.HelpfulOf, out.Body.Counted = v.Value, v.Helpful, v.HelpfulOf, v.Counted
	return out, nil
}

type figuresIn struct {
	Slug      string `path:"slug" maxLength:"200"`
	Procedure string `query:"procedure" doc:"Code: figures of this procedure alone"`
}

type figuresOut struct{ Body FiguresJSON }

// FiguresJSON are figures with their n; what fewer than five told is null.
type FiguresJSON struct {
	Verified int            `json:"verified"`
	Goal     *GoalJSON      `json:"goal"`
	Price    *PriceJSON     `json:"paid_ratio"`
	Harm     []HarmRateJSON `json:"complications" doc:"Self-reported, of those known for 90 days and more"`
	Known    []KnownJSON    `json:"follow_up"`
	Records  *ShareJSON     `json:"complete_records"`
	Repeat   *ShareJSON     `json:"would_repeat"`
}

// GoalJSON is how far goals were reached.
type GoalJSON struct {
	N       int     `json:"n"`
	Reached int     `json:"reached" doc:"7 or more"`
	Median  float64 `json:"median"`
	Counts  [11]int `json:"counts" doc:"By answer, 0 to 10"`
}

// PriceJSON is the quartiles of paid for one quoted.
type PriceJSON struct {
	N         int     `json:"n"`
	Low       float64 `json:"q1"`
	Median    float64 `json:"median"`
	High      float64 `json:"q3"`
	TopReason string  `json:"top_reason,omitempty"`
}

// HarmRateJSON is the share with a grade or worse, with its interval.
type HarmRateJSON struct {
	Grade string  `json:"grade_at_least"`
	K     int     `json:"k"`
	N     int     `json:"n"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// KnownJSON is how many of those due are known; known is null for fewer than
// five.
type KnownJSON struct {
	Moment string `json:"moment"`
	Known  *int   `json:"known"`
	Due    int    `json:"due"`
}

// ShareJSON is so many of n.
type ShareJSON struct {
	K int `json:"k"`
	N int `json:"n"`
}

func (s *Service) apiFigures(ctx context.Context, _ access.Actor, in *figuresIn) (*figuresOut, error) {
	o, err := s.provider.FindClinic(s.db.Read(ctx), in.Slug)
	if err != nil {
		return nil, err
	}
	c, err := s.clinic(ctx, o.ID)
	if err != nil {
		return nil, err
	}
	p, ok := s.provider.Procedure(in.Procedure)
	if in.Procedure != "" && !ok {
		return nil, errs.Field("procedure", "question.procedure_missing")
	}
	return &figuresOut{figuresJSON(c.cut(p.ID))}, nil
}

func figuresJSON(f Figures) FiguresJSON {
	j := FiguresJSON{Verified: f.Verified, Harm: []HarmRateJSON{}}
	if Shown(f.Goal.N) {
		j.Goal = &GoalJSON{f.Goal.N, f.Goal.Reached, f.Goal.Median, f.Goal.Counts}
	}
	if Shown(f.Price.N) {
		j.Price = &PriceJSON{f.Price.N, f.Price.Low, f.Price.Mid, f.Price.High, f.Price.TopGap}
	}
	if Shown(f.Harm.N) {
		for _, g := range rungs {
			low, high := stats.Wilson(f.Harm.AtLeast[g], f.Harm.N)
			j.Harm = append(j.Harm, HarmRateJSON{GradeNames[g], f.Harm.AtLeast[g], f.Harm.N, low, high})
		}
	}
	for _, k := range f.Known {
		row := KnownJSON{Moment: k.Moment, Due: k.Due}
		if Shown(k.Due) {
			row.Known = &k.Known
		}
		j.Known = append(j.Known, row)
	}
	if Shown(f.Records.N) {
		j.Records = &ShareJSON{f.Records.Complete, f.Records.N}
	}
	if Shown(f.Repeat.N) {
		j.Repeat = &ShareJSON{f.Repeat.Yes, f.Repeat.N}
	}
	return j
}
