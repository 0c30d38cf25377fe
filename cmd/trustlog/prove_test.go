package main

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"caravan/internal/db"
	"caravan/internal/leaf"
	"caravan/internal/testkit"
	"caravan/internal/translog"
)

func TestAProofIsCheckedOffline(t *testing.T) {
	t.Parallel()
	h := aHouse(t)
	policy, proof := h.file("/log/policy", "policy"), h.file("/log/proof/experience/"+expID(2), "x.tlog-proof")
	h.url = "http://127.0.0.1:1" // nobody is asked
	h.wants("a proof", h.trustlog("prove", "--policy", policy, proof), exitOK, "proven: entry", expID(2), "signed by 1 of its witnesses")
	b, err := os.ReadFile(proof)
	if err != nil {
		t.Fatal(err)
	}
	line := strings.SplitN(string(b), "\n", 3)[1]
	entry, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(line, "extra "))
	if err != nil {
		t.Fatal(err)
	}
	entry = bytes.Replace(entry, []byte(`"level":2`), []byte(`"level":4`), 1)
	for name, changed := range map[string]string{
		"another entry":   strings.Replace(string(b), line, "extra "+base64.StdEncoding.EncodeToString(entry), 1),
		"another place":   strings.Replace(string(b), "\nindex ", "\nindex 1", 1),
		"no proof at all": "hello",
	} {
		path := filepath.Join(t.TempDir(), "changed")
		if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
			t.Fatal(err)
		}
		h.wants(name, h.trustlog("prove", "--policy", policy, path), exitFork)
	}
}

// Who kept the opening of what was shown can prove, without the site, which words
// stood there, and that other words did not.
func TestTheWordsOfAnEntryAreCheckedOffline(t *testing.T) {
	t.Parallel()
	h := aHouse(t)
	policy, proof := h.file("/log/policy", "policy"), h.file("/log/proof/experience/"+expID(2), "x.tlog-proof")
	words, other := h.file("/log/opening/experience/"+expID(2)+"/1", "x.opening"), h.file("/log/opening/experience/"+expID(3)+"/1", "y.opening")
	h.url = "http://127.0.0.1:1" // nobody is asked
	h.wants("its words", h.trustlog("prove", "--policy", policy, words, proof), exitOK, "opened: these are the words of version 1", expID(2))
	h.wants("without the proof of its entry", h.trustlog("prove", "--policy", policy, proof, other), exitMissing, "give the proof of its entry")
	b, err := os.ReadFile(words)
	if err != nil {
		t.Fatal(err)
	}
	for name, changed := range map[string]string{
		"other words":     strings.Replace(string(b), `"body":{"`, `"body":{"more":"words","`, 1),
		"another salt":    regexp.MustCompile(`"salt":"..`).ReplaceAllString(string(b), `"salt":"zz`),
		"words withdrawn": strings.Replace(string(b), `"state":"open"`, `"state":"hidden"`, 1),
		"no words at all": `{"kind":`,
	} {
		path := filepath.Join(t.TempDir(), "changed")
		if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
			t.Fatal(err)
		}
		h.wants(name, h.trustlog("prove", "--policy", policy, proof, path), exitMissing)
	}
}

func TestAReceiptShowsABrokenPromise(t *testing.T) {
	t.Parallel()
	h := aHouse(t)
	receipt := h.file("/log/receipt/experience/"+expID(2), "x.receipt")
	h.wants("kept", h.trustlog("prove", "--url", h.url, receipt), exitOK, "promise kept")
	policy, proof := h.file("/log/policy", "policy"), h.file("/log/proof/experience/"+expID(2), "x.tlog-proof")
	h.wants("kept, offline", h.trustlog("prove", "--policy", policy, proof, receipt), exitOK, "promise kept")

	// What was told waits; then it never gets a place.
	h.clock.Move(-30 * 24 * time.Hour) // the promise is long due by the verifier's own clock
	h.tell(20, 1, "Told and lost.")
	broken := h.file("/log/receipt/experience/"+expID(20), "y.receipt")
	h.tamper(`DELETE FROM log_outbox`)
	h.wants("broken", h.trustlog("prove", "--url", h.url, broken), exitMissing, "promise broken")
	h.clock.Move(40 * 24 * time.Hour)
	h.tell(21, 1, "Told just now.")
	fresh := h.file("/log/receipt/experience/"+expID(21), "z.receipt")
	h.wants("not due", h.trustlog("prove", "--url", h.url, fresh), exitOK, "not due yet")
}

// Two readers who are shown two logs find out when they meet at a witness.
func TestAWitnessSeesAFork(t *testing.T) {
	t.Parallel()
	h := aHouse(t)
	head, err := h.Published(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p, err := h.PolicyText(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	policy, err := leaf.ParsePolicy(p)
	if err != nil {
		t.Fatal(err)
	}
	w := aWitness(t, policy.Logs[0].Key)
	if status, body := w.add(t, leaf.WitnessRequest(0, nil, head.Note)); status != 200 {
		t.Fatalf("%d %s", status, body)
	}
	forked, err := h.rewritten(t).Published(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if forked.Size != head.Size {
		t.Fatalf("%d and %d entries", forked.Size, head.Size)
	}
	if status, body := w.add(t, leaf.WitnessRequest(head.Size, nil, forked.Note)); status != 422 {
		t.Errorf("a fork of the same size: %d %s", status, body)
	}
	if status, body := w.add(t, leaf.WitnessRequest(0, nil, forked.Note)); status != 409 || body != "12\n" {
		t.Errorf("a fork from the beginning: %d %q", status, body)
	}
}

// The log goes on while no witness answers, and says so.
func TestALogWithoutWitnessesSaysSo(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	_, public, err := leaf.NewWitnessKey("away.example/w")
	if err != nil {
		t.Fatal(err)
	}
	s := siteWith(t, d, map[string]string{"WITNESSES": public + " http://127.0.0.1:1"})
	err = d.Write(t.Context(), func(tx *db.Tx) error {
		e := leaf.Policy("rules", "en", "Be kind.", tx.Now)
		return translog.Add(tx, e.Kind, e.Body)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	head, err := s.Published(t.Context())
	if err != nil || head.Size != 1 || head.AloneSince == nil {
		t.Fatalf("%+v, %v", head, err)
	}
	state := filepath.Join(t.TempDir(), "state")
	s.wants("at first", s.trustlog("verify", "--url", s.url, "--log-only", "--state", state), exitOK, "note: not enough witnesses")
	b, err := os.ReadFile(state)
	if err != nil {
		t.Fatal(err)
	}
	before := time.Now().UTC().Add(-48 * time.Hour).Format(time.RFC3339)
	changed := []byte(strings.Replace(string(b), `"alone_since": "`+time.Now().UTC().Format("2006"), `"alone_since": "`+before[:4], 1))
	i := bytes.Index(changed, []byte(`"alone_since": "`)) + len(`"alone_since": "`)
	changed = append(append(bytes.Clone(changed[:i]), before...), changed[bytes.IndexByte(changed[i:], '"')+i:]...)
	if err := os.WriteFile(state, changed, 0o600); err != nil {
		t.Fatal(err)
	}
	s.wants("after two days", s.trustlog("verify", "--url", s.url, "--log-only", "--state", state), exitOK, "WARNING: not enough witnesses")
}
