package translog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"caravan/internal/db"
	"caravan/internal/leaf"
)

// logKey is the key that heads are signed with.
type logKey struct {
	signer note.Signer
	public string
}

// readKey reads a key; nil if there is none.
func readKey(path string) (*logKey, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("translog: STATE_DIR/log.key cannot be read, so nothing can be signed: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, errors.New("translog: STATE_DIR/log.key may be read by others on this machine (chmod 0600 it); if somebody could have copied it, tell the readers of the log")
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("translog: STATE_DIR/log.key cannot be read, so nothing can be signed: %w", err)
	}
	return parseKey(string(b))
}

func parseKey(secret string) (*logKey, error) {
	secret = strings.TrimSpace(secret)
	signer, err := note.NewSigner(secret)
	if err != nil {
		return nil, errors.New("translog: STATE_DIR/log.key holds no key: put the file back from your backup; without it the log cannot go on under its name")
	}
	public, err := leaf.PublicKey(secret)
	if err != nil {
		return nil, fmt.Errorf("translog: STATE_DIR/log.key: %w", err)
	}
	return &logKey{signer, public}, nil
}

// found makes the log's key and its empty tree, or finds out that this node may
// not sign: another one holds the key.
func (s *Service) found(ctx context.Context) (mine bool, err error) {
	h, err := findHead(s.writer.Read(ctx))
	if err != nil {
		return false, err
	}
	if h == nil {
		if err := s.begin(ctx); err != nil {
			return false, err
		}
		if h, err = findHead(s.writer.Read(ctx)); err != nil || h == nil {
			return false, err
		}
	}
	s.stands.Store(h)
	switch {
	case s.key.Load() == nil:
		return false, s.alarm("key", "there is a log, and no key in STATE_DIR/log.key: this node does not sign. Put the file back from your backup, or let the node that has it do so", "public key", h.PublicKey)
	case s.key.Load().public != h.PublicKey:
		return false, s.alarm("key", "the key in STATE_DIR/log.key is not the key of the log in this database: this node does not sign", "public key", h.PublicKey)
	}
	s.calm("key")
	return true, nil
}

// begin starts a log that has no entry yet. Of two nodes that do so at once one
// is first, and the other one's key is nobody's.
func (s *Service) begin(ctx context.Context) error {
	if s.key.Load() == nil {
		secret, _, err := leaf.NewLogKey(s.origin)
		if err != nil {
			return fmt.Errorf("translog: make key: %w", err)
		}
		if err := leaf.Keep(s.keyPath(), []byte(secret+"\n")); err != nil {
			return err
		}
		key, err := parseKey(secret)
		if err != nil {
			return err
		}
		s.key.Store(key)
	}
	return s.writer.Write(ctx, func(tx *db.Tx) error { return insertHead(tx, s.key.Load().public, leaf.Root(nil)) })
}

// published is the head that was last published from here; nil if none was.
func (s *Service) published() (*leaf.Head, error) {
	b, err := os.ReadFile(s.publishedPath())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("translog: read what was last published: %w", err)
	}
	h, err := leaf.ParseHead(string(b))
	if err != nil {
		return nil, fmt.Errorf("translog: STATE_DIR/log.published: %w", err)
	}
	return &h, nil
}
