package leaf

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// Kinds of keys in the notes of c2sp.org/signed-note.
const (
	algEd25519  = 1
	algCosigner = 4
)

const secretPrefix = "PRIVATE+KEY+"

// NewWitnessKey draws the key of a witness. Its kind is not that of a log: a
// witness signs the time with the head.
func NewWitnessKey(name string) (secret, public string, err error) {
	pub, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return "", "", fmt.Errorf("leaf: make key: %w", err)
	}
	if name == "" || strings.ContainsAny(name, " +\n\t") {
		return "", "", errors.New("leaf: a key needs a name without spaces and plus signs")
	}
	hash := keyHash(name, algCosigner, pub)
	secret = fmt.Sprintf("%s%s+%08x+%s", secretPrefix, name, hash, base64.StdEncoding.EncodeToString(append([]byte{algCosigner}, private.Seed()...)))
	return secret, publicKey(name, algCosigner, pub), nil
}

func publicKey(name string, alg byte, pub ed25519.PublicKey) string {
	return fmt.Sprintf("%s+%08x+%s", name, keyHash(name, alg, pub), base64.StdEncoding.EncodeToString(append([]byte{alg}, pub...)))
}

func keyHash(name string, alg byte, pub ed25519.PublicKey) uint32 {
	sum := sha256.Sum256(append(append([]byte(name+"\n"), alg), pub...))
	return binary.BigEndian.Uint32(sum[:])
}

// splitSecret reads a secret key of a kind, and its public one.
func splitSecret(secret string, alg byte) (ed25519.PrivateKey, string, error) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(secret), secretPrefix)
	parts := strings.SplitN(rest, "+", 3)
	if !ok || len(parts) != 3 {
		return nil, "", errors.New("leaf: this is no secret key")
	}
	seed, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(seed) != 1+ed25519.SeedSize || seed[0] != alg {
		return nil, "", errors.New("leaf: this is no secret key of this kind")
	}
	private := ed25519.NewKeyFromSeed(seed[1:])
	pub := private.Public().(ed25519.PublicKey)
	if fmt.Sprintf("%08x", keyHash(parts[0], alg, pub)) != parts[1] {
		return nil, "", errors.New("leaf: a secret key was cut or changed")
	}
	return private, publicKey(parts[0], alg, pub), nil
}

// Cosigner signs heads as a witness: "at this time, this was the largest head
// that I saw of this log, and it grew out of the one before".
type Cosigner struct {
	name   string
	hash   uint32
	key    ed25519.PrivateKey
	public string
}

// NewCosigner reads the secret key of a witness.
func NewCosigner(secret string) (*Cosigner, error) {
	key, public, err := splitSecret(secret, algCosigner)
	if err != nil {
		return nil, err
	}
	v, err := NewVerifier(public)
	if err != nil {
		return nil, err
	}
	return &Cosigner{v.Name(), v.KeyHash(), key, public}, nil
}

// Public is the witness's public key.
func (c *Cosigner) Public() string { return c.public }

// Cosign returns the line that goes under a head.
func (c *Cosigner) Cosign(h Head, at time.Time) []byte {
	sig := binary.BigEndian.AppendUint32(nil, c.hash)
	sig = binary.BigEndian.AppendUint64(sig, uint64(at.Unix())) // #nosec G115: not before 1970
	sig = append(sig, ed25519.Sign(c.key, cosigned(h.Text(), uint64(at.Unix())))...)
	return []byte("— " + c.name + " " + base64.StdEncoding.EncodeToString(sig) + "\n")
}

func cosigned(text string, at uint64) []byte {
	return fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", at, text)
}

// cosignature checks the lines of a witness.
type cosignature struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

// Name is the name of the witness.
func (c cosignature) Name() string { return c.name }

// KeyHash is the number that stands before signatures by this key.
func (c cosignature) KeyHash() uint32 { return c.hash }

// Verify reports whether sig, a time of eight bytes and an Ed25519 signature, is the
// witness's over that time and the head msg.
func (c cosignature) Verify(msg, sig []byte) bool {
	return len(sig) == 8+ed25519.SignatureSize && ed25519.Verify(c.key, cosigned(string(msg), binary.BigEndian.Uint64(sig)), sig[8:])
}

// NewVerifier reads a public key: of a log, or of a witness.
func NewVerifier(public string) (note.Verifier, error) {
	parts := strings.SplitN(strings.TrimSpace(public), "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("leaf: this is no public key")
	}
	key, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(key) != 1+ed25519.PublicKeySize {
		return nil, errors.New("leaf: this is no public key")
	}
	if key[0] != algCosigner {
		return note.NewVerifier(strings.TrimSpace(public))
	}
	hash := keyHash(parts[0], algCosigner, key[1:])
	if want, err := hex.DecodeString(parts[1]); err != nil || !bytes.Equal(want, binary.BigEndian.AppendUint32(nil, hash)) {
		return nil, errors.New("leaf: a public key was cut or changed")
	}
	return cosignature{parts[0], hash, key[1:]}, nil
}

// CosignedAt is when a witness signed, by its own clock; ok is false for the
// signature of a log, which has no time.
func CosignedAt(s note.Signature) (at time.Time, ok bool) {
	b, err := base64.StdEncoding.DecodeString(s.Base64)
	if err != nil || len(b) != 4+8+ed25519.SignatureSize {
		return time.Time{}, false
	}
	return time.Unix(int64(binary.BigEndian.Uint64(b[4:])), 0).UTC(), true // #nosec G115: shown only
}
