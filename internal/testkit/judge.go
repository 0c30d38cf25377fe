package testkit

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Judge asks a verifier that others wrote (Tessera's fsck, bin/fsck) whether the
// public log at a site is whole. It ends with 0 when it is not, so its words are
// what counts. Key is the log's public key.
func Judge(t testing.TB, site, key string) (whole bool, said string) {
	t.Helper()
	root, err := Root()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(root, "bin", "fsck")
	if _, err := os.Stat(program); err != nil {
		t.Fatalf("%v: .ci/install test puts it there", err)
	}
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte(key), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, program, "--storage_url", site+"/log/", "--public_key", file, "--ui=false", "-N", "4", "--logtostderr").CombinedOutput()
	return err == nil && strings.Contains(string(out), "Successfully fsck'd"), string(out)
}
