package experience

import (
	"slices"
	"strings"
	"time"

	"caravan/internal/errs"
	"caravan/internal/money"
	"caravan/internal/provider"
	"caravan/internal/text"
	"caravan/internal/visit"
	"caravan/internal/wording"
)

// reading turns answers as they were typed into answers as they are kept, and
// says about each what is wrong with it. What cannot be read is left out, so
// that a half-finished draft can be shown to its writer as well; nothing is
// kept of it while anything is wrong.
type reading struct {
	lang       string // of the form: how amounts are written, which words errors use
	now        time.Time
	typed      Answers
	leaks      text.LeakContext
	clinic     *provider.Organisation // chosen, nil while none is
	surgeons   []string               // of the clinic, as its page names them
	currencies map[string]bool
	procedure  func(code string) (provider.Procedure, bool)
	clean      Answers
	wrong      []errs.FieldMsg
}

// read takes the given questions.
func (x *reading) read(fields []Field) {
	if x.clean == nil {
		x.clean = Answers{}
	}
	for _, f := range fields {
		if !f.asks(x.clean) && !f.asks(x.typed) {
			continue
		}
		if v := x.field(f); len(v) > 0 {
			x.clean[f.Name] = v
		}
	}
}

// say notes what is wrong with a question's answer; the sentence can name it.
func (x *reading) say(f Field, key string, args ...any) []string {
	args = append(args, "question", Label(x.lang, f.Name))
	x.wrong = append(x.wrong, errs.FieldMsg{Name: f.Name, Msg: errs.Msg{Key: key, Args: args}})
	return nil
}

// Label is the words of a question.
func Label(lang, name string) string { return wording.Text(lang, "experience.f_"+name) }

func (x *reading) field(f Field) []string {
	values := filled(x.typed[f.Name])
	if f.Input != Tick && (slices.Contains(values, Unknown) || slices.Contains(values, RatherNot)) && !mustBeKnown[f.Name] {
		return x.unsaid(f, values)
	}
	if len(values) == 0 {
		if f.Must {
			return x.say(f, needs[f.Input])
		}
		return nil
	}
	switch f.Input {
	case PickMany:
		return x.pickMany(f, values)
	case Sentence, Prose:
		return x.words(f, x.typed.One(f.Name))
	case Money:
		return x.amount(f, values[0])
	}
	return x.single(f, values[0])
}

// mustBeKnown are the questions that "I do not know" cannot answer: without
// them there is nothing to publish.
var mustBeKnown = map[string]bool{"clinic": true, "procedure": true, "quarter": true, "author_role": true, "title": true, "story": true}

// needs are the sentences about a question that has to be answered.
var needs = map[Input]string{
	Pick: "experience.need_choice", PickMany: "experience.need_choice", Scale: "experience.need_scale", Number: "experience.need_number", Sentence: "experience.need_words",
	Prose: "experience.need_words", Money: "experience.need_amount", Day: "experience.need_day", Country: "experience.need_choice", Language: "experience.need_choice",
	Clinic: "experience.need_clinic", Treatment: "experience.need_procedure", Period: "experience.need_quarter", Tick: "experience.need_tick",
}

// unsaid keeps "I do not know" and "I would rather not say", unless something
// was answered as well.
func (x *reading) unsaid(f Field, values []string) []string {
	if len(values) > 1 {
		return x.say(f, "experience.both_known_and_not")
	}
	return values[:1]
}

func filled(values []string) (out []string) {
	for _, v := range values {
		if v = strings.TrimSpace(v); v != "" {
			out = append(out, v)
		}
	}
	return out
}

func (x *reading) pickMany(f Field, values []string) []string {
	slices.Sort(values)
	values = slices.Compact(values)
	for _, v := range values {
		if !slices.Contains(f.Values, v) {
			return x.say(f, "experience.need_choice")
		}
	}
	if len(values) > 1 && slices.Contains(values, "none") {
		return x.say(f, "experience.none_and_some")
	}
	return values
}

// single reads an answer that is one value.
func (x *reading) single(f Field, v string) []string {
	ok, key := false, needs[f.Input]
	switch f.Input {
	case Pick:
		ok = slices.Contains(f.Values, v)
		if v == "died" && x.typed.One("author_role") != "next_of_kin" {
			ok, key = false, "experience.died_next_of_kin"
		}
	case Scale, Number:
		if slices.Contains(f.Values, v) {
			return []string{v}
		}
		n := number(v)
		if ok = n != nil && *n >= f.Least && *n <= f.Most; ok {
			v = itoa(*n)
		}
	case Tick:
		ok = v == "yes"
	case Day:
		v, ok = x.day(v)
	case Country:
		ok = isCountry(v)
	case Language:
		ok = slices.Contains(Languages, v)
	case Clinic:
		ok = x.clinic != nil && x.clinic.Slug == v
	case Treatment:
		_, ok = x.procedure(v)
	case Period:
		q, err := visit.Parse(v)
		ok = err == nil && !q.Start().After(x.now)
	}
	if !ok {
		return x.say(f, key, "least", f.Least, "most", f.Most)
	}
	return []string{v}
}

// Languages are those that can be named as spoken or written somewhere, by
// ISO 639-1.
var Languages = strings.Fields("ar bg cs da de el en es et fa fi fr he hi hr hu it ja ka ko lt lv ms nl no pl pt ro ru sk sl sq sr sv th tl tr uk ur vi zh")

// day reads an exact day that is not ahead.
func (x *reading) day(v string) (string, bool) {
	d, err := time.Parse(time.DateOnly, v)
	if err != nil || d.After(x.now) || d.Year() < 1990 {
		return "", false
	}
	return v, true
}

// amount reads an amount. Parts of a price are in the currency of the whole.
func (x *reading) amount(f Field, v string) []string {
	currency := x.typed.One(f.Name + "_currency")
	if strings.HasPrefix(f.Name, "line_") {
		whole := "quoted"
		if strings.HasSuffix(f.Name, "_paid") {
			whole = "paid"
		}
		currency = x.typed.One(whole + "_currency")
	}
	if !x.currencies[currency] {
		return x.say(f, "experience.need_currency")
	}
	a, err := money.Parse(x.lang, v, currency)
	if err != nil {
		e := errs.Of(err)
		return x.say(f, e.Key, e.Args...)
	}
	return []string{writeAmount(a)}
}

// words reads free text: its length, whether it says anything, and what it
// would give away.
func (x *reading) words(f Field, v string) []string {
	s, err := text.Clean(v)
	if err == nil && f.Input == Sentence {
		s = oneLine(s)
	}
	if err != nil {
		e := errs.Of(err)
		return x.say(f, e.Key, e.Args...)
	}
	switch n := text.Length(s); {
	case n < f.Least:
		return x.say(f, "experience.too_short", "least", f.Least, "n", n)
	case n > f.Most:
		return x.say(f, "experience.too_long", "most", f.Most, "n", n)
	case f.Input == Prose && fewLetters(s, leastLetters), f.Least > 0 && fewLetters(s, f.Least/2):
		return x.say(f, "experience.no_words")
	case shouting(s):
		return x.say(f, "experience.shouting")
	}
	if f.Name == "surgeon" {
		return x.surgeon(f, s)
	}
	ticked := x.typed.One("seen_"+f.Name) == seenMark(s)
	if err := checkLeaks(f.Name, s, x.leaks, ticked); err != nil {
		x.wrong = append(x.wrong, errs.Of(err).Fields...)
		if f.Place == InCheckIn {
			// A line of a check-in is short enough to be said otherwise.
			x.wrong = slices.DeleteFunc(x.wrong, func(m errs.FieldMsg) bool { return m.Name == text.LeakTick })
		}
	}
	return []string{s}
}

// surgeon takes a name only if the clinic's own page says it.
func (x *reading) surgeon(f Field, s string) []string {
	for _, name := range x.surgeons {
		if strings.EqualFold(name, s) {
			return []string{name}
		}
	}
	return x.say(f, "experience.surgeon_unknown")
}
