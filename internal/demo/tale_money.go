package demo

import (
	"maps"
	"math"
	"slices"
	"strconv"

	"caravan/internal/experience"
)

// pay draws what was quoted and what was paid, line by line, and what the
// journey cost besides.
func (t *teller) pay(x *tale, p procedure) {
	x.Currency = currencyOf(x.clinic.Country, x.Origin)
	if t.r.IntN(100) < 6 {
		return // they did not tell
	}
	whole := between(t.r, p.Price[0], p.Price[1], 1)
	lines, shares := partsOf(p.Code)
	rest := 100
	for i, line := range lines {
		n := t.nice(float64(whole*shares[i]) / 100)
		x.Lines = append(x.Lines, priceLine{line, &n, &n})
		rest -= shares[i]
	}
	n := t.nice(float64(whole*rest) / 100)
	x.Lines = slices.Insert(x.Lines, 0, priceLine{"surgery", &n, &n})
	for i := range x.Lines {
		n := t.nice(float64(*x.Lines[i].Quoted) * t.per(x.Currency))
		x.Lines[i].Quoted, x.Lines[i].Paid = &n, &n
	}
	if t.r.IntN(100) < map[string]int{"good": 22, "mixed": 42, "bad": 60}[x.tone] {
		t.gap(x, whole)
	}
	euros := func(from, to int) int { return t.nice(float64(between(t.r, from, to, 1)) * t.per(x.Currency)) }
	x.Costs = map[string]int{"travel_cost": euros(90, 780), "stay_cost": euros(0, 90*max(1, p.Stay[0])), "lost_income_days": t.r.IntN(2 * max(2, p.Stay[1]))}
	if t.r.IntN(100) < 35 {
		x.Costs["companion_cost"] = euros(120, 900)
	}
	if len(x.Complications) > 0 || t.r.IntN(100) < 15 {
		x.Costs["aftercare_cost"] = euros(20, 420)
	}
}

// gap makes the bill differ from the quote, for a reason.
func (t *teller) gap(x *tale, euros int) {
	reasons := slices.Sorted(maps.Keys(t.c.Telling.More))
	reason := reasons[t.r.IntN(len(reasons))]
	extra := t.nice(float64(euros*between(t.r, 3, 24, 1)) / 100 * t.per(x.Currency))
	x.Gap = []string{reason}
	switch reason {
	case "tests", "different_material", "currency", "quote_was_from_price":
		i := 0
		if j := slices.IndexFunc(x.Lines, func(l priceLine) bool {
			return l.Line == map[string]string{"tests": "tests", "different_material": "implant"}[reason]
		}); j >= 0 {
			i = j
		}
		sum := *x.Lines[i].Paid + extra
		x.Lines[i].Paid = &sum
	default:
		x.Lines = append(x.Lines, priceLine{"other", nil, &extra})
	}
}

func (t *teller) per(currency string) float64 {
	if v := t.perEuro[currency]; v > 0 {
		return v
	}
	return 1
}

// nice makes an amount look like one that is quoted: two figures and zeros.
func (t *teller) nice(v float64) int {
	if v < 10 {
		return int(math.Round(v))
	}
	step := math.Pow10(int(math.Log10(v)) - 1)
	return int(math.Round(v/step) * step)
}

// answers draws what is asked at the check-ins, by the catalogue.
func (t *teller) answers(x *tale, p procedure) {
	set := func(chance int, name string, v ...string) {
		if t.r.IntN(100) < chance {
			x.more[name] = v
		}
	}
	few := func(from, to int) string { return strconv.Itoa(between(t.r, from, to, 1)) }
	if n := max(0, p.Stay[0]-between(t.r, 0, 3, 1)); t.r.IntN(100) < 80 {
		x.Nights = &n
	}
	home := map[string]string{"DE": "de", "AT": "de", "CH": "de", "FR": "fr", "MA": "fr", "IT": "it", "KW": "ar", "SA": "ar", "OM": "ar", "JP": "ja"}[x.Origin]
	x.Consent, x.Interpreter = weighted(t.r, "en", 9, "", 1), weighted(t.r, "clinic_staff", 4, "not_needed", 5, "independent", 1, "companion", 1, "app", 1, "none", 1)
	if home != "" && t.r.IntN(2) == 0 {
		x.Consent = home
	}
	set(70, "nights_hospital", few(0, 3))
	set(70, "nights_hotel", few(max(0, p.Stay[0]-2), max(1, p.Stay[1])))
	set(60, "flight_hours", few(1, 9))
	set(55, "fit_to_fly_note", weighted(t.r, "yes", 6, "no", 4))
	set(50, "companion", weighted(t.r, "none", 4, "partner", 4, "relative", 2, "friend", 2))
	set(55, "consult_before_travel", weighted(t.r, "photos_only", 3, "questionnaire", 2, "video_coordinator", 3, "video_doctor", 4, "none", 1))
	set(50, "who_advised", weighted(t.r, "surgeon", 5, "other_doctor", 2, "coordinator", 4, "agency", 1))
	set(55, "plan_changed_on_arrival", weighted(t.r, "no", 8, "larger", 2, "smaller", 1, "different", 1))
	set(45, "quotes_obtained", few(1, 5))
	set(50, "payment_method", weighted(t.r, "card", 4, "cash", 3, "transfer", 3, "mixed", 1))
	set(50, "receipt", weighted(t.r, "itemised", 6, "plain", 3, "none", 1))
	set(40, "aftercare_provider", weighted(t.r, "family_doctor", 5, "specialist", 2, "none", 3, "private_clinic", 1))
	set(40, "records_sufficient", weighted(t.r, "yes", 6, "no", 4))
	set(40, "motivation", weighted(t.r, "price", 6, "waiting_list", 3, "quality", 2, "recommendation", 2))
	set(45, "would_travel_again", map[string]string{"good": "yes", "mixed": "unsure", "bad": "no"}[x.tone])
	high := map[string][2]int{"good": {4, 5}, "mixed": {3, 4}, "bad": {1, 3}}[x.tone]
	for _, name := range []string{"rate_clarity", "rate_honesty", "rate_nursing", "rate_hygiene", "rate_pain_control", "rate_dignity", "rate_language", "rate_follow_up"} {
		set(45, name, few(high[0], high[1]))
	}
	for _, name := range []string{"operative_report", "discharge_letter", "itemised_invoice", "medication_list", "implant_card"} {
		if t.r.IntN(100) < map[string]int{"good": 60, "mixed": 45, "bad": 28}[x.tone] {
			x.Records = append(x.Records, name)
		}
	}
	t.restricted(x)
}

// restricted draws what is only ever shown in sums.
func (t *teller) restricted(x *tale) {
	if t.r.IntN(100) < 55 {
		return
	}
	x.more["sex_at_birth"] = []string{weighted(t.r, "female", 6, "male", 5)}
	x.more["bmi_band"] = []string{weighted(t.r, "18_5_25", 4, "25_30", 4, "30_35", 2, "35_40", 1)}
	x.more["smoker"] = []string{weighted(t.r, "never", 6, "stopped", 3, "yes", 1)}
	x.more["conditions"] = []string{weighted(t.r, "none", 6, "hypertension", 3, "diabetes", 1, "anaemia", 1)}
}

// stageDone reports whether a check-in of that stage or a later one was
// answered: when its questions were.
func stageDone(stage string, rows []experience.CheckIn) bool {
	for _, c := range rows {
		if c.Status == experience.Done && slices.Index(experience.Moments, c.Moment) >= slices.Index(experience.Moments, stage) {
			return true
		}
	}
	return false
}
