package httpd

import (
	"compress/gzip"
	"net/http"
	"strings"
	"sync"
)

// Answers that are text are compressed while they are written, for those who
// take it. Pages for signed-out people are compressed once, in cache.go.
type zipper struct{ w *gzip.Writer }

var zippers = sync.Pool{New: func() any { g, _ := gzip.NewWriterLevel(nil, 4); return g }}

func acceptsGzip(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept-Encoding"), "gzip")
}

// compress allows the answer to be compressed if its headers turn out to be
// those of a text.
func (in *exchange) compress() { in.zip = &zipper{} }

func (in *exchange) startZip(status int) {
	if in.zip == nil {
		return
	}
	h := in.Header()
	kind := h.Get("Content-Type")
	text := strings.HasPrefix(kind, "text/html") || strings.HasPrefix(kind, "application/json") || strings.HasPrefix(kind, "application/problem+json")
	if !text || status == http.StatusNoContent || status == http.StatusNotModified || h.Get("Content-Encoding") != "" {
		in.zip = nil
		return
	}
	h.Set("Content-Encoding", "gzip")
	h.Add("Vary", "Accept-Encoding")
	h.Del("Content-Length")
	in.zip.w = zippers.Get().(*gzip.Writer)
	in.zip.w.Reset(in.ResponseWriter)
}

// close ends the compressed stream, if there is one.
func (in *exchange) close() {
	if in.zip == nil || in.zip.w == nil {
		return
	}
	_ = in.zip.w.Close() // the reader has gone: nothing to tell them
	zippers.Put(in.zip.w)
	in.zip = nil
}
