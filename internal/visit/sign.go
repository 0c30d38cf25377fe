package visit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"caravan/internal/access"
	"caravan/internal/account"
	"caravan/internal/db"
	"caravan/internal/provider"
)

// signed says by which key the making of a batch was signed, and holds all that
// is needed to check it without asking anybody.
type signed struct {
	statement string // what was signed: the SHA-256 of it is the challenge
	account.Signature
}

// root is the Merkle tree hash of the hashes of codes, as RFC 9162 (2.1.1)
// builds it: a leaf is hashed with a zero before it, two nodes with a one, and
// the left side is the largest power of two below n. One code can be shown to
// be in a batch without naming the others.
func root(hashes [][]byte) [32]byte {
	switch n := len(hashes); n {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return sha256.Sum256(append([]byte{0}, hashes[0]...))
	default:
		split := 1
		for split*2 < n {
			split *= 2
		}
		left, right := root(hashes[:split]), root(hashes[split:])
		return sha256.Sum256(append(append([]byte{1}, left[:]...), right[:]...))
	}
}

// statement is what the staff of a clinic sign when they make codes: which
// clinic, which quarter, how many, and which ones, without naming any. Nobody
// can know it in advance, because the codes are random.
func statement(slug string, b Batch) string {
	specialty := "any"
	if b.SpecialtyID != nil {
		specialty = fmt.Sprint(*b.SpecialtyID)
	}
	return fmt.Sprintf("caravan visit codes 1\nclinic %s\nquarter %s\nspecialty %s\ncodes %d\nroot %s\n", slug, b.Quarter, specialty, b.Codes, hex.EncodeToString(b.CodesRoot))
}

// BeginSign begins the ceremony in which a signs the batch that Make would make
// of the same sheet. Nothing is made by it.
func (s *Service) BeginSign(ctx context.Context, a access.Actor, o provider.Organisation, v Sheet) (account.Ceremony, error) {
	b, _, err := s.prepare(ctx, a, o, v)
	if err != nil {
		return account.Ceremony{}, err
	}
	return s.account.BeginSign(ctx, a, sha256.Sum256([]byte(statement(o.Slug, b))))
}

// sign returns who signed the batch. Who has a passkey signs with it, or has just
// gone on with a recovery code: then nobody did. Who has neither is led to
// register one, and makes codes that nobody signed until then.
func (s *Service) sign(tx *db.Tx, a access.Actor, o provider.Organisation, b Batch, x account.Answer) (*signed, error) {
	if x.Ticket == "" {
		w, err := s.account.Ways(tx, a)
		if err != nil || !w.HasSecond() {
			return nil, err
		}
		return nil, s.account.NeedCode(tx, a)
	}
	g := &signed{statement: statement(o.Slug, b)}
	var err error
	if g.Signature, err = s.account.Sign(tx, a, sha256.Sum256([]byte(g.statement)), x); err != nil {
		return nil, err
	}
	return g, nil
}
