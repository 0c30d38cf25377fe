package chart

import (
	"html"
	"html/template"
	"math"
	"strconv"
	"strings"

	"caravan/internal/wording"
)

// width is that of every drawing, in its own units; pages scale it.
const width = 360

// canvas is a surface on which places count from where reading starts: on a
// page that runs from right to left they are mirrored.
type canvas struct {
	b      strings.Builder
	id     string
	rtl    bool
	height float64
}

// The places where a word is held.
const (
	start  = ""
	middle = "middle"
	end    = "end"
)

func newCanvas(lang, id string, height float64) *canvas {
	return &canvas{id: id, rtl: wording.Dir(lang) == "rtl", height: height}
}

// num writes a coordinate with at most one decimal.
func num(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) }

// decimal writes v with at most so many decimals, a minus sign as typographers
// set it, and no minus before zero.
func decimal(v float64, places int) string {
	p := math.Pow10(places)
	v = math.Round(v*p) / p
	if v < 0 {
		return "\u2212" + strconv.FormatFloat(-v, 'f', -1, 64)
	}
	return strconv.FormatFloat(math.Abs(v), 'f', -1, 64)
}

// signed is decimal with a plus sign for what is above zero.
func signed(v float64, places int) string {
	s := decimal(v, places)
	if s != "0" && v > 0 {
		return "+" + s
	}
	return s
}

func (c *canvas) x(v float64) float64 {
	if c.rtl {
		return width - v
	}
	return v
}

// text writes words held at a place. Words run in the page's direction, so
// "start" is where reading starts.
func (c *canvas) text(x, y float64, anchor, class, s string) {
	c.put(x, y, anchor, class, "", s)
}

// figure writes a number that runs from left to right in every language, held
// in its middle.
func (c *canvas) figure(x, y float64, class, s string) {
	dir := ""
	if c.rtl {
		dir = ` direction="ltr"`
	}
	c.put(x, y, middle, class, dir, s)
}

func (c *canvas) put(x, y float64, anchor, class, dir, s string) {
	c.b.WriteString(`<text x="` + num(c.x(x)) + `" y="` + num(y) + `"`)
	if anchor != start {
		c.b.WriteString(` text-anchor="` + anchor + `"`)
	}
	if class != "" {
		c.b.WriteString(` class="` + class + `"`)
	}
	c.b.WriteString(dir + ">" + html.EscapeString(s) + "</text>")
}

// line draws from one place to another.
func (c *canvas) line(x1, y1, x2, y2 float64, class string) {
	c.path("M"+num(c.x(x1))+" "+num(y1)+"L"+num(c.x(x2))+" "+num(y2), class)
}

// path draws d, whose places are on the page already.
func (c *canvas) path(d, class string) {
	c.b.WriteString(`<path d="` + d + `" class="` + class + `"/>`)
}

// rect draws a box that begins at x and reaches w further on.
func (c *canvas) rect(x, y, w, h float64, class string) {
	left := c.x(x)
	if c.rtl {
		left -= w
	}
	c.b.WriteString(`<rect x="` + num(left) + `" y="` + num(y) + `" width="` + num(w) + `" height="` + num(h) + `" class="` + class + `"`)
	if strings.Contains(class, "hatch") {
		c.b.WriteString(` fill="url(#` + c.id + `-h)"`)
	}
	c.b.WriteString("/>")
}

func (c *canvas) circle(x, y, r float64, class string) {
	c.b.WriteString(`<circle cx="` + num(c.x(x)) + `" cy="` + num(y) + `" r="` + num(r) + `" class="` + class + `"/>`)
}

// marks draws many marks of one shape as one path.
func (c *canvas) marks(d *strings.Builder, class string) {
	if d.Len() > 0 {
		c.path(d.String(), class)
	}
}

// dot adds a round mark: a line without length and with round ends, as wide as
// the class says.
func (c *canvas) dot(d *strings.Builder, x, y float64) {
	d.WriteString("M" + num(c.x(x)) + " " + num(y) + "h.01")
}

// diamond adds a square on its corner, r from the middle to a corner.
func (c *canvas) diamond(d *strings.Builder, x, y, r float64) {
	s := num(r)
	d.WriteString("M" + num(c.x(x)) + " " + num(y-r) + "l" + s + " " + s + "l-" + s + " " + s + "l-" + s + " -" + s + "z")
}

// pointer is a small arrow head below an axis.
func (c *canvas) pointer(x, y float64) {
	c.path("M"+num(c.x(x))+" "+num(y)+"l5 8h-10z", "f-ink")
}

// svg closes the drawing with its name and description.
func (c *canvas) svg(lang, title, desc string) template.HTML {
	var b strings.Builder
	b.WriteString(`<svg viewBox="0 0 ` + num(width) + " " + num(c.height) + `" role="img" aria-labelledby="` + c.id + `-t ` + c.id + `-d" class="drawing"`)
	b.WriteString(` direction="` + wording.Dir(lang) + `"><title id="` + c.id + `-t">` + html.EscapeString(title) + `</title><desc id="` + c.id + `-d">` + html.EscapeString(desc) + `</desc>`)
	body := c.b.String()
	if strings.Contains(body, "url(#") {
		b.WriteString(hatch(c.id + "-h"))
	}
	b.WriteString(body + "</svg>")
	return template.HTML(b.String()) // #nosec G203: every word in it was escaped above, the rest is ours
}

// mini closes a small drawing that says nothing beyond the words beside it.
func (c *canvas) mini(wide float64) template.HTML {
	shift := 0.0
	if c.rtl {
		shift = width - wide
	}
	return template.HTML(`<svg class="mini" viewBox="` + num(shift) + " 0 " + num(wide) + " " + num(c.height) + `" aria-hidden="true">` + c.b.String() + `</svg>`) // #nosec G203: holds shapes alone
}

// hatch is the pattern of what is not reached, not known.
func hatch(id string) string {
	return `<defs><pattern id="` + id + `" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0V5" class="l-soft w1"/></pattern></defs>`
}

// box and blot are marks for keys.
func box(id, class string) template.HTML {
	fill, defs := "", ""
	if strings.Contains(class, "hatch") {
		fill, defs = ` fill="url(#`+id+`)"`, hatch(id)
	}
	return template.HTML(`<svg width="20" height="14" viewBox="0 0 20 14" aria-hidden="true">` + defs + `<rect x="1" y="1" width="18" height="12" class="` + class + `"` + fill + `/></svg>`) // #nosec G203: ids and classes are ours
}

func blot(class, shape string) template.HTML {
	d := "M7 7h.01"
	switch shape {
	case "diamond":
		d = "M7 1.4l5.6 5.6l-5.6 5.6l-5.6 -5.6z"
	case "cross":
		d = "M3 3l8 8m0 -8l-8 8"
	case "ring":
		d = "M2 7a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z"
	case "small":
		d = "M4.5 7a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0 -5 0z"
	case "up":
		d = "M7 2l6 10h-12z"
	}
	return template.HTML(`<svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true"><path d="` + d + `" class="` + class + `"/></svg>`) // #nosec G203: shapes and classes are ours
}
