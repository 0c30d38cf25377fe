package shaping

import (
	"html/template"
	"strconv"
	"time"

	"caravan/internal/db"
)

// followedVoices is from how many experiences on it is said that they followed a
// version: the provider knows whom it treated under it.
const followedVoices = 5

// FollowedVersion is what an experience's page says of the package it followed.
type FollowedVersion struct {
	Title, Lang string
	Path        string // of the version
	Number      int
}

// FollowedBy says in lang which committed version a published experience
// followed, ready to stand on its page. It is empty unless its author wants it
// to be said, the visit is proven, the experience's page says its treatment, and
// at least five experiences say the same of the version. What its author said of
// promises is told nowhere.
func (s *Service) FollowedBy(q *db.Tx, lang string, experienceID int64) (template.HTML, error) {
	r, ok, err := findFollowedVersion(q, experienceID)
	if err != nil || !ok || r.Alike < followedVoices {
		return "", err
	}
	return followedPart.HTML(lang, FollowedVersion{Title: r.Title, Lang: r.Lang, Path: "/packages/" + r.Slug + "/versions/" + strconv.Itoa(r.Number), Number: r.Number})
}

// SaidAlready is what the author of an experience said of promises, by the names
// under which experiences ask the same: nights, the day of discharge, whether
// the promised person operated.
func (s *Service) SaidAlready(q *db.Tx, experienceID int64) (map[string]string, error) {
	rows, err := listSaidAlready(q, experienceID)
	if err != nil {
		return nil, err
	}
	said := map[string]string{}
	for _, r := range rows {
		if r.DischargedOn != nil {
			said["discharge_day"] = r.DischargedOn.Format(time.DateOnly)
		}
		switch name := askedAs[r.Key]; {
		case name == "":
		case r.Key == surgeonKey && (r.Verdict == Kept || r.Verdict == BetterThan):
			said[name] = "yes"
		case r.Key == surgeonKey && r.Verdict == NotDelivered:
			said[name] = "no"
		case r.Delivered.Kind == Count && !r.Delivered.Unmeasured:
			said[name] = strconv.FormatInt(r.Delivered.Number, 10)
		}
	}
	return said, nil
}

// askedAs are the questions of experiences that ask what a promise is about.
var askedAs = map[string]string{"stay.hospital_nights": "nights_hospital", "stay.hotel_nights": "nights_hotel", surgeonKey: "operator_as_promised"}
