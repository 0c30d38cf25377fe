package shaping

import (
	"context"
	"errors"

	"caravan/internal/access"
	"caravan/internal/errs"
	"caravan/internal/live"
)

// Topics are the channels that pages listen to. What is told there holds ids and
// public words alone, never how anybody voted.
func (s *Service) Topics() []live.Topic {
	return []live.Topic{{Kind: "package", May: s.mayHear}}
}

// mayHear lets everybody hear of what everybody may read.
func (s *Service) mayHear(ctx context.Context, _ access.Actor, id int64) error {
	p, err := loadByID(s.db.Read(ctx), id)
	if errors.Is(err, errNoPackage) || err == nil && (p.PublishedAt == nil || p.HiddenWhy != "") {
		return errs.New(errs.NotFound, "shaping.not_found")
	}
	return err
}
