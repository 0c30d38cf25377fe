package translog

import (
	"context"
	"sync/atomic"

	"caravan/internal/db"
)

// Backlog is what a feature published before there was a log, or what came in
// beside its acts. Its zero value knows nothing yet, and may be used by many at
// the same time.
type Backlog struct{ empty atomic.Bool }

// Record has some in a transaction of its own at a time until it finds none
// left; then, and whenever it is called later, it does nothing. Some records a
// few of those that the log does not hold, and says how many it found. After an
// error, the next call goes on where this one ended.
func (b *Backlog) Record(ctx context.Context, d *db.DB, some func(tx *db.Tx) (found int, err error)) error {
	for !b.empty.Load() {
		found := 0
		err := d.Write(ctx, func(tx *db.Tx) (err error) {
			found, err = some(tx)
			return err
		})
		if err != nil {
			return err
		}
		b.empty.Store(found == 0)
	}
	return nil
}
