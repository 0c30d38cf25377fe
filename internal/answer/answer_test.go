package answer_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"caravan/internal/access"
	"caravan/internal/answer"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/moderation"
	"caravan/internal/notify"
	"caravan/internal/provider"
	"caravan/internal/testkit"
)

// tales answer for the experiences, out of their table and of what the test
// says about who wrote them.
type tales struct {
	d     *db.DB
	mu    sync.Mutex
	told  []string
	later map[int64][]int64 // experiences of an account that count as later ones
	asked time.Time
}

func (x *tales) Subject(ctx context.Context, publicID string) (e answer.Subject, err error) {
	var state string
	err = x.d.Pool().QueryRow(ctx, `SELECT id, organisation_id, title, state FROM experiences WHERE public_id::text = $1`, publicID).Scan(&e.ID, &e.OrganisationID, &e.Title, &state)
	if err != nil {
		return e, errs.New(errs.NotFound, "common.not_found")
	}
	e.Path, e.Published = "/experiences/"+publicID, state == "published"
	return e, nil
}

func (x *tales) TellAuthor(tx *db.Tx, experienceID int64, kind string) error {
	tx.AfterCommit(func() {
		x.mu.Lock()
		defer x.mu.Unlock()
		x.told = append(x.told, fmt.Sprintf("%s of %d", kind, experienceID))
	})
	return nil
}

func (x *tales) LaterVerified(_ context.Context, a access.Actor, _ int64, after time.Time) ([]int64, error) {
	x.asked = after
	return x.later[a.AccountID], nil
}

// ward is a clinic that is told about, with its people and the moderators.
type ward struct {
	*answer.Service
	d                                 *db.DB
	clock                             *testkit.Clock
	desk                              *moderation.Service
	tales                             *tales
	clinic                            int64
	staff, doctor, rival, reader, mod access.Actor
}

func newWard(t testing.TB) ward {
	t.Helper()
	d, clock := testkit.DBAt(t)
	jobs := testkit.Jobs(t, d)
	limits := httpd.NewLimits(d, make([]byte, 32), true)
	notices := notify.New(d, jobs)
	desk := moderation.New(moderation.Tools{DB: d, Notify: notices, Limits: limits})
	p := provider.New(provider.Tools{DB: d, Jobs: jobs, Notify: notices, Limits: limits})
	w := ward{d: d, clock: clock, desk: desk, tales: &tales{d: d, later: map[int64][]int64{}},
		Service: answer.New(answer.Tools{DB: d, Limits: limits, Notify: notices, Provider: p, Moderation: desk})}
	w.Introduce(w.tales)
	for _, x := range w.Subjects() {
		desk.AddSubject(x)
	}
	for _, x := range w.Suggestions() {
		desk.AddSuggestion(x)
	}
	w.clinic = testkit.Organisation(t, d, "clinic", "Dunakert Dental")
	other := testkit.Organisation(t, d, "clinic", "Galata Dental")
	w.staff, w.doctor = testkit.Person(t, d, "Eszter", testkit.StaffOf(w.clinic, "staff")), testkit.Person(t, d, "Dr Halmi", testkit.StaffOf(w.clinic, "doctor"))
	w.rival, w.reader = testkit.Person(t, d, "Rival", testkit.StaffOf(other, "staff")), testkit.Person(t, d, "Reader")
	w.mod = testkit.Person(t, d, "Mod", testkit.Moderator)
	return w
}

// tale stores an experience and returns its public and its own id.
func (w ward) tale(t testing.TB, title, state string) (publicID string, id int64) {
	t.Helper()
	now := w.d.Now()
	err := w.d.Pool().QueryRow(context.Background(), `
		INSERT INTO experiences (pseudonym, author_role, organisation_id, specialty_id, procedure_id, destination, quarter, title, story, story_html, renderer, lang, incentive, state, created_on, published_on)
		VALUES ('Quiet Heron', 'patient', $1, 1, 5, 'HU', '2026-Q2', $2, 'A story.', '<p>A story.</p>', 1, 'en', 'none', $3, $4, $4) RETURNING public_id::text, id`,
		w.clinic, title, state, now).Scan(&publicID, &id)
	if err != nil {
		t.Fatal(err)
	}
	return publicID, id
}

func key(s string) db.Key {
	return db.Key{Scope: "test", Route: "POST", Value: s, Hash: []byte(s)}
}

func value[T any](t testing.TB, d *db.DB, sql string, args ...any) (v T) {
	t.Helper()
	if err := d.Pool().QueryRow(context.Background(), sql, args...).Scan(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

const neutral = "We take reports like this seriously. Because of confidentiality we can neither confirm nor deny that anyone was treated by us. Our complaints office answers everybody within two working days."

func (w ward) answered(t testing.TB, title string) (publicID string, id int64) {
	t.Helper()
	publicID, id = w.tale(t, title, "published")
	if said, err := w.Answer(context.Background(), w.staff, publicID, neutral, db.Key{}); err != nil || said.State != answer.Shown {
		t.Fatalf("%+v, %v", said, err)
	}
	return publicID, id
}

func (w ward) view(t testing.TB, id int64) *answer.View {
	t.Helper()
	v, err := answer.Of(w.d.Read(context.Background()), "en", id, w.d.Now())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestAnAnswerIsPublicOnceAndItsAuthorIsTold(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	ctx := context.Background()
	publicID, id := w.tale(t, "I eat apples again", "published")
	if v := w.view(t, id); v != nil {
		t.Errorf("before: %+v", v)
	}
	for range 2 { // the same form twice
		said, err := w.Answer(ctx, w.staff, publicID, neutral, key("once"))
		if err != nil || said.State != answer.Shown || said.Version != 1 {
			t.Fatalf("%+v, %v", said, err)
		}
	}
	if _, err := w.Answer(ctx, w.doctor, publicID, neutral+" Again.", db.Key{}); !errs.Is(err, errs.Conflict) {
		t.Errorf("a second answer: %v, want Conflict", err)
	}
	v := w.view(t, id)
	if v == nil || v.State != answer.Shown || v.By.Name != "Eszter" || v.By.Organisation != "Dunakert Dental" || !v.By.Staff || v.Standing != answer.Answered || !strings.Contains(string(v.HTML), "confidentiality") {
		t.Errorf("%+v", v)
	}
	if v.Report != "/report/answer/"+publicID {
		t.Errorf("reported at %s", v.Report)
	}
	if got := strings.Join(w.tales.told, ", "); got != fmt.Sprintf("clinic_answer of %d", id) {
		t.Errorf("told: %s", got)
	}
	if at := value[*time.Time](t, w.d, `SELECT answered_at FROM organisations WHERE id = $1`, w.clinic); at == nil {
		t.Error("the clinic's list does not know that it answered")
	}
	for name, a := range map[string]access.Actor{"another clinic": w.rival, "a reader": w.reader, "a moderator": w.mod} {
		if _, err := w.Answer(ctx, a, publicID, neutral, db.Key{}); !errs.Is(err, errs.Forbidden) {
			t.Errorf("%s: %v, want Forbidden", name, err)
		}
	}
	for _, state := range []string{"submitted", "sent_back", "restricted", "withdrawn", "removed"} {
		publicID, _ := w.tale(t, "Not public", state)
		if _, err := w.Answer(ctx, w.staff, publicID, neutral, db.Key{}); !errs.Is(err, errs.NotFound) {
			t.Errorf("to what is %s: %v, want NotFound", state, err)
		}
	}
}

func TestOfColleaguesWhoAnswerAtOnceOneDoes(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	publicID, _ := w.tale(t, "I eat apples again", "published")
	var wait sync.WaitGroup
	outcome := make([]error, 12)
	for i := range outcome {
		wait.Go(func() {
			a := w.staff
			if i%2 == 0 {
				a = w.doctor
			}
			_, outcome[i] = w.Answer(context.Background(), a, publicID, fmt.Sprintf("%s Line %d.", neutral, i), db.Key{})
		})
	}
	wait.Wait()
	won := 0
	for _, err := range outcome {
		if err == nil {
			won++
		} else if !errs.Is(err, errs.Conflict) {
			t.Error(err)
		}
	}
	if won != 1 || len(w.tales.told) != 1 {
		t.Errorf("%d won, told %v", won, w.tales.told)
	}
}

func TestWhatSpeaksOfOnePatientIsHeld(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	for i, body := range []string{
		"We remember you, Mrs K., your surgery on 12 May went as planned.",
		"You were never our patient. We have no record of such a visit.",
		"Please call +36 30 123 4567: the price of the case was €2,400 because of your diabetes.",
		"According to your file you were told about the swelling before you paid.",
		"This is a fake review by a competitor, and our lawyer will see you in court.",
	} {
		publicID, id := w.tale(t, fmt.Sprintf("Tale %d", i), "published")
		said, err := w.Answer(context.Background(), w.staff, publicID, body, db.Key{})
		if err != nil || said.State != answer.Held || len(said.Spots) == 0 {
			t.Errorf("%q: %+v, %v", body, said, err)
		}
		if v := w.view(t, id); v != nil {
			t.Errorf("%q is shown", body)
		}
		if n := value[int](t, w.d, `SELECT count(*) FROM moderation_cases WHERE kind = 'answer' AND ask = 'suggestion' AND ref = $1`, id); n != 1 {
			t.Errorf("%q: %d cases", body, n)
		}
	}
	if len(w.tales.told) != 0 {
		t.Errorf("authors were told of what is not public: %v", w.tales.told)
	}
}

func TestNeutralWordsArePublishedInEightLanguages(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	for lang, body := range map[string]string{
		"en": neutral,
		"ar": "نأخذ مثل هذه الروايات على محمل الجد. وبسبب السرية لا يمكننا أن نؤكد أو ننفي أن أحدًا عولج لدينا.",
		"de": "Wir nehmen solche Berichte ernst. Wegen der Schweigepflicht können wir weder bestätigen noch verneinen, dass jemand bei uns behandelt wurde.",
		"fr": "Nous prenons ce type de témoignage au sérieux. En raison du secret professionnel, nous ne pouvons ni confirmer ni infirmer que quiconque ait été soigné chez nous.",
		"es": "Nos tomamos en serio este tipo de relatos. Por confidencialidad no podemos confirmar ni negar que alguien haya sido tratado por nosotros.",
		"tr": "Bu tür bildirimleri ciddiye alıyoruz. Gizlilik nedeniyle herhangi birinin bizde tedavi gördüğünü ne doğrulayabilir ne de yalanlayabiliriz.",
		"ru": "Мы серьёзно относимся к таким сообщениям. Из-за врачебной тайны мы не можем ни подтвердить, ни опровергнуть, что кто-либо лечился у нас.",
		"zh": "我们认真对待此类反馈。出于保密义务，我们既不能确认也不能否认任何人曾在我们这里接受治疗。",
	} {
		publicID, _ := w.tale(t, "Tale in "+lang, "published")
		if said, err := w.Answer(context.Background(), w.staff, publicID, body, db.Key{}); err != nil || said.State != answer.Shown {
			for _, x := range said.Spots {
				t.Logf("%s: %s %q", lang, x.Class, said.Body[x.Start:x.End])
			}
			t.Errorf("%s: %s, %v", lang, said.State, err)
		}
	}
}

func TestAHeldAnswerIsDecidedOrSaidOtherwise(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	ctx := context.Background()
	hold := func(title string) (string, int64) {
		publicID, id := w.tale(t, title, "published")
		if said, err := w.Answer(ctx, w.staff, publicID, "We remember you well, and your operation.", db.Key{}); err != nil || said.State != answer.Held {
			t.Fatalf("%+v, %v", said, err)
		}
		return publicID, id
	}
	decide := func(id int64, decision, reason string) {
		t.Helper()
		var caseID int64
		var version int
		if err := w.d.Pool().QueryRow(ctx, `SELECT id, lock_version FROM moderation_cases WHERE kind = 'answer' AND ref = $1 AND decided_at IS NULL`, id).Scan(&caseID, &version); err != nil {
			t.Fatal(err)
		}
		if err := w.desk.Decide(ctx, w.mod, caseID, moderation.Verdict{Decision: decision, Reason: reason, Statement: "It speaks of one patient and of what was done to them.", Version: version, Seen: value[int](t, w.d, `SELECT version FROM answers WHERE experience_id = $1`, id)}); err != nil {
			t.Fatal(err)
		}
	}
	// approved
	_, id := hold("One")
	decide(id, moderation.Approve, "")
	if v := w.view(t, id); v == nil || v.State != answer.Shown || len(w.tales.told) != 1 {
		t.Errorf("approved: %+v, told %v", v, w.tales.told)
	}
	// refused, then said otherwise
	publicID, id := hold("Two")
	decide(id, moderation.Refuse, "personal_data")
	if v := w.view(t, id); v != nil || value[string](t, w.d, `SELECT state FROM answers WHERE experience_id = $1`, id) != answer.Refused {
		t.Errorf("refused: %+v", v)
	}
	said, err := w.Edit(ctx, w.doctor, publicID, neutral, 1)
	if err != nil || said.State != answer.Shown || said.Version != 2 {
		t.Errorf("said otherwise: %+v, %v", said, err)
	}
	if v := w.view(t, id); v == nil || v.By.Name != "Dr Halmi" || v.Edited || strings.Contains(string(v.HTML), "remember") {
		t.Errorf("shown: %+v", v)
	}
	if n := value[int](t, w.d, `SELECT count(*) FROM answer_edits`); n != 0 {
		t.Errorf("%d wordings are kept that never were public", n)
	}
	// said otherwise before anybody decided: the desk has nothing to do
	publicID, id = hold("Three")
	if _, err := w.Edit(ctx, w.staff, publicID, neutral, 1); err != nil {
		t.Fatal(err)
	}
	if n := value[int](t, w.d, `SELECT count(*) FROM moderation_cases WHERE ref = $1 AND decided_at IS NULL`, id); n != 0 {
		t.Errorf("%d cases wait for nothing", n)
	}
	// a public answer that is edited into one that is held is covered meanwhile
	if _, err := w.Edit(ctx, w.staff, publicID, "You came to us late, that is why.", 2); err != nil {
		t.Fatal(err)
	}
	if v := w.view(t, id); v == nil || v.State != answer.Held || v.HTML != "" || v.Source != "" {
		t.Errorf("held again: %+v", v)
	}
	if _, err := w.Edit(ctx, w.staff, publicID, neutral, 2); !errs.Is(err, errs.Conflict) {
		t.Errorf("an old version: %v, want Conflict", err)
	}
	if n := len(w.tales.told); n != 3 {
		t.Errorf("told %v", w.tales.told)
	}
}

func TestAReportedAnswerCanBeHiddenAndShown(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	ctx := context.Background()
	publicID, id := w.answered(t, "I eat apples again")
	if err := w.desk.Report(ctx, w.reader, "answer", id, "abusive", "Look", db.Key{}); err != nil {
		t.Fatal(err)
	}
	x := w.Subjects()[0]
	if err := w.d.Write(ctx, func(tx *db.Tx) error { return x.Hide(tx, id, "moderation.reason_abusive") }); err != nil {
		t.Fatal(err)
	}
	if v := w.view(t, id); v == nil || v.State != answer.Hidden || v.HTML != "" || v.HiddenWhy != "moderation.reason_abusive" {
		t.Errorf("hidden: %+v", v)
	}
	if _, err := w.Edit(ctx, w.staff, publicID, neutral+" More.", 1); !errs.Is(err, errs.Gone) {
		t.Errorf("edited while hidden: %v, want Gone", err)
	}
	if err := w.d.Write(ctx, func(tx *db.Tx) error { return x.Show(tx, id) }); err != nil {
		t.Fatal(err)
	}
	if v := w.view(t, id); v.State != answer.Shown {
		t.Errorf("shown again: %+v", v)
	}
}
