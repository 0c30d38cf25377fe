package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"caravan/cmd/loadtest/internal/site"
	"caravan/cmd/loadtest/internal/sockets"
)

func runIdle(ctx context.Context, args []string, out io.Writer) error {
	f := flags("idle")
	url := f.String("url", "", "address of the site, http://127.0.0.1:PORT")
	n := f.Int("n", 5000, "sockets")
	pid := f.Int("pid", 0, "process id of the server")
	rest := f.Duration("rest", 3*time.Second, "between the last handshake and the reading of the memory")
	if err := parse(f, args); err != nil {
		return err
	}
	s, err := site.Open(*url)
	if err != nil {
		return err
	}
	ctx, cancel := bounded(ctx, 5*time.Minute)
	defer cancel()
	id, err := s.FirstQuestion(ctx)
	if err != nil {
		return err
	}
	target, err := sockets.Question(ctx, s, id)
	if err != nil {
		return err
	}
	result, group, err := sockets.Idle(ctx, target, *n, *pid, *rest)
	if err != nil {
		return err
	}
	defer group.Close()
	fmt.Fprintln(out, result)
	return nil
}

func runFan(ctx context.Context, args []string, out io.Writer) error {
	f := flags("fan")
	url := f.String("url", "", "address of the site, http://127.0.0.1:PORT")
	n := f.Int("n", 5000, "sockets")
	rounds := f.Int("rounds", 30, "replies, one after the other")
	gap := f.Duration("gap", 200*time.Millisecond, "rest between two replies")
	pid := f.Int("pid", 0, "process id of the server, to count its processor time")
	dbpid := f.Int("dbpid", 0, "process id of the database")
	if err := parse(f, args); err != nil {
		return err
	}
	s, err := site.Open(*url)
	if err != nil {
		return err
	}
	ctx, cancel := bounded(ctx, 5*time.Minute)
	defer cancel()
	who, err := s.SignIn(ctx, site.DemoEmail(1), site.Password)
	if err != nil {
		return err
	}
	id, publish, err := sockets.Asked(ctx, s, who)
	if err != nil {
		return err
	}
	target, err := sockets.Question(ctx, s, id)
	if err != nil {
		return err
	}
	group, err := sockets.Open(ctx, target, *n, 16)
	if err != nil {
		return err
	}
	defer group.Close()
	result, err := group.Fan(ctx, sockets.FanOptions{Rounds: min(*rounds, 200), Gap: *gap, Patience: 15 * time.Second, App: *pid, DB: *dbpid}, publish)
	fmt.Fprintln(out, result)
	return err
}
