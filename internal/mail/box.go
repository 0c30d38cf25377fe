package mail

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// boxSize is how many mails the box holds; the oldest go first.
const boxSize = 500

// box is a folder with one file a mail. Files are written whole under another
// name first, so that a reader never sees half a mail; a mail that is delivered
// twice is one file.
type box struct {
	dir string
	mu  sync.Mutex
}

const boxExt = ".json"

func (b *box) deliver(_ context.Context, l BoxLetter) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		return fmt.Errorf("mail: box: %w", err)
	}
	raw, err := json.MarshalIndent(l, "", " ")
	if err != nil {
		return fmt.Errorf("mail: box: %w", err)
	}
	f, err := os.CreateTemp(b.dir, "*.part") // 0600
	if err != nil {
		return fmt.Errorf("mail: box: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(append(raw, '\n'))
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("mail: box: %w", err)
	}
	if err := os.Rename(f.Name(), filepath.Join(b.dir, l.ID+boxExt)); err != nil {
		return fmt.Errorf("mail: box: %w", err)
	}
	return b.shrink()
}

// shrink drops the oldest mails beyond boxSize.
func (b *box) shrink() error {
	names, err := b.names()
	if err != nil || len(names) <= boxSize {
		return err
	}
	all, err := b.read()
	if err != nil {
		return err
	}
	for _, l := range all[min(boxSize, len(all)):] {
		if err := os.Remove(filepath.Join(b.dir, l.ID+boxExt)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("mail: box: %w", err)
		}
	}
	return nil
}

func (b *box) names() (out []string, err error) {
	entries, err := os.ReadDir(b.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("mail: box: %w", err)
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), boxExt) {
			out = append(out, e.Name())
		}
	}
	return out, nil
}

// read returns every mail of the box, newest first.
func (b *box) read() ([]BoxLetter, error) {
	names, err := b.names()
	if err != nil {
		return nil, err
	}
	all := make([]BoxLetter, 0, len(names))
	for _, name := range names {
		raw, err := os.ReadFile(filepath.Join(b.dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue // dropped in between
		}
		var l BoxLetter
		if err == nil {
			err = json.Unmarshal(raw, &l)
		}
		if err != nil {
			return nil, fmt.Errorf("mail: box: %w", err)
		}
		all = append(all, l)
	}
	slices.SortFunc(all, func(x, y BoxLetter) int {
		return cmp.Or(y.At.Compare(x.At), strings.Compare(y.ID, x.ID))
	})
	return all, nil
}

// HasBox reports whether mails go into a box instead of out.
func (m *Mailer) HasBox() bool { return m.box != nil }

// Box returns the mails in the box, newest first; none when mails go out by
// SMTP.
func (m *Mailer) Box() ([]BoxLetter, error) {
	if m.box == nil {
		return nil, nil
	}
	return m.box.read()
}
