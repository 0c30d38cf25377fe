package floor

import (
	"bytes"
	"context"
	"html"
	"net/http"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/labstack/echo/v4"
)

// PageSize is the size of the page that is written from memory when no other is
// asked for, MaxPage that of the largest that can be.
const (
	PageSize = 26_000
	MaxPage  = 500_000
)

const topicSQL = `select r.id, r.tid, r.uid, u.name, r.body, r.at from floor.s_replies r join floor.s_users u on u.id = r.uid
	where r.tid = $1 order by r.id limit 50`

const listSQL = `select t.id, t.title, left(t.body, 200), u.name, t.at from floor.s_topics t join floor.s_users u on u.id = t.uid
	order by t.at desc limit 25`

const mimeHTML = "text/html; charset=utf-8"

func (s *server) fromMemory(c echo.Context) error {
	return c.Blob(http.StatusOK, mimeHTML, s.page[:PageSize])
}

// fromMemorySized writes a page as large as another page of the site.
func (s *server) fromMemorySized(c echo.Context) error {
	n, err := size(c)
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, mimeHTML, s.page[:n])
}

// showSized reads and writes the page of a question, brought to the size of
// another page of the site.
func (s *server) showSized(c echo.Context) error {
	n, err := size(c)
	if err != nil {
		return err
	}
	rows, err := s.requested(c)
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, mimeHTML, sized(render(rows), n))
}

func size(c echo.Context) (int, error) {
	n, err := strconv.Atoi(c.Param("size"))
	if err != nil || n < 1 || n > MaxPage {
		return 0, echo.ErrBadRequest
	}
	return n, nil
}

func (s *server) showTopic(c echo.Context) error {
	rows, err := s.requested(c)
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, mimeHTML, render(rows))
}

func (s *server) topicJSON(c echo.Context) error {
	rows, err := s.requested(c)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, rows)
}

func (s *server) requested(c echo.Context) ([]reply, error) {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil {
		return nil, echo.ErrBadRequest
	}
	return s.topic(c.Request().Context(), id)
}

func (s *server) topic(ctx context.Context, id int64) ([]reply, error) {
	rows, err := s.pool.Query(ctx, topicSQL, id)
	if err != nil {
		return nil, err
	}
	out := make([]reply, 0, 50)
	var r reply
	_, err = pgx.ForEachRow(rows, []any{&r.ID, &r.Topic, &r.User, &r.By, &r.Body, &r.At}, func() error {
		out = append(out, r)
		return nil
	})
	return out, err
}

func (s *server) list(c echo.Context) error {
	rows, err := s.pool.Query(c.Request().Context(), listSQL)
	if err != nil {
		return err
	}
	b := make([]byte, 0, 16<<10)
	var id int64
	var title, begins, by string
	var at time.Time
	_, err = pgx.ForEachRow(rows, []any{&id, &title, &begins, &by, &at}, func() error {
		b = append(b, `<li><a href="/t/`...)
		b = strconv.AppendInt(b, id, 10)
		b = append(append(append(b, `">`...), html.EscapeString(title)...), "</a><p>"...)
		b = append(append(append(b, html.EscapeString(begins)...), "</p><span>"...), html.EscapeString(by)...)
		b = at.AppendFormat(append(b, ' '), time.RFC3339)
		b = append(b, "</span></li>\n"...)
		return nil
	})
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, mimeHTML, b)
}

// render writes the page of a question by hand.
func render(rows []reply) []byte {
	b := make([]byte, 0, 40<<10)
	b = append(b, "<!doctype html><html><head><title>question</title></head><body>\n"...)
	for i := range rows {
		r := &rows[i]
		b = append(b, `<article id="r`...)
		b = strconv.AppendInt(b, r.ID, 10)
		b = append(append(b, `"><header>`...), html.EscapeString(r.By)...)
		b = r.At.AppendFormat(append(b, " <time>"...), time.RFC3339)
		b = append(append(b, "</time></header><p>"...), html.EscapeString(r.Body)...)
		b = append(b, "</p></article>\n"...)
	}
	return append(b, "</body></html>"...)
}

// sized cuts or fills b to n bytes.
func sized(b []byte, n int) []byte {
	if missing := n - len(b); missing > 0 {
		b = append(b, bytes.Repeat([]byte(" "), missing)...)
	}
	return b[:n]
}
