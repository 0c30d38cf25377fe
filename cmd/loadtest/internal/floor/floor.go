// Package floor is the least code that does the same work as the site on the
// same machine: what the bars of the benchmark are ratios of. It is no product:
// it checks nobody, escapes what it must and keeps nothing in mind.
//
//	floor.go    the server
//	schema.go   its tables, filled from the site's in the same database
//	pages.go    a page from memory, a page and a list from rows
//	search.go   a ranked search over a GIN index
//	writes.go   a reply with its counter, a vote with its sum
//	room.go     one prepared message to every socket
package floor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/labstack/echo/v4"
)

// Options says what the floor serves.
type Options struct {
	Addr  string // loopback host:port
	DSN   string // connection string; empty: only what needs no rows
	Hot   int64  // the question whose replies the page from memory holds
	Conns int32  // database connections
}

// Serve runs the floor until ctx ends.
func Serve(ctx context.Context, o Options) error {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.GET("/hello", func(c echo.Context) error { return c.String(http.StatusOK, "hello, world") })
	newRoom().routes(e)
	if o.DSN != "" {
		pool, err := open(ctx, o)
		if err != nil {
			return err
		}
		defer pool.Close()
		s := &server{pool: pool}
		if err := s.routes(ctx, e, o.Hot); err != nil {
			return err
		}
	}
	defer context.AfterFunc(ctx, func() { _ = e.Close() })()
	if err := e.Start(o.Addr); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("floor: serve: %w", err)
	}
	return nil
}

func open(ctx context.Context, o Options) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(o.DSN)
	if err != nil {
		return nil, fmt.Errorf("floor: parse connection string: %w", err)
	}
	cfg.MaxConns = o.Conns
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("floor: open database: %w", err)
	}
	return pool, nil
}

// server answers from the tables of schema.go.
type server struct {
	pool *pgxpool.Pool
	page []byte // the page from memory, of the largest size
}

func (s *server) routes(ctx context.Context, e *echo.Echo, hot int64) error {
	rows, err := s.topic(ctx, hot)
	if err != nil {
		return fmt.Errorf("floor: read hot question: %w", err)
	}
	s.page = sized(render(rows), MaxPage)
	e.GET("/memory", s.fromMemory)
	e.GET("/memory/:size", s.fromMemorySized)
	e.GET("/t/:id", s.showTopic)
	e.GET("/t/:id/:size", s.showSized)
	e.GET("/t/:id/json", s.topicJSON)
	e.GET("/list", s.list)
	e.GET("/search", s.search)
	e.POST("/reply", s.reply)
	e.POST("/vote", s.vote)
	return nil
}

// reply is one row of s_replies with its author.
type reply struct {
	ID    int64     `json:"id"`
	Topic int64     `json:"tid"`
	User  int64     `json:"uid"`
	By    string    `json:"by"`
	Body  string    `json:"body"`
	At    time.Time `json:"at"`
}
