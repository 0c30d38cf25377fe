package visit

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"strings"
)

// A code is 128 bits in 26 characters of Crockford's base 32 and one that
// checks them: https://www.crockford.com/base32.html. So long a secret may be
// stored as a plain hash; a shorter one could be found again from it.
const (
	codeBytes = 16
	codeChars = 26
	groups    = 4 // characters between two spaces in print
	// alphabet has no I, L, O and U; the check character may also be one of
	// the last five.
	alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ*~$=U"
)

// spell writes 128 bits as a code: 27 characters in groups, the last of which
// is the value modulo 37, which every single wrong character and every swap of
// two neighbours changes.
func spell(b [codeBytes]byte) string {
	hi, lo := binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
	var out [codeChars + 1]byte
	for i := codeChars - 1; i >= 0; i-- {
		out[i] = alphabet[lo&31]
		lo = lo>>5 | hi<<59
		hi >>= 5
	}
	out[codeChars] = alphabet[remainder(b)]
	return grouped(string(out[:]))
}

// grouped sets a space after every four characters.
func grouped(s string) string {
	var b strings.Builder
	for i, r := range s {
		if i > 0 && i%groups == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func remainder(b [codeBytes]byte) int {
	r := 0
	for _, x := range b {
		r = (r<<8 | int(x)) % 37
	}
	return r
}

// read finds the 128 bits of a code as somebody typed it: any case, with spaces
// and hyphens anywhere, I and L for 1, O for 0.
func read(s string) (b [codeBytes]byte, ok bool) {
	var hi, lo uint64
	n, check := 0, -1
	for _, r := range strings.ToUpper(s) {
		switch r {
		case ' ', '-', '\t', '\n', '\r', '\u00a0':
			continue
		case 'I', 'L':
			r = '1'
		case 'O':
			r = '0'
		}
		v := strings.IndexRune(alphabet, r)
		switch {
		case v < 0 || n > codeChars || (n < codeChars && v > 31) || (n == 0 && v > 7):
			return b, false
		case n == codeChars:
			check = v
		default:
			hi, lo = hi<<5|lo>>59, lo<<5|uint64(v)
		}
		n++
	}
	binary.BigEndian.PutUint64(b[:8], hi)
	binary.BigEndian.PutUint64(b[8:], lo)
	return b, check == remainder(b)
}

// hashOf is what is stored of a code. What is no code has a hash too, so that
// it costs the same.
func hashOf(code string) (hash []byte, wellFormed bool) {
	b, ok := read(code)
	sum := sha256.Sum256(b[:])
	return sum[:], ok
}

// codes are the n codes of a batch. They follow from seed, 256 random bits that
// the form was made with and that are stored nowhere, and from a key of the
// server: so the same form sent again, because the answer was lost on its way
// or the page was loaded anew, shows the same codes, and nobody without the
// page can ever find them again. The organisation is part of it: a seed that
// was copied makes other codes elsewhere.
func codes(key, seed []byte, organisationID int64, n int) [][codeBytes]byte {
	out := make([][codeBytes]byte, n)
	for i := range out {
		m := hmac.New(sha256.New, key)
		m.Write(binary.BigEndian.AppendUint64(nil, uint64(organisationID)))
		m.Write(binary.BigEndian.AppendUint64(nil, uint64(i)))
		m.Write(seed)
		copy(out[i][:], m.Sum(nil))
	}
	return out
}
