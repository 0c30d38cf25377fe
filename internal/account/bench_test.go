package account_test

import (
	"testing"

	"caravan/internal/testkit"
)

// BenchmarkWho is what a session costs on every signed-in request.
func BenchmarkWho(b *testing.B) {
	w := open(b)
	id := testkit.Person(b, w.db, "Mira", testkit.T2).AccountID
	o, err := w.OpenSession(b.Context(), id, "")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if a, _, err := w.Who(b.Context(), o.Cookie); err != nil || !a.SignedIn() {
			b.Fatal(err)
		}
	}
}
