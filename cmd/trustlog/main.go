// Trustlog checks the public log of a site from outside. It is built on package
// leaf and on nothing else of the site: it knows no page and no database, reads
// what everybody may read, and believes neither.
//
//	trustlog verify --url URL [--policy FILE] [--state FILE] [--wait 90s] [--log-only] [--entries FILE]
//	trustlog prove [--policy FILE] [--url URL] FILE …
//	trustlog witness --listen ADDRESS --dir FOLDER --name NAME --log KEY [--log KEY …]
//
// verify reads the whole log and asks of every entry what it must be true to.
// prove checks proofs (.tlog-proof), receipts, and the words that belong to a
// proven entry (its opening); with a policy it asks nobody.
// witness signs what only grows, for logs of others.
//
//	main.go     commands, exit codes
//	fetch.go    reading from a site, patiently
//	verify.go   heads, tiles, entries; state.go what was seen before
//	meaning.go  what entries say together; openings.go what they hide
//	figures.go  figures, counted again; tallies.go votes of packages
//	site.go     what readers are shown
//	prove.go    single proofs and receipts
//	witness.go  the witness
//
// It ends with 0 if all is right, 1 if it was called wrongly, 2 if the site
// cannot be reached, 3 for a fork or a wrong signature, 4 for what is missing or
// was changed, 5 for figures that do not add up.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// How the program ends.
const (
	exitOK          = 0
	exitUsage       = 1
	exitUnreachable = 2
	exitFork        = 3
	exitMissing     = 4
	exitArithmetic  = 5
)

// failure is why the program ends as it does.
type failure struct {
	code int
	err  error
}

// Error is what went wrong, without the exit code.
func (f failure) Error() string { return f.err.Error() }

// Unwrap lets callers ask what lies beneath.
func (f failure) Unwrap() error { return f.err }

func fail(code int, format string, args ...any) error {
	return failure{code, fmt.Errorf(format, args...)}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run does one command and returns the exit code.
func run(ctx context.Context, args []string, out, errs io.Writer) int {
	err := errors.New("usage: trustlog verify --url URL [--policy FILE] [--state FILE] | prove [--policy FILE] [--url URL] FILE … | witness --listen ADDRESS --dir FOLDER --name NAME --log KEY")
	if len(args) > 0 {
		switch args[0] {
		case "verify":
			err = verifyCommand(ctx, args[1:], out, errs)
		case "prove":
			err = proveCommand(ctx, args[1:], out, errs)
		case "witness":
			err = witnessCommand(ctx, args[1:], out, errs)
		}
	}
	if err == nil {
		return exitOK
	}
	fmt.Fprintln(errs, "trustlog:", err)
	if f, ok := errors.AsType[failure](err); ok {
		return f.code
	}
	return exitUsage
}
