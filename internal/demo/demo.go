// Package demo fills an empty site with invented clinics, people, questions and
// answers, so that somebody who starts the program sees it alive. Nothing in it
// is real, and every page says so. The same options give the same texts: all
// chance comes from one fixed seed, all times are told back from one moment.
//
//	demo.go        Fill
//	content.go     what was written by hand: content/*.json, read strictly
//	phrase.go      sentences with gaps, and how the gaps are filled
//	scene.go       what one generated question is about
//	people.go      the people, and who may have been there at a given moment
//	thread.go      questions with their replies, as they will be stored
//	generate.go    generated questions; reply.go their replies; vote.go the votes
//	episode.go     an experience as it was written by hand; saga.go what others are told with
//	tale*.go       experiences as they will be stored, by hand or drawn
//	ledger.go      their rows, derived as the site derives them; desk.go codes of visits
//	reaction.go    answers of clinics, changes, votes
//	offer*.go      packages as they were written by hand, and how they become rows (hall.go);
//	               trip.go their patients
//	electorate.go  who votes on them; booth.go their votes
//	store*.go      all of it into the tables, by COPY
//	sessions.go    cookies of people who are signed in, for measurements
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"caravan/internal/db"
)

// Options say how much there shall be.
type Options struct {
	Scale int       // 1: 50 people, 125 questions, 2,500 replies, 140 experiences, 18 packages; N: N times as much, and always 135 people who vote on packages and 86 experiences of those who took one
	Now   time.Time // the moment from which ages are told back; zero: the database's now
	Log   io.Writer // where progress is told; nil: nowhere
}

// Sizes at scale 1. Clinics stay the same at every scale.
const (
	peopleByScale    = 50
	questionsByScale = 125
	repliesByScale   = 2_500
	maxScale         = 400
)

// ErrNotEmpty says that there are accounts already, and nothing was changed.
var ErrNotEmpty = errors.New("demo: the database has accounts; demo data go only into an empty one")

// Fill writes the demo data into an empty database, all of it or nothing.
func Fill(ctx context.Context, d *db.DB, o Options) error {
	if o.Scale < 1 || o.Scale > maxScale {
		return fmt.Errorf("demo: scale %d is not between 1 and %d", o.Scale, maxScale)
	}
	if o.Log == nil {
		o.Log = io.Discard
	}
	if o.Now.IsZero() {
		o.Now = d.Now()
	}
	o.Now = o.Now.UTC().Truncate(time.Microsecond)
	c, err := load()
	if err != nil {
		return err
	}
	began := time.Now()
	var told int
	err = d.Write(ctx, func(tx *db.Tx) (err error) { told, err = fill(tx, c, o); return err })
	if err != nil {
		return err
	}
	if err := tidy(ctx, d); err != nil {
		return err
	}
	fmt.Fprintf(o.Log, "demo: %d people and %d who vote, %d questions, %d replies, %d experiences, %d packages in %s\n",
		o.Scale*peopleByScale, voices+unknownVoices+foundVoices, o.Scale*questionsByScale, o.Scale*repliesByScale, told, o.Scale*offersByScale, time.Since(began).Round(time.Millisecond))
	return nil
}

// seed is the reason why the same demo site stands everywhere.
func seed() *rand.Rand { return rand.New(rand.NewPCG(20, 24)) }

// fill returns how many experiences there are.
func fill(tx *db.Tx, c *content, o Options) (told int, err error) {
	if err := claimEmpty(tx); err != nil {
		return 0, err
	}
	r := seed()
	places, err := storeOrganisations(tx, c, o.Now)
	if err != nil {
		return 0, err
	}
	crowd := newCrowd(r, c, o.Scale, o.Now)
	if err := storePeople(tx, crowd, places); err != nil {
		return 0, err
	}
	fmt.Fprintf(o.Log, "demo: %d people\n", len(crowd.all))
	w := newWriter(r, c, crowd, o)
	s := newShelf(tx, places, o.Now)
	for done := 0; ; {
		threads := w.next(threadsByCopy)
		if len(threads) == 0 {
			break
		}
		if err := s.put(threads); err != nil {
			return 0, err
		}
		if done += len(threads); done%1_000 == 0 {
			fmt.Fprintf(o.Log, "demo: %d of %d questions\n", done, o.Scale*questionsByScale)
		}
	}
	trips, err := c.trips(crowd, o.Now)
	if err != nil {
		return 0, err
	}
	tales, err := storeExperiences(tx, c, crowd, places, trips, o, s.answered)
	if err != nil {
		return 0, err
	}
	if err := storeOffers(tx, c, crowd, places, tales, trips, o); err != nil {
		return 0, err
	}
	if err := s.finish(); err != nil {
		return 0, err
	}
	return len(tales), queueForSearch(tx)
}

// threadsByCopy is how many questions go to the database at once, so that
// memory does not grow with the scale.
const threadsByCopy = 250
