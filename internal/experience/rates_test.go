package experience_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"caravan/internal/experience"
	"caravan/internal/testkit"
)

func TestRatesAreImportedAllOrNone(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	ctx := context.Background()
	n, err := experience.ImportRates(ctx, d, strings.NewReader("day,currency,per_euro\n2026-10-01,USD,1.17\n2026-10-01,TRY,48.123456\n"))
	if err != nil || n != 2 {
		t.Fatalf("%d, %v", n, err)
	}
	r, err := experience.RatesOn(d.Read(ctx), time.Date(2026, 10, 15, 0, 0, 0, 0, time.UTC))
	if err != nil || r.Day.Format(time.DateOnly) != "2026-10-01" || r.PerEuro["TRY"] != 48.123456 {
		t.Errorf("on 15 October: %+v, %v", r, err)
	}
	for say, file := range map[string]string{
		"no day":       "2026-13-01,USD,1.1\n",
		"no rate":      "2026-10-02,USD,nothing\n",
		"zero":         "2026-10-02,USD,0\n",
		"not a number": "2026-10-02,USD,NaN\n",
		"unknown":      "2026-10-02,USD,1.2\n2026-10-02,ISK,140\n",
		"empty":        "day,currency,per_euro\n",
		"two columns":  "2026-10-02,USD\n",
	} {
		if _, err := experience.ImportRates(ctx, d, strings.NewReader(file)); err == nil {
			t.Errorf("%s: taken", say)
		}
	}
	r, err = experience.RatesOn(d.Read(ctx), time.Date(2026, 10, 2, 0, 0, 0, 0, time.UTC))
	if err != nil || r.Day.Format(time.DateOnly) != "2026-10-01" {
		t.Errorf("a refused file left rates of %s, %v", r.Day, err)
	}
}

func TestEveryCurrencyOfTheCatalogueHasAReferenceRate(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	var missing string
	if err := d.Pool().QueryRow(context.Background(), `SELECT coalesce(string_agg(code, ' '), '') FROM currencies c WHERE NOT EXISTS (SELECT 1 FROM exchange_rates r WHERE r.currency = c.code)`).Scan(&missing); err != nil || missing != "" {
		t.Errorf("without a rate: %s, %v", missing, err)
	}
}
