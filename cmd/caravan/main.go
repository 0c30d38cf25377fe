// Caravan runs the community site for people who travel abroad for treatment.
//
//	caravan serve                          the site
//	caravan demo [-scale N] [-fill-only]   the same, with invented data in an empty database
//	caravan sessions -n N                  cookies of N signed-in demo people, one a line
//	caravan grant moderator|admin EMAIL    give somebody a role
//	caravan passkeys drop EMAIL            for somebody who lost every passkey and recovery code
//	caravan recount                        sums of votes made anew from the votes; fails if any was wrong
//	caravan import clinics FILE.csv        organisations to be listed
//	caravan import experiences -account EMAIL FILE.csv   for the moderators to judge
//	caravan import feedback FILE.csv       public comment from elsewhere
//	caravan backup FILE                    everything, while the site goes on
//	caravan restore FILE                   into an empty STATE_DIR or DATABASE_URL
//	caravan replay [FILE]                  brings the public log of an old database forward to what was published
//	caravan rates import FILE.csv          what currencies are worth: day,currency,per_euro
//
// Settings come from the environment; README.md has the table.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// version is set when the program is built.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends at once
	if err := run(ctx, os.Args[1:], os.Getenv); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1)
	}
}

const usage = "usage: caravan serve | demo [-scale N] [-fill-only] | sessions -n N | grant moderator|admin EMAIL | passkeys drop EMAIL | recount | import clinics|experiences|feedback [--dry-run] FILE.csv | backup FILE | restore FILE | replay [FILE] | rates import FILE.csv"

// run does one command until ctx ends. Tests call it with a getenv of their own.
func run(ctx context.Context, args []string, getenv func(string) string) error {
	if len(args) == 0 {
		return errors.New(usage)
	}
	name, args := args[0], args[1:]
	if name == "import" {
		return importTable(ctx, getenv, args, os.Stdout)
	}
	if name == "rates" {
		return importRates(ctx, getenv, args, os.Stdout)
	}
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	parse := func(words int) error {
		if err := flags.Parse(args); err != nil {
			return err
		}
		if flags.NArg() != words {
			return errors.New(usage)
		}
		return nil
	}
	switch name {
	case "serve":
		if err := parse(0); err != nil {
			return err
		}
		return serve(ctx, getenv, serving{})
	case "demo":
		scale := flags.Int("scale", 1, "how much invented data, 1 to 400")
		only := flags.Bool("fill-only", false, "fill the database and end")
		if err := parse(0); err != nil {
			return err
		}
		return serve(ctx, getenv, serving{demo: true, scale: *scale, fillOnly: *only})
	case "sessions":
		n := flags.Int("n", 1, "how many")
		if err := parse(0); err != nil {
			return err
		}
		return printSessions(ctx, getenv, *n)
	case "backup", "restore":
		if err := parse(1); err != nil {
			return err
		}
		do := backup
		if name == "restore" {
			do = restore
		}
		return do(ctx, getenv, flags.Arg(0))
	case "replay":
		if err := flags.Parse(args); err != nil || flags.NArg() > 1 {
			return errors.Join(err, errors.New(usage))
		}
		return replay(ctx, getenv, flags.Arg(0))
	case "recount":
		if err := parse(0); err != nil {
			return err
		}
		return recount(ctx, getenv, os.Stdout)
	case "grant":
		if err := parse(2); err != nil {
			return err
		}
		return grant(ctx, getenv, flags.Arg(0), flags.Arg(1))
	case "passkeys":
		if err := parse(2); err != nil {
			return err
		}
		if flags.Arg(0) != "drop" {
			return errors.New(usage)
		}
		return dropSecond(ctx, getenv, flags.Arg(1))
	}
	return errors.New(usage)
}
