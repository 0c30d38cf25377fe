package shaping

import "caravan/internal/httpd"

// offerRoutes are where packages and amendments are written.
func (s *Service) offerRoutes() []httpd.Route { return nil }
