package leaf_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"caravan/internal/leaf"
)

// The example of c2sp.org/tlog-cosignature has its line under this head.
func TestACosignatureSaysWhen(t *testing.T) {
	at, ok := leaf.CosignedAt(note.Signature{Base64: "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA=="})
	if !ok || at.Unix() != 1679315147 {
		t.Errorf("%v %v", at, ok)
	}
}

// witnessOf is a witness that knows one log.
func witnessOf(t testing.TB, x *tree) *leaf.Witness {
	t.Helper()
	secret, _, err := leaf.NewWitnessKey("witness.example/w1")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := leaf.NewCosigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	v, err := leaf.NewVerifier(x.public)
	if err != nil {
		t.Fatal(err)
	}
	return &leaf.Witness{Signer: signer, Logs: map[string]note.Verifier{v.Name(): v}, Memory: &leaf.Folder{Dir: t.TempDir()}, Now: time.Now}
}

func (x *tree) ask(t testing.TB, w *leaf.Witness, old int64) leaf.Said {
	t.Helper()
	var proof []tlog.Hash
	if old > 0 && old < x.size {
		var err error
		if proof, err = tlog.ProveTree(x.size, old, x); err != nil {
			t.Fatal(err)
		}
	}
	said, err := w.AddCheckpoint(leaf.WitnessRequest(old, proof, x.sign(t)))
	if err != nil {
		t.Fatal(err)
	}
	return said
}

func TestAWitnessSignsWhatOnlyGrows(t *testing.T) {
	x := newTree(t)
	w := witnessOf(t, x)
	x.add(t, "a", "b", "c")
	if said := x.ask(t, w, 0); said.Status != http.StatusOK {
		t.Fatalf("the first head: %d %s", said.Status, said.Body)
	}
	x.add(t, "d", "e")
	said := x.ask(t, w, 3)
	p, err := leaf.ParsePolicy("log " + x.public + "\nwitness w1 " + w.Signer.Public() + "\nquorum w1\n")
	if err != nil {
		t.Fatal(err)
	}
	c, err := p.Open(append(x.sign(t), said.Body...))
	if err != nil || !c.Witnessed || c.Head.Size != 5 {
		t.Errorf("signed twice: %v, %v", c, err)
	}
	if c, err := p.Open(x.sign(t)); err != nil || c.Witnessed {
		t.Errorf("without the witness: %v, %v", c, err)
	}
	broken := bytes.Replace(append(x.sign(t), said.Body...), []byte("\n5\n"), []byte("\n6\n"), 1)
	if _, err := p.Open(broken); err == nil {
		t.Error("a head that nobody signed was believed")
	}
}

func TestAWitnessAnswersMistakesByTheFormat(t *testing.T) {
	x := newTree(t)
	w := witnessOf(t, x)
	x.add(t, "a", "b", "c")
	x.ask(t, w, 0)
	x.add(t, "d")
	good := x.sign(t)
	proof, err := tlog.ProveTree(4, 3, x)
	if err != nil {
		t.Fatal(err)
	}
	stranger := newTree(t)
	stranger.add(t, "a")
	fork := &tree{signer: x.signer, public: x.public}
	fork.add(t, "a", "b", "other")
	other := note.Note{Text: "elsewhere.example/log\n1\n" + x.head(t).Root.String() + "\n"}
	elsewhere, err := note.Sign(&other, x.signer)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		body   []byte
		status int
		kind   string
		says   string
	}{
		"an unknown log":                         {leaf.WitnessRequest(0, nil, elsewhere), 404, "text/plain", ""},
		"signed by another key":                  {leaf.WitnessRequest(0, nil, stranger.sign(t)), 403, "text/plain", ""},
		"an old size above the new one":          {leaf.WitnessRequest(5, nil, good), 400, "text/plain", ""},
		"an old size that is not the last":       {leaf.WitnessRequest(2, proof, good), 409, "text/x.tlog.size", "3\n"},
		"a proof that does not lead there":       {leaf.WitnessRequest(3, []tlog.Hash{{1}}, good), 422, "text/plain", ""},
		"another root for the same size":         {leaf.WitnessRequest(3, nil, fork.sign(t)), 422, "text/plain", ""},
		"no first line":                          {[]byte("new 3\n\n" + string(good)), 400, "text/plain", ""},
		"an old size with a zero in front":       {[]byte("old 03\n\n" + string(good)), 400, "text/plain", ""},
		"a line of the proof that is none":       {[]byte("old 3\nzz\n\n" + string(good)), 400, "text/plain", ""},
		"more proof than any tree can have":      {leaf.WitnessRequest(3, make([]tlog.Hash, 64), good), 400, "text/plain", ""},
		"a proof of nothing, for the same again": {leaf.WitnessRequest(3, proof, fork.sign(t)), 422, "text/plain", ""},
		"nothing":                                {nil, 400, "text/plain", ""},
	} {
		said, err := w.AddCheckpoint(c.body)
		if err != nil || said.Status != c.status || !strings.HasPrefix(said.Type, c.kind) || c.says != "" && string(said.Body) != c.says {
			t.Errorf("%s: %d %s %q (%v), want %d %s %q", name, said.Status, said.Type, said.Body, err, c.status, c.kind, c.says)
		}
	}
	if said := x.ask(t, w, 3); said.Status != 200 {
		t.Errorf("after all mistakes: %d %s", said.Status, said.Body)
	}
}

// Requests that come at the same time never take the witness back to a smaller
// tree.
func TestAWitnessNeverGoesBack(t *testing.T) {
	x := newTree(t)
	w := witnessOf(t, x)
	second := *w
	second.Memory = &leaf.Folder{Dir: w.Memory.(*leaf.Folder).Dir} // another process
	x.add(t, "a")
	var bodies [][]byte
	for i := range 30 {
		bodies = append(bodies, leaf.WitnessRequest(0, nil, x.sign(t)))
		x.add(t, fmt.Sprint(i))
	}
	var mu sync.Mutex
	signed := 0
	var wg sync.WaitGroup
	for i, b := range bodies {
		wg.Go(func() {
			who := w
			if i%2 == 0 {
				who = &second
			}
			said, err := who.AddCheckpoint(b)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			if said.Status == 200 {
				signed++
			}
		})
	}
	wg.Wait()
	if signed != 1 {
		t.Errorf("%d heads were signed as the first", signed)
	}
}
