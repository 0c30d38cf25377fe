package translog_test

import (
	"testing"

	"caravan/internal/leaf"
	"caravan/internal/testkit"
)

// judge asks a verifier that others wrote whether a log is whole.
func (s *site) judge() (whole bool, said string) {
	s.t.Helper()
	text, err := s.PolicyText(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	p, err := leaf.ParsePolicy(text)
	if err != nil {
		s.t.Fatal(err)
	}
	return testkit.Judge(s.t, s.url, p.Logs[0].Key)
}

// A judge that finds nothing wrong with anything would prove nothing. That it
// finds a whole log whole is shown beside our own verifier, in cmd/trustlog.
func TestTheForeignJudgeFindsAChange(t *testing.T) {
	t.Parallel()
	s := aSite(t)
	s.add(300)
	s.round()
	if whole, said := s.judge(); !whole {
		t.Fatalf("before: %s", said)
	}
	owner := testkit.OwnerOf(t, s.db)
	for _, sql := range []string{`ALTER TABLE log_leaves DISABLE TRIGGER ALL`, `UPDATE log_leaves SET body = 'x' WHERE idx = 7`} {
		if _, err := owner.Pool().Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	if whole, said := s.judge(); whole {
		t.Errorf("a changed entry was not found: %s", said)
	}
}
