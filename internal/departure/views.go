package departure

import (
	"embed"
	"io/fs"
	"time"

	"caravan/web"
)

//go:embed views/*.page.html
var viewFiles embed.FS

// Views are the templates of this feature.
var Views, _ = fs.Sub(viewFiles, "views")

var (
	exportPage = web.Page[ExportView](Views, "export")
	leavePage  = web.Page[LeaveView](Views, "leave")
)

// ExportView is what export.page.html shows.
type ExportView struct {
	Passphrase string // in the answer to the request alone
	Asked      bool
	Ready      bool
	Done       int // of Total tables
	Total      int
	AskedAt    time.Time
	GoneAt     time.Time
	MayAsk     bool
}

// LeaveView is what leave.page.html shows.
type LeaveView struct {
	Leaving bool
	Texts   bool
	DueAt   time.Time
	Days    int
}
