package shaping

import (
	"html/template"
	"strconv"

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
	return promiseHTML(followedPart, lang, FollowedVersion{Title: r.Title, Lang: r.Lang, Path: "/packages/" + r.Slug + "/versions/" + strconv.Itoa(r.Number), Number: r.Number})
}
