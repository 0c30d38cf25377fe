package floor

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// Both statements are one transaction of one round trip.
const (
	replySQL = `with i as (insert into floor.f_replies (tid, uid, body, at) values ($1, $2, $3, now()) returning id),
		u as (update floor.f_topics set n = n + 1, last = now() where id = $1)
		select id from i`
	voteSQL = `with old as (select value from floor.f_votes where rid = $1 and uid = $2),
		v as (insert into floor.f_votes (rid, uid, value) values ($1, $2, $3) on conflict (rid, uid) do update set value = excluded.value)
		update floor.f_votes_n set n = n + $3 - coalesce((select value from old), 0) where rid = $1`
)

func (s *server) reply(c echo.Context) error {
	var r reply
	if err := c.Bind(&r); err != nil {
		return err
	}
	err := s.pool.QueryRow(c.Request().Context(), replySQL, r.Topic, r.User, r.Body).Scan(&r.ID)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, r)
}

func (s *server) vote(c echo.Context) error {
	var v struct {
		Reply int64 `json:"id"`
		User  int64 `json:"uid"`
		Value int   `json:"value"`
	}
	if err := c.Bind(&v); err != nil {
		return err
	}
	if _, err := s.pool.Exec(c.Request().Context(), voteSQL, v.Reply, v.User, v.Value); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
