package moderation

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"caravan/internal/db"
	"caravan/internal/leaf"
	"caravan/internal/translog"
)

// Named is a kind whose things the public log knows by another id than the
// row's.
type Named interface {
	PublicID(q *db.Tx, id int64) (string, error)
}

// actions are what decisions are called in the public log. What moderators only
// settle among themselves is not there, nor that something was approved: then it
// appears, and has an entry of its own.
var actions = map[string]string{Hide: "hide", ShowIt: "show", Refuse: "refuse", Keep: "keep", MaskIt: "mask", Uphold: "uphold", Overturn: "overturn"}

// record puts a decision into the public log. Moderators have names there that
// nobody can lead back to them and that change every quarter. The statement of
// reasons is sealed: its author has read it, and can show that it was this one.
func (s *Service) record(tx *db.Tx, d recordRow) error {
	action := actions[d.Decision]
	if action == "" {
		return nil
	}
	ref, err := s.publicID(tx, d.Kind, d.Ref)
	if err != nil {
		return err
	}
	id := strconv.FormatInt(d.ID, 10)
	sealed, err := translog.Seal(tx, leaf.Decision, id, d.Statement)
	if err != nil {
		return err
	}
	commit, err := translog.Open(tx, leaf.Decision, id, 1, map[string]any{"rule": d.Reason, "statement": sealed})
	if err != nil {
		return err
	}
	e := leaf.Decided{ID: id, KindOf: d.Kind, Ref: ref, Action: action, Rule: d.Reason, Commit: commit, Clinic: d.Clinic, Moderators: []string{s.pseudonym(d.ModeratorID, d.DecidedAt)}, Day: d.DecidedAt}
	if d.Proposer != nil && *d.Proposer != d.ModeratorID {
		e.Moderators = append(e.Moderators, s.pseudonym(*d.Proposer, d.DecidedAt))
	}
	if d.Settles != nil {
		e.Settles = strconv.FormatInt(*d.Settles, 10)
	}
	entry := e.Entry()
	if err := translog.Add(tx, entry.Kind, entry.Body); err != nil {
		return fmt.Errorf("moderation: record: %w", err)
	}
	return nil
}

// recordOne is record for a decision that was just kept.
func (s *Service) recordOne(tx *db.Tx, id int64) error {
	rows, err := listToRecord(tx, id, 0)
	if err != nil || len(rows) == 0 {
		return err
	}
	return s.record(tx, rows[0])
}

// publicID is what everybody calls a thing.
func (s *Service) publicID(q *db.Tx, kind string, id int64) (string, error) {
	if x, ok := side[Named](s, kind); ok {
		return x.PublicID(q, id)
	}
	return strconv.FormatInt(id, 10), nil
}

// pseudonym is what a moderator is called in the log, for a quarter.
func (s *Service) pseudonym(account int64, at time.Time) string {
	m := hmac.New(sha256.New, s.key)
	fmt.Fprintf(m, "%d-Q%d %d", at.UTC().Year(), (int(at.UTC().Month())+2)/3, account)
	return hex.EncodeToString(m.Sum(nil)[:8])
}

// recordBatch is how many decisions are recorded in one transaction.
const recordBatch = 200

// RecordMissing puts decisions into the public log that were taken before there
// was one, the oldest first.
func (s *Service) RecordMissing(ctx context.Context) error {
	return s.backlog.Record(ctx, s.db, func(tx *db.Tx) (int, error) {
		rows, err := listToRecord(tx, 0, recordBatch)
		if err != nil {
			return 0, err
		}
		for _, d := range rows {
			if err := s.record(tx, d); err != nil {
				return 0, err
			}
		}
		return len(rows), nil
	})
}
