// Package search finds questions, replies, clinics, clinicians and procedures
// by their words. It holds only what everybody may read, under the names that
// everybody sees: a feature that shows something new or changed puts it into
// the queue with Put, in the same transaction, and tells the index job about it
// as a Source.
//
//	search.go     Kind, Doc, Source, Service, Put
//	fold.go       words without case and accents; pairs of signs for scripts without spaces
//	concept.go    phrases that mean the same
//	vector.go     plain words as the database would store them
//	marks.go      kind, country and procedure as marks inside the vectors
//	index.go      the job that writes the index
//	filter.go     the options of the page's filters
//	query.go      what a person typed, understood; lexemes.go looks into it
//	find.go       Find and Similar; rank.go weighs, forecast.go says where to look first
//	shelf.go      the shelves that documents stand on
//	snippet.go    the passage that is shown, with its marked words
//	cursor.go     where the next page begins
//	store*.go     all SQL; store_rows.go writes the documents
//	http*.go      the page and the JSON API; views.go and views/
//
// A search reads two vectors of each document. One holds stems by the
// document's language; the other holds plain words, which carry names, mixed
// languages, and languages whose stemmer is weak (Arabic) or missing (Chinese).
package search

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/httpd"
	"caravan/internal/job"
)

// Kind says what a document is. The numbers are stored.
type Kind int16

// The kinds.
const (
	Question  Kind = 1
	Reply     Kind = 2 // shown under its question
	Clinic    Kind = 3
	Clinician Kind = 4
	Procedure Kind = 5
	// Told by patients, offers that are shaped in public, and public comment from elsewhere.
	Experience Kind = 6
	Package    Kind = 7
	Feedback   Kind = 8
)

// isName reports the kinds that are looked up by name and do not grow old.
func (k Kind) isName() bool { return k == Clinic || k == Clinician || k == Procedure }

// standsAlone reports the kinds that have no texts below them.
func (k Kind) standsAlone() bool { return k != 0 && k != Question && k != Reply }

// Doc is a public text or name as it can be found. Names, words and people in
// it are those that everybody sees.
type Doc struct {
	Ref         int64
	Parent      int64  // question of a reply
	Lang        string // two letters; empty if not known
	Title       string // counts most; of a reply it is the question's, shown and not searched
	Names       string // also called: counts as the title
	Context     string // clinic, city, surgeon: counts next
	Tags        string // counts a little more than the body
	Body        string // plain words; what is beyond 200 kB is left out
	Path        string // without the language's prefix
	ClinicID    int64
	ProcedureID int64
	Country     string // ISO 3166-1 alpha-2, capitals
	Verified    bool
	CreatedAt   time.Time
	BumpedAt    time.Time     // last activity: what is old counts a little less
	Quality     float32       // 0 to 1, by what its feature knows
	Author      access.Author // shown as the byline; zero for names
}

// Source is a feature's side of the index.
type Source interface {
	Kind() Kind
	// Docs returns the documents of refs as they are now. A ref that is not
	// among them is gone, or not for everybody, and leaves the index.
	Docs(ctx context.Context, q *db.Tx, refs []int64) ([]Doc, error)
}

// Choice is one value of a filter, as it stands in addresses, with what people
// call it. Of treatments it also has the number that documents carry.
type Choice struct {
	Value, Label string
	ID           int64
}

// Choices are the values of the filters by place and treatment.
type Choices struct{ Countries, Procedures []Choice }

// Service keeps the index and answers searches.
type Service struct {
	db      *db.DB
	limits  *httpd.Limits
	sources map[Kind]Source
	choices func(lang string) Choices

	called   sync.Map // language → Choices
	patience time.Duration
	concepts atomic.Pointer[concepts]
	forecast atomic.Pointer[forecast]
	stems    *lru.Cache[string, string] // "config word" → its stem; empty for a stop word
	reading  sync.Mutex                 // of concepts and forecast
	stale    atomic.Bool                // there may be rows of an older indexVersion

	indexing sync.Mutex      // of what the job alone uses
	shelves  map[string]bool // that there are
	changed  map[string]bool // shelves written to since they were last settled
	wrote    map[string]int  // rows by shelf since the planner last counted them
}

// How often the job looks into the queue, and the process at what it knows of
// the index.
const (
	indexEvery   = time.Second
	measureEvery = 5 * time.Minute
)

// rememberedStems is how many words' stems are kept in memory.
const rememberedStems = 20_000

// New returns the feature, and its rounds to jobs. Sources are added before
// jobs start.
func New(d *db.DB, jobs *job.Runner, limits *httpd.Limits) *Service {
	stems, err := lru.New[string, string](rememberedStems)
	if err != nil {
		panic(err) // only for a size below one
	}
	s := &Service{db: d, limits: limits, sources: map[Kind]Source{}, stems: stems, patience: patience,
		shelves: map[string]bool{}, changed: map[string]bool{}, wrote: map[string]int{}}
	s.stale.Store(true)
	jobs.Every("search index", indexEvery, s.Index)
	atOnce := jobs.Every("search forecast", measureEvery, s.measure)
	atOnce() // a search without a forecast looks at every shelf
	return s
}

// Add tells the index where the documents of a kind come from.
func (s *Service) Add(src Source) { s.sources[src.Kind()] = src }

// Offer tells the page which places and treatments can be filtered by, and what
// they are called; the catalogue of them stands above this package. What f says
// is kept for a while.
func (s *Service) Offer(f func(lang string) Choices) {
	s.choices = func(lang string) Choices {
		if c, ok := s.called.Load(lang); ok {
			return c.(Choices)
		}
		c := f(lang)
		if len(c.Countries) > 0 { // not while the database is away
			s.called.Store(lang, c)
		}
		return c
	}
}

// Put queues a document for the index, or out of it, in the transaction of the
// change. It is found, or gone, about a second after the commit.
func Put(tx *db.Tx, k Kind, ref int64) error { return PutMany(tx, k, []int64{ref}) }

// PutMany queues many documents of a kind at once.
func PutMany(tx *db.Tx, k Kind, refs []int64) error {
	if k < Question || k > Feedback {
		return fmt.Errorf("search: %d is no kind", k)
	}
	tx.Last("a search", enqueueSQL, []any{int16(k), refs}, nil)
	return nil
}
