package leaf

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

const receiptLine = "caravan-receipt/v1"

// Receipt is the log's signed promise to hold a commitment by a time. Its author
// keeps it: with it they can show later that the promise was broken.
type Receipt struct {
	Origin  string
	Kind    string // of the thing: Experience
	Ref     string // its public id
	Version int
	Commit  string // hex
	By      time.Time
}

// Text is what is signed. Its second line is no number, so that it can never be
// taken for a head.
func (r Receipt) Text() string {
	return fmt.Sprintf("%s\n%s\n%s %s\nversion %d\ncommit %s\nby %s\n", receiptLine, r.Origin, r.Kind, r.Ref, r.Version, r.Commit, r.By.UTC().Format(time.RFC3339))
}

// Sign signs the receipt with the log's key.
func (r Receipt) Sign(signer note.Signer) ([]byte, error) {
	return note.Sign(&note.Note{Text: r.Text()}, signer)
}

// IsReceipt reports whether a file says that it is one.
func IsReceipt(b []byte) bool { return strings.HasPrefix(string(b), receiptLine+"\n") }

// OpenReceipt reads a receipt and checks that one of the logs signed it.
func OpenReceipt(b []byte, logs note.Verifiers) (r Receipt, err error) {
	n, err := note.Open(b, logs)
	if err != nil {
		return r, fmt.Errorf("leaf: receipt: %w", err)
	}
	lines := strings.Split(n.Text, "\n")
	bad := errors.New("leaf: a receipt cannot be read")
	if len(lines) != 7 || lines[0] != receiptLine {
		return r, bad
	}
	r.Origin = lines[1]
	r.Kind, r.Ref, _ = strings.Cut(lines[2], " ")
	if r.Version, err = strconv.Atoi(strings.TrimPrefix(lines[3], "version ")); err != nil {
		return r, bad
	}
	r.Commit = strings.TrimPrefix(lines[4], "commit ")
	if c, err := hex.DecodeString(r.Commit); err != nil || len(c) != 32 {
		return r, bad
	}
	if r.By, err = time.Parse(time.RFC3339, strings.TrimPrefix(lines[5], "by ")); err != nil || r.Text() != n.Text {
		return r, bad
	}
	for _, s := range n.Sigs {
		if s.Name == r.Origin {
			return r, nil
		}
	}
	return r, errors.New("leaf: a receipt is signed by another log than it names")
}
