package answer

import (
	"context"
	"fmt"

	"caravan/internal/db"
	"caravan/internal/leaf"
	"caravan/internal/translog"
)

// Logged is what the public log asks of answers.
type Logged struct{}

var _ translog.Holder = Logged{}

// Kind is what the public log calls answers.
func (Logged) Kind() string { return leaf.Reply }

// Shown are the bodies of those answers that everybody can read now, by the
// public ids of their experiences. While new words of a clinic wait for a
// moderator, those that were public before are still to be read.
func (Logged) Shown(q *db.Tx, publicIDs []string) (map[string]map[string]any, error) {
	rows, err := listRecords(q, publicIDs, nil)
	if err != nil {
		return nil, err
	}
	out := make(map[string]map[string]any, len(rows))
	for _, r := range rows {
		if r.Body != "" {
			out[r.PublicID] = r.body()
		}
	}
	return out, nil
}

// record hands to the public log what it does not hold yet of an answer that is
// shown. It belongs to every transaction that changes what is shown.
func record(tx *db.Tx, experienceID int64) error { return recordAll(tx, []int64{experienceID}) }

func recordAll(tx *db.Tx, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	if err := holdExperiences(tx, ids); err != nil {
		return err
	}
	rows, err := listRecords(tx, nil, ids)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if r.State != Shown || r.Body == "" {
			continue
		}
		err := translog.Tell(tx, leaf.Reply, r.PublicID, r.body(), func(version int, commit string) leaf.Entry {
			return leaf.Replied{ID: r.PublicID, About: leaf.Experience, Ref: r.PublicID, Version: version, Clinic: r.Clinic, Commit: commit}.Entry()
		})
		if err != nil {
			return fmt.Errorf("answer: record: %w", err)
		}
	}
	return nil
}

// recordBatch is how many answers are recorded in one transaction.
const recordBatch = 200

// RecordMissing hands to the public log what was answered before there was one.
func (s *Service) RecordMissing(ctx context.Context) error {
	return s.backlog.Record(ctx, s.db, func(tx *db.Tx) (int, error) {
		ids, err := listUnrecorded(tx, recordBatch)
		if err != nil {
			return 0, err
		}
		return len(ids), recordAll(tx, ids)
	})
}

// body is what the commitment hides. Who of the staff wrote it is not part of it.
func (r recordRow) body() map[string]any {
	return map[string]any{"clinic": r.Clinic, "body": r.Body}
}
