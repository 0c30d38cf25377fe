package shaping

import (
	"context"
	"testing"
	"time"

	"caravan/internal/db"
	"caravan/internal/httpd"
	"caravan/internal/live"
	"caravan/internal/moderation"
	"caravan/internal/notify"
	"caravan/internal/provider"
	"caravan/internal/testkit"
)

// ground is what tests of packages stand on: the service on a database of its own,
// by a clock that the test moves.
type ground struct {
	*Service
	t      testing.TB
	d      *db.DB
	clock  *testkit.Clock
	clinic int64
}

// newGround has a clinic of that name, and experiences of nobody. Open limits let
// everything pass, as an operator can have them.
func newGround(t testing.TB, clinic string, open bool) ground {
	t.Helper()
	d, clock := testkit.DBAt(t)
	jobs := testkit.Jobs(t, d)
	limits := httpd.NewLimits(d, make([]byte, 32), open)
	n := notify.New(d, jobs)
	g := ground{t: t, d: d, clock: clock}
	g.Service = New(Tools{DB: d, Hub: live.NewHub(d, nil, live.Options{}), Jobs: jobs, Limits: limits, Notify: n, Provider: provider.New(provider.Tools{DB: d, Jobs: jobs, Notify: n, Limits: limits}),
		Moderation: moderation.New(moderation.Tools{DB: d, Notify: n, Limits: limits})})
	g.Introduce(nobody{})
	g.clinic = testkit.Organisation(t, d, "clinic", clinic)
	return g
}

// do runs SQL that other parts of the site would run, and reads one number.
func (g ground) do(sql string, args ...any) (n int64) {
	g.t.Helper()
	err := g.d.Write(context.Background(), func(tx *db.Tx) error { return tx.Gorm().Raw(sql, args...).Scan(&n).Error })
	if err != nil {
		g.t.Fatalf("%s: %v", sql, err)
	}
	return n
}

func (g ground) must(err error) {
	g.t.Helper()
	if err != nil {
		g.t.Fatalf("%v %s", err, fieldsOf(err))
	}
}

// nobody's experiences: nobody was treated yet.
type nobody struct{}

func (nobody) Treated(*db.Tx, []int64, int64) (map[int64]bool, error) { return nil, nil }
func (nobody) AskTreated([]int64, map[[2]int64]bool) db.Statement     { return db.Statement{SQL: `SELECT`} }
func (nobody) Followed(*db.Tx, int64, int64, int64, time.Time) (int64, bool, time.Time, bool, error) {
	return 0, false, time.Time{}, false, nil
}
