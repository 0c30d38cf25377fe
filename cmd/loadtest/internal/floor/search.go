package floor

import (
	"html"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/labstack/echo/v4"
)

// searchSQL ranks every match and keeps the best 20.
const searchSQL = `select s.id, s.tid, s.body from floor.f_search s, plainto_tsquery('simple', $1) q
	where s.tsv @@ q order by ts_rank_cd(s.tsv, q) desc, s.id desc limit 20`

// hit is one found document with the words around the first match.
type hit struct {
	ID      int64  `json:"id"`
	Topic   int64  `json:"tid"`
	Snippet string `json:"snippet"`
}

func (s *server) search(c echo.Context) error {
	q := c.QueryParam("q")
	rows, err := s.pool.Query(c.Request().Context(), searchSQL, q)
	if err != nil {
		return err
	}
	words := strings.Fields(strings.ToLower(q))
	out := make([]hit, 0, 20)
	var h hit
	var body string
	_, err = pgx.ForEachRow(rows, []any{&h.ID, &h.Topic, &body}, func() error {
		h.Snippet = snippet(body, words)
		out = append(out, h)
		return nil
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, out)
}

// snippet is about 200 bytes of body around the first word found, escaped, with
// the words marked.
func snippet(body string, words []string) string {
	const around = 100
	lower := strings.ToLower(body)
	at := 0
	for _, w := range words {
		if i := strings.Index(lower, w); i >= 0 {
			at = min(i, len(body)) // lower case may be longer
			break
		}
	}
	from, to := max(0, at-around), min(len(body), at+around)
	for from > 0 && !utf8.RuneStart(body[from]) {
		from--
	}
	for to < len(body) && !utf8.RuneStart(body[to]) {
		to++
	}
	out := html.EscapeString(body[from:to])
	for _, w := range words {
		out = strings.Replace(out, w, "<mark>"+w+"</mark>", 1)
	}
	return out
}
