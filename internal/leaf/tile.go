package leaf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// tileHeight is how many levels of the tree one tile spans: 256 hashes.
const tileHeight = 8

// TileWidth is how many hashes, or entries, a full tile has.
const TileWidth = 1 << tileHeight

// Tile names a tile of hashes, or a bundle of entries, by c2sp.org/tlog-tiles.
type Tile struct {
	Level   int // of hashes; 0 for entries
	Index   int64
	Width   int // 1 to 256
	Entries bool
}

// Path is where a tile lies below the log's address: tile/0/x001/067,
// tile/entries/000.p/5. It is not the path of package tlog, whose tiles have
// their height in it and call entries data.
func (t Tile) Path() string {
	at := strconv.Itoa(t.Level)
	if t.Entries {
		at = "entries"
	}
	var n string
	for i := t.Index; ; i /= 1000 {
		part := fmt.Sprintf("%03d", i%1000)
		if n != "" {
			part = "x" + part + "/" + n
		}
		n = part
		if i < 1000 {
			break
		}
	}
	if t.Width < TileWidth {
		n += ".p/" + strconv.Itoa(t.Width)
	}
	return "tile/" + at + "/" + n
}

var errTile = errors.New("leaf: no such tile")

// ParseTile reads a path as Path writes it, and no other.
func ParseTile(path string) (t Tile, err error) {
	rest, ok := strings.CutPrefix(path, "tile/")
	at, rest, ok2 := strings.Cut(rest, "/")
	if !ok || !ok2 {
		return t, errTile
	}
	if t.Entries = at == "entries"; !t.Entries {
		if t.Level, err = strconv.Atoi(at); err != nil || t.Level > 63 {
			return t, errTile
		}
	}
	t.Width = TileWidth
	if index, width, partial := strings.Cut(rest, ".p/"); partial {
		if t.Width, err = strconv.Atoi(width); err != nil || t.Width < 1 || t.Width >= TileWidth {
			return t, errTile
		}
		rest = index
	}
	if len(rest) > 24 { // six parts: more than any log
		return t, errTile
	}
	for part := range strings.SplitSeq(rest, "/") {
		n, err := strconv.Atoi(strings.TrimPrefix(part, "x"))
		if err != nil || n < 0 {
			return t, errTile
		}
		t.Index = t.Index*1000 + int64(n)
	}
	if t.Path() != path {
		return t, errTile
	}
	return t, nil
}

// Last is the place after the last hash or entry of the tile at its level.
func (t Tile) Last() int64 { return t.Index*TileWidth + int64(t.Width) }

// Hashes are the places of a tile's hashes in the order of tlog.StoredHashIndex.
func (t Tile) Hashes() []int64 {
	at := make([]int64, t.Width)
	for i := range at {
		at[i] = tlog.StoredHashIndex(t.Level*tileHeight, t.Index*TileWidth+int64(i))
	}
	return at
}

// Tiles are all tiles that a tree of size entries is made of: full ones, and at
// each level the partial one at its end.
func Tiles(size int64) (all []Tile) {
	for level := 0; ; level++ {
		n := size >> (tileHeight * level)
		if n == 0 {
			return all
		}
		for _, t := range row(n) {
			t.Level = level
			all = append(all, t)
		}
	}
}

// Bundles are all bundles that size entries are in.
func Bundles(size int64) []Tile {
	all := row(size)
	for i := range all {
		all[i].Entries = true
	}
	return all
}

func row(n int64) (tiles []Tile) {
	for i := range n / TileWidth {
		tiles = append(tiles, Tile{Index: i, Width: TileWidth})
	}
	if w := n % TileWidth; w > 0 {
		tiles = append(tiles, Tile{Index: n / TileWidth, Width: int(w)})
	}
	return tiles
}

// AppendBundle adds an entry to a bundle: two bytes of length, then the entry.
func AppendBundle(bundle, entry []byte) []byte {
	return append(binary.BigEndian.AppendUint16(bundle, uint16(len(entry))), entry...) // #nosec G115: at most MaxEntry
}

// SplitBundle returns the entries of a bundle.
func SplitBundle(b []byte) (entries [][]byte, err error) {
	for len(b) > 0 {
		if len(b) < 2 {
			return nil, errors.New("leaf: a bundle ends within a length")
		}
		n := int(binary.BigEndian.Uint16(b))
		if len(b) < 2+n {
			return nil, errors.New("leaf: a bundle ends within an entry")
		}
		entries = append(entries, b[2:2+n])
		b = b[2+n:]
	}
	return entries, nil
}
