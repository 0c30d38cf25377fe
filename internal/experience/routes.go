package experience

import (
	"slices"

	"caravan/internal/httpd"
)

// Routes are the feature's addresses.
func (s *Service) Routes() []httpd.Route {
	return slices.Concat(s.readRoutes(), s.apiRoutes(), s.tellRoutes(), s.checkInRoutes(), s.mineRoutes())
}
