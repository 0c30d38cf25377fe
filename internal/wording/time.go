package wording

import (
	"strconv"
	"time"
)

// Number writes n with the thousands set apart.
func Number(_ string, n int) string {
	s := strconv.Itoa(n)
	start := 0
	if n < 0 {
		start = 1
	}
	for i := len(s) - 3; i > start; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Ago says how long ago at was, up to a week; after that it is the day.
func Ago(lang string, at, now time.Time) string {
	switch d := now.Sub(at); {
	case d < time.Minute: // also for a clock that stands a little behind
		return Text(lang, "common.just_now")
	case d < time.Hour:
		return Text(lang, "common.minutes_ago", "count", int(d/time.Minute))
	case d < 24*time.Hour:
		return Text(lang, "common.hours_ago", "count", int(d/time.Hour))
	case d < 7*24*time.Hour:
		return Text(lang, "common.days_ago", "count", int(d/(24*time.Hour)))
	}
	return Day(lang, at)
}

// Age says how long something has been waiting.
func Age(lang string, d time.Duration) string {
	switch {
	case d < time.Minute:
		return Text(lang, "common.age_now")
	case d < time.Hour:
		return Text(lang, "common.age_minutes", "count", int(d/time.Minute))
	case d < 48*time.Hour:
		return Text(lang, "common.age_hours", "count", int(d/time.Hour))
	}
	return Text(lang, "common.age_days", "count", int(d/(24*time.Hour)))
}

// Day is the date of at, in UTC.
func Day(lang string, at time.Time) string {
	at = at.UTC()
	t := tongues[lang]
	if t == nil {
		t = tongues[Langs[0]]
	}
	return Text(lang, "common.day", "day", at.Day(), "month", t.months[at.Month()], "year", at.Year())
}

func monthKey(m int) string { return "common.month_" + strconv.Itoa(m) }
