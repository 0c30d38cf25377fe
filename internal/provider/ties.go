package provider

import (
	"context"
	"slices"
	"time"

	"caravan/internal/account"
	"caravan/internal/db"
	"caravan/internal/notify"
)

// A confirmed address at an organisation's own domain, that of its website or of
// its owner's address, is a tie to it, also of somebody who never said so. Such a
// tie gives no right: it only keeps votes from counting. It begins with the
// confirmation, so that what was voted before it was found out is looked at
// again, and ends with the address.

// How many organisations, and how many people, are looked at in one read, and
// how many people change in one transaction.
const (
	domainsAtOnce = 200
	peopleAtOnce  = 500
	tiesAtOnce    = 50
)

// Addressed looks at the ties of an account's owner, and of those who share a
// domain with an owner, when an address of theirs is confirmed.
func (s *Service) Addressed(tx *db.Tx, accountID int64) error {
	person, err := findPersonOf(tx, accountID)
	if err != nil || person == 0 {
		return err
	}
	people := []int64{person}
	owned, err := listOwned(tx, people)
	if err != nil {
		return err
	}
	for _, o := range owned {
		more, err := s.concerned(tx, []int64{o.OrganisationID})
		if err != nil {
			return err
		}
		people = append(people, more...)
	}
	return s.tie(tx, people[:min(len(people), tiesAtOnce)]) // the round finds the rest
}

// named looks at the ties to an organisation whose website was set or that
// appears now.
func (s *Service) named(tx *db.Tx, organisationID int64) error {
	people, err := s.concerned(tx, []int64{organisationID})
	if err != nil {
		return err
	}
	return s.tie(tx, people[:min(len(people), tiesAtOnce)]) // the round finds the rest
}

// FindTies looks at all ties by addresses, for what was missed when an address or
// a website changed. Several nodes may run it at once.
func (s *Service) FindTies(ctx context.Context) error {
	q := s.db.Read(ctx)
	for after := int64(0); ; {
		ids, err := listEmployers(q, after, domainsAtOnce)
		if err != nil || len(ids) == 0 {
			return err
		}
		after = ids[len(ids)-1]
		people, err := s.concerned(q, ids)
		if err != nil {
			return err
		}
		for some := range slices.Chunk(people, peopleAtOnce) {
			if err := s.findTies(ctx, q, some); err != nil {
				return err
			}
		}
	}
}

func (s *Service) findTies(ctx context.Context, q *db.Tx, people []int64) error {
	t, err := s.look(q, people)
	if err != nil {
		return err
	}
	for some := range slices.Chunk(t.persons(), tiesAtOnce) {
		if err := s.db.Write(ctx, func(tx *db.Tx) error { return s.tie(tx, some) }); err != nil {
			return err
		}
	}
	return nil
}

// concerned are the people whose addresses are at the domains of organisations,
// and those of whom that is noted, each once.
func (s *Service) concerned(q *db.Tx, organisations []int64) (people []int64, err error) {
	domains, err := listDomains(q, organisations)
	if err != nil {
		return nil, err
	}
	owners, err := listOwners(q, organisations)
	if err != nil {
		return nil, err
	}
	theirs, err := account.MailDomains(q, owners)
	if err != nil {
		return nil, err
	}
	for _, m := range theirs {
		if m.Own {
			domains = append(domains, m.Domain)
		}
	}
	at, err := account.PeopleAt(q, slices.DeleteFunc(domains, func(d string) bool { return !speaks(d) }))
	if err != nil {
		return nil, err
	}
	if people, err = listTiedTo(q, organisations); err != nil {
		return nil, err
	}
	for _, m := range at {
		people = append(people, m.PersonID)
	}
	slices.Sort(people)
	return slices.Compact(people), nil
}

// look compares where people's addresses are with what is noted of it.
func (s *Service) look(q *db.Tx, people []int64) (ties, error) {
	found, _, err := s.found(q, people)
	if err != nil {
		return ties{}, err
	}
	noted, err := listDomainTies(q, people)
	return compared(found, noted), err
}

// found are the ties that people's addresses tell of, but for those who are on
// the organisation's list of its people, and since when they had the addresses.
func (s *Service) found(q *db.Tx, people []int64) (all []domainTie, since map[domainTie]time.Time, err error) {
	theirs, err := account.MailDomains(q, people)
	if err != nil {
		return nil, nil, err
	}
	theirs = slices.DeleteFunc(theirs, func(m account.MailDomain) bool { return !speaks(m.Domain) })
	var domains []string
	for _, m := range theirs {
		domains = append(domains, m.Domain)
	}
	of, err := s.belongsTo(q, domains)
	if err != nil {
		return nil, nil, err
	}
	listed, err := listOnRoster(q, people)
	if err != nil {
		return nil, nil, err
	}
	since = map[domainTie]time.Time{}
	for _, m := range theirs {
		for _, organisation := range of[m.Domain] {
			t := domainTie{m.PersonID, organisation}
			if slices.Contains(listed, t) {
				continue
			}
			if at, again := since[t]; !again {
				all = append(all, t)
				since[t] = m.Since
			} else if m.Since.Before(at) {
				since[t] = m.Since
			}
		}
	}
	return all, since, nil
}

// belongsTo are the organisations to which domains belong: by their websites and
// by the addresses of their owners.
func (s *Service) belongsTo(q *db.Tx, domains []string) (map[string][]int64, error) {
	of, err := listByDomain(q, domains)
	if err != nil {
		return nil, err
	}
	at, err := account.PeopleAt(q, domains)
	if err != nil {
		return nil, err
	}
	var people []int64
	for _, m := range at {
		if m.Own {
			people = append(people, m.PersonID)
		}
	}
	owned, err := listOwned(q, people)
	if err != nil {
		return nil, err
	}
	for _, m := range at {
		for _, o := range owned {
			if m.Own && o.PersonID == m.PersonID && !slices.Contains(of[m.Domain], o.OrganisationID) {
				of[m.Domain] = append(of[m.Domain], o.OrganisationID)
			}
		}
	}
	return of, nil
}

// tie notes what people's addresses tell, ends what they tell no longer, has
// their votes looked at again, and tells those who are taken for an
// organisation's people from now on.
func (s *Service) tie(tx *db.Tx, people []int64) error {
	if len(people) == 0 {
		return nil
	}
	found, since, err := s.found(tx, people)
	if err != nil {
		return err
	}
	noted, err := listDomainTies(tx, people)
	if err != nil {
		return err
	}
	t := compared(found, noted)
	for _, x := range t.begin {
		fresh, err := insertFoundTie(tx, x, "email_domain", since[x], nil)
		if err != nil {
			return err
		}
		if fresh {
			if err := s.tellTieFound(tx, x, "tie_by_address"); err != nil {
				return err
			}
		}
	}
	if err := endDomainTies(tx, t.end); err != nil {
		return err
	}
	return s.tellTied(tx, t.persons()...)
}

// tellTieFound tells a person for whose people they are taken, what follows, and
// where to say that it is not so.
func (s *Service) tellTieFound(tx *db.Tx, t domainTie, kind string) error {
	o, err := findOrganisation(tx, t.OrganisationID)
	if err != nil {
		return err
	}
	accounts, err := listOpenAccounts(tx, t.PersonID)
	if err != nil {
		return err
	}
	for _, id := range accounts {
		if err := s.notify.Tell(tx, notify.Notice{AccountID: id, Kind: kind, Ref: o.ID, Path: "/contact", Args: map[string]string{"name": o.Name}}); err != nil {
			return err
		}
	}
	return nil
}
