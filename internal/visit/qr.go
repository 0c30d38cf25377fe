package visit

import (
	"fmt"
	"html/template"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// quiet is the empty border that readers need around the modules.
const quiet = 4

// drawing is content as a QR code: one SVG path of one unit per module, black
// by the style sheet. It is decoration for who reads the code beside it.
func drawing(content string) (template.HTML, error) {
	code, err := qr.Encode(content, qr.M, qr.Unicode)
	if err != nil {
		return "", fmt.Errorf("visit: draw code: %w", err)
	}
	size := code.Bounds().Dx()
	var path strings.Builder
	for y := range size {
		for x := 0; x < size; {
			from := x
			for x < size && dark(code.At(x, y).RGBA()) {
				x++
			}
			if x > from {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", from+quiet, y+quiet, x-from, x-from)
			} else {
				x++
			}
		}
	}
	side := size + 2*quiet
	return template.HTML(fmt.Sprintf( // #nosec G203: figures only
		`<svg class="qr" viewBox="0 0 %d %d" aria-hidden="true" shape-rendering="crispEdges"><path class="qr-paper" d="M0 0h%dv%dH0z"/><path class="qr-ink" d="%s"/></svg>`,
		side, side, side, side, path.String())), nil
}

func dark(r, _, _, _ uint32) bool { return r < 0x8000 }
