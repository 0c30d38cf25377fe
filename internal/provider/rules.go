package provider

import (
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"caravan/internal/access"
	"caravan/internal/errs"
	"caravan/internal/text"
)

// Lengths of what people write about a clinic, in characters.
const (
	MaxName    = 120
	MaxCity    = 80
	MaxWebsite = 300
	MaxNote    = 1_000
	MaxTitle   = 80
	MaxQuery   = 200
)

// InvitationLife is how long an invitation to the staff of a clinic works.
const InvitationLife = 7 * 24 * time.Hour

// reserved are names below /clinics that are, or may become, pages of their own.
var reserved = []string{
	"add", "all", "api", "compare", "edit", "feed", "index", "list", "map", "near", "new", "search", "staff", "suggest",
	"ask", "questions", "experiences", "packages", "facts", "people", "rules", "help", "me",
}

// slugs are the addresses that a clinic may get, the best first: its name, with
// its city if that is taken or reserved, then with a number. Names that have
// nothing to spell in Latin letters are called by their country and city.
func slugs(name, city, country string) func(yield func(string) bool) {
	base, place := text.Slug(name), text.Slug(city)
	if base == "q" {
		base = "clinic-" + strings.ToLower(country)
	}
	if place == "q" {
		place = strings.ToLower(country)
	}
	return func(yield func(string) bool) {
		if !slices.Contains(reserved, base) && !numeric(base) && !yield(base) {
			return
		}
		long := base
		if !strings.HasSuffix(base, place) {
			long += "-" + place
			if !yield(long) {
				return
			}
		}
		for n := 2; n < 10_000; n++ {
			if !yield(long + "-" + strconv.Itoa(n)) {
				return
			}
		}
	}
}

// numeric reports whether s could be taken for an id.
func numeric(s string) bool {
	_, err := strconv.Atoi(s)
	return err == nil
}

// Draft is a clinic as somebody suggests it.
type Draft struct {
	Name, City    string
	Country       string // ISO code of a destination
	Website       string // may be empty
	Accreditation string // name of a body, as the clinic says it; may be empty
	Note          string // for the moderators
	Sure          bool   // it is none of those that look alike
}

// cleanDraft checks d against the catalogue and returns the body it names.
func cleanDraft(d Draft, known *catalogue) (Draft, *Body, error) {
	for _, s := range []*string{&d.Name, &d.City, &d.Website, &d.Accreditation, &d.Note} {
		clean, err := text.Clean(*s)
		if err != nil {
			return d, nil, err
		}
		*s = clean
	}
	var wrong []errs.FieldMsg
	field := func(name, key string, args ...any) {
		wrong = append(wrong, errs.FieldMsg{Name: name, Msg: errs.Msg{Key: key, Args: args}})
	}
	d.Name, d.City = oneLine(d.Name), oneLine(d.City)
	if n := text.Length(d.Name); n < 2 || n > MaxName {
		field("name", "provider.name_length", "most", MaxName)
	}
	if n := text.Length(d.City); n < 2 || n > MaxCity {
		field("city", "provider.city_length", "most", MaxCity)
	}
	if _, ok := known.byISO[d.Country]; !ok {
		field("country", "provider.choose_country")
	}
	var ok bool
	if d.Website, ok = cleanWebsite(d.Website); !ok {
		field("website", "provider.website_bad")
	}
	body, key := bodyNamed(d.Accreditation, known.bodies)
	if key != "" {
		field("accreditation", key)
	}
	if text.Length(d.Note) > MaxNote {
		field("note", "provider.note_long", "most", MaxNote)
	}
	return d, body, errs.Fields(wrong...)
}

// sift refuses a note that says how to reach somebody or who a is. It is read
// by moderators, so what only might give somebody away passes, as does the name
// of the clinic itself.
func (d Draft) sift(a access.Actor) error {
	c := text.LeakContext{Countries: []string{d.Country}, OwnNames: a.OwnNames, Allowed: []string{d.Name}, Verified: a.Trust >= 2}
	return text.CheckLeaks("note", d.Note, c, true)
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// cleanWebsite returns an address with its scheme; empty stays empty.
func cleanWebsite(s string) (string, bool) {
	if s == "" {
		return "", true
	}
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || !strings.Contains(u.Hostname(), ".") || u.User != nil || len(s) > MaxWebsite {
		return s, false
	}
	return u.String(), true
}

// bodyNamed finds the accreditation body that somebody names, by its code, its
// short name in brackets or its full name. Nothing named is no body. A key is
// the sentence that says why it cannot be: nobody knows the body, or it
// accredits accreditors, so that no clinic can have its accreditation.
func bodyNamed(s string, bodies []Body) (b *Body, key string) {
	want := letters(s)
	if want == "" {
		return nil, ""
	}
	if strings.Contains(want, "isqua") {
		return nil, "provider.isqua"
	}
	for i, x := range bodies {
		short := x.Name[strings.LastIndex(x.Name, "(")+1:]
		if want != letters(x.Code) && want != letters(x.Name) && want != letters(short) && !strings.HasPrefix(letters(x.Name), want) {
			continue
		}
		if x.Meta {
			return nil, "provider.isqua"
		}
		return &bodies[i], ""
	}
	return nil, "provider.body_unknown"
}

// letters is s small, without anything but letters and figures.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || strings.ContainsRune(`_-,.()/"'`, r) {
			return -1
		}
		return r
	}, strings.ToLower(s))
}

// canManageStaff says whether a may invite people to an organisation and end
// their work for it: its staff, and administrators for clinics that have no
// staff yet. Doctors speak for themselves only.
func canManageStaff(a access.Actor, o Organisation) error {
	if a.Admin {
		return nil
	}
	if w, ok := a.WorksFor(o.ID); ok && w.Role == "staff" {
		return nil
	}
	return errs.New(errs.Forbidden, "provider.staff_only", "clinic", o.Name)
}

// canSeeStaff says whether a may see the list of who works there.
func canSeeStaff(a access.Actor, o Organisation) error {
	if _, ok := a.WorksFor(o.ID); ok || a.Admin {
		return nil
	}
	return errs.New(errs.Forbidden, "provider.staff_only", "clinic", o.Name)
}

// Invitee is whom a clinic invites.
type Invitee struct {
	Email string
	Role  string // staff or doctor
	Title string // what they do there; may be empty
}

func cleanInvitee(v Invitee) (Invitee, error) {
	var err error
	if v.Title, err = text.Clean(v.Title); err != nil {
		return v, err
	}
	v.Title = oneLine(v.Title)
	v.Email = strings.ToLower(strings.TrimSpace(v.Email))
	var wrong []errs.FieldMsg
	field := func(name, key string, args ...any) {
		wrong = append(wrong, errs.FieldMsg{Name: name, Msg: errs.Msg{Key: key, Args: args}})
	}
	if addr, err := mail.ParseAddress(v.Email); err != nil || addr.Address != v.Email || len(v.Email) > 254 {
		field("email", "provider.email_bad")
	}
	if v.Role != "staff" && v.Role != "doctor" {
		field("role", "provider.choose_role")
	}
	if text.Length(v.Title) > MaxTitle {
		field("title", "provider.title_long", "most", MaxTitle)
	}
	return v, errs.Fields(wrong...)
}

// usable says whether an invitation can be accepted by somebody with the
// confirmed addresses. What is wrong with it is not said: one sentence for all.
func usable(i Invitation, addresses []string, now time.Time) bool {
	if i.AcceptedAt != nil || i.WithdrawnAt != nil || !now.Before(i.ExpiresAt) {
		return false
	}
	return slices.ContainsFunc(addresses, func(s string) bool { return strings.EqualFold(s, i.Email) })
}
