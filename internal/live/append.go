package live

import (
	"encoding/json"

	"github.com/jackc/pgx/v5"

	"caravan/internal/db"
)

// Append adds an event to a channel. It is written together with the commit, so
// the channel's row is locked for as short as can be, channels in the order of
// their names; after the commit the hubs on this database hear of it. An event
// that cannot be encoded rolls the transaction back.
func Append(tx *db.Tx, channel string, e Event) { AppendThen(tx, channel, e, "", nil) }

// AppendThen is Append followed by one more statement (values as $1) that runs
// while the channel's row is still locked: it can read the number just given as
// (SELECT top_seq FROM live_channels WHERE channel = …).
func AppendThen(tx *db.Tx, channel string, e Event, sql string, args []any) {
	var (
		data any
		seq  int64
		wait float64 // seconds between the statement's start and having the row
	)
	if e.Data != nil {
		b, err := json.Marshal(e.Data)
		data = rawJSON{b, err}
	}
	order := "live:" + channel
	tx.Last(order, appendSQL, []any{channel, e.Type, e.Ref, e.Ver, data, tx.Now},
		func(r pgx.Row) error { return r.Scan(&seq, &wait) })
	if sql != "" {
		tx.Last(order, sql, args, nil)
	}
	ears := earsOf(tx)
	tx.AfterCommit(func() { ears.committed(channel, seq, wait) })
}

// rawJSON hands encoded JSON to pgx, and its error to the transaction.
type rawJSON struct {
	b   []byte
	err error
}

func (r rawJSON) MarshalJSON() ([]byte, error) { return r.b, r.err }
