package main

import (
	"context"
	"errors"
	"flag"
	"os"
)

// call is a command with what was typed behind its name.
type call struct {
	flags  *flag.FlagSet
	args   []string
	getenv func(string) string
}

// commands are what the program can be told to do, by name.
var commands = map[string]func(call, context.Context) error{
	"serve": call.serve, "demo": call.demo, "sessions": call.sessions, "grant": call.grant, "passkeys": call.passkeys, "recount": call.recount,
	"import": call.importTable, "rates": call.rates, "backup": call.backup, "restore": call.restore, "replay": call.replay,
}

// words reads the flags; what is left must be this many words.
func (c call) words(least, most int) ([]string, error) {
	if err := c.flags.Parse(c.args); err != nil {
		return nil, err
	}
	if n := c.flags.NArg(); n < least || n > most {
		return nil, errors.New(usage)
	}
	return c.flags.Args(), nil
}

func (c call) serve(ctx context.Context) error {
	if _, err := c.words(0, 0); err != nil {
		return err
	}
	return serve(ctx, c.getenv, serving{})
}

func (c call) demo(ctx context.Context) error {
	scale := c.flags.Int("scale", 1, "how much invented data, 1 to 400")
	only := c.flags.Bool("fill-only", false, "fill the database and end")
	if _, err := c.words(0, 0); err != nil {
		return err
	}
	return serve(ctx, c.getenv, serving{demo: true, scale: *scale, fillOnly: *only})
}

func (c call) sessions(ctx context.Context) error {
	n := c.flags.Int("n", 1, "how many")
	if _, err := c.words(0, 0); err != nil {
		return err
	}
	return printSessions(ctx, c.getenv, *n)
}

func (c call) grant(ctx context.Context) error {
	w, err := c.words(2, 2)
	if err != nil {
		return err
	}
	return grant(ctx, c.getenv, w[0], w[1])
}

func (c call) passkeys(ctx context.Context) error {
	w, err := c.words(2, 2)
	if err != nil {
		return err
	}
	if w[0] != "drop" {
		return errors.New(usage)
	}
	return dropSecond(ctx, c.getenv, w[1])
}

func (c call) recount(ctx context.Context) error {
	if _, err := c.words(0, 0); err != nil {
		return err
	}
	return recount(ctx, c.getenv, os.Stdout)
}

func (c call) importTable(ctx context.Context) error {
	return importTable(ctx, c.getenv, c.args, os.Stdout)
}

func (c call) rates(ctx context.Context) error {
	return importRates(ctx, c.getenv, c.args, os.Stdout)
}

func (c call) backup(ctx context.Context) error {
	w, err := c.words(1, 1)
	if err != nil {
		return err
	}
	return backup(ctx, c.getenv, w[0])
}

func (c call) restore(ctx context.Context) error {
	w, err := c.words(1, 1)
	if err != nil {
		return err
	}
	return restore(ctx, c.getenv, w[0])
}

func (c call) replay(ctx context.Context) error {
	if _, err := c.words(0, 1); err != nil {
		return err
	}
	return replay(ctx, c.getenv, c.flags.Arg(0))
}
