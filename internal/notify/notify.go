// Package notify tells people what happened to what they care about: a list on
// the site and a live number beside it. Mails are package mail's.
//
//	notify.go  Notice, Tell, reading, purging
//	store.go   all SQL
//	http.go    the page of notifications and the person's own channel
//	views.go   what the page shows
//	leave.go   nothing stays for who leaves
//
// While a notice is unread, the same matter told again makes one line with a
// count. The number of unread lines is kept on the account, so that every page
// can show it without counting.
package notify

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/job"
	"caravan/internal/live"
	"caravan/internal/wording"
)

// How long, and how many at most, notifications of one person are kept.
const (
	Life = 90 * 24 * time.Hour
	Most = 10_000
)

// Notice is one thing to tell one person. Kind names the sentence notify.<kind>.
// Args fill it and must be public display values, because they are stored as
// they are shown; the value of a name that ends in "_key" is the key of a
// sentence, said under the name without "_key" in the reader's language. The
// sentence may also use count: how often it happened since it was last read.
type Notice struct {
	AccountID int64
	Kind      string
	Ref       int64 // what it is about: unread notices of one kind about the same are one line
	Path      string
	Args      map[string]string
}

// Service tells people and lets them read.
type Service struct {
	db *db.DB
}

// New returns the service; its purge runs with jobs.
func New(d *db.DB, jobs *job.Runner) *Service {
	s := &Service{d}
	jobs.Every("notify.purge", time.Hour, s.Purge)
	return s
}

// Tell puts n before its person if tx commits. It locks nothing now: the rows of
// all notices of tx go with the commit, always in the same order, so that
// transactions that tell the same people do not deadlock.
func (s *Service) Tell(tx *db.Tx, n Notice) error {
	if !wording.Has("notify." + n.Kind) {
		return fmt.Errorf("notify: there is no sentence notify.%s", n.Kind)
	}
	if !strings.HasPrefix(n.Path, "/") {
		return fmt.Errorf("notify: %q is no path", n.Path)
	}
	all := db.Gather(tx, live.OrderBefore, told{n, tx}, writeNotices)
	before := all[:len(all)-1]
	if !slices.ContainsFunc(before, func(o told) bool { return o.AccountID == n.AccountID }) {
		news(tx, n.AccountID)
	}
	return nil
}

// news tells the person's open pages that their number changed.
func news(tx *db.Tx, accountID int64) {
	live.Append(tx, channel(accountID), live.Event{Type: "notice", Ref: accountID})
}

func channel(accountID int64) string { return "user:" + strconv.FormatInt(accountID, 10) }

// Open marks one notification of a as read and says where it leads.
func (s *Service) Open(ctx context.Context, a access.Actor, id int64) (path string, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		n, err := findNotification(tx, a.AccountID, id)
		if err != nil {
			return err
		}
		path = n.Path
		if n.ReadAt == nil {
			queueRead(tx, a.AccountID, id)
			news(tx, a.AccountID)
		}
		return nil
	})
	return path, err
}

// ReadAll marks every notification of a as read.
func (s *Service) ReadAll(ctx context.Context, a access.Actor) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		queueRead(tx, a.AccountID, 0)
		news(tx, a.AccountID)
		return nil
	})
}

// Purge removes what is older than Life and, of each person, what is beyond
// Most, a thousand rows a transaction. Several nodes may run it at once.
func (s *Service) Purge(ctx context.Context) error {
	for _, remove := range []func(tx *db.Tx) (int64, error){removeOld, removeBeyond} {
		for gone := int64(purgeBatch); gone == purgeBatch; {
			err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
				gone, err = remove(tx)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// Topics are the channels of people: each hears only their own. An event says
// nothing but the present number of unread notifications, also when it is heard
// late.
func (s *Service) Topics() []live.Topic {
	return []live.Topic{{
		Kind: "user",
		May: func(_ context.Context, a access.Actor, id int64) error {
			if !a.SignedIn() || a.AccountID != id {
				return errs.New(errs.NotFound, "common.not_found")
			}
			return nil
		},
		Show: func(ctx context.Context, _ string, evs []live.Stored) ([]any, error) {
			unread, err := listUnread(s.db.Read(ctx), accountsOf(evs))
			if err != nil {
				return nil, err
			}
			out := make([]any, len(evs))
			for i, e := range evs {
				if e.Type == "notice" {
					out[i] = map[string]int{"unread": unread[e.Ref]}
				}
			}
			return out, nil
		},
	}}
}

func accountsOf(evs []live.Stored) []int64 {
	ids := make([]int64, 0, len(evs))
	for _, e := range evs {
		ids = append(ids, e.Ref)
	}
	return ids
}
