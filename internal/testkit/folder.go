package testkit

import (
	"os"
	"testing"
)

// StateDir is an empty state folder for programs that run a database of their
// own. A test's usual folder (t.TempDir) is closed to the database's user when
// the tests run as root.
func StateDir(t testing.TB) string {
	t.Helper()
	dir, err := openFolder("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// openFolder makes a folder below parent that every user may pass through.
func openFolder(parent string) (string, error) {
	dir, err := os.MkdirTemp(parent, "caravan-test-")
	if err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o711)
}
