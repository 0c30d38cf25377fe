package provider

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"caravan/internal/db"
	"caravan/internal/wording"
)

// Procedure is one of the treatments of the catalogue. The zero Procedure has
// no name.
type Procedure struct {
	ID          int64
	Code        string   // stable, shown outside: den.crown
	Specialty   string   // code of three letters: DEN
	Units       []string // what a price is per: tooth, graft, eye, case …
	Outcome     string   // what patients are asked afterwards; empty: only whether their goal was reached
	TwoTrips    bool     // often needs a second journey
	ImplantCard bool     // the implant card is asked for
	Month24     bool     // patients are asked again after two years
	caution     string
	names       map[string][]string // by language, the name first
	specialty   names
}

// Name is what the procedure is called in lang, in English where lang has no
// name for it.
func (p Procedure) Name(lang string) string {
	if n := p.names[lang]; len(n) > 0 {
		return n[0]
	}
	if n := p.names[wording.Langs[0]]; len(n) > 0 {
		return n[0]
	}
	return ""
}

// Names are the name and what people also call it, by language.
func (p Procedure) Names() map[string][]string { return p.names }

// AllNames are all names in all languages in one line, for search.
func (p Procedure) AllNames() string {
	var all []string
	for _, lang := range slices.Sorted(maps.Keys(p.names)) {
		all = append(all, p.names[lang]...)
	}
	return strings.Join(all, " · ")
}

// SpecialtyName is what its specialty is called in lang.
func (p Procedure) SpecialtyName(lang string) string { return p.specialty.in(lang) }

// Caution is a sentence that belongs beside the procedure wherever it is
// offered; empty for most.
func (p Procedure) Caution(lang string) string {
	if p.caution == "" {
		return ""
	}
	return wording.Text(lang, "provider.caution_"+p.caution)
}

// Destination is a country where people go for treatment.
type Destination struct {
	ISO       string // ISO 3166-1 alpha-2
	Currency  string // ISO 4217
	Exponent  int    // digits of the currency's minor unit
	Emergency string // telephone number of the ambulance; empty: not known for certain
	names     names
}

// Name is what the country is called in lang.
func (d Destination) Name(lang string) string { return d.names.in(lang) }

// Body accredits clinics. One that is Meta accredits such bodies instead.
type Body struct {
	ID   int16
	Code string
	Name string
	Meta bool
}

// Restricted is a class of treatment that is told about but never offered,
// priced or ranked here.
type Restricted struct {
	Code  string
	names names
}

// Name is what the class is called in lang.
func (r Restricted) Name(lang string) string { return r.names.in(lang) }

// names are what something is called, by language.
type names map[string]string

func (n names) in(lang string) string { return cmp.Or(n[lang], n[wording.Langs[0]]) }

// catalogue is everything that is fixed by the seed.
type catalogue struct {
	procedures   []Procedure
	byCode       map[string]Procedure
	byID         map[int64]Procedure
	destinations []Destination
	byISO        map[string]Destination
	bodies       []Body
	restricted   []Restricted
	specialties  map[int16]names
}

// cache keeps the catalogue once it was read. A failure is not kept.
type cache struct {
	mu   sync.Mutex
	have *catalogue
}

func (k *cache) load(q *db.Tx) (*catalogue, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.have == nil {
		c, err := readCatalogue(q)
		if err != nil {
			return nil, err
		}
		k.have = c
	}
	return k.have, nil
}

// known is the catalogue. It is read at start (Warm); should that not have
// happened and the database be away, pages are short of choices rather than
// broken, and the next call tries again.
func (s *Service) known() *catalogue {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	c, err := s.catalogue.load(s.db.Read(ctx))
	if err != nil {
		slog.Error("provider: catalogue cannot be read", "error", err)
		return &catalogue{}
	}
	return c
}

// Procedures are all procedures, specialty by specialty. The slice is shared:
// it is not to be changed.
func (s *Service) Procedures() []Procedure { return s.known().procedures }

// Procedure finds a procedure by its code.
func (s *Service) Procedure(code string) (Procedure, bool) {
	p, ok := s.known().byCode[code]
	return p, ok
}

// ProcedureByID finds a procedure by its id.
func (s *Service) ProcedureByID(id int64) (Procedure, bool) {
	p, ok := s.known().byID[id]
	return p, ok
}

// Destinations are all destinations, by their English names. The slice is
// shared: it is not to be changed.
func (s *Service) Destinations() []Destination { return s.known().destinations }

// DestinationsIn are the destinations in the order of their names in lang.
func (s *Service) DestinationsIn(lang string) []Destination {
	out := slices.Clone(s.known().destinations)
	sorter := collate.New(language.Make(lang))
	slices.SortFunc(out, func(a, b Destination) int { return sorter.CompareString(a.Name(lang), b.Name(lang)) })
	return out
}

// Destination finds a destination by its ISO code.
func (s *Service) Destination(iso string) (Destination, bool) {
	d, ok := s.known().byISO[iso]
	return d, ok
}

// Restricted are all classes of treatment that are told about and never offered.
func (s *Service) Restricted() []Restricted { return s.known().restricted }

// Bodies are the bodies that accredit, the one that accredits them included.
func (s *Service) Bodies() []Body { return s.known().bodies }
