// Package money holds amounts as whole minor units of an ISO 4217 currency, so
// that no sum is ever rounded by accident, and writes and reads them as each
// language does, with Latin figures and the currency's code (a dollar sign
// means too many things to people who compare countries).
package money

import (
	"strconv"
	"strings"

	"golang.org/x/text/currency"

	"caravan/internal/errs"
)

// Most is the largest amount that can be read, in minor units: beyond any
// treatment, and sums of thousands of them still fit.
const Most = 1_000_000_000_000

// Amount is a sum of money. The zero Amount is no money in no currency.
type Amount struct {
	Minor    int64  // in minor units: 1250 is 12.50 EUR, 1250 JPY, 1.250 KWD
	Currency string // ISO 4217, capitals
}

// exponents are how many decimal places a currency has where it is not two:
// ISO 4217, list one, column "minor unit".
var exponents = map[string]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0,
	"UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
	"CLF": 4, "UYW": 4,
}

// Exponent returns how many decimal places the minor unit of a currency is; ok
// is false for a code that is no currency.
func Exponent(code string) (places int, ok bool) {
	if n, known := exponents[code]; known {
		return n, true
	}
	if unit, err := currency.ParseISO(code); err != nil || unit.String() != code {
		return 0, false
	}
	return 2, true
}

// separators are what stands between thousands and before decimals.
type separators struct{ group, point string }

const narrow = "\u202f" // narrow no-break space

var written = map[string]separators{
	"en": {",", "."}, "ar": {",", "."}, "zh": {",", "."},
	"de": {".", ","}, "es": {".", ","}, "tr": {".", ","},
	"fr": {narrow, ","}, "ru": {narrow, ","},
}

func separatorsOf(lang string) separators {
	if s, ok := written[lang]; ok {
		return s
	}
	return written["en"]
}

// Format writes a in lang: "EUR 4,250" in English, "4.250,50 EUR" in German.
// Decimals are left out where they are all zero; spaces do not break.
func (a Amount) Format(lang string) string {
	places, _ := Exponent(a.Currency)
	sep := separatorsOf(lang)
	digits := strconv.FormatInt(a.Minor, 10)
	sign := ""
	if a.Minor < 0 {
		digits, sign = digits[1:], "\u2212"
	}
	if pad := places + 1 - len(digits); pad > 0 {
		digits = strings.Repeat("0", pad) + digits
	}
	whole, part := digits[:len(digits)-places], digits[len(digits)-places:]
	figure := sign + grouped(whole, sep.group)
	if strings.Trim(part, "0") != "" {
		figure += sep.point + part
	}
	switch lang {
	case "de", "es", "fr", "ru", "tr", "ar":
		return figure + "\u00a0" + a.Currency
	}
	return a.Currency + "\u00a0" + figure
}

func grouped(digits, sep string) string {
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(sep)
		}
		b.WriteRune(d)
	}
	return b.String()
}

// Parse reads an amount of a currency as people write it in lang: "4,250.50",
// "4250", "EUR 4 250", Arabic figures too. Thousands are grouped by three or
// not at all, so that a comma in the wrong language is asked about and not
// taken for a thousand. A refusal is Invalid.
func Parse(lang, s, code string) (Amount, error) {
	places, ok := Exponent(code)
	if !ok {
		return Amount{}, errs.New(errs.Invalid, "money.currency")
	}
	whole, part, ok := split(latin(s, code), separatorsOf(lang))
	if !ok {
		return Amount{}, errs.New(errs.Invalid, "money.unreadable")
	}
	if strings.Trim(part[min(places, len(part)):], "0") != "" {
		return Amount{}, errs.New(errs.Invalid, "money.too_fine")
	}
	part = (part + "0000")[:places]
	minor, err := strconv.ParseInt(whole+part, 10, 64)
	if err != nil || minor > Most {
		return Amount{}, errs.New(errs.Invalid, "money.too_much")
	}
	return Amount{minor, code}, nil
}

// latin returns s with Latin figures and marks, without the currency's code and
// without spaces.
func latin(s, code string) string {
	s = strings.TrimSpace(s)
	if len(s) > len(code) && strings.EqualFold(s[:len(code)], code) {
		s = s[len(code):]
	} else if len(s) > len(code) && strings.EqualFold(s[len(s)-len(code):], code) {
		s = s[:len(s)-len(code)]
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ' || r == '\u00a0' || r == '\u202f' || r == '\'' || r == '’':
			return -1
		case r >= '٠' && r <= '٩':
			return r - '٠' + '0'
		case r >= '۰' && r <= '۹':
			return r - '۰' + '0'
		case r == '٬':
			return ','
		case r == '٫':
			return '.'
		}
		return r
	}, s)
}

// split takes a written number apart at its point.
func split(s string, sep separators) (whole, part string, ok bool) {
	whole, part, point := strings.Cut(s, sep.point)
	if point && part == "" || !allDigits(part) {
		return "", "", false
	}
	groups := []string{whole}
	if sep.group != narrow {
		groups = strings.Split(whole, sep.group)
	}
	for i, g := range groups {
		if g == "" || !allDigits(g) || i > 0 && len(g) != 3 || i == 0 && len(groups) > 1 && len(g) > 3 {
			return "", "", false
		}
	}
	return strings.Join(groups, ""), part, true
}

func allDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }
