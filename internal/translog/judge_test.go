package translog_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"caravan/internal/leaf"
	"caravan/internal/testkit"
)

// judge asks a verifier that others wrote (Tessera's fsck) whether a log is
// whole. It ends with 0 when it is not, so its words are what counts.
func (s *site) judge() (whole bool, said string) {
	s.t.Helper()
	program, err := filepath.Abs("../../bin/fsck")
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := os.Stat(program); err != nil {
		s.t.Fatalf("%v: .ci/install test puts it there", err)
	}
	text, err := s.PolicyText(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	p, err := leaf.ParsePolicy(text)
	if err != nil {
		s.t.Fatal(err)
	}
	key := filepath.Join(s.t.TempDir(), "key")
	if err := os.WriteFile(key, []byte(p.Logs[0].Key), 0o600); err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), 2*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, program, "--storage_url", s.url+"/log/", "--public_key", key, "--ui=false", "-N", "4", "--logtostderr").CombinedOutput()
	return err == nil && strings.Contains(string(out), "Successfully fsck'd"), string(out)
}

// TestAForeignJudgeFindsTheLogWhole goes through the sizes at which tiles become
// full, and levels begin.
func TestAForeignJudgeFindsTheLogWhole(t *testing.T) {
	t.Parallel()
	sizes := []int64{0, 1, 255, 256, 257}
	if os.Getenv("CARAVAN_LONG") != "" {
		sizes = append(sizes, 65_535, 65_536, 65_537, 70_000)
	}
	s := aSite(t)
	had := int64(0)
	for _, size := range sizes {
		began := time.Now()
		s.add(int(size - had))
		had = size
		s.round()
		t.Logf("%d entries: in their places after %v", size, time.Since(began).Round(time.Millisecond))
		if h := s.head(); h.Size != size {
			t.Fatalf("%d entries, want %d", h.Size, size)
		}
		if whole, said := s.judge(); !whole {
			t.Errorf("%d entries: %s", size, said)
		}
	}
}

// A judge that finds nothing wrong with anything would prove nothing.
func TestTheForeignJudgeFindsAChange(t *testing.T) {
	t.Parallel()
	s := aSite(t)
	s.add(300)
	s.round()
	owner := testkit.OwnerOf(t, s.db)
	for _, sql := range []string{`ALTER TABLE log_leaves DISABLE TRIGGER ALL`, `UPDATE log_leaves SET body = 'x' WHERE idx = 7`} {
		if _, err := owner.Pool().Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	if whole, said := s.judge(); whole {
		t.Errorf("a changed entry was not found: %s", said)
	}
}
