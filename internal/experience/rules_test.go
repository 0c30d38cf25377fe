package experience

import (
	"strings"
	"testing"
	"time"

	"caravan/internal/access"
	"caravan/internal/errs"
)

func date(s string) time.Time {
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return d
}

func TestPeopleOfAClinicDoNotTellAboutItForTwoYears(t *testing.T) {
	now := date("2026-11-22")
	left := func(s string) *time.Time { d := date(s); return &d }
	for _, c := range []struct {
		say  string
		a    access.Actor
		ties []tie
		key  string
		day  string
	}{
		{"a stranger", access.Actor{}, nil, "", ""},
		{"staff", access.Actor{Works: []access.Work{{OrganisationID: 7}}}, nil, "experience.own_clinic", ""},
		{"staff of another", access.Actor{Works: []access.Work{{OrganisationID: 8}}}, []tie{{8, nil}}, "", ""},
		{"an open tie that is no staff", access.Actor{}, []tie{{7, nil}}, "experience.own_clinic", ""},
		{"left a year ago", access.Actor{}, []tie{{7, left("2025-11-30")}}, "experience.former_clinic", "2027-11-30"},
		{"left twice", access.Actor{}, []tie{{7, left("2026-01-31")}, {7, left("2025-01-31")}}, "experience.former_clinic", "2028-01-31"},
		{"left long ago", access.Actor{}, []tie{{7, left("2024-11-22")}}, "", ""},
		{"leaves tomorrow", access.Actor{}, []tie{{7, left("2026-11-23")}}, "experience.own_clinic", ""},
	} {
		err := mayTell(c.a, 7, c.ties, now)
		if (err == nil) != (c.key == "") {
			t.Errorf("%s: %v", c.say, err)
			continue
		}
		if err == nil {
			continue
		}
		e := errs.Of(err)
		if e.Kind != errs.Forbidden || e.Key != c.key || c.day != "" && e.Args[1] != c.day {
			t.Errorf("%s: got %s %v, want %s %s", c.say, e.Key, e.Args, c.key, c.day)
		}
	}
}

func TestCheckInsLieAheadAndNeverOverlap(t *testing.T) {
	names := func(all []CheckIn) (s []string) {
		for _, c := range all {
			s = append(s, c.Moment)
		}
		return s
	}
	day := date("2026-01-31")
	all := schedule(day, day, true)
	if got := strings.Join(names(all), " "); got != "d7 m1 m3 m6 m12 m24" {
		t.Fatalf("got %s", got)
	}
	for i := 1; i < len(all); i++ {
		if all[i-1].ClosesOn.After(all[i].DueOn) {
			t.Errorf("%s is still open when %s begins", all[i-1].Moment, all[i].Moment)
		}
	}
	if got := strings.Join(names(schedule(day, date("2026-05-02"), false)), " "); got != "m6 m12" {
		t.Errorf("told in May: %s", got)
	}
	if got := schedule(day, date("2028-01-31"), true); got != nil {
		t.Errorf("told after two years: %v", got)
	}
	if got := all[1].DueOn; !got.Equal(date("2026-03-03")) {
		t.Errorf("a month after 31 January is %s", got)
	}
}

func TestDaysOfCheckInsComeFromTheExactDayElseTheQuartersEnd(t *testing.T) {
	if got := treatedOn("2026-Q2", Answers{"procedure_day": {"2026-04-09"}}); !got.Equal(date("2026-04-09")) {
		t.Errorf("told: %s", got)
	}
	for _, none := range []Answers{nil, {"procedure_day": {"unknown"}}} {
		if got := treatedOn("2026-Q2", none); !got.Equal(date("2026-06-30")) {
			t.Errorf("not told: %s", got)
		}
	}
}

func TestACheckInAgreesUnlessItSaysOtherwise(t *testing.T) {
	for _, c := range []struct {
		differs bool
		sealed  Answers
		want    bool
	}{
		{false, nil, true},
		{true, nil, false},
		{false, Answers{"arrival_day": {"2026-03-30"}, "departure_day": {"2026-04-20"}}, true},
		{false, Answers{"arrival_day": {"2025-04-02"}}, false},
		{false, Answers{"arrival_day": {"unknown"}}, true},
	} {
		if got := agrees(c.differs, "2026-Q2", c.sealed); got != c.want {
			t.Errorf("%v %v: got %v", c.differs, c.sealed, got)
		}
	}
	if lifts("m1") || !lifts("m3") || !lifts("m24") {
		t.Error("what lifts begins at three months")
	}
}

func TestQuartersEndWithThePresentOne(t *testing.T) {
	all := quarters(date("2026-11-22"))
	if all[0] != "2026-Q4" || all[40] != "2016-Q4" || !all[1].Before(all[0]) {
		t.Errorf("%v", all)
	}
}

func TestWordsAreLettersAndNotShouted(t *testing.T) {
	for s, want := range map[string][2]bool{
		strings.Repeat("🙂", 60):                                        {true, false},
		strings.Repeat("I WOULD NEVER GO THERE AGAIN ", 4):             {false, true},
		"They placed two implants and I would go there again. EUR OK.": {false, false},
		strings.Repeat("كانت التجربة جيدة ", 4):                        {false, false},
		strings.Repeat("手术很顺利", 12):                                    {false, false},
	} {
		if fewLetters(s, leastLetters) != want[0] || shouting(s) != want[1] {
			t.Errorf("%q: few %v, shouting %v", s, fewLetters(s, leastLetters), shouting(s))
		}
	}
}
