// Package leaf is what the public log is made of: entries in one exact
// spelling, commitments that hide words until they are opened, and the files
// and signatures by which strangers check the whole. It knows no database and
// no page, so that a verifier can be built on it alone.
//
//	leaf.go        canonical JSON, commitments, the hash of an entry
//	kinds.go       what may stand in an entry of each kind, and nothing else
//	entries.go     one constructor per kind
//	merkle.go      roots over salted commitments: votes, codes
//	tile.go        tiles and bundles of entries, and where they lie
//	checkpoint.go  heads of the tree, signed; cosign.go by witnesses
//	proof.go       one entry proven offline; receipt.go a promise to log one
//	policy.go      whom to believe; witness.go who signs what only grows
//	keep.go        files that are whole or not there; journal.go all entries in one file
//
// Formats: c2sp.org/tlog-tiles, tlog-checkpoint, tlog-cosignature, tlog-proof,
// tlog-policy, signed-note; hashes by RFC 6962.
package leaf

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/tlog"
)

// MaxEntry is how many bytes an entry has at most. Bundles of tiles have two
// bytes for the length of an entry; this leaves room.
const MaxEntry = 60_000

// maxInt is the largest whole number that every reader of JSON keeps exactly.
const maxInt = 1<<53 - 1

// Entry is one thing that the log records: its kind and what is said of it in
// the clear.
type Entry struct {
	Kind string
	Body map[string]any
}

// Bytes are the entry as it stands in the log: one canonical JSON object with
// the kind in it. It refuses whatever its kind does not know.
func (e Entry) Bytes() ([]byte, error) {
	if err := Check(e.Kind, e.Body); err != nil {
		return nil, err
	}
	whole := make(map[string]any, len(e.Body)+1)
	for k, v := range e.Body {
		whole[k] = v
	}
	whole["kind"] = e.Kind
	b, err := Canonical(whole)
	if err != nil {
		return nil, err
	}
	if len(b) > MaxEntry {
		return nil, fmt.Errorf("leaf: %s has %d bytes, more than %d", e.Kind, len(b), MaxEntry)
	}
	return b, nil
}

// ReadEntry reads an entry out of the log, and refuses another spelling of it.
// Kinds that are not known here are returned as they are: a log may be newer
// than who reads it.
func ReadEntry(b []byte) (Entry, error) {
	body, err := Parse(b)
	if err != nil {
		return Entry{}, err
	}
	kind, ok := body["kind"].(string)
	if !ok {
		return Entry{}, errors.New("leaf: an entry without a kind")
	}
	delete(body, "kind")
	return Entry{kind, body}, nil
}

// Hash is the hash of an entry in the tree, by RFC 6962.
func Hash(entry []byte) [32]byte { return tlog.RecordHash(entry) }

// Canonical is v as JSON in its one exact spelling: keys sorted, no white space,
// whole numbers, and nothing escaped that need not be (RFC 8785 without
// fractions). V is made of maps with string keys, slices, strings, booleans and
// integers.
func Canonical(v any) ([]byte, error) {
	return appendValue(nil, reflect.ValueOf(v))
}

func appendValue(b []byte, v reflect.Value) ([]byte, error) {
	for v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.String:
		return appendString(b, v.String())
	case reflect.Bool:
		return strconv.AppendBool(b, v.Bool()), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if n := v.Int(); n > maxInt || n < -maxInt {
			return nil, fmt.Errorf("leaf: %d is too large to be kept exactly", n)
		}
		return strconv.AppendInt(b, v.Int(), 10), nil
	case reflect.Slice, reflect.Array:
		return appendSlice(b, v)
	case reflect.Map:
		return appendMap(b, v)
	case reflect.Invalid:
		return nil, errors.New("leaf: nothing (nil) has no place in an entry: leave its key out")
	}
	return nil, fmt.Errorf("leaf: a %s has no place in an entry", v.Type())
}

func appendSlice(b []byte, v reflect.Value) (_ []byte, err error) {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		return nil, errors.New("leaf: bytes have no place in an entry: write them as hex")
	}
	b = append(b, '[')
	for i := range v.Len() {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = appendValue(b, v.Index(i)); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

func appendMap(b []byte, v reflect.Value) (_ []byte, err error) {
	if v.Type().Key().Kind() != reflect.String {
		return nil, errors.New("leaf: keys are strings")
	}
	keys := make([]string, 0, v.Len())
	for _, k := range v.MapKeys() {
		keys = append(keys, k.String())
	}
	slices.Sort(keys)
	b = append(b, '{')
	for i, k := range keys {
		for _, c := range []byte(k) {
			if c < ' ' || c > '~' {
				return nil, fmt.Errorf("leaf: key %q is not of plain signs", k)
			}
		}
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = appendString(b, k); err != nil {
			return nil, err
		}
		b = append(b, ':')
		if b, err = appendValue(b, v.MapIndex(reflect.ValueOf(k).Convert(v.Type().Key()))); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

const hexDigits = "0123456789abcdef"

func appendString(b []byte, s string) ([]byte, error) {
	if !utf8.ValidString(s) {
		return nil, errors.New("leaf: a text is not valid UTF-8")
	}
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c >= ' ':
			b = append(b, c)
		case c == '\b':
			b = append(b, '\\', 'b')
		case c == '\t':
			b = append(b, '\\', 't')
		case c == '\n':
			b = append(b, '\\', 'n')
		case c == '\f':
			b = append(b, '\\', 'f')
		case c == '\r':
			b = append(b, '\\', 'r')
		default:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return append(b, '"'), nil
}

// Parse reads an object that must be in its canonical spelling: numbers become
// int64.
func Parse(b []byte) (map[string]any, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v map[string]any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("leaf: read: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("leaf: something follows the object")
	}
	whole, err := integers(v)
	if err != nil {
		return nil, err
	}
	again, err := Canonical(whole)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(again, b) {
		return nil, errors.New("leaf: not in its canonical spelling")
	}
	return whole.(map[string]any), nil
}

// Loose reads an object in any spelling, as a database or a network may give it
// back: Canonical restores the one that was hashed.
func Loose(b []byte) (map[string]any, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v map[string]any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("leaf: read: %w", err)
	}
	whole, err := integers(v)
	if err != nil {
		return nil, err
	}
	return whole.(map[string]any), nil
}

// integers turns the numbers in v into int64.
func integers(v any) (_ any, err error) {
	switch v := v.(type) {
	case json.Number:
		n, err := strconv.ParseInt(v.String(), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("leaf: %s is no whole number", v)
		}
		return n, nil
	case []any:
		for i := range v {
			if v[i], err = integers(v[i]); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for k := range v {
			if v[k], err = integers(v[k]); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}

// Commit binds to body without showing it: nobody finds another body for the
// same commitment, and without the salt nobody can tell whether a guess is
// right. Body is canonical JSON. When salt and body are destroyed, what remains
// says nothing.
func Commit(salt [32]byte, body []byte) [32]byte {
	h := sha256.New()
	h.Write([]byte{2}) // apart from leaves (0) and nodes (1) of the tree
	h.Write(salt[:])
	h.Write(body)
	return [32]byte(h.Sum(nil))
}

// NewSalt draws the salt of one commitment; it is never used for another.
func NewSalt() (salt [32]byte) {
	rand.Read(salt[:]) // never fails: crypto/rand ends the program instead
	return salt
}
