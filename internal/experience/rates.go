package experience

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"caravan/internal/db"
	"caravan/internal/money"
	"caravan/internal/visit"
)

// rateRow is what one euro was worth on a day.
type rateRow struct {
	OnDay    time.Time
	Currency string
	PerEuro  string // decimal, as it was read: the column keeps every digit
}

// ImportRates reads lines "day,currency,per_euro" ("2026-11-02,USD,1.155": a
// euro was worth so many dollars) and keeps them all, or none when one of them
// is wrong. The first line may be the names. Rates of a day that is there
// already are replaced; figures that were converted before keep theirs.
func ImportRates(ctx context.Context, d *db.DB, r io.Reader) (n int, err error) {
	rows, err := readRates(r)
	if err != nil {
		return 0, err
	}
	err = d.Write(ctx, func(tx *db.Tx) error {
		known, err := listCurrencies(tx)
		if err != nil {
			return err
		}
		for i, row := range rows {
			if !known[row.Currency] {
				return fmt.Errorf("rates: row %d: %s is no currency of the catalogue", i+1, row.Currency)
			}
			if err := putRate(tx, row); err != nil {
				return err
			}
		}
		return nil
	})
	return len(rows), err
}

func readRates(r io.Reader) (rows []rateRow, err error) {
	in := csv.NewReader(r)
	in.FieldsPerRecord, in.TrimLeadingSpace = 3, true
	for line := 1; ; line++ {
		rec, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("rates: %w", err)
		}
		if line == 1 && strings.EqualFold(strings.TrimPrefix(rec[0], "\ufeff"), "day") {
			continue
		}
		row := rateRow{Currency: rec[1], PerEuro: rec[2]}
		if row.OnDay, err = time.Parse(time.DateOnly, rec[0]); err != nil {
			return nil, fmt.Errorf("rates: line %d: %q is no day such as 2026-11-02", line, rec[0])
		}
		if v, err := strconv.ParseFloat(row.PerEuro, 64); err != nil || !(v > 1e-8 && v < 1e12) || strings.ContainsAny(row.PerEuro, "xXpP_") {
			return nil, fmt.Errorf("rates: line %d: %q is no rate", line, rec[2])
		}
		if _, ok := money.Exponent(row.Currency); !ok {
			return nil, fmt.Errorf("rates: line %d: %q is no currency", line, rec[1])
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return nil, errors.New("rates: the file holds none")
	}
	return rows, nil
}

// ratesFor are the last rates known by the end of a quarter, which is as near
// to the day of payment as we want to know; where there are none so early, the
// first ones after it.
func ratesFor(q *db.Tx, quarter visit.Quarter) (Rates, error) { return findRates(q, quarter.End()) }
