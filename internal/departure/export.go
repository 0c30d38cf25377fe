package departure

import (
	"context"
	"time"

	"caravan/internal/access"
	"caravan/internal/account"
	"caravan/internal/db"
	"caravan/internal/errs"
)

// Ask asks for all that a has here. The passphrase that opens it is in this
// answer and nowhere else.
func (s *Service) Ask(ctx context.Context, a access.Actor) (passphrase string, err error) {
	if err := account.NeedStepUp(a, s.db.Now()); err != nil {
		return "", err
	}
	public, passphrase, err := newKey()
	if err != nil {
		return "", db.Wrap("departure: make key", err)
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		last, there, err := lockLastExport(tx, a.AccountID)
		if err != nil {
			return err
		}
		if there && tx.Now.Sub(last.AskedAt) < exportRest {
			return errs.New(errs.TooMany, "departure.export_once_a_day")
		}
		if err := removeExports(tx, a.AccountID); err != nil {
			return err
		}
		tx.AfterCommit(s.nudge)
		return insertExport(tx, Export{AccountID: a.AccountID, PersonID: a.PersonID, Lang: a.Lang, PublicKey: public, Total: len(belongings)})
	})
	return passphrase, err
}

// Last is a's last export, if there is one; without its bytes.
func (s *Service) Last(ctx context.Context, a access.Actor) (Export, bool, error) {
	return findLastExport(s.db.Read(ctx), a.AccountID)
}

// Fetch opens a's export with its passphrase: the bytes of a zip.
func (s *Service) Fetch(ctx context.Context, a access.Actor, passphrase string) ([]byte, error) {
	e, there, err := findLastExport(s.db.Read(ctx), a.AccountID)
	if err != nil {
		return nil, err
	}
	if !there || e.ReadyAt == nil {
		return nil, errs.New(errs.NotFound, "departure.no_export")
	}
	sealed, err := readSealed(s.db.Read(ctx), e.ID)
	if err != nil {
		return nil, err
	}
	return open(passphrase, sealed)
}

// makeAtOnce is how many exports one round makes.
const makeAtOnce = 20

// MakeExports makes the exports that wait. A job that dies leaves its export
// waiting: the next round begins it anew.
func (s *Service) MakeExports(ctx context.Context) error {
	for range makeAtOnce {
		e, there, err := claimExport(ctx, s.db)
		if err != nil || !there {
			return err
		}
		if err := s.make(ctx, e); err != nil {
			return err
		}
	}
	s.nudge()
	return nil
}

// claimed is after how long another round may take up an export that was begun.
const claimed = time.Minute

func (s *Service) make(ctx context.Context, e Export) error {
	q := s.db.Read(ctx)
	b := bundle{Lang: e.Lang, At: s.db.Now()}
	for i, x := range belongings {
		rows, err := readBelongings(q, x, e.AccountID, e.PersonID)
		if err != nil {
			return err
		}
		b.add(x.Name, rows)
		if err := s.db.Write(ctx, func(tx *db.Tx) error { return setExportDone(tx, e.ID, i+1) }); err != nil {
			return err
		}
	}
	zip, err := b.zip()
	if err != nil {
		return db.Wrap("departure: bundle", err)
	}
	sealed, err := seal(e.PublicKey, zip)
	if err != nil {
		return db.Wrap("departure: seal", err)
	}
	return s.db.Write(ctx, func(tx *db.Tx) error { return finishExport(tx, e.ID, sealed) })
}
