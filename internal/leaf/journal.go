package leaf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
)

// Journal is a file of entries in the order of their log, as bundles write them.
// It is kept apart from the database, so that a database that was lost can be
// brought forward to what was published. Several processes may share one.
type Journal struct {
	Path    string
	mu      sync.Mutex
	entries int64 // in the file, as this process left it
	bytes   int64
}

// perWrite is how many entries are written at once.
const perWrite = 1000

// Extend adds what is missing up to the first n entries, and returns when it is
// on disk. Sure is how many of the entries that may be there already are known to
// be right: those beyond, and one that was cut off while it was written, are
// written anew. Read returns some entries from a place.
func (j *Journal) Extend(sure, n int64, read func(first int64, some int) ([][]byte, error)) (err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	f, err := os.OpenFile(j.Path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("leaf: journal: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil { // #nosec G115: a file's number
		return fmt.Errorf("leaf: journal: lock: %w", err)
	}
	if err := j.look(f, sure); err != nil {
		return err
	}
	for j.entries < n {
		bodies, err := read(j.entries, int(min(n-j.entries, perWrite)))
		if err != nil {
			return err
		}
		var b []byte
		for _, body := range bodies {
			b = AppendBundle(b, body)
		}
		if _, err := f.WriteAt(b, j.bytes); err != nil {
			return fmt.Errorf("leaf: journal: write: %w", err)
		}
		j.entries, j.bytes = j.entries+int64(len(bodies)), j.bytes+int64(len(b))
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("leaf: journal: write: %w", err)
	}
	return nil
}

// look finds out what is in the file, where it is not as this process left it.
func (j *Journal) look(f *os.File, sure int64) error {
	st, err := f.Stat()
	if err != nil {
		return fmt.Errorf("leaf: journal: %w", err)
	}
	if st.Size() == j.bytes {
		return nil
	}
	bodies, err := ReadJournal(j.Path)
	if err != nil {
		return err
	}
	j.entries, j.bytes = min(int64(len(bodies)), sure), 0
	for _, b := range bodies[:j.entries] {
		j.bytes += 2 + int64(len(b))
	}
	if err := f.Truncate(j.bytes); err != nil {
		return fmt.Errorf("leaf: journal: %w", err)
	}
	return nil
}

// ReadJournal returns the entries of a file. One that was cut off at the end is
// left out.
func ReadJournal(path string) (bodies [][]byte, err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("leaf: journal: %w", err)
	}
	for len(b) >= 2 {
		n := 2 + int(binary.BigEndian.Uint16(b))
		if len(b) < n {
			break
		}
		bodies = append(bodies, b[2:n])
		b = b[n:]
	}
	return bodies, nil
}
