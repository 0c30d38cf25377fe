package leaf

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"

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
// the stratum of the voter and what was said (-1, 0, 1). Where several subjects
// are counted together it says on which it is.
type Vote struct {
	Salt         [32]byte
	Subject, Ref string
	Stratum      string
	Choice       int
}

// Body is the vote as it stands in the opening of its tally.
func (v Vote) Body() map[string]any {
	b := v.said()
	b["salt"] = hex.EncodeToString(v.Salt[:])
	return b
}

func (v Vote) said() map[string]any {
	b := map[string]any{"stratum": v.Stratum, "choice": v.Choice}
	setText(b, "subject", v.Subject)
	setText(b, "ref", v.Ref)
	return b
}

// ReadVotes reads the votes out of the opening of a tally.
func ReadVotes(body map[string]any) (votes []Vote, err error) {
	list, ok := body["votes"].([]any)
	if !ok {
		return nil, errors.New("leaf: a tally without votes")
	}
	for _, x := range list {
		m, _ := x.(map[string]any)
		salt, _ := m["salt"].(string)
		stratum, _ := m["stratum"].(string)
		subject, _ := m["subject"].(string)
		ref, _ := m["ref"].(string)
		choice, isNumber := Number(m["choice"])
		b, err := hex.DecodeString(salt)
		if err != nil || len(b) != 32 || stratum == "" || !isNumber || choice < -1 || choice > 1 {
			return nil, errors.New("leaf: a vote cannot be read")
		}
		votes = append(votes, Vote{[32]byte(b), subject, ref, stratum, int(choice)})
	}
	return votes, nil
}

// VotesRoot is the root over votes, in their order.
func VotesRoot(votes []Vote) ([32]byte, error) {
	commits := make([][32]byte, len(votes))
	for i, v := range votes {
		var err error
		if commits[i], err = v.Commit(); err != nil {
			return [32]byte{}, err
		}
	}
	return Root(commits), nil
}

// Commit is what stands for the vote in the root of its tally.
func (v Vote) Commit() ([32]byte, error) {
	b, err := Canonical(v.said())
	if err != nil {
		return [32]byte{}, err
	}
	return Commit(v.Salt, b), nil
}
