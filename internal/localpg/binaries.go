package localpg

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// oldest is the first major version with ICU as a database's own collation.
const oldest = 15

// ErrNoBinaries means that no usable PostgreSQL server programs were found.
var ErrNoBinaries = errors.New("no PostgreSQL server programs (version 15 or newer) found; " +
	"install them (on Debian: apt-get install -y postgresql), name their folder in PGBIN, or set DATABASE_URL to a running server")

// folders are the places where distributions put the server programs; they
// are not on PATH in most.
var folders = []string{
	"/usr/lib/postgresql/*/bin",
	"/usr/pgsql-*/bin",
	"/opt/homebrew/opt/postgresql@*/bin",
	"/usr/local/opt/postgresql@*/bin",
	"/usr/local/pgsql/bin",
}

// findBinaries returns a folder that holds initdb and postgres, the newest
// version first. A cluster can only be opened by the major version that made
// it: want is that version, or 0 for any.
func findBinaries(want int) (string, error) {
	for _, dir := range candidates() {
		if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
			continue
		}
		if got := majorOf(dir); got >= oldest && (want == 0 || got == want) {
			return dir, nil
		}
	}
	return "", ErrNoBinaries
}

func candidates() []string {
	var found []string
	for _, pattern := range folders {
		m, err := filepath.Glob(pattern)
		if err != nil {
			continue // only a malformed pattern gives an error, and these are constant
		}
		slices.Sort(m)
		slices.Reverse(m)
		found = append(found, m...)
	}
	if dir := os.Getenv("PGBIN"); dir != "" {
		found = append([]string{dir}, found...)
	}
	return append(found, filepath.SplitList(os.Getenv("PATH"))...)
}

// majorOf asks the server program in dir for its major version; 0 when it
// does not run. It prints "postgres (PostgreSQL) 15.18 (Debian …)".
func majorOf(dir string) int {
	out, err := exec.Command(filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return 0
	}
	words := strings.Fields(string(out))
	if len(words) < 3 {
		return 0
	}
	return leadingNumber(words[2])
}

func leadingNumber(s string) int {
	end := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	if end >= 0 {
		s = s[:end]
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}
