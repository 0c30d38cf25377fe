package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/secure/precis"

	"caravan/internal/errs"
)

// The bounds of a handle: what a reader counts, and what is stored. A handle
// of few graphemes may still be made of many code points.
const (
	MinHandle        = 3  // graphemes
	MaxHandle        = 32 // graphemes
	maxHandleRunes   = 64
	maxHandleBytes   = 2_000 // longer input is not even cleaned
	maxHandleFigures = 5     // six in a row begin to be a phone number
)

// Handle returns the pseudonym s in the form in which it is shown, and its key:
// two handles with the same key look alike, so only one of them may exist. The
// profile is Nickname of RFC 8266 (NFKC, single spaces), narrowed to letters,
// figures, spaces, hyphens and underscores; letters of one word come from one
// script. Handles that claim an office are refused. A refusal is Invalid, about
// the field "handle".
func Handle(s string) (shown, key string, err error) {
	refuse := func(why string) (string, string, error) {
		return "", "", errs.Field("handle", why)
	}
	if len(s) > maxHandleBytes {
		return refuse("text.handle_long")
	}
	if s, err = Clean(s); err != nil {
		return "", "", err
	}
	if strings.ContainsRune(s, '@') {
		return refuse("text.handle_email")
	}
	if s == "" {
		return refuse("text.handle_short")
	}
	if shown, err = precis.Nickname.String(s); err != nil {
		return refuse("text.handle_letters")
	}
	key = Skeleton(shown)
	if why := handleFault(shown, key); why != "" {
		return refuse(why)
	}
	return shown, key, nil
}

// handleFault returns the wording key of what is wrong with a handle, or "".
func handleFault(shown, key string) string {
	switch n := Graphemes(shown); {
	case n < MinHandle:
		return "text.handle_short"
	case n > MaxHandle, utf8.RuneCountInString(shown) > maxHandleRunes:
		return "text.handle_long"
	}
	letters, figures := 0, 0
	for i, r := range shown {
		switch {
		case unicode.IsLetter(r):
			letters++
			figures = 0
		case unicode.IsMark(r) && i > 0:
		case unicode.IsDigit(r):
			if figures++; figures > maxHandleFigures {
				return "text.handle_number"
			}
		case (r == '-' || r == '_' || r == ' ') && i > 0:
		default:
			return "text.handle_letters"
		}
	}
	switch {
	case letters < 2 || key == "":
		return "text.handle_letters"
	case mixed(shown):
		return "text.handle_mixed"
	case reserved(shown, key):
		return "text.handle_reserved"
	}
	return ""
}

// scripts are those whose letters are taken for each other's.
var scripts = []*unicode.RangeTable{unicode.Latin, unicode.Cyrillic, unicode.Greek, unicode.Armenian, unicode.Hebrew, unicode.Arabic}

// mixed reports whether a word of s has letters of two of the scripts.
func mixed(s string) bool {
	for _, word := range handleWords(s) {
		var first *unicode.RangeTable
		for _, r := range word {
			for _, t := range scripts {
				if !unicode.IsLetter(r) || !unicode.Is(t, r) {
					continue
				}
				if first != nil && first != t {
					return true
				}
				first = t
			}
		}
	}
	return false
}

func handleWords(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '-' || r == '_' })
}

// offices are words by which a handle would speak for the site, a clinic or the
// profession, in the languages of the site. The first kind is refused anywhere
// in a handle, the second as a word of its own, figures around it or not.
var (
	officesAnywhere = keys(`caravan moderator administrator модератор администратор مشرف`)
	officesAsWord   = keys(`moderation mod mods admin admins official support staff team root system sysadmin webmaster
		owner host bot help helpdesk dr doc doctor prof professor surgeon physician dentist nurse consultant
		clinic clinics hospital hospitals facilitator agency coordinator verified anonymous deleted everyone nobody null
		doktor arzt aerztin ärztin klinik krankenhaus praxis médecin docteur clinique hôpital
		médico doctora clínica cirujano hekim kliniği hastane hastanesi cerrah yönetici destek
		админ врач доктор клиника больница хирург поддержка
		دكتور الدكتور دكتورة د طبيب الطبيب طبيبة جراح عيادة مستشفى الدعم إدارة الإدارة
		医生 医院 诊所 管理员 客服`)
)

func keys(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[Skeleton(w)] = true
	}
	return m
}

// reserved reports whether a handle claims an office, by its look.
func reserved(shown, key string) bool {
	for office := range officesAnywhere {
		if strings.Contains(key, office) {
			return true
		}
	}
	for _, w := range append(handleWords(shown), shown) {
		if officesAsWord[Skeleton(strings.TrimFunc(w, unicode.IsDigit))] {
			return true
		}
	}
	return false
}
