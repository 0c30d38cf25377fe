package shaping

import "caravan/internal/httpd"

// readRoutes are the pages that everybody may read.
func (s *Service) readRoutes() []httpd.Route { return nil }
