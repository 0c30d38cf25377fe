package live

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"caravan/internal/db"
)

// Orders in which a commit's statements stand around the events: what others
// wait for less comes first, what needs an event's number comes after.
const (
	OrderBefore = "live 1"
	orderEvents = "live 2"
	OrderAfter  = "live 3"
)

// Place is where an event will stand in its channel.
type Place struct {
	Channel string
	event   Event
	tx      *db.Tx
	behind  int32
}

// Behind is how many events of the same channel follow this one in its
// transaction. It is known when a statement of OrderAfter is made: there the
// event's number is the channel's top_seq less Behind.
func (p *Place) Behind() int32 { return p.behind }

// Append adds an event to a channel. All of a transaction are written together
// with its commit, so that the channels' rows are locked for as short as can be,
// in the order of their names; after the commit the hubs on this database hear
// of it. An event that cannot be encoded rolls the transaction back.
func Append(tx *db.Tx, channel string, e Event) *Place {
	p := &Place{Channel: channel, event: e, tx: tx}
	db.Gather(tx, orderEvents, p, writeEvents)
	return p
}

// writeEvents makes one statement of a transaction's events.
func writeEvents(places []*Place) (db.Statement, error) {
	tx, count := places[0].tx, map[string]int32{}
	var channels, types []string
	var refs []int64
	var vers, behind []int32
	var data []*string
	for _, p := range places {
		count[p.Channel]++
	}
	left := make(map[string]int32, len(count))
	for _, p := range places {
		left[p.Channel]++
		p.behind = count[p.Channel] - left[p.Channel]
		d, err := encodeData(p.event.Data)
		if err != nil {
			return db.Statement{}, err
		}
		channels, types, refs = append(channels, p.Channel), append(types, p.event.Type), append(refs, p.event.Ref)
		vers, data, behind = append(vers, int32(p.event.Ver)), append(data, d), append(behind, p.behind)
	}
	var names []string
	var numbers []int32
	for c := range count {
		names = append(names, c)
	}
	slices.SortFunc(names, cmp.Compare)
	for _, c := range names {
		numbers = append(numbers, count[c])
	}
	ears := earsOf(tx)
	return db.Statement{SQL: appendSQL, Args: []any{names, numbers, channels, types, refs, vers, data, behind, tx.Now}, Row: func(r pgx.Rows) error {
		var (
			channel string
			top     int64
			wait    float64 // seconds between the statement's start and having the rows
		)
		err := r.Scan(&channel, &top, &wait)
		if err == nil {
			tx.AfterCommit(func() { ears.committed(channel, top, wait) })
		}
		return err
	}}, nil
}

func encodeData(data any) (*string, error) {
	if data == nil {
		return nil, nil
	}
	b, err := json.Marshal(data)
	if err != nil {
		return nil, fmt.Errorf("live: encode event: %w", err)
	}
	s := string(b)
	return &s, nil
}
