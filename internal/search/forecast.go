package search

import (
	"context"
	"strings"

	"caravan/internal/db"
)

// forecast is what the planner knows of the index: which shelves there are, how
// many rows stand on each, and in which share of all rows the commonest words and
// stems are. A wrong guess costs time, never a hit.
type forecast struct {
	titleShelves, replyShelves []shelf // newest first
	titles, replies            shares
}

// shares are parts of all rows of a table, by lexeme.
type shares struct {
	stems, plain map[string]float64
}

// measure reads the forecast and the concepts anew.
func (s *Service) measure(ctx context.Context) error {
	q := s.db.Read(ctx)
	f := &forecast{}
	there, err := listShelves(q)
	if err != nil {
		return err
	}
	for _, x := range there {
		if x.Table == titlesTable {
			f.titleShelves = append(f.titleShelves, x)
		} else {
			f.replyShelves = append(f.replyShelves, x)
		}
	}
	words, err := listCommonWords(q)
	if err != nil {
		return err
	}
	f.titles, f.replies = sharesOf(words, titlesTable), sharesOf(words, repliesTable)
	rows, err := listSynonyms(q)
	if err != nil {
		return err
	}
	s.forecast.Store(f)
	s.concepts.Store(readConcepts(rows))
	s.called.Clear()
	return nil
}

func sharesOf(words []commonWord, table string) shares {
	x := shares{map[string]float64{}, map[string]float64{}}
	for _, w := range words {
		switch {
		case w.Table != table:
		case w.Column == "tsv_lang":
			x.stems[w.Word] = w.Share
		default:
			x.plain[w.Word] = w.Share
		}
	}
	return x
}

// follow looks where the forecast says.
func (f *finding) follow(fc *forecast, query Query) {
	f.titles = wayThrough(fc.titleShelves, fc.titles.of(f.asked, query.titleMarks()), rankedTitles)
	f.replies = wayThrough(fc.replyShelves, fc.replies.of(f.asked, query.marks()), rankedReplies)
}

// partly reports whether some of what may match is not looked at.
func (f *finding) partly() bool {
	return f.sorts.titles && f.titles.through || f.sorts.replies && f.replies.through
}

// again reports whether too little was found where the forecast said, and then
// looks further.
func (f *finding) again(rows []foundRow) bool {
	var titles, replies int
	if len(rows) > 0 {
		titles, replies = rows[0].Titles, rows[0].Replies
	}
	again := f.sorts.titles && f.titles.further(titles, rankedTitles)
	return f.sorts.replies && f.replies.further(replies, rankedReplies) || again
}

// of is the part of all rows that a search is likely to match, if its words
// stand independently of each other; words of a text keep company, so there are
// rather more.
func (x shares) of(a asked, marks []string) float64 {
	p := min(1, part(x.plain, a.words)+part(x.stems, a.stems))
	for _, m := range marks {
		p *= share(x.plain, m)
	}
	return p
}

func part(known map[string]float64, alternatives [][]term) (sum float64) {
	for _, all := range alternatives {
		p := 1.0
		for _, t := range all {
			if !t.not {
				p *= share(known, t.word)
			}
		}
		sum += p
	}
	return sum
}

// rare is the share of a lexeme that is not among the thousand commonest.
const rare = 0.0005

func share(known map[string]float64, lexeme string) float64 {
	if p, ok := known[lexeme]; ok {
		return p
	}
	return rare
}

// way is how one sort of documents is looked through.
type way struct {
	shelves []shelf // that are looked at by themselves, newest first
	more    bool    // there are older ones
	older   bool    // which are looked at too, together
	through bool    // row after row from the newest, since most of them match
}

const (
	// often is from which share on it is quicker to read rows from the newest
	// until enough match than to collect all that do.
	often = 0.12
	// readAhead is how many times more rows than are ranked are read so at most,
	// which is twice as many as the rarest word that is often should need.
	readAhead = 16
	// mostShelves is how many shelves are looked at one after the other. Older ones
	// are looked at together, and only where these do not hold enough: setting up a
	// look at a hundred of them takes longer than most searches.
	mostShelves = 12
)

// wayThrough is the way through documents on shelves for a search of that share,
// of which so many are ranked.
func wayThrough(shelves []shelf, share float64, ranked int) way {
	w := way{shelves: shelves[:min(mostShelves, len(shelves))], more: len(shelves) > mostShelves}
	w.older = w.more && share*rowsOn(w.shelves) < float64(ranked)
	w.through = share >= often && share*rowsOn(shelves) > float64(2*ranked)
	return w
}

func rowsOn(shelves []shelf) (sum float64) {
	for _, x := range shelves {
		sum += x.Rows
	}
	return sum
}

// further looks further if it can and so many were not enough.
func (w *way) further(found, ranked int) bool {
	switch {
	case w.through && found < ranked/2:
		w.through = false
	case !w.through && w.more && !w.older && found < ranked:
		w.older = true
	default:
		return false
	}
	return true
}

// readWords has the database read what was typed: the queries, and the stems of
// words that it was not asked for before.
func (s *Service) readWords(q *db.Tx, a *asked) error {
	all := alternatives(a.typed)
	var missing []string
	for _, alternative := range all {
		for _, t := range alternative {
			if _, ok := s.stems.Get(a.config + " " + t.word); !ok {
				missing = append(missing, t.word)
			}
		}
	}
	found, err := readQueries(q, a, missing)
	if err != nil {
		return err
	}
	for _, r := range found {
		s.stems.Add(a.config+" "+r.Word, r.Stem)
	}
	a.stems = s.stemsOf(a.config, all)
	return nil
}

// stemsOf returns the alternatives of a search with stems in place of words,
// without those that have none: stop words.
func (s *Service) stemsOf(config string, all [][]term) (out [][]term) {
	for _, alternative := range all {
		var now []term
		for _, t := range alternative {
			stem, _ := s.stems.Get(config + " " + t.word)
			for lexeme := range strings.FieldsSeq(stem) {
				now = append(now, term{lexeme, t.not})
			}
		}
		if len(now) > 0 {
			out = append(out, now)
		}
	}
	return out
}
