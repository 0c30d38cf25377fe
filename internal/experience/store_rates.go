package experience

import (
	"time"

	"caravan/internal/db"
)

func listCurrencies(q *db.Tx) (map[string]bool, error) {
	var codes []string
	err := q.Gorm().Raw(`SELECT code FROM currencies ORDER BY code`).Scan(&codes).Error
	known := make(map[string]bool, len(codes))
	for _, c := range codes {
		known[c] = true
	}
	return known, db.Wrap("experience: list currencies", err)
}

func putRate(tx *db.Tx, r rateRow) error {
	err := tx.Gorm().Exec(`
		INSERT INTO exchange_rates (on_day, currency, per_euro) VALUES (?, ?, ?::numeric)
		ON CONFLICT (on_day, currency) DO UPDATE SET per_euro = excluded.per_euro`, r.OnDay, r.Currency, r.PerEuro).Error
	return db.Wrap("experience: store rate", err)
}

// findRates reads the rates of the last day before a moment, else of the first
// day from then on. No rates at all are no error: nothing is converted.
func findRates(q *db.Tx, before time.Time) (Rates, error) {
	var rows []struct {
		OnDay    time.Time
		Currency string
		PerEuro  float64
	}
	err := q.Gorm().Raw(`
		SELECT on_day, currency, per_euro FROM exchange_rates WHERE on_day = coalesce(
			(SELECT max(on_day) FROM exchange_rates WHERE on_day < ?::date), (SELECT min(on_day) FROM exchange_rates WHERE on_day >= ?::date))`,
		before, before).Scan(&rows).Error
	r := Rates{PerEuro: map[string]float64{}}
	for _, row := range rows {
		r.Day, r.PerEuro[row.Currency] = row.OnDay, row.PerEuro
	}
	return r, db.Wrap("experience: read rates", err)
}

// RatesOn reads the rates of a day: those that an experience was converted by.
func RatesOn(q *db.Tx, day time.Time) (Rates, error) { return findRates(q, day.AddDate(0, 0, 1)) }

// currencyName is a currency for a list to choose from.
type currencyName struct{ Code, Name string }

func listCurrencyNames(q *db.Tx, lang string) (rows []currencyName, err error) {
	err = q.Gorm().Raw(`SELECT code, coalesce(names->>?, names->>'en') AS name FROM currencies ORDER BY code`, lang).Scan(&rows).Error
	return rows, db.Wrap("experience: list currencies", err)
}
