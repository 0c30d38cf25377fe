package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWrongCommandLinesAreExplainedAndEndWithUsage(t *testing.T) {
	for _, args := range [][]string{nil, {"unknown"}, {"replay", "-nonsense"}, {"replay", "surplus"}, {"idle", "-n", "x"}, {"bench", "-h"}} {
		if err := run(context.Background(), args, &bytes.Buffer{}); !errors.Is(err, flag.ErrHelp) {
			t.Errorf("%q: got %v, want the usage", args, err)
		}
	}
}

func TestNothingButThisMachineIsDriven(t *testing.T) {
	const far = "http://192.0.2.1:80"
	for _, args := range [][]string{
		{"replay", "-generate", "1", "-url", far}, {"idle", "-url", far}, {"fan", "-url", far},
		{"load", "-addr", "192.0.2.1:80"}, {"floor", "-addr", "0.0.0.0:7000"}, {"floor", "-addr", ":7000"},
	} {
		err := run(context.Background(), args, &bytes.Buffer{})
		if err == nil || !strings.Contains(err.Error(), "loopback addresses only") {
			t.Errorf("%q: got %v", args, err)
		}
	}
}

func TestTextsComeFromOneSource(t *testing.T) {
	file := filepath.Join(t.TempDir(), "texts.csv")
	if err := os.WriteFile(file, []byte("answer\none\ntwo\nthree\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		file     string
		generate int
		n        string
		want     int // below 0: an error
	}{
		{file, 0, "all", 3}, {file, 0, "2", 2}, {"", 40, "all", 40},
		{file, 40, "all", -1}, {"", 0, "all", -1}, {file, 0, "0", -1}, {file, 0, "many", -1}, {file + "x", 0, "all", -1},
	} {
		got, err := chosen(c.file, c.generate, c.n)
		if (err != nil) != (c.want < 0) || (err == nil && len(got) != c.want) {
			t.Errorf("file %v, generate %d, n %s: got %d texts and %v, want %d", c.file != "", c.generate, c.n, len(got), err, c.want)
		}
	}
}
