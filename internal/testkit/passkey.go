package testkit

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// Passkey is an authenticator with one key, and the browser in front of it, in
// a few lines: it answers the options of a ceremony as both would, and lies
// where a test has it lie. What it writes is laid down in
// https://www.w3.org/TR/webauthn-3/#sctn-authenticator-data.
type Passkey struct {
	Origin   string // of the page that it believes to be on
	Host     string // what it believes to be bound to
	Count    uint32 // of signatures so far; stays 0 if it starts there and Counts is off
	Counts   bool
	Verified bool // checks who holds it

	id, handle []byte
	key        *ecdsa.PrivateKey
}

// NewPasskey returns an authenticator for pages at origin, that counts and
// checks who holds it.
func NewPasskey(t testing.TB, origin, host string) *Passkey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := make([]byte, 16)
	rand.Read(id)
	return &Passkey{Origin: origin, Host: host, Counts: true, Verified: true, id: id, key: key}
}

// options are those parts of a ceremony's options that matter here.
type options struct {
	PublicKey struct {
		Challenge string
		User      struct{ ID string }
	}
}

func read(t testing.TB, raw []byte) options {
	t.Helper()
	var o options
	if err := json.Unmarshal(raw, &o); err != nil {
		t.Fatal(err)
	}
	return o
}

// Register answers the options of a registration.
func (k *Passkey) Register(t testing.TB, raw []byte) string {
	t.Helper()
	o := read(t, raw)
	var err error
	if k.handle, err = base64.RawURLEncoding.DecodeString(o.PublicKey.User.ID); err != nil {
		t.Fatal(err)
	}
	// CBOR: a map of three, with the format "none" that has no statement.
	object := append([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData"), bytesHead(k.data(true))...)
	return k.say(t, map[string]any{"clientDataJSON": k.client("webauthn.create", o.PublicKey.Challenge), "attestationObject": object})
}

// Answer signs the challenge of a sign-in, a step-up or a signature.
func (k *Passkey) Answer(t testing.TB, raw []byte) string {
	t.Helper()
	if k.Counts {
		k.Count++
	}
	client, data := k.client("webauthn.get", read(t, raw).PublicKey.Challenge), k.data(false)
	hash := sha256.Sum256(client)
	digest := sha256.Sum256(append(append([]byte{}, data...), hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, k.key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return k.say(t, map[string]any{"clientDataJSON": client, "authenticatorData": data, "signature": signature, "userHandle": k.handle})
}

func (k *Passkey) client(kind, challenge string) []byte {
	b, _ := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": k.Origin, "crossOrigin": false}) // strings always marshal
	return b
}

// data is the authenticator data; with new, the key itself is in it.
func (k *Passkey) data(new bool) []byte {
	const present, verified, attested = 0x01, 0x04, 0x40
	host := sha256.Sum256([]byte(k.Host))
	flags := byte(present)
	if k.Verified {
		flags |= verified
	}
	if new {
		flags |= attested
	}
	b := binary.BigEndian.AppendUint32(append(host[:], flags), k.Count)
	if !new {
		return b
	}
	b = append(b, make([]byte, 16)...) // of no make
	b = append(binary.BigEndian.AppendUint16(b, uint16(len(k.id))), k.id...)
	// COSE: an EC2 key (1: 2) for ES256 (3: -7) on P-256 (-1: 1), x (-2), y (-3).
	b = append(b, 0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21)
	point, _ := k.key.PublicKey.Bytes() // a point on the curve; 4, x and y in 32 bytes each
	b = append(b, bytesHead(point[1:33])...)
	b = append(b, 0x22)
	return append(b, bytesHead(point[33:])...)
}

// bytesHead writes bytes in CBOR.
func bytesHead(b []byte) []byte {
	if len(b) < 256 {
		return append([]byte{0x58, byte(len(b))}, b...)
	}
	return append(binary.BigEndian.AppendUint16([]byte{0x59}, uint16(len(b))), b...)
}

// say writes an answer as a browser's toJSON does.
func (k *Passkey) say(t testing.TB, response map[string]any) string {
	t.Helper()
	for name, v := range response {
		response[name] = base64.RawURLEncoding.EncodeToString(v.([]byte))
	}
	id := base64.RawURLEncoding.EncodeToString(k.id)
	b, err := json.Marshal(map[string]any{"id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": map[string]any{}})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Authenticator gives a tab a device that holds passkeys, checks who holds it,
// and is always held.
func Authenticator(t testing.TB, tab context.Context) webauthn.AuthenticatorID {
	t.Helper()
	if _, err := chromedp.Call(tab, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		t.Fatalf("testkit: passkeys: %v", err)
	}
	got, err := chromedp.Call(tab, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
	}})
	if err != nil {
		t.Fatalf("testkit: passkeys: %v", err)
	}
	return got.AuthenticatorID
}
