package httpd

import (
	"time"

	"caravan/internal/db"
)

// The where clause lets nothing through that has no token: no row comes back.
const takeSQL = `
	INSERT INTO buckets AS b (key, tokens, at) VALUES (?, ?::float8 - 1, ?)
	ON CONFLICT (key) DO UPDATE SET
		tokens = least(?::float8, b.tokens + greatest(0, extract(epoch FROM excluded.at - b.at)) * ?::float8) - 1, at = excluded.at
	WHERE least(?::float8, b.tokens + greatest(0, extract(epoch FROM excluded.at - b.at)) * ?::float8) >= 1`

// takeToken takes one of at most n tokens, of which perSecond come back each
// second; false if there is none.
func takeToken(q *db.Tx, key string, n, perSecond float64) (bool, error) {
	res := q.Gorm().Exec(takeSQL, key, n, q.Now, n, perSecond, n, perSecond)
	return res.RowsAffected == 1, db.Wrap("httpd: take token", res.Error)
}

// forgetBuckets drops buckets that have long been full again.
func forgetBuckets(q *db.Tx) error {
	return db.Wrap("httpd: forget buckets", q.Gorm().Exec(`DELETE FROM buckets WHERE at < ?`, q.Now.Add(-48*time.Hour)).Error)
}
