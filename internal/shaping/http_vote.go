package shaping

import "caravan/internal/httpd"

// voteRoutes are where people vote and say their price.
func (s *Service) voteRoutes() []httpd.Route { return nil }
