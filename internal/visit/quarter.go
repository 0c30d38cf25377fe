package visit

import (
	"fmt"
	"strconv"
	"time"

	"caravan/internal/errs"
	"caravan/internal/wording"
)

// Quarter is three months, as "2026-Q2": the finest date that is ever told of a
// treatment. Quarters compare as strings.
type Quarter string

// Of returns the quarter of a moment, in UTC.
func Of(at time.Time) Quarter {
	at = at.UTC()
	return Quarter(fmt.Sprintf("%04d-Q%d", at.Year(), (int(at.Month())+2)/3))
}

// Parse reads a quarter, or answers Invalid. Years run from 1900 to 2199.
func Parse(s string) (Quarter, error) {
	if len(s) == 7 && s[4:6] == "-Q" && s[6] >= '1' && s[6] <= '4' {
		if y, err := strconv.Atoi(s[:4]); err == nil && y >= 1900 && y < 2200 {
			return Quarter(s), nil
		}
	}
	return "", errs.New(errs.Invalid, "visit.quarter_unknown")
}

// Start is the first moment of the quarter; the zero time for what is none.
func (q Quarter) Start() time.Time {
	if _, err := Parse(string(q)); err != nil {
		return time.Time{}
	}
	y, _ := strconv.Atoi(string(q[:4])) // Parse has read it
	return time.Date(y, time.Month(3*int(q[6]-'1')+1), 1, 0, 0, 0, 0, time.UTC)
}

// End is the first moment after the quarter.
func (q Quarter) End() time.Time {
	if s := q.Start(); !s.IsZero() {
		return s.AddDate(0, 3, 0)
	}
	return time.Time{}
}

// Next is the quarter after q.
func (q Quarter) Next() Quarter { return Of(q.End()) }

// Previous is the quarter before q.
func (q Quarter) Previous() Quarter { return Of(q.Start().AddDate(0, 0, -1)) }

// Before reports whether q lies before p.
func (q Quarter) Before(p Quarter) bool { return q < p }

// After reports whether q lies after p.
func (q Quarter) After(p Quarter) bool { return q > p }

// Name is the quarter as people say it: "April to June 2026".
func (q Quarter) Name(lang string) string {
	s := q.Start()
	if s.IsZero() {
		return wording.Text(lang, "common.unknown")
	}
	month := func(m time.Month) string { return wording.Text(lang, "common.month_"+strconv.Itoa(int(m))) }
	return wording.Text(lang, "visit.quarter", "from", month(s.Month()), "to", month(s.Month()+2), "year", strconv.Itoa(s.Year()))
}
