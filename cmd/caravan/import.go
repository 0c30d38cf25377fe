package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"caravan/internal/csvfile"
	"caravan/internal/feedback"
	"caravan/internal/job"
	"caravan/internal/provider"
)

const importUsage = "usage: caravan import feedback [--dry-run] [-source TEXT] [-organisation SLUG | -name NAME -country CC] FILE.csv"

// importTable takes a table into the database: what is refused, and what was
// masked, is printed line by line to out.
func importTable(ctx context.Context, getenv func(string) string, args []string, out io.Writer) (err error) {
	if len(args) == 0 {
		return errors.New(importUsage)
	}
	kind, flags := args[0], flag.NewFlagSet("import", flag.ContinueOnError)
	dry := flags.Bool("dry-run", false, "judge every row and write nothing")
	var about feedback.About
	flags.StringVar(&about.Source, "source", "", "where the comments were published; the file's name if empty")
	flags.StringVar(&about.Organisation, "organisation", "", "slug of the organisation, where rows do not name it")
	flags.StringVar(&about.Name, "name", "", "name of the organisation that is listed if no slug is given; the file's name if empty")
	flags.StringVar(&about.Country, "country", "ZZ", "its country, ISO 3166-1 alpha-2; ZZ is unknown")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	if flags.NArg() != 1 || kind != "feedback" {
		return errors.New(importUsage)
	}
	file, err := os.Open(flags.Arg(0))
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	defer file.Close()
	name := strings.TrimSuffix(filepath.Base(file.Name()), filepath.Ext(file.Name()))
	about.Source = nonEmpty(about.Source, name)
	about.Name = nonEmpty(about.Name, strings.ToUpper(name[:1])+strings.ReplaceAll(name[1:], "-", " "))
	cfg, err := settings(getenv, true)
	if err != nil {
		return err
	}
	h, err := open(ctx, cfg, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	jobs, err := job.New(h.db)
	if err != nil {
		return err
	}
	places := provider.New(provider.Tools{DB: h.db, Jobs: jobs})
	done, err := feedback.New(h.db, places).Import(ctx, file, about, csvfile.Options{Dry: *dry, Progress: os.Stderr, Report: out})
	fmt.Fprintln(out, done)
	return err
}

func nonEmpty(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
