package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"caravan/internal/experience"
)

const ratesUsage = "usage: caravan rates import FILE.csv (lines of day,currency,per_euro)"

// importRates takes dated exchange rates into the database: all of a file's, or
// none when one of them cannot be read.
func importRates(ctx context.Context, getenv func(string) string, args []string, out io.Writer) error {
	if len(args) != 2 || args[0] != "import" {
		return errors.New(ratesUsage)
	}
	file, err := os.Open(args[1])
	if err != nil {
		return fmt.Errorf("rates: %w", err)
	}
	defer file.Close()
	return visit(ctx, getenv, func(h *house) error {
		n, err := experience.ImportRates(ctx, h.db, file)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(out, "%d rates\n", n)
		return err
	})
}
