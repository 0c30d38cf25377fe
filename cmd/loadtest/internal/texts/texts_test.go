package texts

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestCSVKeepsLineBreaksQuotesAndCommasInsideFields(t *testing.T) {
	const file = "id,answer,themes\n" +
		"1,\"first line\nsecond \"\"line\"\", with comma\",x\n" +
		"2,plain,y\n" +
		"3,\"  \n \",z\n" +
		"4,\"Windows\r\nline\",z\n"
	got, err := ReadCSV(strings.NewReader(file), 0)
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		text   string
		refuse bool
	}{
		{"first line\nsecond \"line\", with comma", false}, {"plain", false}, {"", true}, {"Windows\nline", false},
	}
	if len(got) != len(want) {
		t.Fatalf("got %d texts, want %d", len(got), len(want))
	}
	for i, w := range want {
		if got[i].Want != w.text || got[i].Refuse != w.refuse || got[i].Number != i+1 {
			t.Errorf("text %d: got %+v, want %q refuse %v", i+1, got[i], w.text, w.refuse)
		}
	}
}

func TestCSVReadsNoMoreThanTheLimit(t *testing.T) {
	got, err := ReadCSV(strings.NewReader("answer\na\nb\nc\n"), 2)
	if err != nil || len(got) != 2 {
		t.Errorf("got %d texts and %v, want 2", len(got), err)
	}
}

func TestCSVWithoutItsColumnOrWithBrokenBytesIsAnError(t *testing.T) {
	for name, file := range map[string]string{
		"no header":        "",
		"no answer column": "id,text\n1,a\n",
		"not UTF-8":        "answer\nbad \xff byte\n",
		"a bare quote":     "answer\nsay \"hello\n",
		"a short record":   "id,answer\n1\n",
	} {
		if got, err := ReadCSV(strings.NewReader(file), 0); err == nil {
			t.Errorf("%s: got %d texts and no error", name, len(got))
		}
	}
}

func TestLengthsAreCountedInCharactersAfterNormalisation(t *testing.T) {
	longest := strings.Repeat("🦷", Longest)
	if got := Judge(1, "  "+longest+"\n"); got.Refuse || got.Want != longest {
		t.Errorf("10,000 characters in spaces: refused %v (%s), want kept without the spaces", got.Refuse, got.Why)
	}
	if got := Judge(1, longest+"x"); !got.Refuse {
		t.Error("10,001 characters: kept, want refused")
	}
}

func TestGeneratedTextsAreTheSameEveryTimeAndHoldEveryKind(t *testing.T) {
	a, b := Generate(600), Generate(600)
	all := strings.Builder{}
	refusals, longest := 0, 0
	for i := range a {
		if a[i] != b[i] {
			t.Fatalf("text %d differs between two runs", i+1)
		}
		all.WriteString(a[i].Raw)
		if a[i].Refuse {
			refusals++
		}
		longest = max(longest, utf8.RuneCountInString(a[i].Want))
		if !utf8.ValidString(a[i].Raw) {
			t.Errorf("text %d is not UTF-8", i+1)
		}
	}
	for _, o := range oddities {
		if !strings.Contains(all.String(), o) && !strings.Contains(all.String(), cover(o)) {
			t.Errorf("no text holds %q", o)
		}
	}
	if refusals < 10 || refusals > 60 {
		t.Errorf("%d of 600 texts must be refused, want some and not many", refusals)
	}
	if longest != Longest {
		t.Errorf("the longest accepted text has %d characters, want %d", longest, Longest)
	}
}

func TestWhatTheSiteRefusesIsCoveredBeforeItIsSent(t *testing.T) {
	for raw, want := range map[string]string{
		"Write to mina.k@example.org, she knows.":   "Write to [masked: e-mail address], she knows.",
		"Nurse Ayla was kind, call 0532 441 70 98.": "[masked: name of a person] was kind, call [masked: telephone number].",
		"It hurt on 3 May for an hour.":             "It hurt on 3 May for an hour.", // only warned of
	} {
		got := Judge(1, raw)
		if got.Want != want || got.Masked != (raw != want) || got.Masked && got.Raw != want || Judge(1, got.Want).Masked {
			t.Errorf("%q: %+v", raw, got)
		}
	}
	const longest = Longest - 12
	if got := Judge(1, strings.Repeat("x", longest)+" a@example.o"); got.Refuse || got.Masked {
		t.Errorf("grown too long: %v %v", got.Refuse, got.Masked)
	}
}
