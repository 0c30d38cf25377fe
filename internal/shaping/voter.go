package shaping

import (
	"slices"
	"time"
)

// someone is what is known today about a person, whatever the package.
type someone struct {
	trust    int  // 0 to 2, by the best of the person's accounts
	platform bool // one of them has a role of the platform
	ties     []tie
	said     []int64 // organisations to which the person said to have a tie; a call as its negative id
}

// tie is a person's tie to an organisation, of whatever kind and however it was
// found out.
type tie struct {
	Organisation int64
	Works        bool   // for somebody who treats, arranges or sells treatment
	Source       string // how it was found out, as affiliations have it
	From         time.Time
	To           *time.Time // nil while it lasts
}

func (t tie) holds(at time.Time) bool {
	return !t.From.After(at) && (t.To == nil || t.To.After(at))
}

// voter is what someone is at a package of an organisation (0: a call) whose
// vote was cast at a moment. A tie matters if it holds now, and if it held then
// and was found out later.
func (x someone) voter(packageID, organisationID int64, cast, now time.Time) Voter {
	v := Voter{Trust: x.trust, Platform: x.platform}
	for _, t := range x.ties {
		if !t.holds(now) && !t.holds(cast) {
			continue
		}
		if t.Organisation == organisationID {
			if !v.OwnTies {
				v.TieSource = t.Source
			} else if t.Source != v.TieSource {
				v.TieSource = "" // more than one thing tells of it
			}
			v.OwnTies = true
		} else if t.Works {
			v.Provider = true
		}
	}
	about := organisationID
	if about == 0 {
		about = -packageID
	}
	if slices.Contains(x.said, about) {
		v.OwnTies, v.TieSource = true, ""
	}
	return v
}

// offeredBy is the organisation that offers a package, 0 for a call.
func offeredBy(p Package) int64 {
	if p.OrganisationID == nil {
		return 0
	}
	return *p.OrganisationID
}
