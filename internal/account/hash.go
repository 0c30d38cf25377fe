package account

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/argon2"

	"caravan/internal/errs"
)

// Cost of a password hash: the least that OWASP recommends for argon2id
// (Password Storage Cheat Sheet), some 30 to 90 ms here.
const (
	hashMemory  = 19 * 1024 // KiB
	hashPasses  = 2
	hashLanes   = 1
	hashBytes   = 32
	hashSalt    = 16
	hashWorkers = 2  // at once: 38 MiB
	hashWaiting = 20 // in the queue behind them; the next is told to come back
)

// HashPassword returns the hash of a password as a PHC string. It takes as long
// as an attacker shall need for one try.
func HashPassword(password string) (string, error) {
	salt := make([]byte, hashSalt)
	if _, err := rand.Read(salt); err != nil {
		return "", fmt.Errorf("account: salt: %w", err)
	}
	sum := argon2.IDKey([]byte(password), salt, hashPasses, hashMemory, hashLanes, hashBytes)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, hashMemory, hashPasses, hashLanes, b64.EncodeToString(salt), b64.EncodeToString(sum)), nil
}

var errHash = errors.New("account: a stored hash cannot be read")

// phc is a parsed hash.
type phc struct {
	memory, passes uint32
	lanes          uint8
	salt, sum      []byte
}

func parsePHC(s string) (p phc, err error) {
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return p, errHash
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.memory, &p.passes, &p.lanes); err != nil {
		return p, errHash
	}
	if p.salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
		return p, errHash
	}
	if p.sum, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil {
		return p, errHash
	}
	if p.memory > 1<<20 || p.passes == 0 || p.passes > 64 || p.lanes == 0 || len(p.sum) < 16 {
		return p, errHash
	}
	return p, nil
}

// matches reports whether password belongs to the hash, and whether the hash
// was made at another cost than we use now.
func (p phc) matches(password string) (ok, stale bool) {
	sum := argon2.IDKey([]byte(password), p.salt, p.passes, p.memory, p.lanes, uint32(len(p.sum)))
	stale = p.memory != hashMemory || p.passes != hashPasses || p.lanes != hashLanes || len(p.sum) != hashBytes
	return subtle.ConstantTimeCompare(sum, p.sum) == 1, stale
}

// noPassword is checked where there is no hash, so that an address without an
// account takes as long as one with. Nothing matches it.
var noPassword = phc{memory: hashMemory, passes: hashPasses, lanes: hashLanes, salt: make([]byte, hashSalt), sum: make([]byte, hashBytes)}

// hashQueue bounds memory: two hashes at once, twenty waiting, and the rest are
// asked to come back.
type hashQueue struct {
	slots   chan struct{}
	waiting atomic.Int32
}

func newHashQueue() *hashQueue { return &hashQueue{slots: make(chan struct{}, hashWorkers)} }

// do runs f when it is its turn.
func (q *hashQueue) do(ctx context.Context, f func()) error {
	if q.waiting.Add(1) > hashWorkers+hashWaiting {
		q.waiting.Add(-1)
		return errs.Wait(errs.Unavailable, 2*time.Second, "common.busy")
	}
	defer q.waiting.Add(-1)
	select {
	case q.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-q.slots }()
	f()
	return nil
}

// hash is HashPassword in its turn.
func (q *hashQueue) hash(ctx context.Context, password string) (h string, err error) {
	if e := q.do(ctx, func() { h, err = HashPassword(password) }); e != nil {
		return "", e
	}
	return h, err
}

// check compares in its turn; an empty hash matches nothing and costs as much.
func (q *hashQueue) check(ctx context.Context, hash, password string) (ok, stale bool, err error) {
	p := noPassword
	if hash != "" {
		if p, err = parsePHC(hash); err != nil {
			return false, false, err
		}
	}
	err = q.do(ctx, func() { ok, stale = p.matches(password) })
	return ok && hash != "", stale, err
}
