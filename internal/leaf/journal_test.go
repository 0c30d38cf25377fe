package leaf

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

func TestAJournalHoldsEveryEntryOnceWhateverItsEnd(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "entries")
	read := func(first int64, some int) (out [][]byte, err error) {
		for i := range some {
			out = append(out, fmt.Appendf(nil, "entry %d", first+int64(i)))
		}
		return out, nil
	}
	wants := func(what string, n int) {
		t.Helper()
		got, err := ReadJournal(path)
		if err != nil || len(got) != n {
			t.Fatalf("%s: %d entries, want %d, %v", what, len(got), n, err)
		}
		for i, b := range got {
			if string(b) != fmt.Sprintf("entry %d", i) {
				t.Fatalf("%s: entry %d is %q", what, i, b)
			}
		}
	}
	j := &Journal{Path: path}
	for _, n := range []int64{0, 1, 2500, 2500, 2400} {
		if err := j.Extend(0, n, read); err != nil {
			t.Fatal(err)
		}
	}
	wants("written", 2500)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		file []byte
		sure int64
	}{
		"cut off in an entry": {whole[:len(whole)-3], 2500}, "cut off in a length": {append(whole[:len(whole):len(whole)], 0), 2500},
		"with entries of another tree at its end": {AppendBundle(whole[:len(whole):len(whole)], []byte("other")), 2500}, "gone": {nil, 2500}, "nobody is sure of it": {whole, 0},
	} {
		if err := os.WriteFile(path, c.file, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := (&Journal{Path: path}).Extend(c.sure, 2600, read); err != nil {
			t.Fatal(err)
		}
		wants(name, 2600)
	}
}
