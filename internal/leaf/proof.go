package leaf

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

const proofLine = "c2sp.org/tlog-proof@v1"

// Proof shows, without asking anybody, that an entry is in a log: the entry, its
// place, the hashes from there to the root, and a signed head.
type Proof struct {
	Entry      []byte // goes along as the extra data of the format
	Index      int64
	Hashes     []tlog.Hash
	Checkpoint []byte
}

// Text is the proof as a file (c2sp.org/tlog-proof).
func (p Proof) Text() []byte {
	b := []byte(proofLine + "\n")
	if len(p.Entry) > 0 {
		b = append(b, "extra "+base64.StdEncoding.EncodeToString(p.Entry)+"\n"...)
	}
	b = fmt.Appendf(b, "index %d\n", p.Index)
	for _, h := range p.Hashes {
		b = append(b, h.String()+"\n"...)
	}
	return append(append(b, '\n'), p.Checkpoint...)
}

// ParseProof reads a proof. What it says is proven only by Check.
func ParseProof(b []byte) (p Proof, err error) {
	head, checkpoint, ok := strings.Cut(string(b), "\n\n")
	lines := strings.Split(head, "\n")
	if !ok || lines[0] != proofLine {
		return p, errors.New("leaf: this is no proof of a log")
	}
	p.Checkpoint, lines = []byte(checkpoint), lines[1:]
	if len(lines) > 0 && strings.HasPrefix(lines[0], "extra ") {
		if p.Entry, err = base64.StdEncoding.DecodeString(lines[0][len("extra "):]); err != nil {
			return p, errors.New("leaf: the entry of a proof cannot be read")
		}
		lines = lines[1:]
	}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "index ") {
		return p, errors.New("leaf: a proof without a place")
	}
	if p.Index, err = strconv.ParseInt(lines[0][len("index "):], 10, 64); err != nil || p.Index < 0 {
		return p, errors.New("leaf: the place of a proof is no number")
	}
	for _, l := range lines[1:] {
		h, err := tlog.ParseHash(l)
		if err != nil {
			return p, errors.New("leaf: a hash of a proof cannot be read")
		}
		p.Hashes = append(p.Hashes, h)
	}
	return p, nil
}

// Check proves that entry is at the place under the head.
func (p Proof) Check(h Head, entry []byte) error {
	if p.Index >= h.Size {
		return fmt.Errorf("leaf: place %d is not in a log of %d entries", p.Index, h.Size)
	}
	if err := tlog.CheckRecord(p.Hashes, h.Size, h.Root, p.Index, tlog.RecordHash(entry)); err != nil {
		return fmt.Errorf("leaf: the proof does not lead to the root: %w", err)
	}
	return nil
}
