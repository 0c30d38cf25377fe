package question

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/httpd"
	"caravan/internal/live"
)

// Voted is what a vote led to.
type Voted struct {
	ReplyID, QuestionID int64
	Value               int
	Helpful             int  // counted votes now
	Counted             bool // whether this one is
}

var voteRates = []httpd.Rate{{N: 60, Per: time.Hour}}

// Vote sets whether a reply helped a (1) or not (0). It is set, not toggled:
// twice or twenty times at once gives the same as once.
func (s *Service) Vote(ctx context.Context, a access.Actor, replyID int64, value int) (Voted, error) {
	if err := cleanVote(value); err != nil {
		return Voted{}, err
	}
	if err := s.limits.Take(ctx, "vote", who(a), voteRates...); err != nil {
		return Voted{}, err
	}
	v := &vote{ReplyID: replyID, PersonID: a.PersonID, AccountID: a.AccountID, Value: value, Counted: a.Trust >= trustThatIsCounted}
	for {
		if err := s.cast(ctx, v); err != nil {
			return Voted{}, err
		}
		out := v.cast
		if err := canVote(a, out.State, out.Author); err != nil {
			return Voted{}, err
		}
		if !out.settled() {
			continue // the same person voted at the same moment: look again at what holds now
		}
		if out.Delta != 0 {
			s.scores.changed(out.QuestionID, replyID)
		}
		return Voted{ReplyID: replyID, QuestionID: out.QuestionID, Value: value, Helpful: out.Helpful, Counted: v.Counted}, nil
	}
}

// cast casts v together with the votes of the same moment, and by itself where
// those fail.
func (s *Service) cast(ctx context.Context, v *vote) error {
	err := s.votes.Do(ctx, v)
	if errors.Is(err, db.ErrAlone) {
		return castVotes(s.db.Read(ctx), []*vote{v})
	}
	return err
}

// name keeps two votes of one person on one reply apart.
func (v *vote) name() string { return itoa(v.ReplyID) + " " + itoa(v.PersonID) }

func (s *Service) voteTogether(ctx context.Context, vs []*vote) (alone []*vote, err error) {
	return nil, castVotes(s.db.Read(ctx), vs)
}

// scoreBoard gathers which replies have a new score, so that a hundred votes
// are one event. Losing it is harmless: the score itself is a row.
type scoreBoard struct {
	mu    sync.Mutex
	dirty map[int64]map[int64]bool // question → replies
	wake  func()
}

func newScoreBoard() *scoreBoard {
	return &scoreBoard{dirty: map[int64]map[int64]bool{}, wake: func() {}}
}

func (b *scoreBoard) changed(questionID, replyID int64) {
	b.mu.Lock()
	if b.dirty[questionID] == nil {
		b.dirty[questionID] = map[int64]bool{}
	}
	b.dirty[questionID][replyID] = true
	b.mu.Unlock()
}

func (b *scoreBoard) take() map[int64]map[int64]bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	d := b.dirty
	b.dirty = map[int64]map[int64]bool{}
	return d
}

// tellAtOnce is how many questions are told of new scores in one transaction.
const tellAtOnce = 100

// TellScores sends the new scores of replies to open pages.
func (s *Service) TellScores(ctx context.Context) error {
	dirty := s.scores.take()
	for questions := range slices.Chunk(slices.Sorted(maps.Keys(dirty)), tellAtOnce) {
		var replies []int64
		for _, q := range questions {
			replies = slices.AppendSeq(replies, maps.Keys(dirty[q]))
		}
		err := s.db.Write(ctx, func(tx *db.Tx) error {
			sums, err := listScores(tx, replies)
			if err != nil {
				return err
			}
			for _, q := range questions {
				live.Append(tx, channel(q), live.Event{Type: "vote.sum", Ref: q, Data: map[string]any{"sums": sums[q]}})
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// CountRisen counts what people voted before we knew enough of them to count
// it.
func (s *Service) CountRisen(ctx context.Context) error {
	return s.db.Write(ctx, func(tx *db.Tx) error { return countRisenVotes(tx, access.Newness) })
}

// Recount makes every sum anew from the votes themselves and says how many were
// wrong; none should be.
func (s *Service) Recount(ctx context.Context) (wrong int64, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error { wrong, err = s.recountScores(tx); return err })
	return wrong, err
}
