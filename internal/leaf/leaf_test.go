package leaf_test

import (
	"crypto/sha256"
	"strings"
	"testing"
	"time"

	"caravan/internal/leaf"
)

func TestCanonicalIsOneExactSpelling(t *testing.T) {
	for name, c := range map[string]struct {
		v    any
		want string
	}{
		"keys are sorted":            {map[string]any{"b": 1, "a": "x", "A": true}, `{"A":true,"a":"x","b":1}`},
		"nested":                     {map[string]any{"l": []any{1, "zwei", map[string]int{"d": -3}}}, `{"l":[1,"zwei",{"d":-3}]}`},
		"only what must be escaped":  {[]string{"é\"\\\n\u0001/<&>\u2028 شفاء"}, "[\"é\\\"\\\\\\n\\u0001/<&>\u2028 شفاء\"]"},
		"typed maps, slices, bools":  {map[string][]bool{"x": {true, false}}, `{"x":[true,false]}`},
		"the largest number is kept": {int64(1<<53 - 1), `9007199254740991`},
		"empty":                      {map[string]any{}, `{}`},
	} {
		if got, err := leaf.Canonical(c.v); err != nil || string(got) != c.want {
			t.Errorf("%s: %s (%v), want %s", name, got, err, c.want)
		}
	}
	for name, v := range map[string]any{
		"a fraction": 1.5, "nothing": nil, "a number that a script rounds": int64(1 << 53), "bytes": []byte("x"), "not UTF-8": "\xff", "a struct": struct{}{},
		"an unsigned number": uint(1), "a key with an accent": map[string]any{"é": 1},
	} {
		if got, err := leaf.Canonical(v); err == nil {
			t.Errorf("%s became %s", name, got)
		}
	}
}

func TestAnotherSpellingOfAnEntryIsRefused(t *testing.T) {
	e := leaf.Erased("3f2c1a90-0000-4000-8000-000000000001", "smile-izmir", "author", time.Date(2026, 8, 1, 23, 0, 0, 0, time.UTC))
	b, err := e.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"clinic":"smile-izmir","day":"2026-08-01","exp":"3f2c1a90-0000-4000-8000-000000000001","kind":"exp.erase","reason":"author"}`; string(b) != want {
		t.Errorf("%s, want %s", b, want)
	}
	got, err := leaf.ReadEntry(b)
	if err != nil || got.Kind != leaf.ExpErase || got.Body["reason"] != "author" {
		t.Errorf("read %v, %v", got, err)
	}
	for _, s := range []string{strings.Replace(string(b), ",", ", ", 1), string(b) + " ", string(b) + "{}", `{"kind":"exp.erase","kind":"exp.erase"}`, `{"a":1.0,"kind":"x"}`, `{"day":"2026-08-01"}`, `[]`, ``} {
		if _, err := leaf.ReadEntry([]byte(s)); err == nil {
			t.Errorf("%s was read", s)
		}
	}
}

func TestNothingPersonalHasAPlaceInAnEntry(t *testing.T) {
	told := leaf.Told{Exp: "3f2c1a90-0000-4000-8000-000000000001", Version: 1, Clinic: "smile-izmir", Level: 2, Counted: true, Period: "2026-Q2", Commit: strings.Repeat("ab", 32)}
	if err := leaf.Check(told.Entry().Kind, told.Entry().Body); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(b map[string]any){
		"an account":         func(b map[string]any) { b["account_id"] = 7 },
		"an author":          func(b map[string]any) { b["author"] = "quiet-heron" },
		"an exact date":      func(b map[string]any) { b["quarter"] = "2026-05-03" },
		"a moment":           func(b map[string]any) { b["at"] = "2026-05-03T10:00:00Z" },
		"words for a clinic": func(b map[string]any) { b["clinic"] = "Mrs K. of Smile Izmir" },
		"a missing commit":   func(b map[string]any) { delete(b, "commit") },
		"a level too high":   func(b map[string]any) { b["level"] = 5 },
	} {
		e := told.Entry()
		change(e.Body)
		if leaf.Check(e.Kind, e.Body) == nil {
			t.Errorf("an entry with %s was taken", name)
		}
	}
	if leaf.Check("exp.whatever", nil) == nil {
		t.Error("an unknown kind was taken")
	}
}

func TestAnOpenVoteTellsNoDirection(t *testing.T) {
	e := leaf.Tallied{ID: "1-1", Package: "smile", Version: 1, Subject: "package", Participants: 23, Strata: map[string]leaf.Counts{"treated": {Want: 3}}, Day: time.Now()}.Entry()
	if err := leaf.Check(e.Kind, e.Body); err != nil {
		t.Fatal(err)
	}
	if e.Body["participants"] != 20 || e.Body["strata"] != nil {
		t.Errorf("an open vote says %v", e.Body)
	}
}

func TestACommitmentDependsOnSaltAndBody(t *testing.T) {
	salt := [32]byte{1}
	want := sha256.Sum256(append(append([]byte{2}, salt[:]...), `{"a":1}`...))
	if got := leaf.Commit(salt, []byte(`{"a":1}`)); got != want {
		t.Errorf("%x, want %x", got, want)
	}
	if first, second := leaf.NewSalt(), leaf.NewSalt(); first == second {
		t.Error("two salts are the same")
	}
}
