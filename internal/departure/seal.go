package departure

import (
	"crypto/ecdh"
	"crypto/hpke"
	"encoding/base32"
	"strings"

	"caravan/internal/errs"
)

// The suite of RFC 9180: X25519, HKDF-SHA256, AES-256-GCM.
var (
	kem  = hpke.DHKEM(ecdh.X25519())
	kdf  = hpke.HKDFSHA256()
	aead = hpke.AES256GCM()
)

// sealInfo binds a sealed export to its purpose.
var sealInfo = []byte("caravan export/v1")

// letters of a passphrase: no case, nothing that looks like something else.
var letters = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

const groupOf = 4

// newKey makes a key: its public half, and the private one as a passphrase to be
// written down.
func newKey() (public []byte, passphrase string, err error) {
	k, err := kem.GenerateKey()
	if err != nil {
		return nil, "", err
	}
	private, err := k.Bytes()
	if err != nil {
		return nil, "", err
	}
	var groups []string
	for s := letters.EncodeToString(private); s != ""; {
		n := min(groupOf, len(s))
		groups, s = append(groups, s[:n]), s[n:]
	}
	return k.PublicKey().Bytes(), strings.Join(groups, " "), nil
}

func seal(public, plain []byte) ([]byte, error) {
	k, err := kem.NewPublicKey(public)
	if err != nil {
		return nil, err
	}
	return hpke.Seal(k, kdf, aead, sealInfo, plain)
}

// open opens what was sealed. Whatever is wrong with the passphrase, the answer is
// the same.
func open(passphrase string, sealed []byte) ([]byte, error) {
	refused := errs.Field("passphrase", "departure.passphrase_wrong")
	typed := strings.NewReplacer(" ", "", "-", "", "o", "0", "i", "1", "l", "1", "\n", "", "\t", "").Replace(strings.ToLower(passphrase))
	private, err := letters.DecodeString(typed)
	if err != nil {
		return nil, refused
	}
	k, err := kem.NewPrivateKey(private)
	if err != nil {
		return nil, refused
	}
	plain, err := hpke.Open(k, kdf, aead, sealInfo, sealed)
	if err != nil {
		return nil, refused
	}
	return plain, nil
}
