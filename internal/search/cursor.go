package search

import (
	"encoding/base64"
	"encoding/binary"
	"math"
	"time"

	"caravan/internal/errs"
)

// cursor is where a page ends: the rank of its last entry, and the time at
// which ages were taken, so that later pages rank by the same.
type cursor struct {
	exact bool
	score float64
	entry int64
	at    time.Time
}

const cursorBytes = 1 + 8 + 8 + 8

// String is the cursor as it stands in addresses; readCursor reads it.
func (c cursor) String() string {
	b := make([]byte, 0, cursorBytes)
	if c.exact {
		b = append(b, 1)
	} else {
		b = append(b, 0)
	}
	b = binary.BigEndian.AppendUint64(b, math.Float64bits(c.score))
	b = binary.BigEndian.AppendUint64(b, uint64(c.entry))
	b = binary.BigEndian.AppendUint64(b, uint64(c.at.UnixMicro()))
	return base64.RawURLEncoding.EncodeToString(b)
}

// readCursor reads a cursor that somebody sent; nil for none.
func readCursor(s string, now time.Time) (*cursor, error) {
	if s == "" {
		return nil, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) != cursorBytes || b[0] > 1 {
		return nil, errs.New(errs.Malformed, "search.no_cursor")
	}
	c := &cursor{
		exact: b[0] == 1,
		score: math.Float64frombits(binary.BigEndian.Uint64(b[1:])),
		entry: int64(binary.BigEndian.Uint64(b[9:])),
		at:    time.UnixMicro(int64(binary.BigEndian.Uint64(b[17:]))).UTC(),
	}
	if math.IsNaN(c.score) || math.IsInf(c.score, 0) || c.at.After(now.Add(time.Minute)) || now.Sub(c.at) > 24*time.Hour {
		return nil, errs.New(errs.Malformed, "search.no_cursor")
	}
	return c, nil
}
