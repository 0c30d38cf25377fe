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
	"caravan/internal/experience"
	"caravan/internal/feedback"
	"caravan/internal/job"
	"caravan/internal/provider"
)

const importUsage = `usage: caravan import clinics     [--dry-run] FILE.csv
       caravan import experiences [--dry-run] -account EMAIL [-source TEXT] FILE.csv
       caravan import feedback    [--dry-run] [-source TEXT] [-organisation SLUG | -name NAME -country CC] FILE.csv`

// importing is what the command line says about a table.
type importing struct {
	kind, path, account string
	dry                 bool
	about               feedback.About
}

// importTable takes a table into the database: what is refused, and what was
// masked, is printed line by line to out.
func importTable(ctx context.Context, getenv func(string) string, args []string, out io.Writer) error {
	x, err := readImport(args)
	if err != nil {
		return err
	}
	file, err := os.Open(x.path)
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	defer file.Close()
	return visit(ctx, getenv, func(h *house) error { return x.take(ctx, h, file, out) })
}

// take takes the rows of the file.
func (x importing) take(ctx context.Context, h *house, file io.Reader, out io.Writer) error {
	jobs, err := job.New(h.db)
	if err != nil {
		return err
	}
	places := provider.New(provider.Tools{DB: h.db, Jobs: jobs})
	o := csvfile.Options{Dry: x.dry, Progress: os.Stderr, Report: out}
	var done csvfile.Result
	switch x.kind {
	case "clinics":
		done, err = places.Import(ctx, file, o)
	case "experiences":
		told := experience.New(experience.Tools{DB: h.db, Jobs: jobs, Provider: places})
		done, err = told.Import(ctx, file, experience.ImportAs{Address: x.account, Source: x.about.Source}, o)
	default:
		done, err = feedback.New(h.db, places).Import(ctx, file, x.about, o)
	}
	fmt.Fprintln(out, done)
	return err
}

// readImport reads the command line. What it does not say about the source is
// told by the file's name.
func readImport(args []string) (x importing, err error) {
	if len(args) == 0 {
		return x, errors.New(importUsage)
	}
	x.kind = args[0]
	flags := flag.NewFlagSet("import", flag.ContinueOnError)
	flags.BoolVar(&x.dry, "dry-run", false, "judge every row and write nothing")
	switch x.kind {
	case "clinics":
	case "experiences":
		flags.StringVar(&x.account, "account", "", "confirmed address of the account that answers for them")
		flags.StringVar(&x.about.Source, "source", "", "where they stood before; the file's name if empty")
	case "feedback":
		flags.StringVar(&x.about.Source, "source", "", "where the comments were published; the file's name if empty")
		flags.StringVar(&x.about.Organisation, "organisation", "", "slug of the organisation, where rows do not name it")
		flags.StringVar(&x.about.Name, "name", "", "name of the organisation that is listed if no slug is given; the file's name if empty")
		flags.StringVar(&x.about.Country, "country", "ZZ", "its country, ISO 3166-1 alpha-2; ZZ is unknown")
	default:
		return x, errors.New(importUsage)
	}
	if err := flags.Parse(args[1:]); err != nil {
		return x, err
	}
	if flags.NArg() != 1 || x.kind == "experiences" && x.account == "" {
		return x, errors.New(importUsage)
	}
	x.path = flags.Arg(0)
	name := strings.TrimSuffix(filepath.Base(x.path), filepath.Ext(x.path))
	x.about.Source = nonEmpty(x.about.Source, name)
	if name != "" {
		x.about.Name = nonEmpty(x.about.Name, strings.ToUpper(name[:1])+strings.ReplaceAll(name[1:], "-", " "))
	}
	return x, nil
}

func nonEmpty(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
