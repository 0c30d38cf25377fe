// Package front holds the pages that mix features: the start page, a clinic's
// page, the desk of a clinic's staff, and the standing pages that say how the
// house works. It stands above the features and reads what they export.
//
//	front.go     Service, routes
//	home.go      the start page
//	clinic.go    a clinic: checked facts, what patients told, what it promised, how it answers
//	console.go   the desk of a clinic's staff: unanswered first, with age
//	pages.go     the standing pages: verification, rules, order, privacy, contact, emergency
//	policy.go    those by which is decided, for the public log
package front

import (
	"embed"
	"io/fs"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/experience"
	"caravan/internal/httpd"
	"caravan/internal/live"
	"caravan/internal/provider"
	"caravan/internal/question"
	"caravan/internal/shaping"
	"caravan/internal/shelf"
	"caravan/web"
)

//go:embed views/*.html
var viewFiles embed.FS

var (
	views, _    = fs.Sub(viewFiles, "views")
	homePage    = web.Page[HomeView](views, "home")
	clinicPage  = web.Page[ClinicPage](views, "clinic")
	reportPart  = web.Part[ClinicView](views, "report")
	consolePage = web.Page[ConsoleView](views, "console")
	deskPart    = web.Part[ConsoleView](views, "desk")
)

// Service shows the pages of the roof.
type Service struct {
	db         *db.DB
	hub        *live.Hub
	provider   *provider.Service
	question   *question.Service
	experience *experience.Service
	shaping    *shaping.Service
	clinics    *shelf.Of[string, *ClinicPage] // pages by language and slug
}

// New returns the roof over the features.
func New(d *db.DB, hub *live.Hub, p *provider.Service, q *question.Service, x *experience.Service, sh *shaping.Service) *Service {
	return &Service{db: d, hub: hub, provider: p, question: q, experience: x, shaping: sh, clinics: shelf.New[string, *ClinicPage](256, clinicLife)}
}

// Routes are the addresses of the roof.
func (s *Service) Routes() []httpd.Route {
	return append(s.pages(), []httpd.Route{
		{Method: "GET", Path: "/", Gate: access.Anyone, Do: s.showHome, Cache: httpd.Public("lang")},
		{Method: "GET", Path: "/clinics/:slug", Gate: access.Anyone, Do: s.showClinic, Cache: httpd.Public()},
		{Method: "GET", Path: "/console/:slug", Gate: access.Staff, Do: s.showConsole},
	}...)
}

// Topics: the roof has no channels of its own.
func (s *Service) Topics() []live.Topic { return nil }
