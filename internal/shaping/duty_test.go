package shaping

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestPhasesEndByTheClockOfThePackage(t *testing.T) {
	for _, c := range []struct {
		name, zone, start string
		days              int
		want              string // on the wall of the zone
	}{
		{"an ordinary week", "Europe/Istanbul", "2026-05-04T09:30", 7, "2026-05-11T18:00 +0300"},
		{"begun in the evening: one more day", "Europe/Istanbul", "2026-05-04T21:00", 7, "2026-05-12T18:00 +0300"},
		{"begun as phases end", "Europe/Istanbul", "2026-05-04T18:00", 7, "2026-05-11T18:00 +0300"},
		{"clocks go forward", "Europe/Berlin", "2026-03-26T12:00", 7, "2026-04-02T18:00 +0200"},
		{"clocks go back", "Europe/Berlin", "2026-10-22T12:00", 7, "2026-10-29T18:00 +0100"},
		{"forward at midnight", "Africa/Cairo", "2026-04-20T12:00", 7, "2026-04-27T18:00 +0300"},
		{"summer in the south", "America/Santiago", "2026-09-03T12:00", 7, "2026-09-10T18:00 -0300"},
		{"three quarters of an hour", "Asia/Kathmandu", "2026-02-25T12:00", 7, "2026-03-04T18:00 +0545"},
		{"over the year", "Asia/Bangkok", "2026-12-28T12:00", 14, "2027-01-11T18:00 +0700"},
	} {
		zone, err := Zone(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		start, err := time.ParseInLocation("2006-01-02T15:04", c.start, zone)
		if err != nil {
			t.Fatal(err)
		}
		end := PhaseEnd(start, c.days, zone)
		if got := end.In(zone).Format("2006-01-02T15:04 -0700"); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		if end.Location() != time.UTC || end != PhaseEnd(start.UTC(), c.days, zone) {
			t.Errorf("%s: the end depends on how the start is written", c.name)
		}
	}
	for _, bad := range []string{"", "Local", "Mars/Olympus", "../etc"} {
		if _, err := Zone(bad); fieldsOf(err) != "zone shaping.zone" {
			t.Errorf("%q is a zone: %v", bad, err)
		}
	}
}

func TestNoPhaseIsShorterThanItsDays(t *testing.T) {
	for _, name := range []string{"Europe/Berlin", "Africa/Cairo", "America/Havana", "Pacific/Apia", "Australia/Lord_Howe", "Asia/Beirut"} {
		zone, err := Zone(name)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Date(2026, 1, 1, 0, 10, 0, 0, time.UTC)
		for range 365 * 6 {
			start = start.Add(4 * time.Hour)
			end := PhaseEnd(start, AnsweringDays, zone)
			if d := end.Sub(start); d < 7*24*time.Hour-time.Hour || d > 8*24*time.Hour+time.Hour || end.In(zone).Hour() != closingHour {
				t.Fatalf("%s from %s: %s, %s", name, start, d, end.In(zone))
			}
			by := CounterBy(end, zone)
			if last := PhaseEnd(by, CounterDays, zone); !last.Equal(end) {
				t.Fatalf("%s: a counter-offer at %s is voted on until %s, answering ends %s", name, by, last, end)
			}
		}
	}
}

func weighed(id int64, want, against int) Weighed {
	return Weighed{AmendmentID: id, Tally: Tally{Want: want, Against: against}, Mean: 0.6, CreatedAt: noon.Add(time.Duration(id) * time.Minute)}
}

func TestTheDueSetHasThreeDoors(t *testing.T) {
	var all []Weighed
	for id := range int64(6) {
		all = append(all, weighed(id, 9, 1))
	}
	disputed := weighed(10, 10, 90) // many want it, more do not
	known := weighed(11, 3, 9)
	known.AuthorTreated, known.TreatedWants = true, 3
	unknown := weighed(12, 3, 9)
	unknown.TreatedWants = 3 // treated people want it, but it is nobody's of them
	few := weighed(13, 2, 9)
	few.AuthorTreated, few.TreatedWants = true, 2
	due := DueSet(append(all, few, unknown, known, disputed))
	var got []string
	for _, d := range due {
		got = append(got, fmt.Sprint(d.AmendmentID, d.Supported, d.Best, d.Known))
	}
	want := []string{"0 false true false", "1 false true false", "2 false true false", "3 false true false", "4 false true false",
		"11 false false true", "10 true false false"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := DueSet(nil); len(got) != 0 {
		t.Errorf("nothing is due: %v", got)
	}
}

func TestAnAnswerIsWholeOrRefused(t *testing.T) {
	spec := Spec{Kind: Duration, Unit: "months"}
	a := wish(1, "x.guarantee", days(24))
	why := strings.Repeat("because ", 6)
	for _, c := range []struct {
		name string
		r    Response
		want string
	}{
		{"yes", Response{Answer: Accept, Reason: why}, ""},
		{"no, for the cost", Response{Answer: Reject, ReasonCode: Cost, Reason: why}, ""},
		{"no, without a code", Response{Answer: Reject, Reason: why}, "reason_code shaping.answer_code"},
		{"no, without a reason", Response{Answer: Reject, ReasonCode: Cost, Reason: "no"}, "reason shaping.answer_reason"},
		{"an unknown code", Response{Answer: Reject, ReasonCode: "mood", Reason: why}, "reason_code shaping.answer_code"},
		{"half of it", Response{Answer: Counter, ReasonCode: Cost, Reason: why, CounterValue: days(12)}, ""},
		{"what is", Response{Answer: Counter, ReasonCode: Cost, Reason: why, CounterValue: days(6)}, "counter shaping.counter_same"},
		{"what is wanted", Response{Answer: Counter, ReasonCode: Cost, Reason: why, CounterValue: days(24)}, "counter shaping.counter_same"},
		{"a counter-offer without a value", Response{Answer: Counter, ReasonCode: Cost, Reason: why}, "value shaping.value_kind"},
		{"a value with a no", Response{Answer: Reject, ReasonCode: Cost, Reason: why, CounterValue: days(12)}, "counter shaping.counter_only"},
		{"clinical, signed", Response{Answer: ClinicalAnswer, ReasonCode: MedicalSafety, Reason: why, SignedBy: "Dr. A. Demir, TR 1"}, ""},
		{"clinical, by nobody", Response{Answer: ClinicalAnswer, ReasonCode: MedicalSafety, Reason: why}, "signed_by shaping.sign_clinical"},
		{"clinical, for the cost", Response{Answer: ClinicalAnswer, ReasonCode: Cost, Reason: why, SignedBy: "Dr. A. Demir"}, "reason_code shaping.answer_code"},
		{"silence", Response{Reason: why}, "answer shaping.answer_choose"},
	} {
		if got := fieldsOf(CheckResponse(c.r, a, spec, days(6), "EUR")); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestACounterOfferNeedsItsSupporters(t *testing.T) {
	for _, c := range []struct {
		agree, no int
		want      bool
	}{{3, 2, true}, {4, 0, false}, {5, 0, true}, {5, 4, false}, {6, 4, true}, {0, 0, false}, {59, 41, false}, {60, 40, true}} {
		if got := CounterTaken(c.agree, c.no); got != c.want {
			t.Errorf("%d to %d: %v", c.agree, c.no, got)
		}
	}
}

func TestACallDecidesByVotes(t *testing.T) {
	if !DecidedByVote(weighed(1, 12, 3), nil) {
		t.Error("12 of 15 are not enough")
	}
	if DecidedByVote(weighed(1, 14, 0), nil) {
		t.Error("14 voices are enough")
	}
	if DecidedByVote(weighed(1, 8, 10), nil) {
		t.Error("a minority is enough")
	}
	if DecidedByVote(weighed(1, 12, 3), []Weighed{weighed(2, 14, 1)}) {
		t.Error("a better rival is passed over")
	}
	if !DecidedByVote(weighed(1, 12, 3), []Weighed{weighed(2, 9, 6)}) {
		t.Error("a worse rival stands in the way")
	}
}

func TestTheRecordOfAProvider(t *testing.T) {
	at := func(hours int) time.Time { return noon.Add(time.Duration(hours) * time.Hour) }
	r := RecordOf([]Answerable{
		{noon, at(2), Accept, false}, {noon, at(10), Counter, true}, {noon, at(6), Counter, false}, {noon, at(30), Reject, false}, {OpenedAt: noon},
	})
	if r.Due != 5 || r.Answered != 4 || r.MedianHours != 8 || r.AnswerRate != 0.8 || r.AcceptRate != 0.5 || r.Countered != 2 || r.CountersTaken != 1 {
		t.Errorf("%+v", r)
	}
	if r := RecordOf(nil); r != (Record{}) {
		t.Errorf("nothing was due: %+v", r)
	}
}
