package shaping

import (
	"time"
	_ "time/tzdata" // phases end by the package's own clock, also on a machine without a table of zones

	"caravan/internal/errs"
)

// How long the phases run, in days of the package's zone.
const (
	MinRoundDays, UsualRoundDays, MaxRoundDays = 7, 14, 28

	AnsweringDays = 7
	CounterDays   = 5 // supporters vote on a counter-offer
	FinalDays     = 7
	CommitDays    = 30
	CallDays      = 180
	RebaseDays    = 7 // only the author may propose a moved wish anew; what came true in part is closed after them
	InterestDays  = 90
	RemindDays    = 14 // before an interest expires
)

// closingHour is when phases end, by the clock on the wall of the package's
// zone: an hour that no zone skips or has twice, and at which people are awake.
const closingHour = 18

// Zone reads the name of a time zone, such as Europe/Istanbul.
func Zone(name string) (*time.Location, error) {
	loc, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		return nil, errs.Field("zone", "shaping.zone")
	}
	return loc, nil
}

// PhaseEnd is when a phase of some days ends that begins at start: at the
// closing hour of the first day on which all of them have passed, however long
// its days are. The result is in UTC.
func PhaseEnd(start time.Time, days int, zone *time.Location) time.Time {
	local := start.In(zone)
	y, m, d := local.Date()
	if clock := local.Sub(time.Date(y, m, d, closingHour, 0, 0, 0, zone)); clock > 0 {
		d++
	}
	return time.Date(y, m, d+days, closingHour, 0, 0, 0, zone).UTC()
}

// CounterBy is the last moment for a counter-offer in answering that ends at
// end: its supporters still have their days to vote.
func CounterBy(end time.Time, zone *time.Location) time.Time {
	local := end.In(zone)
	y, m, d := local.Date()
	h, min, s := local.Clock()
	return time.Date(y, m, d-CounterDays, h, min, s, 0, zone).UTC()
}

// DayAfter is the day some days after another one, as a date.
func DayAfter(day time.Time, days int) time.Time {
	y, m, d := day.Date()
	return time.Date(y, m, d+days, 0, 0, 0, 0, time.UTC)
}
