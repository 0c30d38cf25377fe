package access

import "caravan/internal/wording"

// Author is who wrote a text, as it was at the moment of writing: a change of
// employer later does not rewrite what stood beside the words.
type Author struct {
	Handle           string
	Role             string // "", staff, doctor, moderator
	Title            string // what the person does at the organisation
	Organisation     string
	OrganisationSlug string
	OrganisationKind string
	Gone             bool // the account was closed
	pseudonym        bool // stands for one text alone, and for no account
}

// Pseudonym is the author of a text that no account stands beside: a name made
// for it alone, and in which role it was written (patient, companion, …).
func Pseudonym(name, role string) Author {
	return Author{Handle: name, Role: role, pseudonym: true}
}

// Byline is an author ready to print in one language.
type Byline struct {
	Name            string `json:"name"`
	Role            string `json:"role,omitempty"`
	Organisation    string `json:"organisation,omitempty"`
	OrganisationURL string `json:"organisation_url,omitempty"`
	Staff           bool   `json:"staff"` // speaks from the provider's side
}

// Byline is the one place that turns an author into words: pages, live events,
// mail, search and the API all show what it returns, so that whatever must
// stay hidden is hidden everywhere at once.
func (a Author) Byline(lang string) Byline {
	if a.Gone {
		return Byline{Name: wording.Text(lang, "common.gone_author")}
	}
	if a.pseudonym {
		return Byline{Name: a.Handle, Role: wording.Text(lang, "common.teller_"+a.Role)}
	}
	b := Byline{Name: a.Handle, Organisation: a.Organisation}
	if a.OrganisationKind == "clinic" && a.OrganisationSlug != "" {
		b.OrganisationURL = wording.Path(lang, "/clinics/"+a.OrganisationSlug)
	}
	switch {
	case a.Organisation != "":
		b.Staff = true
		b.Role = wording.Text(lang, "common.role_"+a.OrganisationKind+"_"+a.Role)
		if a.Title != "" {
			b.Role = a.Title
		}
	case a.Role == "moderator":
		b.Role = wording.Text(lang, "common.role_moderator")
	}
	return b
}
