package provider

import (
	"context"
	"fmt"
	"slices"
	"time"

	"caravan/internal/db"
)

// A confirmed address at an organisation's own domain is a tie to it, also of
// somebody who never said so. Such a tie gives no right: it only keeps votes on
// the organisation's own offers from counting.

// tiesAtOnce is how many people one transaction looks at; tiesMost from how many
// addresses on a domain is taken for one where everybody gets an address, of
// which nothing can be said.
const (
	tiesAtOnce = 50
	tiesMost   = 200
)

// publicMail are domains at which anybody gets an address, and hosts that lend
// their name to other people's pages.
var publicMail = []string{"gmail.com", "googlemail.com", "google.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "yahoo.com", "ymail.com", "icloud.com", "me.com", "aol.com",
	"proton.me", "protonmail.com", "gmx.de", "gmx.net", "gmx.com", "web.de", "t-online.de", "mail.ru", "yandex.ru", "yandex.com", "qq.com", "163.com", "126.com", "foxmail.com",
	"orange.fr", "wanadoo.fr", "free.fr", "laposte.net", "libero.it", "posteo.de", "zoho.com", "mail.com", "mynet.com", "facebook.com", "instagram.com", "wixsite.com", "wordpress.com", "blogspot.com", "business.site"}

// FindTies notes whose confirmed address belongs to the domain of an
// organisation, and ends what was noted of an address that its person gave up.
// What the people voted is looked at again. Several nodes may run it at once.
func (s *Service) FindTies(ctx context.Context) error {
	q := s.db.Read(ctx)
	found, err := listDomainTies(q, publicMail, tiesMost)
	if err != nil {
		return err
	}
	over, err := listLostDomainTies(q)
	if err != nil {
		return err
	}
	for some := range slices.Chunk(found, tiesAtOnce) {
		if err := s.changeTies(ctx, some, insertDomainTie); err != nil {
			return err
		}
	}
	for some := range slices.Chunk(over, tiesAtOnce) {
		if err := s.changeTies(ctx, some, endDomainTie); err != nil {
			return err
		}
	}
	return nil
}

// domainTie is a person with an address at the domain of an organisation.
type domainTie struct {
	PersonID, OrganisationID int64
	Since                    time.Time // when the address was confirmed
}

func (s *Service) changeTies(ctx context.Context, some []domainTie, change func(*db.Tx, domainTie) error) error {
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		for _, t := range some {
			if err := change(tx, t); err != nil {
				return err
			}
			if err := s.tellTied(tx, t.PersonID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("provider: note ties by address: %w", err)
	}
	return nil
}
