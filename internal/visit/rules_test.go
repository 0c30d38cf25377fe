package visit

import (
	"crypto/rand"
	"math/big"
	"strings"
	"testing"
	"time"

	"caravan/internal/access"
	"caravan/internal/errs"
	"caravan/internal/provider"
)

func TestTheLadder(t *testing.T) {
	code, document, token := Proof{Kind: Code, Sources: 1}, Proof{Kind: Document, Sources: 1}, Proof{Kind: Token, Sources: 1}
	bank := Proof{Kind: Document, Sources: 2}
	unknown := Proof{Kind: "hearsay", Sources: 3}
	for _, c := range []struct {
		name      string
		confirmed bool
		proofs    []Proof
		followed  bool
		want      int
	}{
		{"nothing at all", false, nil, false, 0},
		{"followed, but nothing seen and not reachable", false, nil, true, 0},
		{"reachable", true, nil, false, 1},
		{"reachable and followed: told, not seen", true, nil, true, 1},
		{"a kind of evidence that nobody knows", true, []Proof{unknown}, true, 1},
		{"a code", true, []Proof{code}, false, 2},
		{"a document", true, []Proof{document}, false, 2},
		{"a token without an account behind it", false, []Proof{token}, false, 2},
		{"a code, the address not confirmed", false, []Proof{code}, false, 2},
		{"a document with a second source", true, []Proof{bank}, false, 3},
		{"code and document", true, []Proof{code, document}, false, 3},
		{"token and document", true, []Proof{token, document}, false, 3},
		{"code and token", true, []Proof{code, token}, false, 3},
		{"all three", true, []Proof{code, document, token}, false, 3},
		{"one kind twice is one kind", true, []Proof{code, code}, false, 2},
		{"a code and hearsay", true, []Proof{code, unknown}, false, 2},
		{"a code, followed", true, []Proof{code}, true, 4},
		{"two kinds, followed", true, []Proof{code, document}, true, 4},
		{"a second source, followed", false, []Proof{bank}, true, 4},
	} {
		if got := Level(c.confirmed, c.proofs, c.followed); got != c.want {
			t.Errorf("%s: V%d, want V%d", c.name, got, c.want)
		}
	}
}

func TestTheBadgeSaysWhatWasSeenAndWhatWasNot(t *testing.T) {
	dental := int16(1)
	seen := time.Date(2026, 7, 14, 0, 0, 0, 0, time.UTC)
	b := Badge("en", 2, []Proof{{Kind: Code, Quarter: "2026-Q2", Sources: 1, SeenOn: seen}})
	if b.Label != "V2: a visit was seen" || !b.Countable || b.When != "Checked in July 2026." {
		t.Errorf("got %+v", b)
	}
	if s := strings.Join(b.Seen, ", "); s != "The clinic, The quarter: April to June 2026" {
		t.Errorf("seen: %s", s)
	}
	if s := strings.Join(b.NotSeen, ", "); !strings.Contains(s, "kind of treatment") || !strings.Contains(s, "amount") || !strings.Contains(s, "outcome") {
		t.Errorf("not seen: %s", s)
	}
	b = Badge("en", 4, []Proof{{Kind: Code, Quarter: "2026-Q2", Sources: 1, SeenOn: seen}, {Kind: Document, Quarter: "2026-Q2", SpecialtyID: &dental, AmountSeen: true, Sources: 2, SeenOn: seen}})
	if len(b.How) != 2 || len(b.Seen) != 5 || len(b.NotSeen) != 1 {
		t.Errorf("of two kinds, followed: %+v", b)
	}
	for level := range 2 {
		if b := Badge("ar", level, nil); b.Countable || len(b.Seen) != 0 || len(b.NotSeen) != 6 || b.When != "" {
			t.Errorf("V%d: %+v", level, b)
		}
	}
	// The exact day is nobody's business: a clinic could put it beside a face.
	if strings.Contains(b.When, "14") {
		t.Errorf("the day is told: %s", b.When)
	}
}

func TestACodeIsReadAsItIsSpelled(t *testing.T) {
	for range 2_000 {
		var b [codeBytes]byte
		rand.Read(b[:])
		s := spell(b)
		for _, typed := range []string{s, strings.ToLower(s), strings.ReplaceAll(s, " ", ""), strings.ReplaceAll(s, " ", "-"), strings.NewReplacer("1", "l", "0", "o").Replace(s), "\t" + s + "\n"} {
			if got, ok := read(typed); !ok || got != b {
				t.Fatalf("%q of %x is read as %x, %v", typed, b, got, ok)
			}
		}
		// the check character is the value modulo 37, as Crockford has it
		want := new(big.Int).Mod(new(big.Int).SetBytes(b[:]), big.NewInt(37)).Int64()
		if s[len(s)-1] != alphabet[want] {
			t.Fatalf("%q checks with %c, want %c", s, s[len(s)-1], alphabet[want])
		}
	}
}

func TestEveryWrongCharacterAndEverySwapIsNoticed(t *testing.T) {
	var b [codeBytes]byte
	rand.Read(b[:])
	s := strings.ReplaceAll(spell(b), " ", "")
	for i := range s {
		for _, r := range alphabet {
			if byte(r) == s[i] {
				continue
			}
			if _, ok := read(s[:i] + string(r) + s[i+1:]); ok {
				t.Errorf("%c instead of %c at %d is not noticed", r, s[i], i)
			}
		}
		if i > 0 && s[i] != s[i-1] {
			if _, ok := read(s[:i-1] + string(s[i]) + string(s[i-1]) + s[i+1:]); ok {
				t.Errorf("a swap at %d is not noticed", i)
			}
		}
	}
	for _, no := range []string{"", "1", s[:26], s + "0", "8" + s[1:], "Ü" + s[1:], strings.Repeat("0", 1000), "\x00"} {
		if _, ok := read(no); ok {
			t.Errorf("%q is taken for a code", no)
		}
	}
}

func TestCodesFollowFromSeedKeyAndClinicAlone(t *testing.T) {
	key, seed := []byte("key"), []byte("seed")
	one := codes(key, seed, 1, 50)
	all := map[[codeBytes]byte]bool{}
	for _, set := range [][][codeBytes]byte{one, codes(key, seed, 2, 50), codes(key, []byte("deed"), 1, 50), codes([]byte("yek"), seed, 1, 50)} {
		for _, c := range set {
			all[c] = true
		}
	}
	if len(all) != 200 {
		t.Errorf("%d different codes of 200", len(all))
	}
	for i, c := range codes(key, seed, 1, 10) {
		if c != one[i] {
			t.Errorf("code %d differs when made again", i)
		}
	}
}

func TestQuarters(t *testing.T) {
	for at, want := range map[string]Quarter{"2026-01-01": "2026-Q1", "2026-03-31": "2026-Q1", "2026-04-01": "2026-Q2", "2026-12-31": "2026-Q4"} {
		d, err := time.Parse(time.DateOnly, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := Of(d); got != want {
			t.Errorf("%s is in %s, want %s", at, got, want)
		}
	}
	q := Quarter("2026-Q4")
	if q.Next() != "2027-Q1" || q.Previous() != "2026-Q3" || q.Start().Format(time.DateOnly) != "2026-10-01" || q.End().Format(time.DateOnly) != "2027-01-01" {
		t.Errorf("around %s: %s %s %s %s", q, q.Previous(), q.Next(), q.Start(), q.End())
	}
	if !q.After("2026-Q3") || !q.Before("2027-Q1") || q.Before(q) {
		t.Error("quarters do not order")
	}
	if got := Quarter("2026-Q2").Name("en"); got != "April to June 2026" {
		t.Errorf("named %q", got)
	}
	for _, no := range []string{"", "2026", "2026-Q0", "2026-Q5", "2026-q1", "26-Q1", "2026-Q11", "+026-Q1", "1026-Q1"} {
		if _, err := Parse(no); !errs.Is(err, errs.Invalid) {
			t.Errorf("%q: %v, want Invalid", no, err)
		}
		if !Quarter(no).Start().IsZero() || !Quarter(no).End().IsZero() {
			t.Errorf("%q has a beginning", no)
		}
	}
}

func TestHowManyCodesAClinicMayMake(t *testing.T) {
	for declared, want := range map[int]int{0: 20, 1: 20, 16: 20, 17: 20, 18: 21, 100: 120, 999: 1198} {
		if got := capOf(declared); got != want {
			t.Errorf("after %d patients: %d, want %d", declared, got, want)
		}
	}
}

func TestWhatAClinicLearnsOfUse(t *testing.T) {
	q := Quarter("2026-Q1")
	during, after := q.End().Add(-time.Second), q.End()
	if _, told := usedShown(q, 100, during); told {
		t.Error("told while the quarter lasts")
	}
	for used, want := range map[int]int{0: 0, 1: 0, 9: 0, 10: 10, 11: 10, 19: 10, 20: 20, 137: 130} {
		if got, told := usedShown(q, used, after); got != want || !told {
			t.Errorf("%d used: %d, %v; want %d", used, got, told, want)
		}
	}
}

func TestWhoMayMakeCodes(t *testing.T) {
	clinic, agency := provider.Organisation{ID: 1, Kind: "clinic"}, provider.Organisation{ID: 2, Kind: "agency"}
	works := func(id int64, role string) access.Actor {
		return access.Actor{AccountID: 1, Works: []access.Work{{OrganisationID: id, Role: role}}}
	}
	for name, c := range map[string]struct {
		a    access.Actor
		o    provider.Organisation
		want bool
	}{
		"staff":                     {works(1, "staff"), clinic, true},
		"a doctor":                  {works(1, "doctor"), clinic, true},
		"staff of another clinic":   {works(3, "staff"), clinic, false},
		"staff of an agency":        {works(2, "staff"), agency, false},
		"a member":                  {access.Actor{AccountID: 1}, clinic, false},
		"a moderator":               {access.Actor{AccountID: 1, Moderator: true}, clinic, false},
		"an administrator":          {access.Actor{AccountID: 1, Admin: true}, clinic, false},
		"a visitor":                 {access.Actor{}, clinic, false},
		"staff in an unknown part ": {works(1, "owner"), clinic, false},
	} {
		if err := canMake(c.a, c.o); (err == nil) != c.want || (err != nil && !errs.Is(err, errs.NotFound)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
