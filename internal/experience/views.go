package experience

import (
	"embed"
	"io/fs"
)

//go:embed views/*.html
var viewFiles embed.FS

var views, _ = fs.Sub(viewFiles, "views")
