package notify

import (
	"caravan/internal/db"
	"caravan/internal/departure"
)

// LetGo forgets what somebody was told.
func (s *Service) LetGo(tx *db.Tx, g departure.Gone) error { return removeAll(tx, g.AccountID) }
