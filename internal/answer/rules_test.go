package answer

import (
	"testing"
	"time"

	"caravan/internal/access"
	"caravan/internal/errs"
)

// TestTheMachineIsExactlyThis asks every event at every standing.
func TestTheMachineIsExactlyThis(t *testing.T) {
	standings := []string{Answered, Looking, Planned, Made, Confirmed, ""}
	events := []event{look, promise, delay, makeOne, makeLast, seeOne, seeAll, "hide"}
	want := map[string]string{
		"answered+look": Looking, "answered+promise": Planned,
		"looking+promise": Planned,
		"planned+promise": Planned, "planned+delay": Planned, "planned+make one": Planned, "planned+make last": Made, "planned+see one": Planned,
		"made+promise": Planned, "made+see one": Made, "made+see all": Confirmed,
		"confirmed+promise": Planned, "confirmed+see one": Made, "confirmed+see all": Confirmed,
	}
	for _, s := range standings {
		for _, e := range events {
			to, ok := next(s, e)
			if w, may := want[s+"+"+string(e)]; ok != may || to != w {
				t.Errorf("%s at %q: %q %v, want %q %v", e, s, to, ok, w, may)
			}
			if _, err := step(s, e); (err == nil) != ok || (err != nil && !errs.Is(err, errs.Conflict)) {
				t.Errorf("%s at %q: %v", e, s, err)
			}
		}
	}
}

// TestEveryWayThroughChangesEndsWhereTheChangesSay plays all sequences of up to
// seven deeds on up to three changes, and compares the machine's standing with
// one worked out from the changes alone.
func TestEveryWayThroughChangesEndsWhereTheChangesSay(t *testing.T) {
	type change struct{ made, seen bool }
	played := 0
	var play func(standing string, looked bool, cs []change, depth int)
	check := func(standing string, looked bool, cs []change) {
		want, open, confirmed := Answered, 0, 0
		if looked {
			want = Looking
		}
		for _, c := range cs {
			if !c.made {
				open++
			}
			if c.seen {
				confirmed++
			}
		}
		switch {
		case len(cs) == 0:
		case open > 0:
			want = Planned
		case confirmed == len(cs):
			want = Confirmed
		default:
			want = Made
		}
		if standing != want {
			t.Fatalf("%v stands at %s, want %s", cs, standing, want)
		}
		played++
	}
	count := func(cs []change) (x tally) {
		for _, c := range cs {
			switch {
			case !c.made:
				x.Open++
			case c.seen:
				x.Made++
				x.Confirmed++
			default:
				x.Made++
			}
		}
		return x
	}
	play = func(standing string, looked bool, cs []change, depth int) {
		check(standing, looked, cs)
		if depth == 0 {
			return
		}
		if to, ok := next(standing, look); ok {
			play(to, true, cs, depth-1)
		}
		if len(cs) < 3 {
			to, ok := next(standing, promise)
			if !ok {
				t.Fatalf("nothing more can be promised at %s", standing)
			}
			play(to, looked, append(append([]change{}, cs...), change{}), depth-1)
		}
		for i, c := range cs {
			now := append([]change{}, cs...)
			e := event("")
			if !c.made {
				now[i].made = true
				e = count(now).onMade()
			} else {
				now[i].seen = !c.seen
				e = count(now).onSeen()
			}
			to, ok := next(standing, e)
			if !ok {
				t.Fatalf("%s cannot happen at %s with %v", e, standing, cs)
			}
			play(to, looked, now, depth-1)
		}
	}
	play(Answered, false, nil, 7)
	if played < 500 {
		t.Errorf("only %d positions were reached", played)
	}
}

func date(t *testing.T, s string) time.Time {
	t.Helper()
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestHowLateAChangeIs(t *testing.T) {
	due := date(t, "2026-10-30")
	for now, want := range map[string]int{"2026-10-01T00:00:00Z": 0, "2026-10-30T23:59:59Z": 0, "2026-10-31T00:00:00Z": 1, "2026-11-22T05:00:00Z": 23} {
		at, err := time.Parse(time.RFC3339, now)
		if err != nil {
			t.Fatal(err)
		}
		if got := (changeRow{Change: Change{DueOn: due, FirstDueOn: due}}).view(at); got.Overdue != want || (got.State == "overdue") != (want > 0) {
			t.Errorf("at %s: %d days, %s; want %d", now, got.Overdue, got.State, want)
		}
	}
	made := date(t, "2026-11-02")
	v := changeRow{Change: Change{DueOn: due, FirstDueOn: date(t, "2026-09-30"), MadeOn: &made}, Seen: 1}.view(date(t, "2027-01-01"))
	if v.Late != 3 || v.Overdue != 0 || !v.Moved || v.State != Confirmed {
		t.Errorf("made late: %+v", v)
	}
	if v := (changeRow{Change: Change{DueOn: due, FirstDueOn: due, MadeOn: &made}, Seen: 1, Missed: 1}).view(made); v.State != Made {
		t.Errorf("seen by one and missed by one: %s", v.State)
	}
}

func TestWhatIsOverdueCannotBeMoved(t *testing.T) {
	now := date(t, "2026-11-01")
	c := Change{DueOn: date(t, "2026-12-01"), FirstDueOn: date(t, "2026-12-01")}
	made := c
	made.MadeOn = &now
	for name, x := range map[string]struct {
		c    Change
		due  string
		now  string
		kind errs.Kind
	}{
		"later":               {c, "2026-12-02", "2026-11-01", 0},
		"on the day itself":   {c, "2027-01-01", "2026-12-01", 0},
		"the day after":       {c, "2027-01-01", "2026-12-02", errs.Conflict},
		"earlier":             {c, "2026-11-30", "2026-11-01", errs.Invalid},
		"made already":        {made, "2027-01-01", "2026-11-01", errs.Conflict},
		"after a year of due": {c, "2027-12-02", "2026-11-01", errs.Invalid},
	} {
		due, err := cleanDue(x.due, x.c.FirstDueOn, date(t, x.now))
		if err == nil {
			err = canMove(x.c, due, date(t, x.now))
		}
		if (x.kind == 0) != (err == nil) || (err != nil && !errs.Is(err, x.kind)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, no := range []string{"", "soon", "2026-02-30", "2026-11-01", "2026-10-31", "2027-11-02"} {
		if _, err := cleanDue(no, now, now); !errs.Is(err, errs.Invalid) {
			t.Errorf("due %q: %v", no, err)
		}
	}
}

func TestWhoMayAnswer(t *testing.T) {
	e := Subject{ID: 1, OrganisationID: 7, Published: true}
	works := func(kind, role string, id int64, confirmed bool) access.Actor {
		return access.Actor{AccountID: 1, Confirmed: confirmed, Works: []access.Work{{OrganisationID: id, Kind: kind, Role: role}}}
	}
	for name, c := range map[string]struct {
		a    access.Actor
		e    Subject
		kind errs.Kind
	}{
		"staff":                     {works("clinic", "staff", 7, true), e, 0},
		"a doctor":                  {works("clinic", "doctor", 7, true), e, 0},
		"with no confirmed address": {works("clinic", "staff", 7, false), e, errs.Forbidden},
		"staff of another clinic":   {works("clinic", "staff", 8, true), e, errs.Forbidden},
		"an agency":                 {works("agency", "staff", 7, true), e, errs.Forbidden},
		"a moderator":               {access.Actor{AccountID: 1, Confirmed: true, Moderator: true}, e, errs.Forbidden},
		"a visitor":                 {access.Actor{}, e, errs.Forbidden},
		"before it is published":    {works("clinic", "staff", 7, true), Subject{OrganisationID: 7}, errs.NotFound},
	} {
		if _, err := canAnswer(c.a, c.e); (c.kind == 0) != (err == nil) || (err != nil && !errs.Is(err, c.kind)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
