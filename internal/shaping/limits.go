package shaping

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// Limit is a declared bound between two items: Left is at most Right.
type Limit struct {
	Left  string            `json:"left"`
	Op    string            `json:"op"` // always <=
	Right string            `json:"right"`
	Says  map[string]string `json:"says"` // what is wrong where it is broken, by language
}

// Say is what is wrong where the limit is broken, in lang.
func (l Limit) Say(lang string) string { return inLang(l.Says, lang) }

// Source is where a reference can be looked up.
type Source struct {
	Publisher string `json:"publisher"`
	Title     string `json:"title"`
	URL       string `json:"url"`
}

// Stay is how many days an item should at least have after a procedure, by
// somebody who should know. Less is a warning that the proposer answers in
// public, never a refusal.
type Stay struct {
	For    []string          `json:"for"`
	Item   string            `json:"item"`
	Days   int64             `json:"days"`
	Says   map[string]string `json:"says"`
	Source Source            `json:"source"`
}

// Say is the reference in words, in lang.
func (s Stay) Say(lang string) string { return inLang(s.Says, lang) }

// Section heads the items whose keys begin alike.
type Section struct {
	Begins string            `json:"begins"`
	Names  map[string]string `json:"names"`
}

// Name is the heading in lang.
func (s Section) Name(lang string) string { return inLang(s.Names, lang) }

// The bounds, references and headings that come with the catalogue.
var (
	limits   = loadLimits()
	stays    = readAll[Stay](catalogueFiles, "catalogue/limits/stays.json")
	sections = readAll[Section](catalogueFiles, "catalogue/limits/sections.json")
)

func loadLimits() []Limit {
	all := readAll[Limit](catalogueFiles, "catalogue/limits/constraints.json")
	for _, l := range all {
		if l.Op != "<=" {
			panic("shaping: a limit of " + l.Left + " is not <=")
		}
	}
	return all
}

// readAll reads a file that is part of the program.
func readAll[T any](files fs.FS, name string) (all []T) {
	raw, err := fs.ReadFile(files, name)
	if err == nil {
		d := json.NewDecoder(bytes.NewReader(raw))
		d.DisallowUnknownFields()
		err = d.Decode(&all)
	}
	if err != nil {
		panic(fmt.Errorf("shaping: %s: %w", name, err))
	}
	return all
}

// Sections returns the headings of a ledger in their order.
func Sections() []Section { return slices.Clone(sections) }

// SectionOf is the heading under which an item stands; empty for none.
func SectionOf(key string) Section {
	for _, s := range sections {
		if strings.HasPrefix(key, s.Begins) {
			return s
		}
	}
	return Section{}
}

// Broken returns the limits that a content breaks. Items that are not there or
// not measured break none.
func Broken(c Content) (broken []Limit) {
	for _, l := range limits {
		left, a := c.Find(l.Left)
		right, b := c.Find(l.Right)
		if a && b && onOneLine(left.Value, right.Value) && left.Value.Number > right.Value.Number {
			broken = append(broken, l)
		}
	}
	return broken
}

func onOneLine(a, b Value) bool {
	return a.Kind.numeric() && b.Kind.numeric() && !a.Unmeasured && !b.Unmeasured && a.Currency == b.Currency
}

// Short returns the references that a content of a procedure stays below.
func Short(procedure string, c Content) (short []Stay) {
	for _, s := range stays {
		l, ok := c.Find(s.Item)
		if ok && (Spec{For: s.For}).fits(procedure) && l.Value.Number < s.Days {
			short = append(short, s)
		}
	}
	return short
}
