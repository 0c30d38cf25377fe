package mail

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestBoxHoldsWholeMailsOnceAndForTheOwnerAlone(t *testing.T) {
	b := &box{dir: filepath.Join(t.TempDir(), "mails")}
	at := time.Date(2026, 5, 1, 10, 0, 0, 0, time.UTC)
	for i, id := range []string{"first", "second", "first"} { // a mail tried twice is one mail
		if err := b.deliver(t.Context(), BoxLetter{ID: id, Subject: id, At: at.Add(time.Duration(i%2) * time.Minute)}); err != nil {
			t.Fatal(err)
		}
	}
	all, err := b.read()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 2 || all[0].ID != "second" || all[1].ID != "first" {
		t.Errorf("got %+v, want second, first", all)
	}
	entries, err := os.ReadDir(b.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, want 0600", e.Name(), info.Mode())
		}
	}
	if len(entries) != 2 {
		t.Errorf("%d files, want 2: nothing half written stays behind", len(entries))
	}
}

func TestBoxDropsTheOldest(t *testing.T) {
	b := &box{dir: t.TempDir()}
	at := time.Date(2026, 5, 1, 10, 0, 0, 0, time.UTC)
	for i := range boxSize + 3 {
		if err := b.deliver(t.Context(), BoxLetter{ID: newID(), At: at.Add(time.Duration(i) * time.Second)}); err != nil {
			t.Fatal(err)
		}
	}
	all, err := b.read()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != boxSize || !all[len(all)-1].At.Equal(at.Add(3*time.Second)) {
		t.Errorf("%d mails, the oldest of %v", len(all), all[len(all)-1].At)
	}
}

func TestEmptyBoxIsNoError(t *testing.T) {
	all, err := (&box{dir: filepath.Join(t.TempDir(), "none")}).read()
	if err != nil || len(all) != 0 {
		t.Errorf("got %v, %v", all, err)
	}
}
