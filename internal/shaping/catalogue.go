package shaping

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

//go:embed all:catalogue
var catalogueFiles embed.FS

// Class groups items by whom they bind and how they are judged.
type Class string

// The classes.
const (
	Commercial Class = "commercial"
	Services   Class = "service"
	Aftercare  Class = "aftercare"
	Guarantee  Class = "guarantee"
	Clinical   Class = "clinical" // never put to a vote: asked about, flagged, answered by a licensed person
)

// Classes are all classes, in the order in which a ledger shows them.
var Classes = []Class{Commercial, Services, Aftercare, Guarantee, Clinical}

// Verify says when a patient can judge whether a promise was kept.
type Verify string

// The times of judging.
const (
	AtDischarge   Verify = "at_discharge"
	At30Days      Verify = "at_30d"
	At180Days     Verify = "at_180d"
	At365Days     Verify = "at_365d"
	ByDocument    Verify = "document" // the paper itself is looked at, at discharge
	NotVerifiable Verify = "not_verifiable"
)

// Verifies are all times of judging.
var Verifies = []Verify{AtDischarge, At30Days, At180Days, At365Days, ByDocument, NotVerifiable}

// Option is a word of an enum or a set, with its names. The options of an enum
// with a direction stand from the least to the most.
type Option struct {
	Value string `json:"value"`
	EN    string `json:"en"`
	AR    string `json:"ar"`
}

// Spec is what is known about an item before it has a value.
type Spec struct {
	Key       string            `json:"key"`
	Kind      Kind              `json:"kind"`
	Unit      string            `json:"unit"`
	Direction Direction         `json:"direction"`
	Class     Class             `json:"class"`
	Votable   bool              `json:"votable"`
	Verify    Verify            `json:"verify"`
	Mandatory bool              `json:"mandatory"` // no package is published without it
	Names     map[string]string `json:"names"`     // by language
	Ask       map[string]string `json:"ask"`       // what patients are asked when it can be judged, by language
	Options   []Option          `json:"options"`
	For       []string          `json:"for"` // codes of procedures, or how they begin: "hai."; empty: all
}

// Own begins the keys of items that are not of the catalogue.
const Own = "x."

// Name is how the item is called in lang, English where it has no name there.
func (s Spec) Name(lang string) string { return inLang(s.Names, lang) }

// Question is what patients are asked about the item when it can be judged, in
// lang; empty for own items.
func (s Spec) Question(lang string) string { return inLang(s.Ask, lang) }

func inLang(m map[string]string, lang string) string {
	if m[lang] != "" {
		return m[lang]
	}
	return m["en"]
}

// fits reports whether the item is asked of packages of a procedure.
func (s Spec) fits(procedure string) bool {
	return len(s.For) == 0 || slices.ContainsFunc(s.For, func(code string) bool {
		return code == procedure || strings.HasSuffix(code, ".") && strings.HasPrefix(procedure, code)
	})
}

// Spec is what the catalogue knows of the item, else what its own row says. The
// row wins where both speak: it is what people voted on.
func (it Item) Spec() Spec {
	s, ok := SpecOf(it.Key)
	if !ok {
		s = Spec{Key: it.Key, Names: map[string]string{"en": it.Name}}
	}
	s.Kind, s.Unit, s.Direction, s.Class, s.Votable, s.Verify = it.Kind, it.Unit, it.Direction, it.Class, it.Votable, it.Verify
	return s
}

// Item is the row of the item in a package.
func (s Spec) Item(packageID int64) Item {
	return Item{PackageID: packageID, Key: s.Key, Kind: s.Kind, Unit: s.Unit, Direction: s.Direction, Class: s.Class, Votable: s.Votable, Verify: s.Verify}
}

var catalogue = loadCatalogue(catalogueFiles)

type book struct {
	specs []Spec // sorted by key
	byKey map[string]int
}

// loadCatalogue reads every file of the folder. The files are part of the
// program: one that cannot be read is found by the first test.
func loadCatalogue(files fs.FS) book {
	names, err := fs.Glob(files, "catalogue/*.json")
	if err != nil {
		panic(err) // the pattern is constant
	}
	b := book{byKey: map[string]int{}}
	for _, name := range names {
		specs, err := readSpecs(files, name)
		if err != nil {
			panic(fmt.Errorf("shaping: %s: %w", path.Base(name), err))
		}
		b.specs = append(b.specs, specs...)
	}
	slices.SortFunc(b.specs, func(x, y Spec) int { return strings.Compare(x.Key, y.Key) })
	for i, s := range b.specs {
		if _, twice := b.byKey[s.Key]; twice {
			panic("shaping: " + s.Key + " is in the catalogue twice")
		}
		b.byKey[s.Key] = i
	}
	return b
}

func readSpecs(files fs.FS, name string) (specs []Spec, err error) {
	raw, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	return specs, d.Decode(&specs)
}

// Catalogue returns the items that are asked of packages of a procedure, by its
// code, sorted by class and key.
func Catalogue(procedure string) []Spec {
	var some []Spec
	for _, s := range catalogue.specs {
		if s.fits(procedure) {
			some = append(some, s)
		}
	}
	slices.SortStableFunc(some, func(a, b Spec) int {
		return slices.Index(Classes, a.Class) - slices.Index(Classes, b.Class)
	})
	return some
}

// SpecOf returns an item of the catalogue.
func SpecOf(key string) (Spec, bool) {
	i, ok := catalogue.byKey[key]
	if !ok {
		return Spec{}, false
	}
	return catalogue.specs[i], true
}
