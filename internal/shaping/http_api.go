package shaping

import "caravan/internal/httpd"

// apiRoutes are the operations of the JSON API that read.
func (s *Service) apiRoutes() []httpd.Route { return nil }
