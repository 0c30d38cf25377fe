package experience

import (
	"cmp"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"caravan/internal/chart"
	"caravan/internal/moderation"
	"caravan/internal/money"
	"caravan/internal/text"
	"caravan/internal/visit"
	"caravan/internal/wording"
)

// told is an experience with all of its own rows, as its page and its preview
// need them.
type told struct {
	Experience
	Clinic, ClinicSlug string
	Treated            []Treated
	Lines              []Line
	Complications      []Complication
	CheckIns           []CheckIn
	Masks              []Mask
}

// storyView is what everybody may see of an experience, in words.
func (s *Service) storyView(lang string, x told) StoryView {
	v := StoryView{
		Title: x.covered(lang, "title", x.Title), Lang: x.Lang, Pseudonym: x.Pseudonym, Role: x.who(lang), Treatment: s.treatment(lang, x),
		Clinic: x.Clinic, Place: s.placeName(lang, x.City, x.Destination), Period: x.period(lang),
		GoalText: x.covered(lang, "goal", x.Goal), Quoted: x.ShownAmount(lang, x.QuotedMinor, x.QuotedCurrency), Paid: x.ShownAmount(lang, x.PaidMinor, x.PaidCurrency),
		WouldRepeat: said(lang, "would_repeat", x.WouldRepeat), WorthIt: said(lang, "worth_it", x.WorthIt),
		Incentive: valueName(lang, "incentive", x.Incentive), Rewarded: x.Incentive != "none",
		Consent: consentWords(lang, x.ConsentLang, x.Interpreter), AIUsed: x.AIUsed, HTML: x.storyHTML(lang),
		Answered: int(x.Answered), Asked: int(x.Asked), Coarse: x.Crowd < leastCrowd && (x.PaidMinor != nil || x.QuotedMinor != nil),
	}
	if x.ClinicSlug != "" {
		v.ClinicPath = "/clinics/" + x.ClinicSlug
	}
	if x.GoalAchieved != nil {
		v.Goal = chart.Of(lang, int(*x.GoalAchieved), 10)
		if x.GoalTold != "" && x.GoalTold != Start {
			v.GoalWhen = wording.Text(lang, "experience.read_at", "moment", momentName(lang, x.GoalTold))
		}
	}
	if x.PaidRatio != nil && x.Crowd >= leastCrowd {
		v.Gap, v.Over = chart.Gap(lang, *x.PaidRatio), *x.PaidRatio > 1
	}
	for _, g := range x.GapReasons {
		v.Gaps = append(v.Gaps, within(valueName(lang, "gap_reasons", g)))
	}
	if x.NightsBeforeFlight != nil {
		v.Nights = wording.Number(lang, int(*x.NightsBeforeFlight))
	}
	v.Harm, v.HarmNone = x.harm(lang)
	v.follow(lang, x.coveredNotes(lang))
	v.price(lang, x)
	return v
}

// covered is a text of an experience with what is masked in it.
func (x told) covered(lang, field, s string) string { return cover(lang, field, s, x.Version, x.Masks) }

// cover replaces the masked passages of one field of one version.
func cover(lang, field, s string, version int, masks []Mask) string {
	var own []moderation.Mask
	for _, m := range masks {
		if m.Field == field && m.Version == version {
			own = append(own, moderation.Mask{Field: m.Field, Version: m.Version, First: m.FirstByte, End: m.EndByte, Class: m.Class})
		}
	}
	if len(own) == 0 {
		return s
	}
	slices.SortFunc(own, func(a, b moderation.Mask) int { return cmp.Compare(a.First, b.First) })
	return moderation.Cover(lang, s, own)
}

// coveredNotes are the check-ins with what is masked in their lines, which have
// one version only.
func (x told) coveredNotes(lang string) []CheckIn {
	out := slices.Clone(x.CheckIns)
	for i := range out {
		out[i].Note = cover(lang, "note_"+out[i].Moment, out[i].Note, 1, x.Masks)
	}
	return out
}

func (x told) storyHTML(lang string) template.HTML {
	if s := x.covered(lang, "story", x.Story); s != x.Story {
		return template.HTML(text.Markdown(s)) // #nosec G203: made by text.Markdown
	}
	return template.HTML(x.StoryHTML) // #nosec G203: made by text.Markdown
}

// who is the role, with age and origin where enough others share them.
func (e Experience) who(lang string) string {
	parts := []string{wording.Text(lang, "common.teller_"+e.AuthorRole)}
	if e.ShownAge && e.AgeBand != nil {
		parts = append(parts, wording.Text(lang, "experience.read_age", "band", strings.ReplaceAll(*e.AgeBand, "-", "–")))
	}
	if e.ShownOrigin && e.OriginCountry != nil {
		parts = append(parts, wording.Text(lang, "experience.read_from", "country", countryName(lang, *e.OriginCountry)))
	}
	return strings.Join(parts, wording.Text(lang, "common.comma"))
}

// period is when the treatment was, as coarsely as it is shown.
func (e Experience) period(lang string) string {
	if e.ShownPeriod == "year" && len(e.Quarter) >= 4 {
		return e.Quarter[:4]
	}
	return visit.Quarter(e.Quarter).Name(lang)
}

// mainTreatment is the procedure, or only its specialty.
func (s *Service) mainTreatment(lang string, e Experience) string {
	p, _ := s.provider.ProcedureByID(e.ProcedureID)
	if e.ShownTreatment == "specialty" {
		return p.SpecialtyName(lang)
	}
	return p.Name(lang)
}

// treatment is the main procedure with its number and side, and the others.
func (s *Service) treatment(lang string, x told) string {
	main := s.mainTreatment(lang, x.Experience)
	if x.ShownTreatment == "specialty" {
		return main
	}
	out := []string{}
	for _, t := range x.Treated {
		p, _ := s.provider.ProcedureByID(t.ProcedureID)
		w := p.Name(lang)
		if t.Quantity != nil && *t.Quantity > 1 {
			w = wording.Text(lang, "experience.read_times", "n", wording.Number(lang, *t.Quantity), "what", w)
		}
		if t.Side != "" {
			w += wording.Text(lang, "common.comma") + within(valueName(lang, "side", t.Side))
		}
		if t.State != "" && t.State != "performed" {
			w += " (" + within(valueName(lang, "done_2", t.State)) + ")"
		}
		out = append(out, w)
	}
	if len(out) == 0 {
		return main
	}
	return strings.Join(out, "; ")
}

func (s *Service) placeName(lang, city, iso string) string {
	d, _ := s.provider.Destination(iso)
	if city == "" {
		return d.Name(lang)
	}
	return city + wording.Text(lang, "common.comma") + d.Name(lang)
}

// harm lists the complications, the worst first, or says that there is none to
// list and why.
func (x told) harm(lang string) (out []HarmView, none string) {
	list := slices.Clone(x.Complications)
	slices.SortStableFunc(list, func(a, b Complication) int { return cmp.Compare(gradeOf(b), gradeOf(a)) })
	for _, c := range list {
		out = append(out, c.view(lang))
	}
	switch {
	case x.Complication == "none" && x.WorstGrade != nil && *x.WorstGrade == GradeNone:
		return out, wording.Text(lang, "experience.read_harm_none")
	case x.Complication == "unsure":
		return out, wording.Text(lang, "experience.read_harm_unsure")
	case x.Complication == "yes":
		return out, wording.Text(lang, "experience.read_harm_yes")
	}
	return out, wording.Text(lang, "experience.unknown")
}

func gradeOf(c Complication) int16 {
	if c.Grade == nil {
		return -1
	}
	return *c.Grade
}

func (c Complication) view(lang string) HarmView {
	v := HarmView{Title: valueName(lang, "c_kind", c.Kind), Reaction: said(lang, "c_reaction", c.ClinicReaction)}
	if c.OnsetDay != nil {
		v.Title = wording.Text(lang, "experience.read_harm_day", "what", v.Title, "day", wording.Number(lang, *c.OnsetDay))
	}
	parts := []string{wording.Text(lang, "experience.read_grade_unknown")}
	if c.Grade != nil {
		parts[0] = wording.Text(lang, "experience.read_needed_"+strconv.Itoa(int(*c.Grade))) + " (" + wording.Text(lang, "experience.read_grade", "grade", GradeName(*c.Grade, c.AtDischarge)) + ")"
	}
	for _, p := range [][2]string{{"c_where", c.TreatedWhere}, {"c_payer", c.Payer}, {"c_resolved", c.Resolved}} {
		if w := said(lang, p[0], p[1]); w != "" {
			parts = append(parts, wording.Text(lang, "experience.read_"+p[0], "what", within(w)))
		}
	}
	if c.DaysInHospital != nil && *c.DaysInHospital > 0 {
		parts = append(parts, wording.Text(lang, "experience.read_hospital", "count", *c.DaysInHospital))
	}
	v.Note = strings.Join(parts, "; ") + "."
	return v
}

// follow draws the check-ins. Their days are for nobody's eyes: only whether a
// moment has come and was answered.
func (v *StoryView) follow(lang string, list []CheckIn) {
	if len(list) == 0 {
		return
	}
	t := chart.Timeline{ID: "tl"}
	last := ""
	for _, c := range ordered(list) {
		m := c.moment(lang)
		if c.Status == Done || c.Status == TooEarly {
			last = c.Moment
		}
		v.Missed = v.Missed || m.State == chart.Missed
		t.Moments = append(t.Moments, m)
	}
	d := t.Draw(lang)
	v.Follow = &d
	v.FollowTitle = wording.Text(lang, "experience.read_follow_none")
	if last != "" {
		v.FollowTitle = wording.Text(lang, "experience.read_follow", "moment", momentName(lang, last))
	}
}

// ordered are check-ins in the order of their moments.
func ordered(list []CheckIn) []CheckIn {
	out := slices.Clone(list)
	slices.SortFunc(out, func(a, b CheckIn) int {
		return cmp.Compare(slices.Index(Moments, a.Moment), slices.Index(Moments, b.Moment))
	})
	return out
}

func (c CheckIn) moment(lang string) chart.Moment {
	m := chart.Moment{Label: momentName(lang, c.Moment), Short: wording.Text(lang, "experience.read_moment_short_"+c.Moment), State: momentState(c.Status, c.GoalAchieved != nil), Harm: c.Complication == "yes", Told: c.Note}
	if m.State == chart.Done {
		m.Score = int(*c.GoalAchieved)
	}
	if m.State == chart.Missed {
		m.Note, m.Harm = wording.Text(lang, "chart.unknown"), false
	}
	return m
}

// momentState is how a check-in is drawn. Declined is missed: nothing is known.
func momentState(status string, scored bool) string {
	switch status {
	case Done, TooEarly:
		if scored {
			return chart.Done
		}
		return chart.NoScore
	case Missed, Declined:
		return chart.Missed
	}
	return chart.Coming
}

// price fills the lines and their sums.
func (v *StoryView) price(lang string, x told) {
	for _, l := range x.Lines {
		v.Lines = append(v.Lines, LineView{
			Label: wording.Text(lang, "experience.read_line_"+l.Line), Quoted: x.ShownAmount(lang, l.QuotedMinor, x.QuotedCurrency), Paid: x.ShownAmount(lang, l.PaidMinor, x.PaidCurrency),
			Added: l.QuotedMinor == nil && l.PaidMinor != nil && *l.PaidMinor > 0 && x.QuotedMinor != nil,
		})
	}
	v.LineQuoted, v.LinePaid = v.Quoted, v.Paid
	if x.PaidEuroMinor == nil || x.RatedOn == nil || x.PaidCurrency == nil || *x.PaidCurrency == "EUR" {
		return
	}
	euro := money.Amount{Minor: *x.PaidEuroMinor, Currency: "EUR"}
	if x.Crowd < leastCrowd {
		euro = rounded(euro)
	}
	euro.Minor = (euro.Minor + 50) / 100 * 100
	day := wording.Day(lang, *x.RatedOn)
	if x.ShownPeriod == "year" {
		day = strconv.Itoa(x.RatedOn.Year()) // the day would tell the quarter
	}
	v.Rated = wording.Text(lang, "experience.read_rated", "amount", euro.Format(lang), "day", day)
}

// said is the word for an answer; "" where nothing was told.
func said(lang, field, value string) string {
	if value == "" || value == Unknown || value == RatherNot {
		return ""
	}
	return valueName(lang, field, value)
}

// valueName is what a value of a closed list is called: by its field where the
// word depends on it.
func valueName(lang, field, value string) string {
	if value == "" || value == Unknown {
		return wording.Text(lang, "experience.unknown")
	}
	if key := "experience.v_" + field + "_" + value; wording.Has(key) {
		return wording.Text(lang, key)
	}
	return wording.Text(lang, "experience.v_"+value)
}

// within is a word as it stands inside a sentence: without the capital that it
// has as a choice of its own. What is written in capitals stays.
func within(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	second, _ := utf8.DecodeRuneInString(s[n:])
	if unicode.IsUpper(second) {
		return s
	}
	return string(unicode.ToLower(first)) + s[n:]
}

func momentName(lang, moment string) string {
	return wording.Text(lang, "experience.read_moment_"+moment)
}

func consentWords(lang, code, interpreter string) string {
	var parts []string
	if code != "" && code != Unknown && code != RatherNot {
		parts = append(parts, languageName(lang, code))
	}
	if w := said(lang, "interpreter", interpreter); w != "" {
		parts = append(parts, wording.Text(lang, "experience.read_interpreter", "who", within(w)))
	}
	return strings.Join(parts, "; ")
}

// languageName is in the reader's language; a code that is none stands for
// itself.
func languageName(lang, code string) string {
	tag, err := language.Parse(code)
	if err != nil {
		return code
	}
	return display.Languages(language.Make(lang)).Name(tag)
}
