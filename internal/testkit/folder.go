package testkit

import (
	"fmt"
	"os"
	"testing"
)

// StateDir is an empty state folder for programs that run a database of their
// own, until the test ends.
func StateDir(t testing.TB) string {
	t.Helper()
	dir, err := StateFolder()
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

// StateFolder is a StateDir that the caller removes. A test's usual folder
// (t.TempDir) is closed to the database's user when the tests run as root. It lies
// in memory where there is room: tests kill programs, never the machine, and all
// of them would wait for one disk. With CARAVAN_LONG it lies on the disk.
func StateFolder() (string, error) {
	parent := ""
	if os.Getenv("CARAVAN_LONG") == "" {
		parent = fastFolder()
	}
	dir, err := openFolder(parent)
	if err != nil {
		return "", fmt.Errorf("testkit: make state folder: %w", err)
	}
	return dir, nil
}

// openFolder makes a folder below parent that every user may pass through.
func openFolder(parent string) (string, error) {
	dir, err := os.MkdirTemp(parent, "caravan-test-")
	if err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o711)
}
