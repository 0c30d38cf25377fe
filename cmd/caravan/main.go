// Caravan runs the community site for people who travel abroad for treatment.
//
//	caravan serve                          the site
//	caravan demo [-scale N] [-fill-only]   the same, with invented data in an empty database
//	caravan sessions -n N                  cookies of N signed-in demo people, one a line
//	caravan grant moderator|admin EMAIL    give somebody a role
//	caravan passkeys drop EMAIL            for somebody who lost every passkey and recovery code
//	caravan recount                        sums of votes made anew from the votes; fails if any was wrong
//	caravan import clinics FILE.csv        organisations to be listed; with --dry-run, as all imports, only judged
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
	"runtime/debug"
	"syscall"
)

// version is set when the program is built.
var version = "dev"

// garbage is how many percent of what lives may come on top before it is looked
// for, where GOGC says nothing. Twice as much as usual halves that work; what lives is small.
const garbage = 200

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
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
	do, ok := commands[args[0]]
	if !ok {
		return errors.New(usage)
	}
	return do(call{flag.NewFlagSet(args[0], flag.ContinueOnError), args[1:], getenv}, ctx)
}
