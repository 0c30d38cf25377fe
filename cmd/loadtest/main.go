// Loadtest drives Caravan from outside, as any program could, and measures it
// against the least code that does the same work. It talks to loopback addresses
// only, and every run is bounded in count and time.
//
//	main.go      the commands
//	replay.go    replay: post texts while readers are cut off, judge that nothing is lost
//	sockets.go   idle, fan: what open sockets cost in memory and time
//	load.go      load, floor: one kind of request; the bare programs
//	bench.go     bench, growth: the table of ratios; the same at ten times the data
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// command is one thing the program does. It writes what it found to out.
type command struct {
	name, summary string
	run           func(ctx context.Context, args []string, out io.Writer) error
}

var commands = []command{
	{"replay", "post texts as replies while clients listen and are cut off; exit 1 on any difference", runReplay},
	{"idle", "memory per open socket with one subscription", runIdle},
	{"fan", "time from one reply to its receipt by many sockets", runFan},
	{"load", "one kind of request as fast as it is answered, or at a rate", runLoad},
	{"floor", "serve the bare programs that the benchmark compares with", runFloor},
	{"bench", "print the table of ratios to the floors", runBench},
	{"growth", "print what every cost becomes at ten times the data", runGrowth},
}

// errDifferent ends the program with 1 after a report that says what differs.
var errDifferent = errors.New("differences were found")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	switch {
	case err == nil:
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "loadtest:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) > 0 {
		for _, c := range commands {
			if c.name == args[0] {
				return c.run(ctx, args[1:], out)
			}
		}
	}
	fmt.Fprintln(os.Stderr, "usage: loadtest COMMAND [flags]; loadtest COMMAND -h shows the flags")
	for _, c := range commands {
		fmt.Fprintf(os.Stderr, "  %-8s %s\n", c.name, c.summary)
	}
	return flag.ErrHelp
}

// parse reads flags. A wrong flag has been explained when it returns.
func parse(f *flag.FlagSet, args []string) error {
	f.SetOutput(os.Stderr)
	if err := f.Parse(args); err != nil {
		return flag.ErrHelp
	}
	if f.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "loadtest %s: unexpected %q\n", f.Name(), f.Arg(0))
		return flag.ErrHelp
	}
	return nil
}

func flags(name string) *flag.FlagSet { return flag.NewFlagSet(name, flag.ContinueOnError) }

// bounded ends a run after limit whatever happens.
func bounded(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, limit, fmt.Errorf("the run took longer than %v", limit))
}
