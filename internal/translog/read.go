package translog

import (
	"context"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/leaf"
)

var (
	errNoLog   = errs.New(errs.Unavailable, "translog.not_begun")
	errNoTile  = errs.New(errs.NotFound, "common.not_found")
	errNoEntry = errs.New(errs.NotFound, "translog.no_entry")
	errWaits   = errs.New(errs.NotFound, "translog.waits")
)

// Head is the published head and how it stands.
type Head struct {
	leaf.Head
	Note        []byte // as served
	SignedAt    time.Time
	WitnessedAt *time.Time // when enough witnesses last signed
	AloneSince  *time.Time // since when they have not
}

// headCache keeps the head for a moment: every tile asks for it.
type headCache struct {
	mu   sync.Mutex
	head *Head
	at   time.Time
}

// Published is the head that everybody sees.
func (s *Service) Published(ctx context.Context) (*Head, error) {
	s.head.mu.Lock()
	defer s.head.mu.Unlock()
	if s.head.head != nil && time.Since(s.head.at) < freshFor {
		return s.head.head, nil
	}
	row, err := findHead(s.db.Read(ctx))
	if err != nil {
		return nil, err
	}
	if row == nil || row.Note == nil || row.SignedAt == nil {
		return nil, errNoLog
	}
	h, err := leaf.LatestHead(row.Note)
	if err != nil {
		return nil, err
	}
	s.head.head, s.head.at = &Head{Head: h, Note: row.Note, SignedAt: *row.SignedAt, WitnessedAt: row.WitnessedAt, AloneSince: row.AloneSince}, time.Now()
	return s.head.head, nil
}

// forget has the head looked up anew: it has just changed.
func (s *Service) forget() {
	s.head.mu.Lock()
	defer s.head.mu.Unlock()
	s.head.head = nil
}

// Tile returns the bytes of a tile or a bundle of the published tree.
func (s *Service) Tile(ctx context.Context, path string) ([]byte, error) {
	t, err := leaf.ParseTile(path)
	if err != nil {
		return nil, errNoTile
	}
	h, err := s.Published(ctx)
	if err != nil {
		return nil, err
	}
	if t.Level > 7 || t.Last() > h.Size>>(8*t.Level) {
		return nil, errNoTile
	}
	q := s.db.Read(ctx)
	if t.Entries {
		return listBundle(q, t.Index*leaf.TileWidth, t.Width)
	}
	hashes, err := listHashes(q, t.Hashes())
	if err != nil {
		return nil, err
	}
	b := make([]byte, 0, len(hashes)*tlog.HashSize)
	for _, x := range hashes {
		b = append(b, x[:]...)
	}
	return b, nil
}

// Prove shows that the entry at a place is in the published tree.
func (s *Service) Prove(ctx context.Context, idx int64) (leaf.Proof, error) {
	h, err := s.Published(ctx)
	if err != nil {
		return leaf.Proof{}, err
	}
	if idx < 0 || idx >= h.Size {
		return leaf.Proof{}, errWaits
	}
	q := s.db.Read(ctx)
	row, err := findLeaf(q, idx)
	if err != nil || row == nil {
		return leaf.Proof{}, errorOr(err, errNoEntry)
	}
	hashes, err := tlog.ProveRecord(h.Size, idx, hashReader{q})
	if err != nil {
		return leaf.Proof{}, db.Wrap("translog: prove", err)
	}
	return leaf.Proof{Entry: row.Body, Index: idx, Hashes: hashes, Checkpoint: h.Note}, nil
}

// PlaceOf is the place of the entry that recorded a version of a thing, of the
// newest one when version is 0.
func (s *Service) PlaceOf(ctx context.Context, kind, ref string, version int) (int64, error) {
	rows, err := listAbout(s.db.Read(ctx), kind, ref)
	if err != nil {
		return 0, err
	}
	for _, r := range rows {
		e, err := leaf.ReadEntry(r.Body)
		if err != nil {
			return 0, err
		}
		switch e.Kind {
		case leaf.ExpPublish, leaf.ExpEdit, leaf.ReplyPublish, leaf.ReplyEdit, leaf.PkgVersion, leaf.PolicyVersion, leaf.VoucherBatch:
			if version == 0 || e.Int("version") == int64(version) {
				return r.Idx, nil
			}
		}
	}
	return 0, errNoEntry
}

// Receipt is the log's signed promise to hold the newest version of a thing.
func (s *Service) Receipt(ctx context.Context, kind, ref string) ([]byte, error) {
	rows, err := listOpenings(s.db.Read(ctx), []thing{{kind, ref}})
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, errNoEntry
	}
	if s.key.Load() == nil {
		return nil, errNoLog
	}
	o := rows[len(rows)-1]
	r := leaf.Receipt{Origin: s.key.Load().signer.Name(), Kind: kind, Ref: ref, Version: o.Version, Commit: hexOf(o.Commit), By: s.db.Now().Add(receiptFor).Truncate(time.Second)}
	return r.Sign(s.key.Load().signer)
}

// PolicyText is whom to believe, as a file.
func (s *Service) PolicyText(ctx context.Context) (string, error) {
	if s.key.Load() == nil { // this node does not sign; the key is known all the same
		row, err := findHead(s.db.Read(ctx))
		if err != nil || row == nil {
			return "", errorOr(err, errNoLog)
		}
		p := s.policy()
		p.Logs = []leaf.Peer{{Key: row.PublicKey}}
		return p.Text(), nil
	}
	return s.policy().Text(), nil
}

func errorOr(err, other error) error {
	if err != nil {
		return err
	}
	return other
}
