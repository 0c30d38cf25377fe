package question

import (
	"strings"
	"testing"
	"time"

	"caravan/internal/access"
	"caravan/internal/errs"
)

func TestADraftSaysEverythingThatIsWrongAtOnce(t *testing.T) {
	good := Draft{Title: "Can a sinus lift be ruled out?", Body: strings.Repeat("words ", 10), Procedure: "den.crown", Destination: "HU"}
	for name, c := range map[string]struct {
		change func(*Draft)
		fields []string
	}{
		"good":             {func(*Draft) {}, nil},
		"title of 14":      {func(d *Draft) { d.Title = strings.Repeat("é", 14) }, []string{"title"}},
		"title of 15":      {func(d *Draft) { d.Title = strings.Repeat("é", 15) }, nil},
		"title of 200":     {func(d *Draft) { d.Title = strings.Repeat("é", 200) }, nil},
		"title of 201":     {func(d *Draft) { d.Title = strings.Repeat("é", 201) }, []string{"title"}},
		"body of 19":       {func(d *Draft) { d.Body = "  " + strings.Repeat("x", 19) + "  " }, []string{"body"}},
		"body of 10,001":   {func(d *Draft) { d.Body = strings.Repeat("x", 10_001) }, []string{"body"}},
		"nothing at all":   {func(d *Draft) { *d = Draft{} }, []string{"title", "body", "procedure", "destination"}},
		"three links":      {func(d *Draft) { d.Body += "https://a.example https://b.example https://c.example" }, []string{"body"}},
		"NUL in the title": {func(d *Draft) { d.Title += "\x00" }, []string{"title"}},
	} {
		d := good
		c.change(&d)
		_, err := d.clean(access.Actor{AccountID: 1, Confirmed: true, Trust: 1})
		var got []string
		if err != nil {
			for _, f := range errs.Of(err).Fields {
				got = append(got, f.Name)
			}
		}
		if strings.Join(got, " ") != strings.Join(c.fields, " ") {
			t.Errorf("%s: %v, want %v", name, got, c.fields)
		}
	}
}

func TestWhoMayChangeWhat(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	old := access.Actor{AccountID: 1, Created: now.Add(-100 * 24 * time.Hour)}
	fresh := access.Actor{AccountID: 1, Created: now.Add(-time.Hour)}
	for name, c := range map[string]struct {
		a     access.Actor
		by    int64
		state string
		age   time.Duration
		want  errs.Kind
	}{
		"own, soon":               {old, 1, Shown, time.Hour, 0},
		"own, after 29 days":      {old, 1, Shown, 29 * 24 * time.Hour, 0},
		"own, after 31 days":      {old, 1, Shown, 31 * 24 * time.Hour, errs.Forbidden},
		"newcomer, after a day":   {fresh, 1, Shown, 25 * time.Hour, errs.Forbidden},
		"another's":               {old, 2, Shown, time.Hour, errs.Forbidden},
		"own, hidden":             {old, 1, Hidden, time.Hour, errs.Gone},
		"own, not yet published":  {old, 1, Waiting, time.Hour, 0},
		"a moderator, another's":  {access.Actor{AccountID: 3, Moderator: true}, 1, Shown, time.Hour, errs.Forbidden},
		"an admin cannot either":  {access.Actor{AccountID: 3, Admin: true}, 1, Shown, time.Hour, errs.Forbidden},
		"the clinic cannot eiher": {access.Actor{AccountID: 3, Works: []access.Work{{OrganisationID: 1, Kind: "clinic"}}}, 1, Shown, time.Hour, errs.Forbidden},
	} {
		err := canEdit(c.a, c.by, c.state, now.Add(-c.age), now)
		if (c.want == 0) != (err == nil) || (err != nil && !errs.Is(err, c.want)) {
			t.Errorf("%s: %v, want kind %d", name, err, c.want)
		}
	}
}

func TestAnswersOfAClinic(t *testing.T) {
	own, other := int64(1), int64(2)
	for name, c := range map[string]struct {
		work  access.Work
		about *int64
		want  bool
	}{
		"the clinic asked about":       {access.Work{OrganisationID: 1, Kind: "clinic"}, &own, true},
		"another clinic":               {access.Work{OrganisationID: 1, Kind: "clinic"}, &other, false},
		"any clinic, none asked about": {access.Work{OrganisationID: 1, Kind: "clinic"}, nil, true},
		"a facilitator":                {access.Work{OrganisationID: 1, Kind: "facilitator"}, &own, false},
		"nobody's employee":            {access.Work{}, nil, false},
	} {
		if got := byClinic(c.work, c.about); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestAVoteIsSetOrNotSet(t *testing.T) {
	for value, ok := range map[int]bool{0: true, 1: true, -1: false, 2: false, 11: false} {
		if err := cleanVote(value); (err == nil) != ok {
			t.Errorf("%d: %v", value, err)
		}
	}
}

func TestAStencilGivesBackWhatTheTemplateWouldHaveSaid(t *testing.T) {
	s := cut("<a href=\"#" + marks[valPosition] + "\">" + marks[valAgo] + "</a>" + marks[valID] + marks[valPosition])
	if len(s.pieces) != 5 || len(s.values) != 4 || s.values[3] != valPosition {
		t.Fatalf("%+v", s)
	}
}
