package texts

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"unicode/utf8"
)

// Column is the column of the file that holds what a person wrote.
const Column = "answer"

// ReadFile reads at most limit texts (0: all) from the CSV file at path.
func ReadFile(path string, limit int) ([]Text, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("texts: open: %w", err)
	}
	defer f.Close()
	return ReadCSV(f, limit)
}

// ReadCSV reads at most limit texts (0: all) from the column "answer" of a CSV
// file with a header. Line breaks and quotes inside quoted fields are part of
// the text. A field that is not UTF-8 is an error, because JSON could not carry
// it unchanged and the comparison would be of something else than the file.
func ReadCSV(r io.Reader, limit int) ([]Text, error) {
	c := csv.NewReader(r)
	c.ReuseRecord = true
	header, err := c.Read()
	if err != nil {
		return nil, fmt.Errorf("texts: read header: %w", err)
	}
	at := slices.Index(header, Column)
	if at < 0 {
		return nil, fmt.Errorf("texts: no column %q in %q", Column, header)
	}
	var out []Text
	for limit == 0 || len(out) < limit {
		record, err := c.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("texts: read record %d: %w", len(out)+1, err)
		}
		if !utf8.ValidString(record[at]) {
			line, _ := c.FieldPos(at)
			return nil, fmt.Errorf("texts: record %d, line %d: not UTF-8", len(out)+1, line)
		}
		out = append(out, Judge(len(out)+1, record[at]))
	}
	return out, nil
}
