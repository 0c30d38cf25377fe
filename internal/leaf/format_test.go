package leaf_test

import (
	"bytes"
	"fmt"
	"strings"
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
