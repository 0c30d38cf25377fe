package translog

import (
	"caravan/internal/httpd"
	"caravan/internal/live"
)

// Routes are the feature's addresses.
func (s *Service) Routes() []httpd.Route { return s.files() }

// Topics: the log has no channels of its own.
func (s *Service) Topics() []live.Topic { return nil }
