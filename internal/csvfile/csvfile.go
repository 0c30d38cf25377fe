// Package csvfile takes tables from files into the database: strictly, a
// hundred rows a transaction, with the reason for every row that is refused.
// What was taken stays taken, so a run that was cut off is started again and
// goes on where it ended.
package csvfile

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Batch is how many rows are handed over at once.
const Batch = 100

// Row is one record, by the names of its columns.
type Row struct {
	Line    int // of the file, where the record begins; the first is 1
	columns map[string]int
	fields  []string
}

// Get returns the value of a column without outer white space; empty if the
// file has no such column.
func (r Row) Get(column string) string {
	if i, ok := r.columns[column]; ok && i < len(r.fields) {
		return strings.TrimSpace(r.fields[i])
	}
	return ""
}

// Has reports whether the file has the column.
func (r Row) Has(column string) bool { _, ok := r.columns[column]; return ok }

// Fate is what became of a row.
type Fate struct {
	Refused string // why it was not taken; empty: it was
	Known   bool   // it had been taken before
	Notes   []string
}

// Import says what a kind of table must have, and takes its rows.
type Import struct {
	Need []string // columns without which nothing can be taken
	May  []string // all columns that mean something; nil: any may be there
	// Put takes rows in one transaction, or only judges them if dry, and returns
	// the fate of each. An error undoes the batch and ends the run.
	Put func(ctx context.Context, rows []Row, dry bool) ([]Fate, error)
}

// Options of a run.
type Options struct {
	Dry      bool      // judge, and write nothing
	Progress io.Writer // a line now and then
	Report   io.Writer // a line for each refused row and each note
}

// Result counts rows: Read = Taken + Known + Refused.
type Result struct{ Read, Taken, Known, Refused, Notes int }

// String is the sentence that ends a report.
func (r Result) String() string {
	return fmt.Sprintf("%d rows: %d taken, %d known before, %d refused; %d notes", r.Read, r.Taken, r.Known, r.Refused, r.Notes)
}

// Run reads a table whose first record names the columns, and takes it.
func Run(ctx context.Context, file io.Reader, o Options, im Import) (Result, error) {
	x := &run{ctx: ctx, Options: o, Import: im}
	// A byte order mark is what spreadsheets put before UTF-8.
	head := make([]byte, 3)
	n, err := io.ReadFull(file, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return x.result, fmt.Errorf("csvfile: read: %w", err)
	}
	x.reader = csv.NewReader(io.MultiReader(bytes.NewReader(bytes.TrimPrefix(head[:n], []byte("\ufeff"))), file))
	x.reader.FieldsPerRecord = -1
	if err := x.header(); err != nil {
		return x.result, err
	}
	for {
		more, err := x.next()
		if err != nil {
			return x.result, err
		}
		if len(x.rows) == Batch || !more {
			if err := x.put(); err != nil {
				return x.result, err
			}
		}
		if !more {
			return x.result, nil
		}
	}
}

type run struct {
	ctx context.Context
	Options
	Import
	reader  *csv.Reader
	columns map[string]int
	width   int
	rows    []Row
	result  Result
}

func (x *run) header() error {
	names, err := x.reader.Read()
	if err != nil {
		return fmt.Errorf("csvfile: the first line must name the columns: %w", err)
	}
	x.columns, x.width = make(map[string]int, len(names)), len(names)
	for i, name := range names {
		name = strings.ToLower(strings.TrimSpace(name))
		if _, twice := x.columns[name]; twice {
			return fmt.Errorf("csvfile: the column %q stands there twice", name)
		}
		x.columns[name] = i
	}
	for name := range x.columns {
		if x.May != nil && !slices.Contains(x.May, name) {
			return fmt.Errorf("csvfile: nobody knows the column %q; there may be: %s", name, strings.Join(x.May, ", "))
		}
	}
	var missing []string
	for _, name := range x.Need {
		if _, ok := x.columns[name]; !ok {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("csvfile: missing columns: %s", strings.Join(missing, ", "))
	}
	return nil
}

// next reads one record. Records that cannot be rows are refused here.
func (x *run) next() (more bool, err error) {
	fields, err := x.reader.Read()
	var bad *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		return false, nil
	case errors.As(err, &bad):
		x.result.Read++
		return true, x.refuse(bad.StartLine, bad.Err.Error())
	case err != nil:
		return false, fmt.Errorf("csvfile: read: %w", err)
	}
	line, _ := x.reader.FieldPos(0)
	x.result.Read++
	switch {
	case len(fields) != x.width:
		return true, x.refuse(line, fmt.Sprintf("%d fields instead of %d", len(fields), x.width))
	case slices.ContainsFunc(fields, func(s string) bool { return !utf8.ValidString(s) }):
		return true, x.refuse(line, "not UTF-8")
	}
	x.rows = append(x.rows, Row{line, x.columns, fields})
	return true, nil
}

func (x *run) put() error {
	if err := x.ctx.Err(); err != nil || len(x.rows) == 0 {
		return err
	}
	fates, err := x.Put(x.ctx, x.rows, x.Dry)
	if err != nil {
		return err
	}
	if len(fates) != len(x.rows) {
		return fmt.Errorf("csvfile: %d fates for %d rows", len(fates), len(x.rows))
	}
	for i, f := range fates {
		for _, note := range f.Notes {
			x.result.Notes++
			if err := x.say(x.rows[i].Line, "note: "+note); err != nil {
				return err
			}
		}
		switch {
		case f.Refused != "":
			if err := x.refuse(x.rows[i].Line, f.Refused); err != nil {
				return err
			}
		case f.Known:
			x.result.Known++
		default:
			x.result.Taken++
		}
	}
	x.rows = x.rows[:0]
	if x.Progress != nil {
		fmt.Fprintf(x.Progress, "%d rows read, %d taken\n", x.result.Read, x.result.Taken)
	}
	return nil
}

func (x *run) refuse(line int, why string) error {
	x.result.Refused++
	return x.say(line, "refused: "+why)
}

func (x *run) say(line int, what string) error {
	if x.Report == nil {
		return nil
	}
	_, err := fmt.Fprintf(x.Report, "line %d: %s\n", line, what)
	return err
}
