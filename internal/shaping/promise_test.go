package shaping

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/money"
	"caravan/internal/testkit"
)

func TestAFigureDecidesTheVerdict(t *testing.T) {
	price, _ := SpecOf(PriceKey)
	hotel, _ := SpecOf("stay.hotel_nights")
	stay, _ := SpecOf("stay.days")
	surgeon, _ := SpecOf("team.surgeon")
	tol := Tolerance{FloorMinor: 5000, FlagMinor: 36000}
	for _, c := range []struct {
		name          string
		s             Spec
		promised, got Value
		said, want    Verdict
		flag          bool
		refused       string
	}{
		{"no figure", hotel, count(4), Value{}, WorseThan, WorseThan, false, ""},
		{"figure that fits", hotel, count(4), count(3), WorseThan, WorseThan, false, ""},
		{"figure alone", hotel, count(4), count(5), "", BetterThan, false, ""},
		{"figure against the word", hotel, count(4), count(3), Kept, "", false, "shaping.verdict_differs_worse"},
		{"nothing at all", hotel, count(4), count(0), NotDelivered, NotDelivered, false, ""},
		{"neither", hotel, count(4), Value{}, "", "", false, "shaping.verdict_choose"},
		{"nonsense", hotel, count(4), Value{}, "splendid", "", false, "shaping.verdict_choose"},
		{"too early", hotel, count(4), count(1), TooEarly, TooEarly, false, ""},
		{"no direction", stay, days(7), days(9), Kept, Kept, false, ""},
		{"no direction, no word", stay, days(7), days(9), "", "", false, "shaping.verdict_choose"},
		{"not measured", hotel, Value{Kind: Count, Unmeasured: true}, count(3), BetterThan, BetterThan, false, ""},
		{"a name", surgeon, person("Dr Kaya", ""), Value{}, NotDelivered, NotDelivered, false, ""},
		{"price within 2 %", price, eur(460000), eur(469000), Kept, Kept, false, ""},
		{"price above", price, eur(460000), eur(480000), WorseThan, WorseThan, false, ""},
		{"price above 8 %", price, eur(460000), eur(499000), "", WorseThan, true, ""},
	} {
		v, flag, err := settle(c.s, c.promised, c.got, c.said, tol)
		key := ""
		if err != nil {
			key = errs.Of(err).Fields[0].Key
		}
		if v != c.want || flag != c.flag || key != c.refused {
			t.Errorf("%s: %q, %v, %q; want %q, %v, %q", c.name, v, flag, key, c.want, c.flag, c.refused)
		}
	}
}

func TestTheToleranceIsInThePackagesCurrency(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	for currency, want := range map[string]Tolerance{"EUR": {5000, 34632}, "USD": {5775, 40000}, "JPY": {8868, 61420}, "KWD": {17705, 122632}, "XAU": {0, math.MaxInt64}} {
		got, err := toleranceIn(d.Read(t.Context()), currency)
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", currency, got, err, want)
		}
	}
	if m, ok, err := exchanged(d.Read(t.Context()), money.Amount{Minor: 115500, Currency: "USD"}, "EUR"); m != 100000 || !ok || err != nil {
		t.Errorf("%d, %v, %v", m, ok, err)
	}
}

func TestAVerdictSentTwiceIsOne(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	a, id := w.discharged()
	w.tells(a, 2)
	w.follow()
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, err := w.Say(context.Background(), a, id, "en", []Saying{{Key: PriceKey, Verdict: WorseThan, Got: "4,800"}}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	said := func() (verdict string, at string) {
		t.Helper()
		var row struct{ Verdict, SaidAt string }
		err := w.read().Gorm().Raw(`SELECT v.verdict, v.said_at::text FROM package_verdicts v JOIN package_items i ON i.id = v.item_id WHERE i.key = ?`, PriceKey).Scan(&row).Error
		if err != nil {
			t.Fatal(err)
		}
		return row.Verdict, row.SaidAt
	}
	verdict, at := said()
	if n := w.do(`SELECT count(*) FROM package_verdicts WHERE verdict <> ''`); n != 1 || verdict != "worse" {
		t.Fatalf("%d verdicts, %s", n, verdict)
	}
	w.later(3)
	w.says(a, id, Saying{Key: PriceKey, Verdict: WorseThan, Got: "4800"})
	if _, again := said(); again != at {
		t.Error("the same again moved when it was said")
	}
	w.says(a, id, Saying{Key: PriceKey, Verdict: Kept, Got: "4610"})
	if verdict, changed := said(); verdict != "kept" || changed == at {
		t.Errorf("another verdict: %s", verdict)
	}
}

func TestAllIsKeptOrNothing(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	a, id := w.discharged()
	_, err := w.Say(context.Background(), a, id, "en", []Saying{{Key: PriceKey, Verdict: Kept, Got: "a lot"}, {Key: "stay.hotel_nights", Verdict: Kept, Got: "2"}, {Key: "team.surgeon", Verdict: Kept}})
	var names []string
	for _, f := range errs.Of(err).Fields {
		names = append(names, f.Name+" "+f.Key)
	}
	if got := strings.Join(names, ", "); got != "got.price.total money.unreadable, verdict.stay.hotel_nights shaping.verdict_differs_worse" {
		t.Errorf("got %s", got)
	}
	if n := w.do(`SELECT count(*) FROM package_verdicts WHERE verdict <> ''`); n != 0 {
		t.Errorf("%d kept", n)
	}
}

func TestThePublicLedgerNeedsFiveProvenPatients(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	w.proven(4, Saying{Key: "stay.hotel_nights", Verdict: WorseThan, Got: "3", Mattered: "much"}, Saying{Key: PriceKey, Verdict: Kept})
	a, id := w.discharged() // the fifth is not proven
	w.says(a, id, Saying{Key: "stay.hotel_nights", Verdict: Kept}, Saying{Key: PriceKey, Verdict: Kept})
	if v := w.ledger(); len(v.Versions) != 0 {
		t.Fatalf("four proven patients: %+v", v)
	}
	if html, err := w.RecordOfClinic(w.read(), "en", w.clinic); err != nil || html != "" {
		t.Errorf("of four the clinic's page says %q, %v", html, err)
	}
	if slips, err := slippageOf(w.read(), w.clinic); err != nil || len(slips) != 0 {
		t.Errorf("slips of four: %v, %v", slips, err)
	}
	w.proven(1, Saying{Key: "stay.hotel_nights", Verdict: Kept, Got: "4"})
	v, ok := w.ledger().Of(1)
	if !ok || len(v.Lines) != 1 || len(v.Classes) != 1 {
		t.Fatalf("%+v", v)
	}
	l := v.Lines[0]
	if l.Item.Key != "stay.hotel_nights" || l.N() != 5 || l.Kept != 1 || l.Worse != 4 || l.Asked != 5 || math.Abs(l.Rate-2.8/7) > 1e-9 || l.High >= 1 || l.Need != nil {
		t.Errorf("%+v", l)
	}
	if c := v.Classes[0]; c.Class != Services || c.N() != 5 {
		t.Errorf("the class counts what is not shown: %+v", c)
	}
	slips, err := slippageOf(w.read(), w.clinic)
	if err != nil || slips["stay.hotel_nights"].Median != -1 || slips["stay.hotel_nights"].N != 5 {
		t.Errorf("%v, %v", slips, err)
	}
	if got := slips["stay.hotel_nights"].Say("en"); got != "Usually 1 less than promised (5 patients)." {
		t.Errorf("got %q", got)
	}
	html, err := w.RecordOfClinic(w.read(), "en", w.clinic)
	if err != nil {
		t.Fatal(err)
	}
	// Of the price, of which four spoke, not even the sum of its class tells.
	testkit.Contains(t, string(html), "Services", "1 of 5", "Usually 1 less than promised (5 patients).")
	if strings.Contains(string(html), "Price and terms") || strings.Contains(string(html), "of 9") {
		t.Errorf("the clinic's page tells of four: %s", html)
	}
	w.proven(5, Saying{Key: "stay.hotel_nights", Verdict: Kept, Mattered: "much"}, Saying{Key: PriceKey, Verdict: WorseThan, Got: "5,200"})
	v, _ = w.ledger().Of(1)
	price, _ := v.Line(PriceKey)
	if price.Far != 5 || price.N() != 9 {
		t.Errorf("price: %+v", price)
	}
}

func TestNeedBeforeAndAfterStandSideBySide(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	item := w.do(`SELECT id FROM package_items WHERE package_id = ? AND key = 'stay.hotel_nights'`, w.p.ID)
	w.do(`INSERT INTO package_tallies (package_id, subject, subject_id, stratum, want, pass, against) VALUES (?, 'item_need', ?, 'considering', 11, 30, 9) RETURNING 1`, w.p.ID, item)
	w.proven(9, Saying{Key: "stay.hotel_nights", Verdict: Kept, Mattered: "much"})
	need := func() *Need {
		v, _ := w.ledger().Of(1)
		l, _ := v.Line("stay.hotel_nights")
		return l.Need
	}
	if n := need(); n.After != nil || *n.Before != (Share{11, 50}) {
		t.Fatalf("nine voices: %+v", n)
	}
	w.proven(1, Saying{Key: "stay.hotel_nights", Verdict: Kept, Mattered: "not"})
	if n := need(); n.After == nil || *n.After != (Share{9, 10}) {
		t.Fatalf("ten voices: %+v", n)
	}
	// Who was treated already knows, and is not among those who ask for it before.
	w.do(`INSERT INTO package_tallies (package_id, subject, subject_id, stratum, want, pass, against) VALUES (?, 'item_need', ?, 'treated', 5, 1, 0) RETURNING 1`, w.p.ID, item)
	if n := need(); *n.Before != (Share{11, 50}) {
		t.Errorf("with six treated voters: %+v", n.Before)
	}
	w.do(`UPDATE package_tallies SET want = 4, pass = 0 WHERE subject_id = ? AND stratum = 'treated' RETURNING 1`, item)
	if n := need(); n.Before != nil {
		t.Errorf("four treated voters could be found: %+v", n.Before)
	}
	w.do(`DELETE FROM package_tallies WHERE subject_id = ? AND stratum = 'treated' RETURNING 1`, item)
	v, _ := w.ledger().Of(1)
	if l, _ := v.Line("stay.hotel_nights"); l.NeedText("en") != "Before: 22 % of 50 called it a must-have. Looking back: it mattered much to 90 % of 10 treated." {
		t.Errorf("got %q", l.NeedText("en"))
	}
	w.state(w.p, FinalVote)
	if v := w.ledger(); len(v.Versions) != 0 {
		t.Error("needs are shown while the vote runs")
	}
}

func TestHowOftenThePlanWasChangedIsAskedAndNoBrokenPromise(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	p := w.offer("galata-second", promise(PriceKey, eur(460000)), promise(SuitabilityKey, yes(true)), promise("stay.hotel_nights", count(4)))
	w.do(`UPDATE package_commitments SET state = 'ended' WHERE id = ? RETURNING id`, w.c.ID)
	w.p, w.c = p, w.commit(p, places)
	a, id := w.discharged()
	for _, s := range w.journey(a, id).Asking {
		for _, x := range s.Items {
			switch {
			case x.Key == SuitabilityKey && (x.Question != "Was the plan changed after the examination?" || len(x.Verdicts) != 4 || x.Verdicts[1].Label != "Yes, it was changed"):
				t.Errorf("asked %+v", x)
			case x.Question == "":
				t.Errorf("%s is asked without a question", x.Key)
			}
		}
	}
	_, err := w.Say(context.Background(), a, id, "en", []Saying{{Key: SuitabilityKey, Verdict: NotDelivered}})
	if !errs.Is(err, errs.Invalid) {
		t.Errorf("a plan that was not delivered: %v", err)
	}
	page := func() string {
		parts, err := w.promisePieces(w.read(), "en", w.pack())
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(parts.Past[SuitabilityKey], " ")
	}
	w.proven(3, Saying{Key: SuitabilityKey, Verdict: Kept})
	w.proven(1, Saying{Key: SuitabilityKey, Verdict: WorseThan})
	if got := page(); got != "" {
		t.Errorf("four have said, and the page says %q", got)
	}
	w.proven(1, Saying{Key: SuitabilityKey, Verdict: WorseThan})
	if got := page(); !strings.Contains(got, "2 of 5") || !strings.Contains(got, "%") {
		t.Errorf("the page says %q", got)
	}
	if v := w.ledger(); len(v.Versions) != 0 {
		t.Errorf("it stands among the promises: %+v", v)
	}
	html, err := w.RecordOfClinic(w.read(), "en", w.clinic)
	if err != nil {
		t.Fatal(err)
	}
	testkit.Contains(t, string(html), "2 of 5")
}

func TestRefusedButNeededIsAskedAfterHalfAYear(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	wish := w.do(`INSERT INTO amendments (package_id, base_version_id, seen_version_id, item_key, op, new_value, new_hash, author_person_id, author_account_id, reason, lang, state, round, created_at, changed_at)
		VALUES (?, ?, ?, 'dental.guarantee_teeth', 'set', ?, ?, ?, ?, 'A year passes quickly, and bridges crack later.', 'en', 'rejected', 1, ?, ?) RETURNING id`,
		w.p.ID, w.c.VersionID, w.c.VersionID, days(24), days(24).Hash(), w.staff.PersonID, w.staff.AccountID, w.d.Now(), w.d.Now())
	w.do(`INSERT INTO amendment_responses (amendment_id, number, organisation_id, author_account_id, answer, reason_code, reason, created_at)
		VALUES (?, 1, ?, ?, 'reject', 'cost', 'A longer guarantee is not needed in our experience.', ?) RETURNING 1`, wish, w.clinic, w.staff.AccountID, w.d.Now())
	type one struct {
		a  access.Actor
		id string
	}
	var people []one
	for range 5 {
		a, id := w.discharged()
		w.tells(a, 2)
		people = append(people, one{a, id})
	}
	w.follow()
	send := sender(t, testkit.Door(t, w.d, testkit.Guests{"first": people[0].a}, slices.Concat(w.journeyAPI(), w.factsAPI())))
	journey := "/api/v1/me/journeys/" + people[0].id
	need := fmt.Sprintf("%s/needs/%d", journey, wish)
	askAll(t, send, []sending{{"read too early", "first", "GET", journey, "", 200, `"refused":[]`}, {"said too early", "first", "PUT", need, `{"needed":true}`, 409, "shaping.needs_early"}})
	if err := w.SayNeeded(context.Background(), people[0].a, people[0].id, wish, true); errs.Of(err).Key != "shaping.needs_early" {
		t.Errorf("at once: %v", err)
	}
	w.later(181)
	if v := w.journey(people[0].a, people[0].id); len(v.Needs) != 1 || v.Needs[0].Why == "" {
		t.Errorf("not asked: %+v", v.Needs)
	}
	asks := fmt.Sprintf(`"linked":false,"refused":[{"wish":%d,"key":"dental.guarantee_teeth","name":"`, wish)
	askAll(t, send, []sending{
		{"asked", "first", "GET", journey, "", 200, asks}, {"nothing said yet", "first", "GET", journey, "", 200, `"reason_code":"cost","needed":null}`},
		{"needed", "first", "PUT", need, `{"needed":true}`, 200, `"reason_code":"cost","needed":true}`}, {"of another wish", "first", "PUT", journey + "/needs/99999", `{"needed":true}`, 404, ""},
		{"named by the experience", "first", "PUT", journey + "/link", `{"on":true}`, 200, `"linked":true`},
	})
	for i, p := range people {
		if v := w.ledger(); len(v.Refused) != 0 {
			t.Fatalf("said after %d answers", i)
		}
		for range 2 {
			if err := w.SayNeeded(context.Background(), p.a, p.id, wish, i < 3); err != nil {
				t.Fatal(err)
			}
		}
	}
	v := w.ledger()
	if len(v.Refused) != 1 || v.Refused[0].Needed != 3 || v.Refused[0].N != 5 || v.Refused[0].OfText("en") != "3 of 5" {
		t.Fatalf("%+v", v.Refused)
	}
	w.Forget()
	askAll(t, send, []sending{{"of the package", "", "GET", "/api/v1/packages/" + w.p.Slug + "/promises", "", 200,
		fmt.Sprintf(`"refused_but_needed":[{"wish":%d,"key":"dental.guarantee_teeth","reason_code":"cost","reason":"A longer guarantee is not needed in our experience.","needed":3,"n":5`, wish)}})
}

func TestTwoMissedPromisesWaitForAnAnswer(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	item := w.do(`SELECT id FROM package_items WHERE package_id = ? AND key = 'team.surgeon'`, w.p.ID)
	missed := Saying{Key: "team.surgeon", Verdict: NotDelivered}
	reply := func(body string) (Replied, error) {
		return w.Reply(context.Background(), w.staff, w.c.ID, item, body, db.Key{})
	}
	w.proven(1, missed)
	a, id := w.discharged()
	w.says(a, id, missed)
	if f := w.facts(); f.NotDelivered || f.Treated != 1 {
		t.Fatalf("one proven: %+v", f)
	}
	if _, err := reply("We are sorry that this was not as it should have been, and look into it."); !errs.Is(err, errs.NotFound) {
		t.Errorf("a single verdict is told by trying: %v", err)
	}
	w.tells(a, 2)
	w.follow()
	if !w.facts().NotDelivered {
		t.Fatal("two proven patients missed it")
	}
	w.state(w.p, Suspended)
	out, err := reply("When you came in March another surgeon had to stand in for Dr Kaya, as our records show.")
	if err != nil || out.State != replyHeld || !w.facts().NotDelivered {
		t.Fatalf("%+v, %v: an answer that confirms a patient must wait", out, err)
	}
	if _, err := reply("Please write to us at complaints@galata.example and leave your passport number U12345678."); !errs.Is(err, errs.Invalid) {
		t.Errorf("an answer that gives somebody away: %v", err)
	}
	held := w.do(`SELECT id FROM package_verdict_replies WHERE state = 'held'`)
	w.write(func(tx *db.Tx) error { return replyDesk{w.Service}.Refuse(tx, held, "moderation.reason_privacy") })
	if _, err := reply("Every offer now names a second surgeon, and nobody is treated by anybody else without being asked before."); err != nil {
		t.Fatal(err)
	}
	if w.facts().NotDelivered {
		t.Error("answered, and still suspended")
	}
	if n := w.do(`SELECT count(*) FROM notifications WHERE kind = 'promise_reply' AND account_id = ? AND path = ?`, a.AccountID, journeyPath(id)); n != 1 {
		t.Errorf("%d notices of the reply", n)
	}
	w.state(w.p, Committed)
	w.later(1)
	w.proven(2, missed)
	if !w.facts().NotDelivered {
		t.Error("two more after the answer")
	}
	rival := testkit.Person(t, w.d, "Rival", testkit.StaffOf(testkit.Organisation(t, w.d, "clinic", "Ayazma Hair"), "staff"))
	send := sender(t, testkit.Door(t, w.d, testkit.Guests{"staff": w.staff, "rival": rival, "patient": a}, w.deskAPI()))
	path, said := "/api/v1/packages/"+w.p.Slug+"/promises/team.surgeon/replies", strings.Repeat("We look into it. ", 5)
	askAll(t, send, []sending{
		{"by another clinic", "rival", "POST", path, `{"version":1,"body":"` + said + `"}`, 403, ""}, {"by a patient", "patient", "POST", path, `{"version":1,"body":"` + said + `"}`, 403, ""},
		{"to a version that nobody signed", "staff", "POST", path, `{"version":2,"body":"` + said + `"}`, 404, ""},
		{"to what nobody promised", "staff", "POST", strings.Replace(path, "team.surgeon", "stay.garden", 1), `{"version":1,"body":"` + said + `"}`, 404, ""},
		{"to what nobody missed", "staff", "POST", strings.Replace(path, "team.surgeon", "care.emergency", 1), `{"version":1,"body":"` + said + `"}`, 404, ""},
		{"of a patient", "staff", "POST", path, `{"version":1,"body":"When you came in March another surgeon had to stand in, as our records show."}`, 202, `"state":"held"`},
		{"replied", "staff", "POST", path, `{"version":1,"body":"A third surgeon now works with us, and stands in where one of the two is ill."}`, 201, `"state":"shown"`},
	})
	for name, x := range map[string]access.Actor{"another clinic": rival, "a patient": a} {
		if _, err := w.Reply(context.Background(), x, w.c.ID, item, strings.Repeat("We look into it. ", 5), db.Key{}); !errs.Is(err, errs.Forbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheClockWaitsForPromisesThatCanStillBeJudged(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	a, id := w.discharged()
	w.tells(a, 2)
	w.follow()
	w.state(w.p, Reporting)
	if f := w.facts(); f.ToJudge == 0 || f.Treated != 1 {
		t.Fatalf("%+v", f)
	}
	w.do(`UPDATE package_commitments SET state = 'ended' WHERE id = ? RETURNING 1`, w.c.ID)
	w.later(366)
	w.says(a, id, Saying{Key: "dental.guarantee_teeth", Verdict: Kept})
	if f := w.facts(); f.ToJudge != 0 {
		t.Errorf("after a year and its grace %d are waited for", f.ToJudge)
	}
}

func TestNobodyElsesPageSaysWhoHasAPlaceOrWhatTheySaid(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	w.proven(4, Saying{Key: "stay.hotel_nights", Verdict: NotDelivered})
	a := w.patient()
	id := w.enrol(a)
	srv := testkit.Door(t, w.d, testkit.Guests{"patient": a, "staff": w.staff, "other": w.patient()}, w.journeyRoutes())
	if status, _, _ := testkit.Visit(t, srv, "").Get(journeyPath(id)); status != 303 {
		t.Errorf("signed out: %d", status)
	}
	for _, session := range []string{"staff", "other"} {
		if status, body, _ := testkit.Visit(t, srv, session).Get(journeyPath(id)); status != 404 || strings.Contains(body, w.p.Title) {
			t.Errorf("%s: %d", session, status)
		}
	}
	_, desk, _ := testkit.Visit(t, srv, "staff").Get("/console/galata-dental/promises")
	testkit.Contains(t, desk, "Fewer than five patients", "1 promise must be answered")
	for i := range w.people {
		if strings.Contains(desk, fmt.Sprintf("Patient%d", i+1)) {
			t.Error("the desk names a patient")
		}
	}
	if strings.Contains(desk, id) {
		t.Error("the desk knows a journey")
	}
}
