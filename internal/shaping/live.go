package shaping

import "caravan/internal/live"

// Topics are the channels that pages listen to.
func (s *Service) Topics() []live.Topic { return nil }
