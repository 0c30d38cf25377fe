package leaf

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
)

// Keep writes a file so that it is there whole, whatever fails: it is flushed
// before it takes its name, and so is its folder.
func Keep(path string, b []byte) (err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".keep-*") // 0600
	if err != nil {
		return fmt.Errorf("leaf: keep: %w", err)
	}
	_, err = f.Write(b)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("leaf: keep: %w", errors.Join(err, os.Remove(f.Name())))
	}
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("leaf: keep: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("leaf: keep: %w", err)
	}
	return nil
}

// Folder is a Memory of one file per log, for several processes at once.
type Folder struct {
	Dir string
	mu  sync.Mutex
}

// Update keeps the next head in its file while nobody else can.
func (m *Folder) Update(origin string, f func(last Head) (Head, error)) (err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	unlock, err := lock(filepath.Join(m.Dir, "lock"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	path := filepath.Join(m.Dir, hex.EncodeToString([]byte(origin)))
	var last Head
	switch b, err := os.ReadFile(path); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return fmt.Errorf("leaf: remember: %w", err)
	default:
		if last, err = ParseHead(string(b)); err != nil {
			return err
		}
	}
	next, err := f(last)
	if err != nil {
		return err
	}
	return Keep(path, []byte(next.Text()))
}

// Known are the heads that a folder remembers.
func (m *Folder) Known() (heads []Head, err error) {
	entries, err := os.ReadDir(m.Dir)
	if err != nil {
		return nil, fmt.Errorf("leaf: remember: %w", err)
	}
	for _, e := range entries {
		if _, err := hex.DecodeString(e.Name()); err != nil || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		b, err := os.ReadFile(filepath.Join(m.Dir, e.Name()))
		if err != nil {
			return nil, fmt.Errorf("leaf: remember: %w", err)
		}
		h, err := ParseHead(string(b))
		if err != nil {
			return nil, err
		}
		heads = append(heads, h)
	}
	return heads, nil
}

// lock holds a file against other processes until unlock.
func lock(path string) (unlock func() error, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("leaf: lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil { // #nosec G115: a file's number
		return nil, fmt.Errorf("leaf: lock: %w", errors.Join(err, f.Close()))
	}
	return f.Close, nil
}
