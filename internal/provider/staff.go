package provider

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/mail"
	"caravan/internal/notify"
)

// Invitation asks somebody to appear as working for an organisation.
type Invitation struct {
	ID             int64
	OrganisationID int64
	Email          string
	Role, Title    string
	InvitedBy      int64
	CreatedAt      time.Time
	ExpiresAt      time.Time
	AcceptedAt     *time.Time
	WithdrawnAt    *time.Time
}

// Colleague is somebody who works for an organisation now.
type Colleague struct {
	ID          int64 // of the tie
	PersonID    int64
	Handle      string
	Role, Title string
	Since       time.Time
}

// gone is the one answer to every invitation that cannot be used: who holds a
// link learns nothing about it.
func gone() error { return errs.New(errs.Gone, "provider.invitation_gone") }

// Invite lets somebody appear as working for o, once they accept. The link it
// returns is shown once and kept nowhere; it works for an account that has the
// invited address confirmed, and for nobody else. If there is such an account,
// it gets the link by mail; whether there is one is not told. A repetition by
// the same key returns no link: that was shown before.
func (s *Service) Invite(ctx context.Context, a access.Actor, o Organisation, v Invitee, k db.Key) (link string, err error) {
	if err := canManageStaff(a, o); err != nil {
		return "", err
	}
	if v, err = cleanInvitee(v); err != nil {
		return "", err
	}
	if done, err := s.count(ctx, "invite", a, invitationRate, k); err != nil || done != nil {
		return "", err
	}
	raw := make([]byte, 32)
	rand.Read(raw)
	token := base64.RawURLEncoding.EncodeToString(raw)
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		link = ""
		kept, err := db.Once(tx, k)
		if err != nil || kept != nil {
			return err
		}
		i := Invitation{OrganisationID: o.ID, Email: v.Email, Role: v.Role, Title: v.Title, InvitedBy: a.AccountID, CreatedAt: tx.Now, ExpiresAt: tx.Now.Add(InvitationLife)}
		if err := insertInvitation(tx, &i, hashOf(token)); err != nil {
			return err
		}
		link = "/invitation?token=" + url.QueryEscape(token)
		account, err := findAccountByAddress(tx, v.Email)
		if err != nil {
			return err
		}
		db.Keep(tx, k, i.ID, "")
		return s.mail.Queue(tx, mail.Letter{AccountID: account, Kind: "staff_invitation", Values: map[string]string{"link": link}})
	})
	return link, err
}

func hashOf(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// Invited returns what a could accept with token: an invitation and its
// organisation, or Gone.
func (s *Service) Invited(ctx context.Context, a access.Actor, token string) (Invitation, Organisation, error) {
	q := s.db.Read(ctx)
	i, err := findInvitation(q, hashOf(token))
	if err != nil {
		return i, Organisation{}, err
	}
	addresses, err := listAddresses(q, a.AccountID)
	if err != nil {
		return i, Organisation{}, err
	}
	if !usable(i, addresses, q.Now) {
		return i, Organisation{}, gone()
	}
	o, err := findOrganisation(q, i.OrganisationID)
	return i, o, err
}

// Accept makes a work for the organisation that invited them. What they were
// there before is kept with its end. Of two who accept at the same time one
// does.
func (s *Service) Accept(ctx context.Context, a access.Actor, token string) (o Organisation, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		i, err := lockInvitation(tx, hashOf(token))
		if err != nil {
			return err
		}
		addresses, err := listAddresses(tx, a.AccountID)
		if err != nil {
			return err
		}
		if !usable(i, addresses, tx.Now) {
			return gone()
		}
		if o, err = findOrganisation(tx, i.OrganisationID); err != nil {
			return err
		}
		if err := closeInvitation(tx, i.ID, a.AccountID); err != nil {
			return err
		}
		if err := endAffiliations(tx, a.PersonID, o.ID); err != nil {
			return err
		}
		if err := insertAffiliation(tx, a.PersonID, i); err != nil {
			return err
		}
		if err := s.tellTied(tx, a.PersonID); err != nil {
			return err
		}
		if err := s.tie(tx, []int64{a.PersonID}); err != nil { // what an address told is on the list now
			return err
		}
		if err := claim(tx, o.ID); err != nil {
			return err
		}
		tx.AfterCommit(func() { s.revoke(a.AccountID) })
		return s.notify.Tell(tx, notify.Notice{AccountID: i.InvitedBy, Kind: "staff_joined", Ref: o.ID, Path: o.Path() + "/staff",
			Args: map[string]string{"who": a.Handle, "clinic": o.Name}})
	})
	return o, err
}

// Withdraw makes an invitation useless that nobody has accepted yet.
func (s *Service) Withdraw(ctx context.Context, a access.Actor, o Organisation, id int64) error {
	if err := canManageStaff(a, o); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error { return withdrawInvitation(tx, o.ID, id) })
}

// EndAffiliation ends a tie to o. What the person wrote keeps the employer that
// stood beside it. Anybody may end their own.
func (s *Service) EndAffiliation(ctx context.Context, a access.Actor, o Organisation, id int64) error {
	var accounts []int64
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		person, err := lockAffiliation(tx, o.ID, id)
		if err != nil {
			return err
		}
		if person != a.PersonID {
			if err := canManageStaff(a, o); err != nil {
				return err
			}
		}
		if err := endAffiliations(tx, person, o.ID); err != nil {
			return err
		}
		if err := s.tellTied(tx, person); err != nil {
			return err
		}
		if err := s.tie(tx, []int64{person}); err != nil { // by an address there
			return err
		}
		accounts, err = listAccounts(tx, person)
		return err
	})
	if err != nil {
		return err
	}
	for _, id := range accounts {
		s.revoke(id)
	}
	return nil
}

// WhenTied has f called in the transaction in which a person's tie to an
// organisation begins or ends, or is found out.
func (s *Service) WhenTied(f func(tx *db.Tx, persons []int64) error) { s.tied = append(s.tied, f) }

func (s *Service) tellTied(tx *db.Tx, persons ...int64) error {
	if len(persons) == 0 {
		return nil
	}
	for _, f := range s.tied {
		if err := f(tx, persons); err != nil {
			return err
		}
	}
	return nil
}

// Closed ends all that the owner of an account that is being closed does for
// organisations.
func (s *Service) Closed(tx *db.Tx, accountID int64) error { return endWorks(tx, accountID) }

// Colleagues are those who work for an organisation now, by when they began.
func (s *Service) Colleagues(q *db.Tx, organisationID int64) ([]Colleague, error) {
	return listColleagues(q, organisationID)
}

// PersonAffiliations is where a person works now.
func (s *Service) PersonAffiliations(q *db.Tx, personID int64) ([]access.Work, error) {
	return listWorks(q, personID)
}

// PurgeInvitations removes invitations that ended a month ago.
func (s *Service) PurgeInvitations(ctx context.Context) error {
	return removeInvitations(s.db.Read(ctx), 30*24*time.Hour)
}
