package shaping

import (
	"embed"
	"io/fs"
)

//go:embed views/*.html
var viewFiles embed.FS

// views are the templates of this feature.
var views, _ = fs.Sub(viewFiles, "views")
