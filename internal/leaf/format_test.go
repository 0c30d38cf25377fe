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

func TestTilesLieWhereTheFormatSays(t *testing.T) {
	for _, c := range []struct {
		tile leaf.Tile
		path string
	}{
		{leaf.Tile{Width: 256}, "tile/0/000"},
		{leaf.Tile{Level: 1, Index: 1, Width: 17}, "tile/1/001.p/17"},
		{leaf.Tile{Index: 1234067, Width: 256}, "tile/0/x001/x234/067"},
		{leaf.Tile{Index: 273, Width: 112, Entries: true}, "tile/entries/273.p/112"},
	} {
		if got := c.tile.Path(); got != c.path {
			t.Errorf("%v lies at %s, want %s", c.tile, got, c.path)
		}
		if got, err := leaf.ParseTile(c.path); err != nil || got != c.tile {
			t.Errorf("%s is %v (%v), want %v", c.path, got, err, c.tile)
		}
	}
	for _, bad := range []string{"", "tile", "tile/8/0/000", "tile/0/0", "tile/0/x000", "tile/0/000.p/256", "tile/0/000.p/0", "tile/0/000.p/07", "tile/64/000", "tile/00/000",
		"tile/data/000", "tile/0/x000/001", "tile/0/-01", "tile/0/001/", "tile/0/x999/x999/x999/x999/x999/x999/999", "tile/0/+01"} {
		if got, err := leaf.ParseTile(bad); err == nil {
			t.Errorf("%q is %v", bad, got)
		}
	}
}

// The example of c2sp.org/tlog-tiles.
func TestATreeOf70000HasItsTiles(t *testing.T) {
	n := map[string]int{}
	for _, x := range leaf.Tiles(70_000) {
		n[fmt.Sprintf("level %d width %d", x.Level, x.Width)]++
	}
	want := map[string]int{"level 0 width 256": 273, "level 0 width 112": 1, "level 1 width 256": 1, "level 1 width 17": 1, "level 2 width 1": 1}
	if len(n) != len(want) {
		t.Errorf("%v", n)
	}
	for k, v := range want {
		if n[k] != v {
			t.Errorf("%s: %d, want %d", k, n[k], v)
		}
	}
	if got := len(leaf.Tiles(256)); got != 2 {
		t.Errorf("256 entries: %d tiles, want a full one and one of width 1", got)
	}
	if len(leaf.Tiles(0)) != 0 || len(leaf.Bundles(257)) != 2 {
		t.Error("tiles of 0, or bundles of 257")
	}
}

func TestBundlesAreTakenApartAgain(t *testing.T) {
	var b []byte
	for _, e := range []string{"one", "", strings.Repeat("x", 60_000)} {
		b = leaf.AppendBundle(b, []byte(e))
	}
	got, err := leaf.SplitBundle(b)
	if err != nil || len(got) != 3 || string(got[0]) != "one" || len(got[1]) != 0 || len(got[2]) != 60_000 {
		t.Errorf("%d entries, %v", len(got), err)
	}
	for _, cut := range []int{1, 4, len(b) - 1} {
		if _, err := leaf.SplitBundle(b[:cut]); err == nil {
			t.Errorf("a bundle cut at %d was read", cut)
		}
	}
}

func TestHeadsHaveOneSpelling(t *testing.T) {
	h := leaf.Head{Origin: "example.com/log", Size: 7, Root: tlog.Hash(leaf.Hash([]byte("x")))}
	if got, err := leaf.ParseHead(h.Text()); err != nil || got != h {
		t.Errorf("%v, %v", got, err)
	}
	for name, s := range map[string]string{
		"no origin": strings.Replace(h.Text(), "example.com/log", "", 1), "a size with a zero in front": strings.Replace(h.Text(), "\n7\n", "\n07\n", 1),
		"a negative size": strings.Replace(h.Text(), "\n7\n", "\n-7\n", 1), "a short root": strings.Replace(h.Text(), "=\n", "\n", 1), "no last line": strings.TrimSuffix(h.Text(), "\n"), "nothing": "",
	} {
		if got, err := leaf.ParseHead(s); err == nil {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// tree is a log in memory.
type tree struct {
	hashes []tlog.Hash
	size   int64
	signer note.Signer
	public string
}

func (t *tree) ReadHashes(at []int64) (out []tlog.Hash, err error) {
	for _, i := range at {
		out = append(out, t.hashes[i])
	}
	return out, nil
}

func newTree(t testing.TB) *tree {
	t.Helper()
	secret, public, err := leaf.NewLogKey("example.com/log")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := leaf.PublicKey(secret); err != nil || got != public {
		t.Fatalf("public key %s, %v, want %s", got, err, public)
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	return &tree{signer: signer, public: public}
}

func (x *tree) add(t testing.TB, entries ...string) {
	t.Helper()
	for _, e := range entries {
		h, err := tlog.StoredHashes(x.size, []byte(e), x)
		if err != nil {
			t.Fatal(err)
		}
		x.hashes = append(x.hashes, h...)
		x.size++
	}
}

func (x *tree) head(t testing.TB) leaf.Head {
	t.Helper()
	root, err := tlog.TreeHash(x.size, x)
	if err != nil {
		t.Fatal(err)
	}
	return leaf.Head{Origin: "example.com/log", Size: x.size, Root: root}
}

func (x *tree) sign(t testing.TB) []byte {
	t.Helper()
	b, err := leaf.SignHead(x.head(t), x.signer)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAProofIsCheckedWithoutAskingAnybody(t *testing.T) {
	x := newTree(t)
	for i := range 11 {
		x.add(t, fmt.Sprint("entry ", i))
	}
	for _, at := range []int64{0, 6, 10} {
		hashes, err := tlog.ProveRecord(x.size, at, x)
		if err != nil {
			t.Fatal(err)
		}
		entry := fmt.Appendf(nil, "entry %d", at)
		p, err := leaf.ParseProof(leaf.Proof{Entry: entry, Index: at, Hashes: hashes, Checkpoint: x.sign(t)}.Text())
		if err != nil {
			t.Fatal(err)
		}
		h, err := leaf.LatestHead(p.Checkpoint)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Check(h, p.Entry); err != nil {
			t.Errorf("place %d: %v", at, err)
		}
		if p.Check(h, []byte("another entry")) == nil {
			t.Errorf("place %d: another entry is proven", at)
		}
		p.Index = (p.Index + 1) % 11
		if p.Check(h, entry) == nil {
			t.Errorf("place %d: proven at another place", at)
		}
	}
	for _, bad := range []string{"", "c2sp.org/tlog-proof@v1\nindex x\n\nx", "c2sp.org/tlog-proof@v1\nindex 1\nzz\n\nx", "c2sp.org/tlog-proof@v2\nindex 1\n\nx", "c2sp.org/tlog-proof@v1\n\nx"} {
		if _, err := leaf.ParseProof([]byte(bad)); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

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

func TestPoliciesAreReadByTheFormat(t *testing.T) {
	x := newTree(t)
	var keys []string
	for i := range 3 {
		_, public, err := leaf.NewWitnessKey(fmt.Sprintf("w%d.example", i))
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, public)
	}
	text := "# whom we believe\n\nlog " + x.public + " https://example.com/log\nwitness a " + keys[0] + "\n\twitness b  " + keys[1] + " https://b.example\nwitness c " + keys[2] + "\ngroup two 2 a b c\ngroup all all two a\nquorum all\n"
	p, err := leaf.ParsePolicy(text)
	if err != nil || len(p.Logs) != 1 || len(p.Witnesses) != 3 || p.Groups[0].Need != 2 || p.Groups[1].Need != 2 || p.Quorum != "all" {
		t.Fatalf("%+v, %v", p, err)
	}
	again, err := leaf.ParsePolicy(p.Text())
	if err != nil || again.Text() != p.Text() {
		t.Errorf("read again: %v\n%s", err, p.Text())
	}
	for name, bad := range map[string]string{
		"no quorum": "log " + x.public + "\n", "a quorum of nobody": "quorum z\n", "two quorums": "quorum none\nquorum none\n", "a name twice": "witness a " + keys[0] + "\nwitness a " + keys[1] + "\nquorum a\n",
		"a group of strangers": "group g any z\nquorum g\n", "more than all": "witness a " + keys[0] + "\ngroup g 2 a\nquorum g\n", "a broken key": "log x+y+z\nquorum none\n", "a word": "hello\n",
		"a key with another name": "witness a z" + keys[0] + "\nquorum a\n",
	} {
		if _, err := leaf.ParsePolicy(bad); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestAReceiptIsTheLogsOwnWord(t *testing.T) {
	x := newTree(t)
	r := leaf.Receipt{Origin: "example.com/log", Kind: leaf.Experience, Ref: "3f2c1a90-0000-4000-8000-000000000001", Version: 2, Commit: strings.Repeat("ab", 32), By: time.Date(2026, 8, 3, 12, 0, 0, 0, time.UTC)}
	b, err := r.Sign(x.signer)
	if err != nil {
		t.Fatal(err)
	}
	v, err := leaf.NewVerifier(x.public)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := leaf.OpenReceipt(b, note.VerifierList(v)); err != nil || got != r || !leaf.IsReceipt(b) {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := leaf.ParseHead(r.Text()); err == nil {
		t.Error("a receipt can be taken for a head")
	}
	if _, err := leaf.OpenReceipt(bytes.Replace(b, []byte("version 2"), []byte("version 3"), 1), note.VerifierList(v)); err == nil {
		t.Error("a changed receipt was believed")
	}
}

func TestARootOverVotesNeedsEveryVote(t *testing.T) {
	var commits [][32]byte
	for i := range 7 {
		c, err := leaf.Vote{Salt: [32]byte{byte(i)}, Stratum: "treated", Choice: i%3 - 1}.Commit()
		if err != nil {
			t.Fatal(err)
		}
		commits = append(commits, c)
	}
	whole := leaf.Root(commits)
	if leaf.Root(commits[:6]) == whole || leaf.Root(nil) != [32]byte(tlog.Hash{0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55}) {
		t.Error("a vote less has the same root, or nothing has another one than SHA-256 of nothing")
	}
	x := newTree(t)
	for _, c := range commits {
		x.add(t, string(c[:]))
	}
	if x.head(t).Root != tlog.Hash(whole) {
		t.Error("not the root of RFC 6962")
	}
}

func BenchmarkSign(b *testing.B) {
	x := newTree(b)
	x.add(b, "a")
	h := x.head(b)
	for b.Loop() {
		if _, err := leaf.SignHead(h, x.signer); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerifyProof(b *testing.B) {
	x := newTree(b)
	for i := range 4096 {
		x.add(b, fmt.Sprint(i))
	}
	hashes, err := tlog.ProveRecord(x.size, 17, x)
	if err != nil {
		b.Fatal(err)
	}
	p, h := leaf.Proof{Index: 17, Hashes: hashes}, x.head(b)
	for b.Loop() {
		if err := p.Check(h, []byte("17")); err != nil {
			b.Fatal(err)
		}
	}
}
