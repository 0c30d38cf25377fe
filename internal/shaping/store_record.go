package shaping

import "caravan/internal/db"

// listUnrecorded are published packages with a version of which the public log
// knows nothing.
func listUnrecorded(q *db.Tx, n int) (ids []int64, err error) {
	err = q.Gorm().Raw(`
		SELECT p.id FROM packages p WHERE p.published_at IS NOT NULL AND EXISTS (SELECT FROM package_versions v WHERE v.package_id = p.id
			AND NOT EXISTS (SELECT FROM log_openings o WHERE o.kind = 'mark' AND o.ref = 'pkg.version ' || p.slug AND o.version = v.number)) ORDER BY p.id LIMIT ?`, n).Scan(&ids).Error
	return ids, db.Wrap("shaping: list unrecorded", err)
}
