package shaping

import (
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"caravan/internal/errs"
	"caravan/internal/money"
	"caravan/internal/text"
	"caravan/internal/wording"
)

// Bounds of values.
const (
	MaxCount    = 1_000_000
	MaxDuration = 10_000
	MaxPercent  = 100_00 // hundredths
	MaxText     = 2_000
	MaxName     = 120
)

// NotMeasured is what a form sends where the provider does not know a figure.
const NotMeasured = "not_measured"

// ReadValue reads what a form in lang holds for an item: one field for most
// kinds; name and register entry for a person, title and hash for a document;
// a word each for a set. Amounts are in the package's currency. A refusal is
// Invalid, about the field "value".
func ReadValue(s Spec, lang, currency string, fields []string) (v Value, err error) {
	first, second := field(fields, 0), field(fields, 1)
	v.Kind = s.Kind
	switch s.Kind {
	case Money:
		a, err := money.Parse(lang, first, currency)
		if err != nil {
			return Value{}, errs.Field("value", errs.Of(err).Msg.Key)
		}
		v.Number, v.Currency = a.Minor, currency
	case Count, Duration, Percent:
		if v.Unmeasured = first == NotMeasured; !v.Unmeasured {
			v.Number, err = readFigure(s.Kind, lang, first)
		}
	case Bool:
		switch first {
		case "yes":
			v.Number = 1
		case "no":
		default:
			return Value{}, errs.Field("value", "shaping.value_yes_no")
		}
	case Choice:
		v.Words = slices.Compact(slices.Sorted(slices.Values(fields)))
	default:
		if v.Text, err = text.Clean(first); err == nil {
			v.Ref, err = text.Clean(second)
		}
		if err != nil {
			err = errs.Field("value", errs.Of(err).Msg.Key)
		}
	}
	if err != nil {
		return Value{}, err
	}
	return v, s.Check(v, currency)
}

func field(fields []string, i int) string {
	if i >= len(fields) {
		return ""
	}
	return strings.TrimSpace(fields[i])
}

// readFigure reads a number as people write amounts: whole ones like a currency
// without decimals, percentages like one with two.
func readFigure(k Kind, lang, s string) (int64, error) {
	like := "JPY"
	if k == Percent {
		like, s = "EUR", strings.TrimRight(s, "%٪ ")
	}
	a, err := money.Parse(lang, s, like)
	if err != nil {
		return 0, errs.Field("value", "shaping.value_number")
	}
	return a.Minor, nil
}

// Check says whether v can be a value of the item in a package of a currency.
// A refusal is Invalid, about the field "value".
func (s Spec) Check(v Value, currency string) error {
	if v.Kind != s.Kind {
		return errs.Field("value", "shaping.value_kind")
	}
	if v.Unmeasured {
		return nil
	}
	switch s.Kind {
	case Money:
		if v.Currency != currency {
			return errs.Field("value", "shaping.value_currency", "currency", currency)
		}
		return within(v.Number, money.Most)
	case Count:
		return within(v.Number, MaxCount)
	case Duration:
		return within(v.Number, MaxDuration)
	case Percent:
		return within(v.Number, MaxPercent)
	case Enum:
		return s.checkWords([]string{v.Text})
	case Choice:
		return s.checkWords(v.Words)
	case Text:
		return lengthOf(v.Text, 1, MaxText)
	case Person:
		if err := lengthOf(v.Text, 2, MaxName); err != nil {
			return err
		}
		return lengthOf(v.Ref, 0, MaxName)
	case Document:
		if sum, err := hex.DecodeString(v.Ref); err != nil || len(sum) != 32 {
			return errs.Field("value", "shaping.value_document")
		}
		return lengthOf(v.Text, 2, MaxName)
	}
	return nil
}

func within(n, most int64) error {
	if n < 0 || n > most {
		return errs.Field("value", "shaping.value_range")
	}
	return nil
}

func lengthOf(s string, least, most int) error {
	switch n := text.Length(s); {
	case n < least:
		return errs.Field("value", "shaping.value_short", "least", least)
	case n > most:
		return errs.Field("value", "shaping.value_long", "most", most)
	}
	return nil
}

func (s Spec) checkWords(words []string) error {
	for _, w := range words {
		if !slices.ContainsFunc(s.Options, func(o Option) bool { return o.Value == w }) {
			return errs.Field("value", "shaping.value_option")
		}
	}
	return nil
}

// Print writes a value of the item in lang: "EUR 4,900", "4 nights", "Yes".
// Texts and names are as their authors wrote them.
func (s Spec) Print(lang string, v Value) string {
	if v.Unmeasured {
		return wording.Text(lang, "shaping.not_measured")
	}
	switch v.Kind {
	case "":
		return wording.Text(lang, "shaping.not_included")
	case Money:
		return money.Amount{Minor: v.Number, Currency: v.Currency}.Format(lang)
	case Count, Duration:
		if s.Unit == "" {
			return wording.Number(lang, int(v.Number))
		}
		return wording.Text(lang, "shaping.unit_"+s.Unit, "count", int(v.Number))
	case Percent:
		return wording.Text(lang, "shaping.percent", "value", strconv.FormatFloat(float64(v.Number)/100, 'f', -1, 64))
	case Bool:
		if v.Number != 0 {
			return wording.Text(lang, "common.yes")
		}
		return wording.Text(lang, "common.no")
	case Enum:
		return s.option(lang, v.Text)
	case Choice:
		if len(v.Words) == 0 {
			return wording.Text(lang, "common.none")
		}
		names := make([]string, len(v.Words))
		for i, w := range v.Words {
			names[i] = s.option(lang, w)
		}
		return strings.Join(names, wording.Text(lang, "shaping.list_comma")+" ")
	case Person:
		if v.Ref != "" {
			return v.Text + " (" + v.Ref + ")"
		}
	}
	return v.Text
}

// option is how a word of the item's list is called in lang.
func (s Spec) option(lang, word string) string {
	for _, o := range s.Options {
		if o.Value == word {
			if lang == "ar" && o.AR != "" {
				return o.AR
			}
			return o.EN
		}
	}
	return word
}
