package shaping

import "caravan/internal/moderation"

// Subjects are what the moderation desk may hide.
func (s *Service) Subjects() []moderation.Subject { return nil }
