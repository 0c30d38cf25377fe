package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"caravan/cmd/loadtest/internal/replay"
	"caravan/cmd/loadtest/internal/site"
	"caravan/cmd/loadtest/internal/texts"
)

func runReplay(ctx context.Context, args []string, out io.Writer) error {
	f := flags("replay")
	url := f.String("url", "", "address of the site, http://127.0.0.1:PORT")
	file := f.String("file", "", "CSV file; its column \"answer\" is posted")
	generate := f.Int("generate", 0, "make this many texts instead of reading a file")
	n := f.String("n", "all", "how many texts of the file")
	people := f.Int("people", 50, "people who post")
	questions := f.Int("questions", 20, "new questions that are posted into")
	clients := f.Int("clients", 200, "readers, each subscribed to every question")
	cut := f.Duration("cut", 2*time.Second, "mean time after which a reader's connection is cut; 0: never")
	rate := f.Float64("rate", 0, "posts per second; 0: as fast as answers come")
	settle := f.Duration("settle", 30*time.Second, "time for readers to catch up after the last post")
	patience := f.Duration("patience", time.Minute, "how long one post is tried again after 5xx and lost answers")
	limit := f.Duration("limit", 10*time.Minute, "end of the run whatever happens")
	format := f.String("out", "text", "text or json")
	if err := parse(f, args); err != nil {
		return err
	}
	all, err := chosen(*file, *generate, *n)
	if err != nil {
		return err
	}
	s, err := site.Open(*url)
	if err != nil {
		return err
	}
	ctx, cancel := bounded(ctx, *limit)
	defer cancel()
	report, err := replay.Run(ctx, replay.Options{
		Site: s, Texts: all, People: *people, Questions: *questions, Clients: *clients,
		Cut: *cut, Rate: *rate, Settle: *settle, Patience: *patience,
	})
	if err != nil {
		return err
	}
	if *format == "json" {
		err = report.JSON(out)
	} else {
		report.Text(out)
	}
	if err == nil && report.Differences > 0 {
		err = fmt.Errorf("%w: %d", errDifferent, report.Differences)
	}
	return err
}

// chosen returns the texts of the file or as many generated ones.
func chosen(file string, generate int, n string) ([]texts.Text, error) {
	switch {
	case (file == "") == (generate == 0):
		return nil, errors.New("replay: one of -file and -generate")
	case generate > 0:
		return texts.Generate(generate), nil
	}
	limit := 0
	if n != "all" {
		var err error
		if limit, err = strconv.Atoi(n); err != nil || limit < 1 {
			return nil, fmt.Errorf("replay: -n %q: want a number or all", n)
		}
	}
	return texts.ReadFile(file, limit)
}
