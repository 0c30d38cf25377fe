package account

import (
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"caravan/internal/access"
	"caravan/internal/db"
)

// Most requests of a signed-in person come in bursts, and who they are was read
// a moment ago. It is known for two seconds at most; whatever ends or changes it
// is forgotten at once at the node where it happens, and at the others as soon
// as the bus tells them. So these seconds are only what a lost message can cost.
const (
	recentFor  = 2 * time.Second
	recentMost = 20_000 // sessions; about a kilobyte each
	markers    = 1024
)

// recentKey is the hash of a cookie, as in the table of sessions.
type recentKey [32]byte

// recent are the sessions that were looked up within recentFor.
type recent struct {
	mu        sync.Mutex
	sessions  *simplelru.LRU[recentKey, *recentSession]
	byName    map[string]recentKey // public id → its one entry
	byAccount map[int64]map[recentKey]bool
	// What is forgotten while a look-up is on its way must not be kept when it
	// arrives: it may have been read before. Forgetting sets the mark of its
	// account or session to the count of all forgetting so far.
	forgotten uint64
	marks     [markers]uint64
}

type recentSession struct {
	actor   access.Actor
	session Session
	at      time.Time // by the database's clock
	real    time.Time // by the process's, which also goes while the other stands
}

func newRecent() *recent {
	k := &recent{byName: map[string]recentKey{}, byAccount: map[int64]map[recentKey]bool{}}
	var err error
	if k.sessions, err = simplelru.NewLRU(recentMost, k.left); err != nil {
		panic(err) // only for a size below one
	}
	return k
}

// get returns the session behind a cookie's hash if it was read within recentFor
// and nothing needs to be written about it. The clock may stand or jump.
func (k *recent) get(hash recentKey, now time.Time) (access.Actor, Session, bool) {
	k.mu.Lock()
	x, ok := k.sessions.Get(hash)
	k.mu.Unlock()
	if !ok {
		return access.Actor{}, Session{}, false
	}
	age := now.Sub(x.at)
	if age < 0 || age >= recentFor || time.Since(x.real) >= recentFor || now.Sub(x.session.SeenAt) >= seenEvery || !now.Before(x.session.ends()) {
		return access.Actor{}, Session{}, false
	}
	return x.actor, x.session, true
}

// before is taken before a look-up and handed to put after it.
func (k *recent) before() uint64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.forgotten
}

// put keeps what a look-up found, unless it was forgotten since.
func (k *recent) put(hash recentKey, a access.Actor, s Session, now time.Time, before uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.marks[accountMark(a.AccountID)] > before || k.marks[sessionMark(s.PublicID)] > before {
		return
	}
	if old, ok := k.byName[s.PublicID]; ok && old != hash {
		k.sessions.Remove(old) // the cookie was changed
	}
	k.sessions.Add(hash, &recentSession{a, s, now, time.Now()})
	k.byName[s.PublicID] = hash
	if k.byAccount[a.AccountID] == nil {
		k.byAccount[a.AccountID] = map[recentKey]bool{}
	}
	k.byAccount[a.AccountID][hash] = true
}

// left keeps the indexes right when an entry goes, however it goes.
func (k *recent) left(hash recentKey, x *recentSession) {
	if k.byName[x.session.PublicID] == hash {
		delete(k.byName, x.session.PublicID)
	}
	mine := k.byAccount[x.actor.AccountID]
	delete(mine, hash)
	if len(mine) == 0 {
		delete(k.byAccount, x.actor.AccountID)
	}
}

func (k *recent) forgetSession(publicID string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.forgotten++
	k.marks[sessionMark(publicID)] = k.forgotten
	if hash, ok := k.byName[publicID]; ok {
		k.sessions.Remove(hash)
	}
}

func (k *recent) forgetAccount(id int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.forgotten++
	k.marks[accountMark(id)] = k.forgotten
	for hash := range k.byAccount[id] {
		k.sessions.Remove(hash)
	}
}

func (k *recent) forgetAll() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.forgotten++
	for i := range k.marks {
		k.marks[i] = k.forgotten
	}
	k.sessions.Purge()
}

// Accounts and sessions share the marks, a half each. Two that share a mark
// cost each other a look-up, never more.
func accountMark(id int64) int { return int(uint64(id) % (markers / 2)) }

func sessionMark(publicID string) int {
	h := uint32(2166136261) // FNV-1a
	for i := range len(publicID) {
		h = (h ^ uint32(publicID[i])) * 16777619
	}
	return markers/2 + int(h%(markers/2))
}

// LookAgain has the next request of an account looked up anew at this node,
// because something about it changed: a role, the number of its notices.
func (s *Service) LookAgain(accountID int64) { s.recent.forgetAccount(accountID) }

// LookAgainAtSession is LookAgain for one session, by its public id.
func (s *Service) LookAgainAtSession(publicID string) { s.recent.forgetSession(publicID) }

// LookAgainAtAll is LookAgain for everybody, for who may have missed something.
func (s *Service) LookAgainAtAll() { s.recent.forgetAll() }

// lookAgainAfter is LookAgain once a change of an account holds.
func (s *Service) lookAgainAfter(tx *db.Tx, accountID int64) {
	tx.AfterCommit(func() { s.recent.forgetAccount(accountID) })
}
