package answer_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"caravan/internal/access"
	"caravan/internal/answer"
	"caravan/internal/db"
	"caravan/internal/errs"
)

func TestAPromiseFromTheWordToThePatientsWhoSeeIt(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	ctx := context.Background()
	publicID, id := w.answered(t, "I eat apples again")
	standing := func(want string) {
		t.Helper()
		if v := w.view(t, id); v.Standing != want {
			t.Errorf("stands at %s, want %s", v.Standing, want)
		}
	}
	day := func(n int) string { return w.d.Now().AddDate(0, 0, n).Format(time.DateOnly) }
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(w.LookInto(ctx, w.staff, publicID))
	must(w.LookInto(ctx, w.doctor, publicID)) // twice is once
	standing(answer.Looking)
	var change int64
	for range 2 {
		c, err := w.Promise(ctx, w.staff, publicID, answer.Promise{Title: "Answer swelling and fever within 4 hours", Due: day(30)}, key("promise"))
		must(err)
		change = c
	}
	standing(answer.Planned)
	if err := w.LookInto(ctx, w.staff, publicID); !errs.Is(err, errs.Conflict) {
		t.Errorf("looking into it after the promise: %v, want Conflict", err)
	}
	must(w.Delay(ctx, w.staff, change, day(60)))
	w.clock.Move(60 * 24 * time.Hour)
	v := w.view(t, id).Changes[0]
	if v.Overdue != 0 || !v.Moved || v.FirstDueOn.Equal(v.DueOn) {
		t.Errorf("on its day: %+v", v)
	}
	w.clock.Move(23 * 24 * time.Hour)
	if v = w.view(t, id).Changes[0]; v.Overdue != 23 || v.State != "overdue" {
		t.Errorf("later: %+v", v)
	}
	if err := w.Delay(ctx, w.staff, change, day(30)); !errs.Is(err, errs.Conflict) {
		t.Errorf("moved while overdue: %v, want Conflict", err)
	}
	if err := w.See(ctx, w.reader, change, true); !errs.Is(err, errs.Conflict) {
		t.Errorf("seen before it was made: %v, want Conflict", err)
	}
	all, err := answer.OfClinic(w.d.Read(ctx), w.clinic)
	if err != nil || len(all.Overdue) != 1 || all.Count() != 1 {
		t.Errorf("of the clinic: %+v, %v", all, err)
	}
	const proof = "Since 2026-11-02 the on-call rule is published on our page about aftercare: https://dunakert.example/aftercare"
	must(w.Make(ctx, w.doctor, change, proof))
	must(w.Make(ctx, w.doctor, change, proof)) // the same form again
	standing(answer.Made)
	if err := w.Make(ctx, w.staff, change, "Another proof, which is not the first one."); !errs.Is(err, errs.Conflict) {
		t.Errorf("made twice: %v, want Conflict", err)
	}
	if v = w.view(t, id).Changes[0]; v.Late != 23 || v.Overdue != 0 {
		t.Errorf("made: %+v", v)
	}
	// only later verified patients, and not the one it was promised to
	if err := w.See(ctx, w.reader, change, true); !errs.Is(err, errs.Forbidden) {
		t.Errorf("seen by a reader: %v, want Forbidden", err)
	}
	w.tales.later[w.reader.AccountID] = []int64{id}
	if err := w.See(ctx, w.reader, change, true); !errs.Is(err, errs.Forbidden) {
		t.Errorf("seen by the author: %v, want Forbidden", err)
	}
	_, later := w.tale(t, "Told later", "published")
	w.tales.later[w.reader.AccountID] = []int64{id, later}
	must(w.See(ctx, w.reader, change, true))
	must(w.See(ctx, w.reader, change, true))
	standing(answer.Confirmed)
	if v = w.view(t, id).Changes[0]; v.Seen != 1 || v.State != answer.Confirmed {
		t.Errorf("seen: %+v", v)
	}
	must(w.See(ctx, w.reader, change, false)) // minds change
	standing(answer.Made)
	_, err = w.Promise(ctx, w.staff, publicID, answer.Promise{Title: "Quote upper jaws only from a 3D scan", Due: day(10)}, db.Key{})
	must(err)
	standing(answer.Planned)
	if want := []string{"change_made", "change_planned", "change_planned", "clinic_answer"}; len(w.tales.told) != len(want) {
		t.Errorf("told %v, want %v", w.tales.told, want)
	}
}

func TestWhatAPromiseMustBe(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	ctx := context.Background()
	publicID, id := w.answered(t, "I eat apples again")
	day := func(n int) string { return w.d.Now().AddDate(0, 0, n).Format(time.DateOnly) }
	for name, p := range map[string]answer.Promise{
		"too short": {"Do more", day(9)}, "too long": {strings.Repeat("very ", 30), day(9)}, "today": {"Answer swelling within a day", day(0)},
		"in two years": {"Answer swelling within a day", day(730)}, "no day": {"Answer swelling within a day", ""},
		"to one patient": {"We will pay back your €2,400 at once", day(9)},
	} {
		if _, err := w.Promise(ctx, w.staff, publicID, p, db.Key{}); !errs.Is(err, errs.Invalid) || len(errs.Of(err).Fields) != 1 {
			t.Errorf("%s: %v", name, err)
		}
	}
	good := answer.Promise{Title: "Answer swelling within a day", Due: day(9)}
	for i := range answer.MaxChanges {
		if _, err := w.Promise(ctx, w.staff, publicID, good, db.Key{}); err != nil {
			t.Fatalf("%d: %v", i, err)
		}
	}
	if _, err := w.Promise(ctx, w.staff, publicID, good, db.Key{}); !errs.Is(err, errs.Invalid) {
		t.Errorf("one more: %v, want Invalid", err)
	}
	change := value[int64](t, w.d, `SELECT min(id) FROM changes`)
	for name, a := range map[string]access.Actor{"another clinic": w.rival, "a reader": w.reader, "a moderator": w.mod} {
		if err := w.Delay(ctx, a, change, day(20)); !errs.Is(err, errs.Forbidden) {
			t.Errorf("%s moves it: %v, want Forbidden", name, err)
		}
		if err := w.Make(ctx, a, change, "It is made, look at our page."); !errs.Is(err, errs.Forbidden) {
			t.Errorf("%s makes it: %v, want Forbidden", name, err)
		}
	}
	// to an answer that is not public nothing is promised
	held, _ := w.tale(t, "Another", "published")
	if _, err := w.Answer(ctx, w.staff, held, "We remember you and your operation.", db.Key{}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Promise(ctx, w.staff, held, good, db.Key{}); !errs.Is(err, errs.Conflict) {
		t.Errorf("while held: %v, want Conflict", err)
	}
	// of what is no longer public nothing is shown
	if _, err := w.d.Pool().Exec(ctx, `UPDATE experiences SET state = 'withdrawn' WHERE id = $1`, id); err != nil {
		t.Fatal(err)
	}
	if all, err := answer.OfClinic(w.d.Read(ctx), w.clinic); err != nil || all.Count() != 0 {
		t.Errorf("after it was withdrawn: %+v, %v", all, err)
	}
}

func TestTheClinicsListIsTheMostOverdueFirst(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	ctx := context.Background()
	publicID, _ := w.answered(t, "I eat apples again")
	for _, n := range []int{40, 5, 20} {
		p := answer.Promise{Title: fmt.Sprintf("A change due in %d days", n), Due: w.d.Now().AddDate(0, 0, n).Format(time.DateOnly)}
		if _, err := w.Promise(ctx, w.staff, publicID, p, db.Key{}); err != nil {
			t.Fatal(err)
		}
	}
	w.clock.Move(30 * 24 * time.Hour)
	all, err := answer.OfClinic(w.d.Read(ctx), w.clinic)
	if err != nil {
		t.Fatal(err)
	}
	var days []int
	for _, c := range all.Overdue {
		days = append(days, c.Overdue)
	}
	if !slices.Equal(days, []int{25, 10}) || len(all.Planned) != 1 || len(all.Made) != 0 {
		t.Errorf("overdue %v, planned %d", days, len(all.Planned))
	}
}
