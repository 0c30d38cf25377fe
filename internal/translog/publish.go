package translog

import (
	"context"
	"fmt"

	"caravan/internal/db"
	"caravan/internal/leaf"
)

// publish signs the head of the tree if it grew, or if its signature is old. It
// refuses where the tree is not the one that was published before: then the
// database is an old copy, or somebody wrote into it, and a signature would
// split the log in two.
func (s *Service) publish(ctx context.Context) error {
	row, err := findHead(s.writer.Read(ctx))
	if err != nil || row == nil {
		return err
	}
	head := s.headOf(row)
	ok, err := s.continues(s.writer.Read(ctx), head)
	if err != nil || !ok {
		return err
	}
	if row.Note != nil && row.SignedSize == row.Size && row.SignedAt != nil && s.db.Now().Sub(*row.SignedAt) < signAnew {
		return nil
	}
	// Written down before it is signed: whatever happens next, this tree will be
	// asked for, and its entries are there even if the database is lost.
	if err := s.keepEntries(ctx, head.Size); err != nil {
		return err
	}
	if err := leaf.Keep(s.publishedPath(), []byte(head.Text())); err != nil {
		return err
	}
	if err := s.step("recorded"); err != nil {
		return err
	}
	note, err := leaf.SignHead(head, s.key.Load().signer)
	if err != nil {
		return fmt.Errorf("translog: sign: %w", err)
	}
	note, witnessed, err := s.witness(ctx, head, note)
	if err != nil || !s.state.since("ahead").IsZero() {
		return err
	}
	if err := s.step("signed"); err != nil {
		return err
	}
	if err := s.writer.Write(ctx, func(tx *db.Tx) error { return publishHead(tx, head.Size, note, witnessed) }); err != nil {
		return err
	}
	s.forget()
	row, err = findHead(s.writer.Read(ctx))
	if err == nil && row != nil {
		s.stands.Store(row)
	}
	return err
}
