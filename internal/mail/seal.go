package mail

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
)

// seal hides the links of waiting mails: some of them open an account, and the
// database keeps only hashes of those everywhere else. A copy of the database
// without the key is worth nothing.
type seal struct{ aead cipher.AEAD }

func newSeal(key []byte) (seal, error) {
	if len(key) < 16 {
		return seal{}, errors.New("mail: the key must have at least 16 bytes")
	}
	m := hmac.New(sha256.New, key)
	m.Write([]byte("caravan mail"))
	b, err := aes.NewCipher(m.Sum(nil))
	if err != nil {
		return seal{}, fmt.Errorf("mail: key: %w", err)
	}
	a, err := cipher.NewGCM(b)
	if err != nil {
		return seal{}, fmt.Errorf("mail: key: %w", err)
	}
	return seal{a}, nil
}

// close seals values for the letter id; nothing stays nothing.
func (s seal) close(id string, values map[string]string) ([]byte, error) {
	if len(values) == 0 {
		return nil, nil
	}
	plain, err := json.Marshal(values)
	if err != nil {
		return nil, fmt.Errorf("mail: seal: %w", err)
	}
	nonce := make([]byte, s.aead.NonceSize())
	rand.Read(nonce)
	return s.aead.Seal(nonce, nonce, plain, []byte(id)), nil
}

func (s seal) open(id string, b []byte) (values map[string]string, err error) {
	if len(b) == 0 {
		return nil, nil
	}
	n := s.aead.NonceSize()
	if len(b) < n {
		return nil, errors.New("mail: open: too short")
	}
	plain, err := s.aead.Open(nil, b[:n], b[n:], []byte(id))
	if err != nil {
		return nil, fmt.Errorf("mail: open: %w", err)
	}
	if err := json.Unmarshal(plain, &values); err != nil {
		return nil, fmt.Errorf("mail: open: %w", err)
	}
	return values, nil
}
