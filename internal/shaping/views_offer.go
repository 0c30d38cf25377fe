package shaping

import (
	"html/template"
	"slices"
	"strconv"
	"strings"

	"caravan/internal/provider"
	"caravan/internal/wording"
	"caravan/web"
)

var (
	offerNewPage     = web.Page[OfferNewView](views, "offer_new")
	alikePart        = web.Part[[]SimilarRow](views, "offer_alike")
	offerPartPage    = web.Page[OfferPartView](views, "offer_part")
	offerLookPage    = web.Page[OfferLookView](views, "offer_look")
	offerReasonPage  = web.Page[OfferReasonView](views, "offer_reason")
	offerPickPage    = web.Page[OfferPickView](views, "offer_pick")
	offerChangePage  = web.Page[ChangeView](views, "offer_change")
	offerWishPage    = web.Page[WishPage](views, "offer_wish")
	offerOverseePage = web.Page[OverseeView](views, "offer_oversee")
)

// ItemAsk is one item of the catalogue as offer_ask.part.html asks for it. Its
// field is named after its key.
type ItemAsk struct {
	Key, Label   string
	Judged       string // what patients are asked later, and when
	Error        string
	Input        string // line, text, select, yesno, many, pair
	Value        string
	Second       string // of a pair
	SecondHint   string
	Unit         string // currency, per cent or unit, beside the figure
	Options      []provider.Choice
	CanUnknown   bool // it can be said that the figure is not known
	Unknown      bool
	Must         bool
	Only         bool // the one question of its form: nothing need be marked
	Clinical     bool
	Decimal      bool
	Most         int
	Stay         *StayAsk
	Label2       string // of the second field of a pair
	NothingTaken bool   // of a set: said to be empty
}

// StayAsk warns that an item stays below what somebody who should know says,
// and asks for an answer that everybody will read.
type StayAsk struct {
	Name, Says, Publisher, Title, URL string
	Value, Error                      string
}

// PartLink is one page of the editor.
type PartLink struct {
	Label, Path string
	Now         bool
	Missing     int // mandatory items without a value
	Held        int // items with one
}

// SimilarRow is a package for the same treatment, or with a title like the one
// that is typed.
type SimilarRow struct {
	Path, Title, Lang, By, State string
}

// OfferNewView is what offer_new.page.html shows.
type OfferNewView struct {
	Title      string
	For        []provider.Choice // the organisations to offer it for; the empty value is a call
	Procedures []provider.ChoiceGroup
	Confirmed  bool
	Patients   bool // may set up a call
	Drafts     []DraftLink
	Desks      []PartLink // of the organisations
}

// DraftLink is a draft to go on with.
type DraftLink struct{ Path, Title, By string }

// OfferPartView is what offer_part.page.html shows: one page of the editor.
type OfferPartView struct {
	Slug, Name, Heading string
	At                  string // "Part 3 of 18"
	Action, Back        string
	Look                string // path of the last look
	Parts               []PartLink
	Treatment, By       string
	Call                bool
	Must, More          []ItemAsk
	Open                bool // a value or an error is among More
	About               *AboutAsk
	Own                 []OwnAsk
	Steps               []StepAsk
	Usual               string // "9 of 12 usual items"
	UsualMissing        []PartLink
	Similar             []SimilarRow
	Missing             int
	Kinds, Units        []provider.Choice
	Discard             string
}

// AboutAsk is the first part: what the offer is.
type AboutAsk struct {
	Title, Summary   string
	Langs            []provider.Choice
	Currencies       []provider.Choice
	Zones            []provider.Choice
	RoundDays        string
	MinDays, MaxDays int
}

// OwnAsk is one place for an own item.
type OwnAsk struct {
	I                                       int
	Blank                                   bool
	Key, Name, NameError                    string
	NameField, KeyField, DropField          string
	KindField, UnitField, ClassField        string
	VerifyField, DirectionField             string
	Kinds, Units, Classes, Verifies, Better []provider.Choice
	Item                                    *ItemAsk
}

// StepAsk is one place for a step of the threshold.
type StepAsk struct {
	N                       int
	PeopleField, GivesField string
	People, Gives           string
	PeopleError, GivesError string
	Label                   string
}

// asker writes questions in one language with what was typed and what is wrong.
type offerAsker struct {
	lang, currency string
	t              typed
	wrong          map[string]string
}

// ask is the question for an item whose field has a name.
func (x offerAsker) ask(s Spec, field string) ItemAsk {
	v := ItemAsk{Key: field, Label: s.Name(x.lang), Error: x.wrong[field], Value: x.t.one(field), Must: s.Mandatory, Clinical: s.Class == Clinical,
		Judged: x.judged(s), Most: MaxText}
	fields := x.t.filled(field)
	switch s.Kind {
	case Money:
		v.Input, v.Unit, v.Decimal = "line", x.currency, true
	case Percent:
		v.Input, v.Unit, v.Decimal = "line", "%", true
	case Count, Duration:
		v.Input, v.Unit = "line", unitName(x.lang, s.Unit)
	case Bool:
		v.Input, v.Options = "yesno", x.choices(fields, "yes", wording.Text(x.lang, "common.yes"), "no", wording.Text(x.lang, "common.no"))
	case Enum:
		v.Input, v.Options = "select", x.options(s, fields)
	case Choice:
		v.Input, v.Options, v.NothingTaken = "many", x.options(s, fields), slices.Contains(fields, nothingOf)
	case Person, Document:
		v.Input = "pair"
		if all := x.t[field]; len(all) > 1 {
			v.Second = all[1]
		}
		v.Label2 = wording.Text(x.lang, "shaping.offer_second_"+string(s.Kind))
	default:
		v.Input = "text"
	}
	if s.Kind == Percent || s.Kind == Count || s.Kind == Duration {
		v.CanUnknown, v.Unknown = true, slices.Contains(fields, NotMeasured)
		if v.Value == NotMeasured {
			v.Value = ""
		}
	}
	return v
}

// judged says what patients will be asked about the item, and when.
func (x offerAsker) judged(s Spec) string {
	when := wording.Text(x.lang, "shaping.offer_verify_"+string(s.Verify))
	if q := s.Question(x.lang); q != "" && s.Verify != NotVerifiable {
		return wording.Text(x.lang, "shaping.offer_judged", "when", when, "question", q)
	}
	return when
}

func (x offerAsker) options(s Spec, chosen []string) (out []provider.Choice) {
	for _, o := range s.Options {
		out = append(out, provider.Choice{Value: o.Value, Label: s.option(x.lang, o.Value), Chosen: slices.Contains(chosen, o.Value)})
	}
	return out
}

// alone makes a question the only one of a form: what somebody wants, with a
// value, and known.
func (v *ItemAsk) alone(label string) {
	v.Label, v.Judged, v.Must, v.Only, v.Clinical, v.CanUnknown = label, "", true, true, false, false
}

// choices makes choices of pairs of value and label.
func (x offerAsker) choices(chosen []string, pairs ...string) (out []provider.Choice) {
	for i := 0; i+1 < len(pairs); i += 2 {
		out = append(out, provider.Choice{Value: pairs[i], Label: pairs[i+1], Chosen: slices.Contains(chosen, pairs[i])})
	}
	return out
}

// worded makes choices of words whose names stand in wording under a prefix.
func worded[T ~string](lang, prefix string, words []T, chosen string) (out []provider.Choice) {
	for _, w := range words {
		out = append(out, provider.Choice{Value: string(w), Label: wording.Text(lang, prefix+string(w)), Chosen: string(w) == chosen})
	}
	return out
}

// unitName is a unit beside a figure to fill in; empty for none.
func unitName(lang, unit string) string {
	if unit == "" {
		return ""
	}
	return wording.Text(lang, "shaping.offer_unit_"+unit)
}

// ownKinds are the kinds that an own item can have.
var ownKinds = []Kind{Text, Bool, Count, Duration, Money, Percent, Person, Document}

// ownClasses are the classes that an own item can have.
var ownClasses = []Class{Services, Commercial, Aftercare, Guarantee}

var directions = []Direction{NoDirection, HigherBetter, LowerBetter}

// own writes the places for own items: those that are there, and an empty one.
func (x offerAsker) own() (out []OwnAsk) {
	for i := range MaxOwn + 1 {
		name := x.t.one(ownName(i, "name"))
		f := func(what string) string { return ownName(i, what) }
		o := OwnAsk{I: i + 1, Blank: name == "", Key: x.t.one(f("key")), Name: name, NameError: x.wrong[f("name")],
			NameField: f("name"), KeyField: f("key"), DropField: f("drop"), KindField: f("kind"), UnitField: f("unit"), ClassField: f("class"),
			VerifyField: f("verify"), DirectionField: f("direction"),
			Kinds:    worded(x.lang, "shaping.offer_kind_", ownKinds, x.t.one(f("kind"))),
			Classes:  worded(x.lang, "shaping.class_", ownClasses, x.t.one(f("class"))),
			Verifies: worded(x.lang, "shaping.offer_verify_", Verifies, x.t.one(f("verify"))),
			Better:   worded(x.lang, "shaping.offer_better_", directions, x.t.one(f("direction"))),
			Units:    x.units(x.t.one(f("unit")))}
		if o.Blank && i == MaxOwn {
			break
		}
		if !o.Blank && slices.Contains(ownKinds, Kind(x.t.one(f("kind")))) {
			it := ownItem(i, name, x.t)
			a := x.ask(it.Spec(), f("value"))
			a.Label = wording.Text(x.lang, "shaping.offer_own_value", "name", name)
			o.Item = &a
		}
		out = append(out, o)
		if o.Blank {
			break
		}
	}
	return out
}

func (x offerAsker) units(chosen string) []provider.Choice {
	out := []provider.Choice{{Value: "", Label: wording.Text(x.lang, "shaping.offer_no_unit"), Chosen: chosen == ""}}
	for _, u := range Units() {
		out = append(out, provider.Choice{Value: u, Label: unitName(x.lang, u), Chosen: u == chosen})
	}
	return out
}

func (x offerAsker) steps() (out []StepAsk) {
	for i := range MaxSteps {
		p, g := stepName(i, "people"), stepName(i, "gives")
		out = append(out, StepAsk{N: i + 1, PeopleField: p, GivesField: g, People: x.t.one(p), Gives: x.t.one(g), PeopleError: x.wrong[p], GivesError: x.wrong[g],
			Label: wording.Text(x.lang, "shaping.offer_step_n", "n", strconv.Itoa(i+1))})
	}
	return out
}

// stay is the warning about an item, with what was said to it.
func (x offerAsker) stay(s Stay) *StayAsk {
	name := stayField(s.Item)
	return &StayAsk{Name: name, Says: s.Say(x.lang), Publisher: s.Source.Publisher, Title: s.Source.Title, URL: s.Source.URL, Value: x.t.one(name), Error: x.wrong[name]}
}

// stayField is the field in which somebody answers a warning about an item.
func stayField(key string) string { return "answer:" + key }

// partLabel is the heading of a page of the editor.
func (p part) label(lang string) string {
	if p.section.Begins != "" {
		return p.section.Name(lang)
	}
	return wording.Text(lang, "shaping.offer_part_"+p.name)
}

// OfferLine is a line of a ledger to read.
type OfferLine struct {
	Name, Value, Lang string
	Clinical, Own     bool
	Text              bool // the value is somebody's words
}

// OfferSection is a heading with its lines.
type OfferSection struct {
	Heading string
	Lines   []OfferLine
}

// offerLedger writes a content in the order of a ledger.
func offerLedger(lang, wordsLang string, c Content) (out []OfferSection) {
	for _, s := range Sections() {
		v := OfferSection{Heading: s.Name(lang)}
		for _, l := range c.held() {
			if strings.HasPrefix(l.Item.Key, s.Begins) {
				spec := l.Item.Spec()
				v.Lines = append(v.Lines, OfferLine{Name: spec.Name(lang), Value: spec.Print(lang, l.Value), Lang: wordsLang,
					Clinical: l.Item.Class == Clinical, Own: strings.HasPrefix(l.Item.Key, Own), Text: l.Value.Kind == Text})
			}
		}
		if len(v.Lines) > 0 {
			out = append(out, v)
		}
	}
	return out
}

// OfferLookView is what offer_look.page.html shows before publishing.
type OfferLookView struct {
	Slug, Title, Lang string
	Summary           template.HTML
	Treatment, By     string
	Call              bool
	Edit, Action      string
	Price             string
	Wrong             []WrongRow
	Stays             []StaySaid
	Steps             []Step
	Sections          []OfferSection
	RoundDays         int
	Ends              string
	Count             int
	Usual             string
	UsualMissing      []PartLink
}

// WrongRow is what keeps a draft from being published, with where to mend it.
type WrongRow struct{ Label, Path, What string }

// StaySaid is a warning with what the proposer says to it.
type StaySaid struct {
	Item, Value, Says, Publisher, URL, Answer, Path string
}

// OfferReasonView is what offer_reason.page.html shows: a step that needs words.
type OfferReasonView struct {
	Title, Lede, PackageTitle, Package, Action, Button string
	Value                                              string
	Field                                              string
	Hint                                               string
	Harm                                               bool
	NoWords                                            bool // the step needs none
	Facts                                              []string
}

// OfferPickView is what offer_pick.page.html shows: a choice before a copy is
// made, for adopting a call and for taking a version as a start.
type OfferPickView struct {
	Title, Lede, PackageTitle, Package, Action, Button string
	Field, Legend                                      string
	Choices                                            []provider.Choice
	None                                               string // why there is nothing to choose
}
