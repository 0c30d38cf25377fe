package leaf

import (
	"crypto/sha256"

	"golang.org/x/mod/sumdb/tlog"
)

// Root is the root of the tree over commitments, in their order, by RFC 6962.
// It stands in an entry for what is published later, or never: the votes of a
// round, the codes of a batch. Whoever holds the salt and body of one of them
// can be shown that it is counted in.
func Root(commitments [][32]byte) [32]byte {
	switch n := len(commitments); n {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return tlog.RecordHash(commitments[0][:])
	default:
		k := 1
		for k*2 < n {
			k *= 2
		}
		return tlog.NodeHash(Root(commitments[:k]), Root(commitments[k:]))
	}
}

// Vote is one vote of a closed round without whoever cast it: a salt of its own,
// the stratum of the voter and what was said (-1, 0, 1).
type Vote struct {
	Salt    [32]byte
	Stratum string
	Choice  int
}

// Commit is what stands for the vote in the root of its tally.
func (v Vote) Commit() ([32]byte, error) {
	b, err := Canonical(map[string]any{"stratum": v.Stratum, "choice": v.Choice})
	if err != nil {
		return [32]byte{}, err
	}
	return Commit(v.Salt, b), nil
}
