package visit

import (
	"embed"
	"io/fs"

	"caravan/web"
)

//go:embed views/*.html
var viewFiles embed.FS

// Views are the templates of this feature.
var Views, _ = fs.Sub(viewFiles, "views")

// BadgePart shows a badge: the part "badge".
var BadgePart = web.Part[BadgeView](Views, "badge")
