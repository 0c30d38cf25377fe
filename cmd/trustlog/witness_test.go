package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"caravan/internal/db"
	"caravan/internal/leaf"
)

// witness is a witness over HTTP.
type witness struct {
	url    string
	public string
}

func aWitness(t testing.TB, log string) witness {
	t.Helper()
	dir := t.TempDir()
	signer, err := witnessKey(dir, "witness.example/w1")
	if err != nil {
		t.Fatal(err)
	}
	again, err := witnessKey(dir, "witness.example/w1")
	if err != nil || again.Public() != signer.Public() {
		t.Fatalf("the second start has another key: %v", err)
	}
	v, err := leaf.NewVerifier(log)
	if err != nil {
		t.Fatal(err)
	}
	w := &leaf.Witness{Signer: signer, Logs: map[string]note.Verifier{v.Name(): v}, Memory: &leaf.Folder{Dir: dir}, Now: time.Now}
	srv := httptest.NewServer(handleWitness(w, io.Discard))
	t.Cleanup(srv.Close)
	return witness{srv.URL, signer.Public()}
}

func (w witness) add(t testing.TB, body []byte) (status int, said string) {
	t.Helper()
	res, err := http.Post(w.url+"/add-checkpoint", "text/plain", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if want := "text/x.tlog.size"; (res.StatusCode == 409) != (res.Header.Get("Content-Type") == want) {
		t.Errorf("%d with %s", res.StatusCode, res.Header.Get("Content-Type"))
	}
	return res.StatusCode, string(b)
}

// siteWith is a house with settings of its own, on the real clock.
func siteWith(t testing.TB, d *db.DB, env map[string]string) *house {
	t.Helper()
	return openHouseWith(t, &house{t: t, db: d, dir: t.TempDir(), shown: map[string]map[string]any{}}, env)
}

func TestAWitnessOutsideSignsForTheLog(t *testing.T) {
	t.Parallel()
	h := aHouse(t)
	policy, err := h.PolicyText(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p, err := leaf.ParsePolicy(policy)
	if err != nil {
		t.Fatal(err)
	}
	w := aWitness(t, p.Logs[0].Key)
	outside := openHouseWith(t, &house{t: t, db: h.db, clock: h.clock, dir: h.dir, shown: h.shown}, map[string]string{"WITNESSES": w.public + " " + w.url})
	h.clock.Move(2 * time.Hour) // the signature is due anew
	for i := range 3 {
		outside.record(leaf.Policy("order", "en", "By day.", h.clock.Now()))
		outside.round()
		head, err := outside.Published(t.Context())
		if err != nil || head.WitnessedAt == nil || head.AloneSince != nil || !strings.Contains(string(head.Note), "— witness.example/w1 ") {
			t.Fatalf("round %d: %+v, %v\n%s", i, head, err, head.Note)
		}
	}
	outside.wants("verified", outside.verify("--log-only"), exitOK)
}

func TestTheWitnessCommandServes(t *testing.T) {
	t.Parallel()
	h := aHouse(t)
	text, err := h.PolicyText(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p, err := leaf.ParsePolicy(text)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, out := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"witness", "--listen", "127.0.0.1:0", "--dir", t.TempDir(), "--name", "witness.example/w2", "--log", p.Logs[0].Key}, out, io.Discard)
		out.Close()
	}()
	said := make([]byte, 4096)
	var lines string
	for !strings.Contains(lines, "/add-checkpoint\n") {
		n, err := r.Read(said)
		if lines += string(said[:n]); err != nil {
			t.Fatalf("%q, %v", lines, err)
		}
	}
	url := lines[strings.Index(lines, "http://"):strings.Index(lines, "/add-checkpoint")]
	head, err := h.Published(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w := witness{url: url}
	if status, body := w.add(t, leaf.WitnessRequest(0, nil, head.Note)); status != 200 || !strings.HasPrefix(body, "— witness.example/w2 ") {
		t.Errorf("%d %q", status, body)
	}
	if status, _ := w.add(t, nil); status != 400 {
		t.Errorf("nothing: %d", status)
	}
	cancel()
	if code := <-ended; code != exitOK {
		t.Errorf("it ended with %d", code)
	}
}
