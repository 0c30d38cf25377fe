// Package access holds who acts, who may pass a door, and how an author is
// shown. It knows nothing of HTTP or of the database: package account fills an
// Actor for each request, package httpd asks a Gate, and every feature decides
// the finer questions in pure rules that take the Actor as an argument.
package access

import (
	"time"

	"caravan/internal/errs"
)

// Newness is how long an account counts as a newcomer's.
const Newness = 24 * time.Hour

// Actor is the person behind a request. The zero Actor is a visitor.
type Actor struct {
	AccountID, PersonID int64
	Handle              string // the pseudonym that others see
	Lang                string // language of mails, and of pages they choose
	Confirmed           bool   // has a verified e-mail address
	// Trust is derived, never stored: 0 visitor or unconfirmed, 1 confirmed,
	// 2 also known through a second identity for more than a day, 3 also with
	// a verified experience. Only votes of 2 and 3 are counted.
	Trust            int
	Created          time.Time // of the account
	Moderator, Admin bool
	Works            []Work // where the person works now; shown beside all they write
	Unread           int    // notifications not yet read
	// OwnNames is what may say who the person is: what stands before the @ of
	// the account's addresses, former ones too. Texts of the person are searched
	// for it; it is shown and sent nowhere.
	OwnNames  []string  `json:"-"`
	Session   string    // public id of the session, never the cookie
	SteppedUp time.Time // when the password was last repeated in this session
}

// Work is a current tie between a person and an organisation.
type Work struct {
	OrganisationID int64
	Kind           string // of the organisation: clinic, facilitator, agency, association, employer, organiser
	Role           string // staff or doctor
	Name, Slug     string // of the organisation
	Title          string // what the person does there, as shown; may be empty
}

// SignedIn reports whether there is a person at all.
func (a Actor) SignedIn() bool { return a.AccountID != 0 }

// Newcomer reports whether the account is younger than Newness.
func (a Actor) Newcomer(now time.Time) bool { return now.Sub(a.Created) < Newness }

// WorksFor returns the tie to an organisation, if there is one.
func (a Actor) WorksFor(organisationID int64) (Work, bool) {
	for _, w := range a.Works {
		if w.OrganisationID == organisationID {
			return w, true
		}
	}
	return Work{}, false
}

// SpeaksFor returns the tie that stands beside what a writes about an
// organisation: the tie to it, else the first tie, else none.
func (a Actor) SpeaksFor(organisationID int64) Work {
	if w, ok := a.WorksFor(organisationID); ok {
		return w
	}
	if len(a.Works) > 0 {
		return a.Works[0]
	}
	return Work{}
}

// Insider reports whether the person works for somebody who treats, arranges
// or sells treatment.
func (a Actor) Insider() bool {
	for _, w := range a.Works {
		switch w.Kind {
		case "clinic", "facilitator", "agency":
			return true
		}
	}
	return false
}

// Gate is the coarse right to use a route. Finer questions are rules of the
// feature behind it.
type Gate string

// The gates, from wide to narrow.
const (
	Anyone    Gate = "anyone"
	Member    Gate = "member"    // signed in
	Staff     Gate = "staff"     // works for some organisation
	Moderator Gate = "moderator" // decides on content
	Admin     Gate = "admin"     // manages roles
)

// Known reports whether g is one of the gates, so that a route without one is
// found at start.
func (g Gate) Known() bool {
	switch g {
	case Anyone, Member, Staff, Moderator, Admin:
		return true
	}
	return false
}

// Admit returns nil if a may pass, else an answer of kind SignIn or Forbidden.
func (g Gate) Admit(a Actor) error {
	if g == Anyone {
		return nil
	}
	if !a.SignedIn() {
		return errs.New(errs.SignIn, "common.sign_in_first")
	}
	switch g {
	case Member:
		return nil
	case Staff:
		if len(a.Works) > 0 {
			return nil
		}
		return errs.New(errs.Forbidden, "common.staff_only")
	case Moderator:
		if a.Moderator || a.Admin {
			return nil
		}
		return errs.New(errs.Forbidden, "common.moderators_only")
	case Admin:
		if a.Admin {
			return nil
		}
	}
	return errs.New(errs.Forbidden, "common.not_allowed")
}
