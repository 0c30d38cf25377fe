package experience

import (
	"html/template"
	"strconv"
	"strings"

	"caravan/internal/chart"
	"caravan/internal/provider"
	"caravan/internal/text"
	"caravan/internal/visit"
	"caravan/internal/wording"
)

// From rows to views of lists: everything a template prints is made ready here.

func (s *Service) cards(lang string, rows []listRow) []CardView {
	out := make([]CardView, 0, len(rows))
	for _, r := range rows {
		out = append(out, s.card(lang, r))
	}
	return out
}

func (s *Service) card(lang string, r listRow) CardView {
	v := CardView{
		Path: Path(r.PublicID), Title: cover(lang, "title", r.Title, r.Version, r.Masks), Lang: r.Lang, Treatment: s.mainTreatment(lang, r.Experience),
		Clinic: r.Clinic, ClinicPath: "/clinics/" + r.ClinicSlug, Place: s.placeName(lang, r.City, r.Destination), Period: r.period(lang),
		Pseudonym: r.Pseudonym, Role: r.who(lang), Excerpt: text.Excerpt(cover(lang, "story", r.Start, r.Version, r.Masks), 170),
		Level: int(r.Level), LevelName: visit.Badge(lang, int(r.Level), nil).Short,
		Quoted: r.ShownAmount(lang, r.QuotedMinor, r.QuotedCurrency), Paid: r.ShownAmount(lang, r.PaidMinor, r.PaidCurrency),
		Complication: r.harmInShort(lang), Helpful: r.Helpful, HelpfulOf: r.HelpfulOf, Rewarded: r.Incentive != "none",
	}
	if r.GoalAchieved != nil {
		v.Goal = chart.Of(lang, int(*r.GoalAchieved), 10)
		if r.GoalTold != "" && r.GoalTold != Start {
			v.GoalWhen = wording.Text(lang, "experience.read_at", "moment", momentName(lang, r.GoalTold))
		}
	}
	if r.PaidRatio != nil && *r.PaidRatio > 1.005 && r.Crowd >= leastCrowd {
		v.Over = chart.Gap(lang, *r.PaidRatio)
	}
	v.Follow, v.Known = marksOf(lang, r.CheckIns)
	return v
}

// harmInShort is the worst complication in a few words.
func (e Experience) harmInShort(lang string) string {
	switch {
	case e.WorstGrade != nil && *e.WorstGrade == GradeNone:
		return wording.Text(lang, "experience.read_harm_none")
	case e.WorstGrade != nil:
		return wording.Text(lang, "experience.read_needed_"+strconv.Itoa(int(*e.WorstGrade)))
	case e.Complication == "unsure":
		return wording.Text(lang, "experience.read_harm_unsure")
	case e.Complication == "yes":
		return wording.Text(lang, "experience.read_harm_yes")
	}
	return wording.Text(lang, "experience.unknown")
}

// marksOf draws check-ins as a list's query writes them, and says until when
// things are known.
func marksOf(lang, checkIns string) (template.HTML, string) {
	var list []CheckIn
	for part := range strings.SplitSeq(checkIns, ",") {
		if moment, status, ok := strings.Cut(part, ":"); ok {
			list = append(list, CheckIn{Moment: moment, Status: status})
		}
	}
	if len(list) == 0 {
		return "", wording.Text(lang, "experience.read_known_start")
	}
	t := chart.Timeline{}
	last := ""
	for _, c := range ordered(list) {
		t.Moments = append(t.Moments, chart.Moment{State: momentState(c.Status, false)})
		if c.Status == Done || c.Status == TooEarly {
			last = c.Moment
		}
	}
	if last == "" {
		return t.Mini(lang).SVG, wording.Text(lang, "experience.read_known_start")
	}
	return t.Mini(lang).SVG, wording.Text(lang, "experience.read_known", "moment", momentName(lang, last))
}

// listView is a page of the list.
func (s *Service) listView(lang string, in query, clinic provider.Organisation, rows []listRow, count int) *ListView {
	v := &ListView{N: count, Meaning: wording.Text(lang, "experience.read_meaning_"+orNewest(in.Sort)), Sort: in.Sort, Narrowed: in.narrows(), Clinic: clinic.Name, ClinicSlug: clinic.Slug,
		Procedures: s.provider.ProcedureChoices(lang, in.Procedure), Destinations: s.provider.DestinationChoices(lang, in.Destination)}
	v.Count = wording.Number(lang, count)
	if count > countCap {
		v.Count = wording.Text(lang, "experience.read_more_than", "n", wording.Number(lang, countCap))
	}
	first := in
	first.After = ""
	for _, o := range sorts {
		to := first
		to.Sort = o
		if o == byNewest {
			to.Sort = ""
		}
		v.Sorts = append(v.Sorts, SortLink{Label: wording.Text(lang, "experience.read_sort_"+o), Path: to.address(), Current: to.Sort == in.Sort})
	}
	s.filterViews(lang, in, v)
	if in.After != "" {
		v.First = first.address()
	}
	if len(rows) > listSize {
		rows = rows[:listSize]
		next := in
		next.After = rows[listSize-1].PublicID
		v.Next = next.address()
	}
	v.Cards = s.cards(lang, rows)
	for _, c := range v.Cards {
		v.Key = v.Key || c.Follow != ""
	}
	return v
}

func orNewest(sort string) string {
	if sort == "" {
		return byNewest
	}
	return sort
}

// filterViews are the filters with their choices in words.
func (s *Service) filterViews(lang string, in query, v *ListView) {
	choices := func(name string, values []string, chosen string, label func(string) string) FilterView {
		f := FilterView{Name: name, Label: wording.Text(lang, "experience.read_filter_"+name), Any: wording.Text(lang, "experience.read_any")}
		for _, val := range values {
			f.Choices = append(f.Choices, provider.Choice{Value: val, Label: label(val), Chosen: val == chosen})
		}
		return f
	}
	own := func(name string) func(string) string {
		return func(val string) string {
			return wording.Text(lang, "experience.read_"+name+"_"+strings.ReplaceAll(val, "-", "_"))
		}
	}
	v.Filters = []FilterView{choices("level", levelChoices, in.Level, own("level"))}
	v.More = []FilterView{
		choices("outcome", outcomeChoices, in.Outcome, own("outcome")),
		choices("complication", harmChoices, in.Harm, own("complication")),
		choices("gap", gapChoices, in.Gap, own("gap")),
		choices("consent", consentChoices, in.Consent, func(val string) string { return languageName(lang, val) }),
		choices("interpreter", interpreterList, in.Interpreter, func(val string) string { return valueName(lang, "interpreter", val) }),
		choices("nights", nightChoices, in.Nights, own("nights")),
	}
	v.Open = in.Outcome+in.Harm+in.Gap+in.Consent+in.Interpreter+in.Nights != ""
}
