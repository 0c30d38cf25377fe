package account

import (
	"time"

	"caravan/internal/db"
)

// MailDomain is a domain at which somebody has a confirmed address. The address
// itself stays in this package.
type MailDomain struct {
	PersonID int64
	Domain   string
	Own      bool      // what stands behind the "@", and not a domain above that
	Since    time.Time // when the address was confirmed
}

// MailDomains tells at which domains people have confirmed addresses: what
// stands behind the "@", and every domain above that but for the last.
func MailDomains(q *db.Tx, persons []int64) ([]MailDomain, error) {
	return listMailDomains(q, `a.person_id = ANY ($1)`, persons)
}

// PeopleAt tells who has a confirmed address at one of the given domains, in
// small letters, or below it. No other domain of theirs is told.
func PeopleAt(q *db.Tx, domains []string) ([]MailDomain, error) {
	return listMailDomains(q, `mail_domains(i.uid) && $1 AND d.domain = ANY ($1)`, domains)
}

// WhenAddressed has f called in the transaction in which an account confirms an
// e-mail address, its first or another.
func (s *Service) WhenAddressed(f func(tx *db.Tx, accountID int64) error) {
	s.addressed = append(s.addressed, f)
}
