package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"caravan/internal/leaf"
)

// seen is what an earlier run saw of a log. It is what makes a fork visible:
// whoever saw a head can never be shown another past.
type seen struct {
	Policy     string     `json:"policy"`
	Checkpoint string     `json:"checkpoint"`
	AloneSince *time.Time `json:"alone_since,omitempty"` // since when no witness was seen
}

// readState reads what an earlier run saw; nothing if there is none.
func readState(path string) (s seen, err error) {
	if path == "" {
		return s, nil
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(b, &s); err != nil {
		return s, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

func (s seen) keep(path string) error {
	if path == "" {
		return nil
	}
	b, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		return err
	}
	return leaf.Keep(path, append(b, '\n'))
}

// last is the head that was seen last; ok is false at the first run.
func (s seen) last() (h leaf.Head, ok bool, err error) {
	if s.Checkpoint == "" {
		return h, false, nil
	}
	h, err = leaf.LatestHead([]byte(s.Checkpoint))
	return h, err == nil, err
}
