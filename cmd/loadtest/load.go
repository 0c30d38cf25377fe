package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"caravan/cmd/loadtest/internal/floor"
	"caravan/cmd/loadtest/internal/load"
	"caravan/cmd/loadtest/internal/site"
)

// list is a flag that may be given several times.
type list []string

// String is what was given so far, as the usage of the flag shows it.
func (l *list) String() string { return strings.Join(*l, ", ") }

// Set adds one value: the flag may be given many times.
func (l *list) Set(s string) error { *l = append(*l, s); return nil }

func runLoad(ctx context.Context, args []string, out io.Writer) error {
	f := flags("load")
	var p load.Plan
	var headers list
	f.StringVar(&p.Addr, "addr", "127.0.0.1:8080", "loopback address")
	f.StringVar(&p.Name, "name", "load", "label of the line that is printed")
	f.StringVar(&p.Method, "m", "GET", "method")
	f.StringVar(&p.Path, "path", "/", "path, may hold {{seq}} {{now}} {{conn}} {{person}} {{r:BASE:N}} {{p:BASE:N}} {{flip:N}}")
	f.StringVar(&p.Body, "body", "", "body, may hold the same")
	f.Var(&headers, "H", "header \"Name: value\", may hold the same; repeatable")
	f.IntVar(&p.Conns, "c", 32, "connections")
	f.DurationVar(&p.Run, "d", 20*time.Second, "measured time")
	f.DurationVar(&p.Warm, "w", 3*time.Second, "warm-up")
	f.Float64Var(&p.Rate, "rate", 0, "requests per second; 0: the next as soon as the last is answered")
	f.BoolVar(&p.Rotate, "rotate", false, "the next session for every request, not one per connection")
	f.IntVar(&p.App, "pid", 0, "process id of the server")
	f.IntVar(&p.DB, "dbpid", 0, "process id of the database")
	f.BoolVar(&p.Keep, "show", false, "print the beginning of the first answer")
	sessions := f.String("sessions", "", "file with a session cookie per line, as caravan sessions prints them")
	asJSON := f.Bool("json", false, "print JSON")
	if err := parse(f, args); err != nil {
		return err
	}
	p.Headers = headers
	if *sessions != "" {
		b, err := os.ReadFile(*sessions)
		if err != nil {
			return fmt.Errorf("load: read sessions: %w", err)
		}
		people, err := site.ParseSessions(string(b))
		if err != nil {
			return err
		}
		p.Sessions = cookies(people)
	}
	r, err := load.Run(ctx, p)
	if err != nil {
		return err
	}
	if p.Keep {
		fmt.Fprintln(out, r.First)
	}
	if *asJSON {
		return json.NewEncoder(out).Encode(r)
	}
	fmt.Fprintln(out, r)
	return nil
}

func cookies(people []site.Person) []string {
	out := make([]string, len(people))
	for i, p := range people {
		out[i] = p.Header()
	}
	return out
}

func runFloor(ctx context.Context, args []string, _ io.Writer) error {
	f := flags("floor")
	var o floor.Options
	f.StringVar(&o.Addr, "addr", "127.0.0.1:7000", "loopback address")
	f.StringVar(&o.DSN, "dsn", "", "connection string of the site's database; empty: sockets only")
	f.Int64Var(&o.Hot, "hot", 1, "id of the question whose page is served from memory")
	conns := f.Int("conns", 32, "database connections")
	fill := f.Bool("load", false, "make the schema \"floor\" anew and fill it from the site's tables first")
	if err := parse(f, args); err != nil {
		return err
	}
	host, _, err := net.SplitHostPort(o.Addr)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		return errors.New("floor: loopback addresses only")
	}
	o.Conns = int32(min(max(*conns, 1), 90))
	if *fill {
		pool, err := pgxpool.New(ctx, o.DSN)
		if err != nil {
			return fmt.Errorf("floor: open database: %w", err)
		}
		err = floor.Load(ctx, pool)
		pool.Close()
		if err != nil {
			return err
		}
	}
	return floor.Serve(ctx, o)
}
