package experience

import (
	"maps"
	"testing"
)

// Only what was performed, published and proven makes somebody a patient of a
// procedure, and both ways of asking agree.
func TestWhoWasTreatedIsWhoHasAProvenExperience(t *testing.T) {
	w := newLibrary(t)
	type pair = [2]int64
	want := map[pair]bool{}
	var persons []int64
	tell := func(name string, change map[string]any, procedures ...int64) {
		t.Helper()
		id, _ := w.put(t, w.clinics[0], change)
		var person int64
		if err := w.d.Pool().QueryRow(t.Context(), `INSERT INTO persons (created_at) VALUES (now()) RETURNING id`).Scan(&person); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		w.exec(t, `WITH a AS (INSERT INTO accounts (person_id, handle, handle_key, created_at) VALUES ($2, $3, $3, now()) RETURNING id)
			INSERT INTO authorships (experience_id, account_id, person_id, organisation_id, quarter) SELECT $1, a.id, $2, $4, '2026-Q1' FROM a`, id, person, name, w.clinics[0])
		w.exec(t, `INSERT INTO experience_procedures (experience_id, position, procedure_id, state) VALUES ($1, 1, 2, 'performed'), ($1, 2, 4, 'added_on_arrival'), ($1, 3, 5, 'cancelled')`, id)
		persons = append(persons, person)
		for _, p := range procedures {
			want[pair{person, p}] = true
		}
	}
	tell("proven", nil, 2, 4)
	tell("unproven", map[string]any{"level": 1, "counted": false})
	tell("hidden for now", map[string]any{"state": "restricted"})
	tell("another", map[string]any{"procedure_id": 3}, 2, 3, 4)

	got := map[pair]bool{}
	q := w.d.Read(t.Context())
	if err := q.All(w.AskTreated(persons, got)); err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(got, want) {
		t.Errorf("asked for all procedures: %v, want %v", got, want)
	}
	for procedure := int64(1); procedure <= 5; procedure++ {
		treated, err := w.Treated(q, persons, procedure)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range persons {
			if treated[p] != want[pair{p, procedure}] {
				t.Errorf("asked for procedure %d: %v for person %d, want %v", procedure, treated[p], p, want[pair{p, procedure}])
			}
		}
	}
}
