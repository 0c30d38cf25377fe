package live

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"caravan/internal/db"
)

// appendSQL gives events the next numbers of their channels. The row lock of a
// counter is kept until commit; that is the whole proof of "no holes, in order".
// The counters ($1, how many events $2) come and are locked in the order of
// their names. It returns their new tops and how long the rows were waited for.
const appendSQL = `
WITH u AS (
	INSERT INTO live_channels AS c (channel, top_seq) SELECT * FROM unnest($1::text[], $2::int[])
	ON CONFLICT (channel) DO UPDATE SET top_seq = c.top_seq + excluded.top_seq RETURNING channel, top_seq
), e AS (
	INSERT INTO live_events (channel, seq, type, ref_id, ver, data, at)
	SELECT u.channel, u.top_seq - e.behind, e.type, nullif(e.ref, 0), nullif(e.ver, 0), e.data::jsonb, $9::timestamptz
	FROM unnest($3::text[], $4::text[], $5::bigint[], $6::int[], $7::text[], $8::int[]) AS e (channel, type, ref, ver, data, behind)
	JOIN u ON u.channel = e.channel
)
SELECT channel, top_seq, extract(epoch FROM clock_timestamp() - statement_timestamp())::float8 FROM u`

const epochSQL = `(SELECT value FROM settings WHERE key = 'live_epoch')`

// Position returns the number of the newest event of a channel, and the epoch
// that gives the number its meaning. Read it before the rows of a page: what is
// committed in between then arrives once more as an event and is replaced, while
// the other order would lose it.
func (h *Hub) Position(ctx context.Context, q *db.Tx, channel string) (seq int64, epoch string, err error) {
	var row struct {
		Seq   int64
		Epoch string
	}
	err = q.Gorm().WithContext(ctx).Raw(`SELECT coalesce((SELECT top_seq FROM live_channels WHERE channel = ?), 0) AS seq,
		`+epochSQL+` AS epoch`, channel).Scan(&row).Error
	return row.Seq, row.Epoch, db.Wrap("live: read position", err)
}

// Epoch is what gives the numbers of all channels their meaning, for a page that
// reads a channel's number together with its own rows. For the length of one
// position check it may be the one from before a restore; such a page is told to
// load anew as well.
func (h *Hub) Epoch(ctx context.Context) (string, error) {
	if e := h.epochNow(); e != "" {
		return e, nil
	}
	return h.findEpoch(ctx)
}

// NewEpoch declares that the channels' history is another one than before. It
// is for the restore of a backup; running nodes notice within a minute.
func NewEpoch(ctx context.Context, d *db.DB) error {
	err := d.Read(ctx).Gorm().Exec(`UPDATE settings SET value = left(replace(gen_random_uuid()::text, '-', ''), 8) WHERE key = 'live_epoch'`).Error
	return db.Wrap("live: change epoch", err)
}

// findEpoch reads the epoch.
func (h *Hub) findEpoch(ctx context.Context) (epoch string, err error) {
	h.metrics.reads.Inc()
	err = h.d.Pool().QueryRow(ctx, `SELECT `+epochSQL).Scan(&epoch)
	return epoch, db.Wrap("live: read epoch", err)
}

// page is what listEvents found: the state of a channel in one snapshot.
type page struct {
	epoch    string
	top, low int64
	rows     []*entry // ascending, at most pageSize
}

// pageSize is twice the longest replay: the replay and as much again that
// arrived meanwhile.
const pageSize = 2 * maxReplay

// listEvents reads what came after a number; with near set not more than the
// newest maxReplay. It reads where it was written, so what was announced is
// there.
func (h *Hub) listEvents(ctx context.Context, channel string, after int64, near bool) (p page, err error) {
	h.metrics.reads.Inc()
	rows, err := h.d.Pool().Query(ctx, `
		SELECT `+epochSQL+`, coalesce(c.top_seq, 0), coalesce(c.low_seq, 0),
			coalesce(e.seq, 0), coalesce(e.type, ''), coalesce(e.ref_id, 0), coalesce(e.ver, 0), e.data, coalesce(e.at, now())
		FROM (SELECT $1::text AS channel) k
		LEFT JOIN live_channels c ON c.channel = k.channel
		LEFT JOIN LATERAL (
			SELECT * FROM live_events x WHERE x.channel = k.channel
				AND x.seq > greatest($2::bigint, CASE WHEN $3 THEN c.top_seq - $4::bigint ELSE 0 END)
			ORDER BY x.seq LIMIT $5
		) e ON true
		ORDER BY e.seq`, channel, after, near, maxReplay, pageSize)
	if err != nil {
		return p, fmt.Errorf("live: list events: %w", err)
	}
	var s Stored
	var data []byte
	_, err = pgx.ForEachRow(rows, []any{&p.epoch, &p.top, &p.low, &s.Seq, &s.Type, &s.Ref, &s.Ver, &data, &s.At}, func() error {
		if s.Seq > 0 {
			e := &entry{Stored: s}
			e.Data = slices.Clone(data)
			p.rows = append(p.rows, e)
		}
		return nil
	})
	if err != nil {
		return p, fmt.Errorf("live: list events: %w", err)
	}
	return p, nil
}

// listTops reads the newest numbers of up to 1,000 channels.
func (h *Hub) listTops(ctx context.Context, channels []string) (map[string]int64, error) {
	h.metrics.reads.Inc()
	rows, err := h.d.Pool().Query(ctx, `SELECT channel, top_seq FROM live_channels WHERE channel = ANY($1)`, channels)
	if err != nil {
		return nil, fmt.Errorf("live: check positions: %w", err)
	}
	tops := make(map[string]int64, len(channels))
	var name string
	var top int64
	if _, err := pgx.ForEachRow(rows, []any{&name, &top}, func() error { tops[name] = top; return nil }); err != nil {
		return nil, fmt.Errorf("live: check positions: %w", err)
	}
	return tops, nil
}

// purgeStep is how many channels are locked at a time while old events go.
const purgeStep = 50

// Purge deletes the events from before a moment and says how many. The lower
// end of each channel moves in the same transaction: a client from before it is
// told to load anew, never served with a hole.
func (h *Hub) Purge(ctx context.Context, before time.Time) (gone int64, err error) {
	var old []string
	err = h.d.Read(ctx).Gorm().Raw(`SELECT DISTINCT channel FROM live_events WHERE at < ? ORDER BY channel`, before).Scan(&old).Error
	if err != nil {
		return 0, db.Wrap("live: list old channels", err)
	}
	for some := range slices.Chunk(old, purgeStep) {
		n, err := h.purge(ctx, some, before)
		gone += n
		if err != nil {
			return gone, db.Wrap("live: purge events", err)
		}
	}
	return gone, nil
}

// purge takes the channels' rows in the order of their names, as Append does.
// Up to the newest old event everything goes, even if the clock says that an
// event below it is a moment younger.
func (h *Hub) purge(ctx context.Context, channels []string, before time.Time) (gone int64, err error) {
	err = h.d.Write(ctx, func(tx *db.Tx) error {
		var locked []string
		if err := tx.Gorm().Raw(`SELECT channel FROM live_channels WHERE channel IN ? ORDER BY channel COLLATE "C" FOR UPDATE`, channels).Scan(&locked).Error; err != nil {
			return err
		}
		if err := tx.Gorm().Exec(`
			UPDATE live_channels c SET low_seq = greatest(c.low_seq, o.seq)
			FROM (SELECT channel, max(seq) AS seq FROM live_events WHERE channel IN ? AND at < ? GROUP BY channel) o
			WHERE c.channel = o.channel`, channels, before).Error; err != nil {
			return err
		}
		r := tx.Gorm().Exec(`DELETE FROM live_events e USING live_channels c
			WHERE e.channel = c.channel AND c.channel IN ? AND e.seq <= c.low_seq`, channels)
		gone = r.RowsAffected
		return r.Error
	})
	return gone, err
}
