package leaf

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Head is the state of a log: how many entries it has, and the root over them.
type Head struct {
	Origin string // the log's name, which is its key's name too
	Size   int64
	Root   tlog.Hash
}

// Text is the head as it is signed: three lines.
func (h Head) Text() string {
	return h.Origin + "\n" + strconv.FormatInt(h.Size, 10) + "\n" + h.Root.String() + "\n"
}

// String is a head as people read it.
func (h Head) String() string {
	return fmt.Sprintf("%s, %d entries, root %s", h.Origin, h.Size, h.Root)
}

// ParseHead reads the text of a signed head. Lines after the third are allowed,
// and mean nothing.
func ParseHead(text string) (h Head, err error) {
	lines := strings.SplitN(text, "\n", 4)
	if len(lines) < 4 || lines[0] == "" {
		return h, errors.New("leaf: a head has three lines")
	}
	h.Origin = lines[0]
	if h.Size, err = strconv.ParseInt(lines[1], 10, 64); err != nil || h.Size < 0 || strconv.FormatInt(h.Size, 10) != lines[1] {
		return h, errors.New("leaf: the size of a head is no number")
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize || base64.StdEncoding.EncodeToString(root) != lines[2] {
		return h, errors.New("leaf: the root of a head is no hash")
	}
	h.Root = tlog.Hash(root)
	return h, nil
}

// NewLogKey draws the Ed25519 key of a log, as signed notes write them.
func NewLogKey(origin string) (secret, public string, err error) {
	return note.GenerateKey(rand.Reader, origin)
}

// SignHead signs a head with the log's key.
func SignHead(h Head, signer note.Signer) ([]byte, error) {
	return note.Sign(&note.Note{Text: h.Text()}, signer)
}

// PublicKey is the public key of a secret one of a log.
func PublicKey(secret string) (string, error) {
	_, pub, err := splitSecret(secret, algEd25519)
	if err != nil {
		return "", err
	}
	return pub, nil
}

// LatestHead is a head out of a checkpoint, believed without looking at its
// signatures: for who has just signed it.
func LatestHead(checkpoint []byte) (Head, error) {
	text, _, ok := strings.Cut(string(checkpoint), "\n\n")
	if !ok {
		return Head{}, errors.New("leaf: a checkpoint without signatures")
	}
	return ParseHead(text + "\n")
}
