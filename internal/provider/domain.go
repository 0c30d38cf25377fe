package provider

import (
	_ "embed"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"
)

//go:embed public_mail.txt
var publicMailFile string

// publicMail are the lines of public_mail.txt.
var publicMail = func() map[string]bool {
	all := map[string]bool{}
	for line := range strings.Lines(publicMailFile) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			all[line] = true
		}
	}
	return all
}()

// speaks reports whether an address at a domain, in small letters, says where
// its owner works: not at an ending below which anybody registers a name
// (publicsuffix.org), and not at a public provider of addresses.
func speaks(domain string) bool {
	registered, err := publicsuffix.EffectiveTLDPlusOne(domain)
	if err != nil {
		return false
	}
	name, _, _ := strings.Cut(registered, ".")
	return !publicMail[domain] && !publicMail[registered] && !publicMail[name]
}

// employers are kinds of organisations to which a tie by address is noted: those
// that treat, arrange or sell treatment. Where else people work is their own.
var employers = []string{"clinic", "facilitator", "agency"}

// domainTie is a person with a confirmed address at the domain of an
// organisation.
type domainTie struct{ PersonID, OrganisationID int64 }

// ties are what is found and what is noted of the same people, in order.
type ties struct{ begin, end []domainTie }

// compared says which ties begin and which end.
func compared(found, noted []domainTie) (t ties) {
	for _, x := range found {
		if !slices.Contains(noted, x) && !slices.Contains(t.begin, x) {
			t.begin = append(t.begin, x)
		}
	}
	for _, x := range noted {
		if !slices.Contains(found, x) {
			t.end = append(t.end, x)
		}
	}
	return t
}

// persons are those whose ties change, each once.
func (t ties) persons() (ids []int64) {
	for _, x := range slices.Concat(t.begin, t.end) {
		ids = append(ids, x.PersonID)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
