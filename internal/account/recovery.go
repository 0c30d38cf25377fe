package account

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/mail"
)

// A recovery code is 120 random bits, long enough that a plain hash of it may be
// kept: 24 characters of Crockford's base 32 (https://www.crockford.com/base32.html)
// in groups of four. It stands in for a passkey once.
const (
	recoveryCodes = 10
	recoveryChars = 24
	recoverySigns = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
)

// recoveryRates bound how often a signed-in person may try codes.
var recoveryRates = []httpd.Rate{{N: 6, Per: time.Minute}, {N: 30, Per: time.Hour}}

var errCode = errs.New(errs.SignIn, "account.code_wrong")

// MakeRecoveryCodes replaces a's recovery codes by new ones, within StepUpLife,
// and returns them as they are written down: they are kept nowhere. They stand
// in for a passkey, so there must be one.
func (s *Service) MakeRecoveryCodes(ctx context.Context, a access.Actor, k db.Key) (codes []string, err error) {
	if err := NeedStepUp(a, s.db.Now()); err != nil {
		return nil, err
	}
	for range recoveryCodes {
		codes = append(codes, spellRecovery(randomBytes(recoveryChars)))
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		kept, err := db.Once(tx, k)
		if err != nil {
			return err
		}
		if kept != nil {
			return errs.New(errs.Conflict, "account.codes_shown")
		}
		if _, err := lockRights(tx, a.AccountID); err != nil {
			return err
		}
		w, err := findWays(tx, a)
		if err != nil {
			return err
		}
		if w.Passkeys == 0 {
			return errs.New(errs.Conflict, "account.no_passkey")
		}
		if err := deleteRecovery(tx, a.AccountID); err != nil {
			return err
		}
		if err := insertRecovery(tx, recoveryHashes(a.AccountID, codes), a.AccountID); err != nil {
			return err
		}
		db.Keep(tx, k, a.AccountID, "")
		return s.mail.Queue(tx, mail.Letter{AccountID: a.AccountID, Kind: "codes_made", Values: map[string]string{"link": "/me/passkeys"}})
	})
	if err != nil {
		return nil, err
	}
	return codes, nil
}

// StepUpByCode is StepUp by a recovery code, which is used up by it. A wrong
// one, a used one and one of another account are refused alike.
func (s *Service) StepUpByCode(ctx context.Context, a access.Actor, code string) (o Opened, err error) {
	if err := s.limits.Take(ctx, "recovery code", "a"+itoa(a.AccountID), recoveryRates...); err != nil {
		return o, err
	}
	hash := recoveryHash(a.AccountID, code)
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		known, err := listRecovery(tx, a.AccountID)
		if err != nil {
			return err
		}
		if !among(known, hash) {
			return errCode
		}
		used, err := useRecovery(tx, a.AccountID, hash)
		if err != nil {
			return err
		}
		if !used { // by somebody else in this moment
			return errCode
		}
		if o, err = s.rise(tx, a, byCode); err != nil {
			return err
		}
		return s.mail.Queue(tx, mail.Letter{AccountID: a.AccountID, Kind: "code_used", Values: map[string]string{"link": "/me/passkeys"}})
	})
	return o, err
}

// among compares with all of them, always, so that the time says nothing.
func among(all [][]byte, hash []byte) bool {
	found := 0
	for _, h := range all {
		if hmac.Equal(h, hash) {
			found++
		}
	}
	return found > 0
}

// spellRecovery writes random bytes as a code, five bits of each.
func spellRecovery(b []byte) string {
	var out strings.Builder
	for i, x := range b {
		if i > 0 && i%4 == 0 {
			out.WriteByte('-')
		}
		out.WriteByte(recoverySigns[x&31])
	}
	return out.String()
}

// readRecovery is a code without what people add when they type it: case,
// spaces and hyphens, I and L for 1, O for 0.
func readRecovery(code string) string {
	var out strings.Builder
	for _, r := range strings.ToUpper(code) {
		switch r {
		case ' ', '-', '\t', '\n', '\r', '\u00a0', '\u2011':
			continue
		case 'I', 'L':
			r = '1'
		case 'O':
			r = '0'
		}
		if out.Len() > recoveryChars {
			break // no code is so long
		}
		out.WriteRune(r)
	}
	return out.String()
}

// recoveryHash is what is kept of a code. The account is part of it: the code is
// of no use anywhere else.
func recoveryHash(accountID int64, code string) []byte {
	h := sha256.New()
	h.Write([]byte("caravan recovery code\n"))
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(accountID)))
	h.Write([]byte(readRecovery(code)))
	return h.Sum(nil)
}

func recoveryHashes(accountID int64, codes []string) (out [][]byte) {
	for _, c := range codes {
		out = append(out, recoveryHash(accountID, c))
	}
	return out
}

// demoSecond are the demo sign-ins whose role needs a second factor.
var demoSecond = []string{"moderator", "moderator2", "moderator3", "admin", "staff"}

// DemoCodes gives the demo accounts whose role needs a second factor their
// recovery codes, all of them unused, and returns them by address: demo mode
// prints them when it starts. They follow from the secret, so that every start
// and every node on the same secret prints the same ones.
func (s *Service) DemoCodes(ctx context.Context) (map[string][]string, error) {
	out := map[string][]string{}
	if !s.demo {
		return out, nil
	}
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		for _, name := range demoSecond {
			address := DemoSignIn{name}.Address()
			l, err := findLogin(tx, address)
			if err != nil || l.AccountID == 0 {
				return err
			}
			out[address] = s.demoCodesOf(address)
			if err := insertRecovery(tx, recoveryHashes(l.AccountID, out[address]), l.AccountID); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

func (s *Service) demoCodesOf(address string) (codes []string) {
	for i := range recoveryCodes {
		m := hmac.New(sha256.New, s.key)
		m.Write([]byte("demo recovery code " + itoa(int64(i)) + " " + address))
		codes = append(codes, spellRecovery(m.Sum(nil)[:recoveryChars]))
	}
	return codes
}
