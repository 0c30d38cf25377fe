package translog

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"

	"caravan/internal/db"
	"caravan/internal/leaf"
)

// Add records something in the public log, in the transaction of the act. Body
// is what package leaf has a constructor for; what the kind does not know is
// refused. The entry has its place within a minute.
func Add(tx *db.Tx, kind string, body map[string]any) error {
	if leaf.IsDaily(kind) {
		return fmt.Errorf("translog: %s waits for the batch of its day: use AddDaily", kind)
	}
	return add(tx, kind, body)
}

// AddDaily records something whose moment would say who did it: the entry goes
// in with all others of its day, in an order drawn by lot. Of an experience that
// is what was told; that it was taken away has its place within a minute.
func AddDaily(tx *db.Tx, kind string, body map[string]any) error { return add(tx, kind, body) }

func add(tx *db.Tx, kind string, body map[string]any) error {
	b, err := leaf.Entry{Kind: kind, Body: body}.Bytes()
	if err != nil {
		return fmt.Errorf("translog: add: %w", err)
	}
	db.Gather(tx, "a log", outboxRow{kind, b, leaf.IsDaily(kind)}, sendOutbox(tx.Now))
	return nil
}

// Open keeps what a commitment is opened with, under a new salt, and returns the
// commitment for the entry (hex). Kind is one of leaf's kinds of things, ref the
// thing's public id. Body holds only what everybody may read: it is shown to
// whoever asks.
func Open(tx *db.Tx, kind, ref string, version int, body map[string]any) (commit string, err error) {
	b, err := leaf.Canonical(body)
	if err != nil {
		return "", fmt.Errorf("translog: open: %w", err)
	}
	salt := leaf.NewSalt()
	sum := leaf.Commit(salt, b)
	if err := insertOpening(tx, opening{Kind: kind, Ref: ref, Version: version, Commit: sum[:], Salt: salt[:], Body: b}); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum[:]), nil
}

// Tell opens a thing and records it, unless its newest opening says the same
// already: for features that call it whenever something may have changed. Entry
// makes the entry of a version with its commitment.
func Tell(tx *db.Tx, kind, ref string, body map[string]any, entry func(version int, commit string) leaf.Entry) error {
	b, err := leaf.Canonical(body)
	if err != nil {
		return fmt.Errorf("translog: tell: %w", err)
	}
	version, last, err := newestOpening(tx, kind, ref)
	if err != nil {
		return err
	}
	if last != nil {
		known, err := leaf.Loose(last)
		if err != nil {
			return err
		}
		if old, err := leaf.Canonical(known); err == nil && bytes.Equal(old, b) {
			return nil
		}
	}
	commit, err := Open(tx, kind, ref, version+1, body)
	if err != nil {
		return err
	}
	e := entry(version+1, commit)
	return add(tx, e.Kind, e.Body)
}

// sealed is the kind of openings that are not given out: their words are for
// somebody who has read them elsewhere.
const sealed = "sealed"

// Seal binds to words that are not for everybody, and returns the commitment to
// be put into the body of an opening. Who has the words and the salt can show
// that these and no others were meant.
func Seal(tx *db.Tx, kind, ref, words string) (commit string, err error) {
	return Open(tx, sealed, kind+" "+ref, 1, map[string]any{"words": words})
}

// mark is the kind of openings that only say that something was recorded.
const mark = "mark"

// Once reports whether something is recorded for the first time, and remembers
// it with the transaction: for what may be handed in by its act and by a job that
// looks for what was left out.
func Once(tx *db.Tx, what, ref string, version int) (first bool, err error) {
	return insertMark(tx, what+" "+ref, version)
}

// Erase destroys what every commitment of a thing is opened with: salt and body
// are gone, and the entries say nothing any more.
func Erase(tx *db.Tx, kind, ref string) error { return eraseOpenings(tx, kind, ref) }

// RecordPolicies records those house texts whose newest wording the log does not
// hold yet. It comes before anything is decided by them.
func (s *Service) RecordPolicies(ctx context.Context, texts []leaf.Entry) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		known, err := listPolicies(tx)
		if err != nil {
			return err
		}
		for _, e := range texts {
			if known[e.Text("policy")+" "+e.Text("lang")] == e.Text("sha256") {
				continue
			}
			if err := Add(tx, e.Kind, e.Body); err != nil {
				return err
			}
		}
		return nil
	})
}
