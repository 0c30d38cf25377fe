package provider

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"slices"
	"strconv"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/httpd"
)

// visitLife is how long it is kept from where a console was used.
const visitLife = 30 * 24 * time.Hour

// What of a place is kept.
const (
	byDevice  = "device"
	byNetwork = "network"
)

// visitEvery is how often the same visit is written down again.
const visitEvery = time.Hour

// writtenMost is how many of the visits that were written down lately are
// remembered, so that the pages of a console cost nothing.
const writtenMost = 10_000

// Worked notes for 30 days from where an organisation's console was used: not by
// whom, and of device and network a keyed hash.
func (s *Service) Worked(ctx context.Context, organisationID int64, from httpd.Place) error {
	now := s.db.Now()
	visits := map[string][]byte{byDevice: s.hashOfDevice(from.Device), byNetwork: s.NetworkMark(from)}
	for _, what := range []string{byDevice, byNetwork} {
		hash := visits[what]
		name := string(hash) + " " + what + " " + strconv.FormatInt(organisationID, 10)
		if at, known := s.written.Get(name); hash == nil || known && now.Sub(at) < visitEvery {
			continue
		}
		if err := putVisit(s.db.Read(ctx), organisationID, what, hash); err != nil {
			return err
		}
		s.written.Add(name, now)
	}
	return nil
}

// NetworkMark is the keyed hash of a network, by which the use of a console from
// it is found; nil where there is nothing to be said.
func (s *Service) NetworkMark(from httpd.Place) []byte {
	if !from.Network.IsValid() {
		return nil
	}
	b, _ := from.Network.MarshalBinary() // cannot fail for a valid prefix
	return s.keyed(byNetwork, b)
}

func (s *Service) hashOfDevice(mark string) []byte {
	if mark == "" {
		return nil
	}
	return s.keyed(byDevice, []byte(mark))
}

func (s *Service) keyed(what string, b []byte) []byte {
	m := hmac.New(sha256.New, s.key)
	m.Write([]byte(what + " "))
	m.Write(b)
	return m.Sum(nil)
}

// MeetDevice ties a to the organisations in whose consoles their device was used
// within the last 30 days, until 30 days after that. A device that never was in
// a console has no mark, and costs nothing here. In demo mode everybody plays all
// parts on one device, so nothing follows from it.
func (s *Service) MeetDevice(ctx context.Context, a access.Actor, from httpd.Place) error {
	hash := s.hashOfDevice(from.Device)
	if hash == nil || s.demo || !a.SignedIn() {
		return nil
	}
	q := s.db.Read(ctx)
	met, err := listMet(q, hash, a.PersonID)
	if err != nil || len(met) == 0 {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		if err := holdPerson(tx, a.PersonID); err != nil {
			return err
		}
		met, err := listMet(tx, hash, a.PersonID) // another request may have been faster
		if err != nil {
			return err
		}
		for _, m := range met {
			if err := s.tieByDevice(tx, m); err != nil {
				return err
			}
		}
		return s.tellTied(tx, a.PersonID)
	})
}

func (s *Service) tieByDevice(tx *db.Tx, m metDevice) error {
	longer, err := prolongDeviceTie(tx, m)
	if err != nil || longer {
		return err
	}
	until := m.Until
	if _, err := insertFoundTie(tx, m.domainTie, "console_device", m.From, &until); err != nil {
		return err
	}
	return s.tellTieFound(tx, m.domainTie, "tie_by_device")
}

// metDevice is a person on a device of a console.
type metDevice struct {
	domainTie
	From, Until time.Time
}

// ForgetVisits drops what was noted of consoles 30 days ago.
func (s *Service) ForgetVisits(ctx context.Context) error {
	return removeVisits(s.db.Read(ctx), visitLife)
}

// worksAt finds the organisation of a console among those that somebody works
// for.
func worksAt(a access.Actor, slug string) (access.Work, bool) {
	i := slices.IndexFunc(a.Works, func(w access.Work) bool { return w.Slug == slug })
	if i < 0 {
		return access.Work{}, false
	}
	return a.Works[i], true
}
