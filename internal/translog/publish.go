package translog

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

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
	head := leaf.Head{Origin: s.key.Load().signer.Name(), Size: row.Size, Root: tlog.Hash(row.Root)}
	ok, err := s.continues(ctx, head)
	if err != nil || !ok {
		return err
	}
	if row.Note != nil && row.SignedSize == row.Size && row.SignedAt != nil && s.db.Now().Sub(*row.SignedAt) < signAnew {
		return nil
	}
	// Written down before it is signed: whatever happens next, this tree will be
	// asked for.
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
	if err != nil {
		return err
	}
	if err := s.step("signed"); err != nil {
		return err
	}
	if err := s.writer.Write(ctx, func(tx *db.Tx) error { return publishHead(tx, head.Size, note, witnessed) }); err != nil {
		return err
	}
	s.forget()
	return nil
}

// continues reports whether the tree grew out of the head that was last
// published from here.
func (s *Service) continues(ctx context.Context, head leaf.Head) (bool, error) {
	last, err := s.published()
	if err != nil {
		return false, err
	}
	if last == nil {
		return true, nil
	}
	if head.Size < last.Size {
		return false, s.alarm("behind", fmt.Sprintf("the tree (%d entries) is behind what was published (%d): this database is an old copy. Nothing is signed. Restore a newer one, or bring the missing entries back", head.Size, last.Size))
	}
	root, err := tlog.TreeHash(last.Size, hashReader{s.writer.Read(ctx)})
	if err != nil {
		return false, fmt.Errorf("translog: root of what was published: %w", err)
	}
	if root != last.Root {
		return false, s.alarm("behind", fmt.Sprintf("the first %d entries are not those that were published: this is another tree. Nothing is signed", last.Size))
	}
	s.calm("behind")
	return true, nil
}
