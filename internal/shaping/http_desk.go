package shaping

import "caravan/internal/httpd"

// deskRoutes are where a provider answers and signs.
func (s *Service) deskRoutes() []httpd.Route { return nil }
