package departure

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"caravan/internal/db"
)

// ListFile is the file in STATE_DIR that names who left: number of the account,
// what became of the texts, the day. It is kept beside the database, because it
// must outlive a backup that is older than it.
const ListFile = "erasures"

const (
	withTexts    = "texts"
	withoutTexts = "link"
)

// note adds somebody to the list, on disk before it returns.
func (s *Service) note(d Departure) error {
	f, err := os.OpenFile(filepath.Join(s.dir, ListFile), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("departure: note: %w", err)
	}
	what := withoutTexts
	if d.Texts {
		what = withTexts
	}
	_, err = fmt.Fprintf(f, "%d %s %s\n", d.AccountID, what, d.DueAt.Format("2006-01-02"))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("departure: note: %w", err)
	}
	return nil
}

// Replay erases again everybody on the list whom a restored database brought
// back, before the site opens. It says how many there were.
func (s *Service) Replay(ctx context.Context) (n int, err error) {
	f, err := os.Open(filepath.Join(s.dir, ListFile))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("departure: replay: %w", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		d, err := readLine(lines.Text())
		if err != nil {
			return n, err
		}
		back := false
		err = s.db.Write(ctx, func(tx *db.Tx) (err error) {
			back, err = announceAgain(tx, d)
			return err
		})
		if err == nil && back {
			n++
			err = s.erase(ctx, d.AccountID)
		}
		if err != nil {
			return n, err
		}
	}
	return n, lines.Err()
}

func readLine(line string) (d Departure, err error) {
	var what, day string
	if _, err := fmt.Fscanf(strings.NewReader(line), "%d %s %s", &d.AccountID, &what, &day); err != nil || (what != withTexts && what != withoutTexts) {
		return d, fmt.Errorf("departure: replay: %s holds a line that nobody can read", ListFile)
	}
	d.Texts = what == withTexts
	return d, nil
}
