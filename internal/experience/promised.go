package experience

import (
	"html/template"

	"caravan/internal/db"
)

// Packages is what experiences ask of package shaping.
type Packages interface {
	// FollowedBy says in lang which committed version of a package a published
	// experience followed, ready to print; empty where nothing is said.
	FollowedBy(q *db.Tx, lang string, experienceID int64) (template.HTML, error)
	// SaidAlready is what the author of an experience said elsewhere of what was
	// promised, by the names of the catalogue. It is for the author alone.
	SaidAlready(q *db.Tx, experienceID int64) (map[string]string, error)
}

// IntroducePackages says who knows the packages.
func (s *Service) IntroducePackages(p Packages) { s.packages = p }

// followedVersion is the line about the package that an experience followed.
func (s *Service) followedVersion(q *db.Tx, lang string, experienceID int64) (template.HTML, error) {
	if s.packages == nil {
		return "", nil
	}
	return s.packages.FollowedBy(q, lang, experienceID)
}

// saidAlready fills a check-in in with what its author said elsewhere: nobody is
// asked the same twice.
func (s *Service) saidAlready(q *db.Tx, experienceID int64) (Answers, error) {
	typed := Answers{}
	if s.packages == nil {
		return typed, nil
	}
	said, err := s.packages.SaidAlready(q, experienceID)
	for name, v := range said {
		typed[name] = []string{v}
	}
	return typed, err
}
