package experience

import (
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/provider"
	"caravan/internal/text"
	"caravan/internal/visit"
	"caravan/internal/wording"
	"caravan/web"
)

var (
	startPage   = web.Page[StartView](views, "start")
	tellPage    = web.Page[TellView](views, "tell")
	checkInPage = web.Page[CheckInView](views, "checkin")
	thanksPage  = web.Page[struct{}](views, "thanks")
	minePage    = web.Page[MineView](views, "mine")
	rewordPage  = web.Page[RewordView](views, "reword")
	leavePage   = web.Page[LeaveView](views, "leave")
)

// FieldView is a question as asked.part.html draws it.
type FieldView struct {
	Name, Label, Hint, Error string
	Number                   string // "3. " of the eleven
	Input                    string // radio, select, checks, scale, number, line, text, money, day, tick
	Value                    string
	Choices                  []provider.Choice
	Groups                   []provider.ChoiceGroup // of a select with headings
	Scale                    []provider.Choice      // the figures
	Unsaid                   bool                   // "I do not know" can be ticked beside the input
	Ticked                   bool                   // …and is, or the tick itself
	Currency                 string
	Currencies               []provider.Choice
	Must                     bool
	Least, Most              int
	Leaks                    bool // words: the browser looks for leaks while they are typed
	After                    string
}

// StepLink is one step above the form.
type StepLink struct {
	Label, Path string
	Now, Done   bool
}

// StartView is what start.page.html shows.
type StartView struct {
	Drafts            []DraftRow
	Clinic, Procedure string // from the address
	Confirmed         bool
	Insider           bool
	Wrong             string
}

// DraftRow is a draft in a list.
type DraftRow struct {
	Path, Discard, Title string
	Code                 bool
	At                   string
}

// TellView is what tell.page.html shows: one step of telling.
type TellView struct {
	Action, Back string
	Step, Title  string
	Lede         string
	Steps        []StepLink
	At           string // "Step 2 of 5"
	Main         []FieldView
	Harm         []FieldView // asked when something went wrong
	MoreHarm     []FieldView
	More         []FieldView // may be told beside
	Open         bool        // an answer or an error is among More
	Lines        []LineAsk
	LinesOpen    bool
	Tick         bool // warnings about words can be ticked away
	Ticked       bool
	Pseudonym    string
	Last         bool
	Preview      *StoryView
	Crowd        string
	Unfinished   []StepMissing
	Code, CodeOn bool
	Existing     string // address of what was told already
	Saved        string
}

// LineAsk is one part of the price to fill in.
type LineAsk struct {
	Label, Quoted, Paid    string
	QuotedName, PaidName   string
	QuotedError, PaidError string
}

// StepMissing names a step that is not finished.
type StepMissing struct {
	Label, Path string
	What        []string
}

// asker draws questions in one language with what was typed and what is wrong.
type asker struct {
	s        *Service
	q        *db.Tx
	lang     string
	typed    Answers
	wrong    map[string]string
	currency []provider.Choice
}

func (s *Service) newAsker(q *db.Tx, lang string, typed Answers, err error) (*asker, error) {
	x := &asker{s: s, q: q, lang: lang, typed: typed, wrong: map[string]string{}}
	if err != nil {
		for _, f := range errs.Of(err).Fields {
			x.wrong[f.Name] = strings.TrimSpace(x.wrong[f.Name] + " " + wording.Text(lang, f.Key, f.Args...))
		}
	}
	rows, err := listCurrencyNames(q, lang)
	for _, r := range rows {
		x.currency = append(x.currency, provider.Choice{Value: r.Code, Label: r.Code + " · " + r.Name})
	}
	return x, err
}

// numbers of the eleven answers.
var elevenOf = map[string]int{"clinic": 1, "procedure": 2, "quarter": 3, "author_role": 4, "origin_country": 5, "story": 6, "goal_achieved": 7, "complication": 8, "would_repeat": 9, "quoted": 10, "incentive": 11}

// field draws one question.
func (x *asker) field(f Field) (v FieldView, err error) {
	v = FieldView{Name: f.Name, Label: Label(x.lang, f.Name), Error: x.wrong[f.Name], Value: x.typed.One(f.Name), Must: f.Must, Least: f.Least, Most: f.Most}
	if wording.Has("experience.h_" + f.Name) {
		v.Hint = wording.Text(x.lang, "experience.h_"+f.Name)
	}
	if n := elevenOf[f.Name]; n > 0 {
		v.Number = strconv.Itoa(n) + ". "
	}
	switch f.Input {
	case Pick:
		v.Input = "select"
		if f.Must || f.Place == InCheckIn {
			v.Input = "radio"
		}
		v.Choices = x.picks(f)
	case PickMany:
		v.Input, v.Choices = "checks", x.picks(f)
	case Scale:
		v.Input, v.Choices = "scale", x.picks(f)
		x.scale(f, &v)
	case Number:
		v.Input = "number"
	case Sentence:
		v.Input, v.Leaks = "line", f.Name != "surgeon"
	case Prose:
		v.Input, v.Leaks = "text", true
	case Money:
		v.Input, v.Currency, v.Currencies = "money", f.Name+"_currency", x.currencies(f)
	case Day:
		v.Input = "day"
	case Tick:
		v.Input, v.Ticked = "tick", v.Value == "yes"
	default:
		v.Input = "select"
		err = x.lists(f, &v)
	}
	if v.Input == "number" || v.Input == "money" || v.Input == "day" {
		v.Unsaid, v.Ticked = true, slices.Contains(x.typed[f.Name], Unknown)
		if v.Value == Unknown {
			v.Value = ""
		}
	}
	return v, err
}

// scale draws the steps of a scale, with what its ends mean.
func (x *asker) scale(f Field, v *FieldView) {
	for n := f.Least; n <= f.Most; n++ {
		v.Scale = append(v.Scale, x.choice(f, strconv.Itoa(n), strconv.Itoa(n)))
	}
	if wording.Has("experience.ends_" + f.Name) {
		v.After = wording.Text(x.lang, "experience.ends_"+f.Name)
	} else if f.Least == 1 {
		v.After = wording.Text(x.lang, "experience.ends_rate")
	}
}

func (x *asker) choice(f Field, value, label string) provider.Choice {
	return provider.Choice{Value: value, Label: label, Chosen: slices.Contains(x.typed[f.Name], value)}
}

// picks are the answers to choose from; that one does not know, or would rather
// not say, always stand at the end.
func (x *asker) picks(f Field) (out []provider.Choice) {
	for _, value := range f.Values {
		if value == "died" && x.typed.One("author_role") != "next_of_kin" {
			continue
		}
		out = append(out, x.choice(f, value, valueName(x.lang, f.Name, value)))
	}
	if mustBeKnown[f.Name] {
		return out
	}
	return append(out, x.choice(f, Unknown, wording.Text(x.lang, "experience.do_not_know")), x.choice(f, RatherNot, wording.Text(x.lang, "experience.rather_not")))
}

// currencies offers the one that was chosen, else that of the clinic's country.
func (x *asker) currencies(f Field) []provider.Choice {
	chosen := x.typed.One(f.Name + "_currency")
	if chosen == "" && x.typed.One("clinic") != "" {
		if o, err := x.s.provider.FindClinic(x.q, x.typed.One("clinic")); err == nil {
			if d, ok := x.s.provider.Destination(o.Country); ok {
				chosen = d.Currency
			}
		}
	}
	if chosen == "" {
		chosen = "EUR"
	}
	out := slices.Clone(x.currency)
	for i := range out {
		out[i].Chosen = out[i].Value == chosen
	}
	return out
}

// lists fills the choices of questions whose answers are in the catalogue of
// places, clinics and treatments.
func (x *asker) lists(f Field, v *FieldView) error {
	switch f.Input {
	case Clinic:
		all, err := x.s.provider.ClinicChoices(x.q)
		for _, o := range all {
			v.Choices = append(v.Choices, x.choice(f, o.Slug, o.Name+", "+o.City))
		}
		return err
	case Treatment:
		v.Groups = x.s.provider.ProcedureChoices(x.lang, v.Value)
	case Period:
		for _, q := range quarters(x.q.Now) {
			v.Choices = append(v.Choices, x.choice(f, string(q), q.Name(x.lang)))
		}
	case Country:
		for _, c := range countries(x.lang) {
			v.Choices = append(v.Choices, x.choice(f, c.Value, c.Label))
		}
		v.Choices = append(v.Choices, x.choice(f, RatherNot, wording.Text(x.lang, "experience.rather_not")))
	case Language:
		for _, code := range Languages {
			v.Choices = append(v.Choices, x.choice(f, code, languageName(x.lang, code)))
		}
		sortChoices(x.lang, v.Choices)
		v.Choices = append(v.Choices, x.choice(f, Unknown, wording.Text(x.lang, "experience.do_not_know")))
	}
	return nil
}

func (x *asker) fields(list []Field) (out []FieldView, err error) {
	for _, f := range list {
		v, err := x.field(f)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

func sortChoices(lang string, all []provider.Choice) {
	by := collate.New(language.Make(lang))
	slices.SortFunc(all, func(a, b provider.Choice) int { return by.CompareString(a.Label, b.Label) })
}

// tellView draws one step.
func (s *Service) tellView(q *db.Tx, lang string, d Draft, step string, err error) (v TellView, e error) {
	x, e := s.newAsker(q, lang, d.Answers, err)
	if e != nil {
		return v, e
	}
	at := slices.Index(Steps, step)
	v = TellView{Action: draftPath(d.PublicID, step), Step: step, Title: wording.Text(lang, "experience.step_"+step), Lede: wording.Text(lang, "experience.lede_"+step),
		At: wording.Text(lang, "experience.step_of", "n", strconv.Itoa(at+1), "of", strconv.Itoa(len(Steps))), Pseudonym: d.Pseudonym, Last: at == len(Steps)-1, Code: d.CodeHash != nil, CodeOn: true}
	for i, name := range Steps {
		v.Steps = append(v.Steps, StepLink{Label: wording.Text(lang, "experience.step_"+name), Path: draftPath(d.PublicID, name), Now: name == step, Done: i < at})
	}
	if at > 0 {
		v.Back = draftPath(d.PublicID, Steps[at-1])
	}
	return v, v.fill(x, step)
}

// fill sorts the questions of a step by how they stand on its page.
func (v *TellView) fill(x *asker, step string) error {
	for _, f := range stepFields(step) {
		switch {
		case strings.HasPrefix(f.Name, "line_"):
			continue
		default:
			q, err := x.field(f)
			if err != nil {
				return err
			}
			switch {
			case f.If != "" && f.Must:
				v.Harm = append(v.Harm, q)
			case f.If != "":
				v.MoreHarm = append(v.MoreHarm, q)
			case f.Must || step == "send" || f.Name == "ai_used" || f.Name == "goal":
				v.Main = append(v.Main, q)
			default:
				v.More = append(v.More, q)
				v.Open = v.Open || q.Error != "" || q.Value != "" || q.Ticked
			}
			_, v.Tick = x.wrong[text.LeakTick]
		}
	}
	if step == "money" {
		v.lines(x)
	}
	return nil
}

func (v *TellView) lines(x *asker) {
	for _, line := range PriceLines {
		l := LineAsk{Label: wording.Text(x.lang, "experience.read_line_"+line), QuotedName: "line_" + line + "_quoted", PaidName: "line_" + line + "_paid"}
		l.Quoted, l.Paid = x.typed.One(l.QuotedName), x.typed.One(l.PaidName)
		l.QuotedError, l.PaidError = x.wrong[l.QuotedName], x.wrong[l.PaidName]
		v.LinesOpen = v.LinesOpen || l.Quoted+l.Paid+l.QuotedError+l.PaidError != ""
		v.Lines = append(v.Lines, l)
	}
}

// preview adds what the last step shows: how it will look, whom it fits, and
// what is still missing.
func (s *Service) preview(q *db.Tx, lang string, d Draft, x *reading, open []Unfinished, v *TellView) error {
	ep, err := s.episode(q, x, d.Pseudonym)
	if err != nil {
		return err
	}
	if ep.OrganisationID != 0 && ep.ProcedureID != 0 && ep.Quarter != "" {
		ep.Answered, ep.Asked = Completeness(Start, "", ep.answers(ep.Complications))
		story := s.storyView(lang, ep.told)
		story.ClinicPath, story.Follow = "", nil
		v.Preview = &story
		v.Crowd = wording.Text(lang, "experience.crowd", "count", ep.Crowd, "what", s.mainTreatment(lang, ep.Experience), "when", ep.period(lang), "clinic", ep.Clinic)
	}
	for _, u := range open {
		if u.Step == "send" {
			continue
		}
		m := StepMissing{Label: wording.Text(lang, "experience.step_"+u.Step), Path: draftPath(d.PublicID, u.Step)}
		for _, w := range u.Wrong {
			m.What = append(m.What, wording.Text(lang, w.Key, w.Args...))
		}
		v.Unfinished = append(v.Unfinished, m)
	}
	return nil
}

func (s *Service) draftRows(lang string, all []Draft) (out []DraftRow) {
	for _, d := range all {
		row := DraftRow{Path: draftPath(d.PublicID, firstOpen(d)), Discard: "/experiences/drafts/" + d.PublicID + "/discard", Code: d.CodeHash != nil,
			At: wording.Day(lang, d.UpdatedAt), Title: given(d.Answers, "title")}
		if row.Title == "" {
			p, _ := s.provider.Procedure(d.Answers.One("procedure"))
			row.Title = p.Name(lang)
		}
		if q, err := visit.Parse(d.Answers.One("quarter")); err == nil && row.Title != "" {
			row.Title += " · " + q.Name(lang)
		}
		if row.Title == "" {
			row.Title = wording.Text(lang, "experience.draft_untitled")
		}
		out = append(out, row)
	}
	return out
}

// firstOpen is the step at which somebody goes on.
func firstOpen(d Draft) string {
	for _, step := range Steps {
		for _, f := range stepFields(step) {
			if f.Must && f.asks(d.Answers) && len(filled(d.Answers[f.Name])) == 0 {
				return step
			}
		}
	}
	return Steps[len(Steps)-1]
}
