package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"caravan/cmd/loadtest/internal/bench"
)

func runBench(ctx context.Context, args []string, out io.Writer) error {
	return runTable(ctx, "bench", args, out, 20*time.Minute, bench.Run)
}

func runGrowth(ctx context.Context, args []string, out io.Writer) error {
	return runTable(ctx, "growth", args, out, 3*time.Hour, bench.Growth)
}

// measurement prints a table and returns how many bars were missed.
type measurement func(context.Context, bench.Options) (missed int, err error)

func runTable(ctx context.Context, name string, args []string, out io.Writer, limit time.Duration, measure measurement) error {
	f := flags(name)
	o := bench.Options{Out: out}
	f.StringVar(&o.Caravan, "bin", "bin/caravan", "the built program")
	f.IntVar(&o.Scale, "scale", 40, "of the demo data")
	f.IntVar(&o.Runs, "runs", 3, "runs per row")
	f.DurationVar(&o.Length, "run", 1800*time.Millisecond, "length of one run")
	f.DurationVar(&o.Warm, "warm", 1000*time.Millisecond, "warm-up before the first run of a row")
	f.IntVar(&o.Sockets, "sockets", 5000, "sockets of rows f and g")
	f.IntVar(&o.Rounds, "rounds", 20, "replies of row f in each run")
	f.StringVar(&o.Keep, "keep", "", "folder that keeps filled databases, so that the next run need not fill them; what is posted and voted stays in them")
	f.BoolVar(&o.Plans, "v", false, "print the plan of every statement behind each row")
	only := f.String("rows", "", "only these rows, separated by commas: a1,a2,a3,a1x,a2x,a1c,a2c,b1,b2,b1x,b2x,a1p,a2p,b1p,b2p,c,d1000,d1,e1000,e1,e1000p,e1p,f,g,h,i")
	quiet := f.Bool("q", false, "do not tell the figures of every run")
	strict := f.Bool("strict", false, "exit 1 when a bar is missed")
	if err := parse(f, args); err != nil {
		return err
	}
	if *only != "" {
		o.Rows = strings.Split(*only, ",")
	}
	o.Say = func(format string, args ...any) {
		if !*quiet {
			fmt.Fprintf(os.Stderr, format+"\n", args...)
		}
	}
	ctx, cancel := bounded(ctx, limit)
	defer cancel()
	missed, err := measure(ctx, o)
	if err == nil && missed > 0 {
		fmt.Fprintf(out, "\n%d bars missed\n", missed)
		if *strict {
			err = fmt.Errorf("bench: %d bars missed", missed)
		}
	}
	return err
}
