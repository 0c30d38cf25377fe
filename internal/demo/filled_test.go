package demo

import (
	"context"
	"testing"

	"caravan/internal/db"
	"caravan/internal/testkit"
)

// stocks are the demo data by scale.
var stocks = map[int]*testkit.Stock{1: stock(1), 2: stock(2), 3: stock(3)}

func stock(scale int) *testkit.Stock {
	return testkit.NewStock(func(ctx context.Context, owner *db.DB) error { return Fill(ctx, owner, Options{Scale: scale}) })
}

// Filled is a test's own database with demo data, as its owner.
func Filled(t *testing.T, scale int) *db.DB {
	t.Helper()
	return testkit.OwnerOf(t, stocks[scale].DB(t))
}
