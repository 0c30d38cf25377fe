package translog

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/internal/httpd"
)

// tileRate is how fast one address may read the files of the log.
var tileRate = []httpd.Limit{{Name: "log tiles", Rates: []httpd.Rate{{N: 50, Per: time.Second}}, By: httpd.ByAddress}}

// How long the files of the log may be kept: the head changes, tiles never do.
const (
	keepHead  = "public, max-age=3"
	keepTile  = "public, max-age=31536000, immutable"
	keepState = "no-cache"
)

// files are the routes that verifiers read. Every site's script may read them
// too: they hold nothing that is not for everybody.
func (s *Service) files() []httpd.Route {
	var routes []httpd.Route
	for _, r := range []struct {
		path string
		do   echo.HandlerFunc
	}{
		{"/log/checkpoint", s.serveCheckpoint}, {"/log/tile/*", s.serveTile}, {"/log/policy", s.servePolicy},
		{"/log/opening/:kind/:ref/:version", s.serveOpening}, {"/log/openings/*", s.serveOpenings},
		{"/log/proof/:kind/:ref", s.serveProof}, {"/log/receipt/:kind/:ref", s.serveReceipt},
	} {
		routes = append(routes, httpd.Route{Method: http.MethodGet, Path: r.path, Gate: access.Anyone, Limits: tileRate, Do: func(c echo.Context) error {
			c.Response().Header().Set("Access-Control-Allow-Origin", "*")
			return r.do(c)
		}}.Apart())
	}
	return routes
}

func serveText(c echo.Context, keep string, b []byte) error {
	c.Response().Header().Set("Cache-Control", keep)
	return c.Blob(http.StatusOK, "text/plain; charset=utf-8", b)
}

func (s *Service) serveCheckpoint(c echo.Context) error {
	h, err := s.Published(c.Request().Context())
	if err != nil {
		return err
	}
	return serveText(c, keepHead, h.Note)
}

func (s *Service) serveTile(c echo.Context) error {
	b, err := s.Tile(c.Request().Context(), "tile/"+c.Param("*"))
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", keepTile)
	return c.Blob(http.StatusOK, echo.MIMEOctetStream, b)
}

func (s *Service) servePolicy(c echo.Context) error {
	text, err := s.PolicyText(c.Request().Context())
	if err != nil {
		return err
	}
	return serveText(c, keepHead, []byte(text))
}

func (s *Service) serveOpening(c echo.Context) error {
	version, err := strconv.Atoi(c.Param("version"))
	if err != nil {
		return errNoEntry
	}
	o, err := s.Opening(c.Request().Context(), c.Param("kind"), c.Param("ref"), version)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if o.State != StateOpen {
		status = http.StatusGone
	}
	c.Response().Header().Set("Cache-Control", keepState)
	return c.JSON(status, o)
}

func (s *Service) serveOpenings(c echo.Context) error {
	all, err := s.OpeningsOf(c.Request().Context(), c.Param("*"))
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", keepState)
	return c.JSON(http.StatusOK, all)
}

func (s *Service) serveProof(c echo.Context) error {
	ctx, kind, ref := c.Request().Context(), c.Param("kind"), c.Param("ref")
	var idx int64
	var err error
	if kind == "entry" {
		if idx, err = strconv.ParseInt(ref, 10, 64); err != nil {
			return errNoEntry
		}
	} else {
		version, _ := strconv.Atoi(c.QueryParam("version")) // none: the newest
		if idx, err = s.PlaceOf(ctx, kind, ref, version); err != nil {
			return err
		}
	}
	p, err := s.Prove(ctx, idx)
	if err != nil {
		return err
	}
	download(c, "entry-"+strconv.FormatInt(idx, 10)+".tlog-proof")
	return serveText(c, keepState, p.Text())
}

func (s *Service) serveReceipt(c echo.Context) error {
	b, err := s.Receipt(c.Request().Context(), c.Param("kind"), c.Param("ref"))
	if err != nil {
		return err
	}
	download(c, c.Param("kind")+".receipt")
	return serveText(c, keepState, b)
}

func download(c echo.Context, name string) {
	c.Response().Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
}
