package live_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/live"
	"caravan/internal/testkit"
)

func TestAClientGetsExactlyWhatItMissed(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	posts(t, d, "question:1", 200)
	n := start(t, d, setup{})
	s := n.hello()
	for _, since := range []int64{200, 199, 150, 30, 0} {
		got := s.sub("question:1", since, "")
		var want []int64
		for i := since + 1; i <= 200; i++ {
			want = append(want, i)
		}
		if got.T != "sub_ok" || got.Seq != 200 || !slices.Equal(seqs(got.Events), want) {
			t.Errorf("since %d: %s, seq %d, events %v", since, got.T, got.Seq, seqs(got.Events))
		}
	}
	post(t, d, "question:1", live.Event{Type: "reply.new"})
	if e := s.await("ev"); e.Seq != 201 {
		t.Errorf("the next: %+v", e)
	}
}

// The channel is live for somebody who missed nothing, so its ring reaches back
// to nowhere; others come from further and further back.
func TestAChannelThatIsLiveReachesBackForLateComers(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	posts(t, d, "question:1", 280)
	n := start(t, d, setup{})
	first := n.hello()
	first.sub("question:1", 280, "")
	for _, since := range []int64{279, 250, 100, 100, 5, 200, 0} {
		s := n.hello()
		got := s.sub("question:1", since, "")
		if got.T != "sub_ok" || int64(len(got.Events)) != 280-since || got.Seq != 280 {
			t.Errorf("since %d: %s with %d events up to %d", since, got.T, len(got.Events), got.Seq)
		}
		for i, e := range got.Events {
			if e.Seq != since+int64(i)+1 {
				t.Fatalf("since %d: %v", since, seqs(got.Events))
			}
		}
	}
	posts(t, d, "question:1", 1)
	if e := first.await("ev"); e.Seq != 281 {
		t.Errorf("the first: %+v", e)
	}
}

func TestAHoleThatThePurgeMadeIsNeverPassedOver(t *testing.T) {
	t.Parallel()
	d, clock := testkit.DBAt(t)
	posts(t, d, "question:1", 5)
	n := start(t, d, setup{bus: deaf{connect(t, "")}, o: live.Options{Timing: live.Timing{Check: 200 * time.Millisecond}}})
	s := n.hello()
	s.sub("question:1", 5, "")
	err := d.Write(context.Background(), func(tx *db.Tx) error { // 6 to 8 come and go, and nobody hears of them
		return errors.Join(tx.Gorm().Exec(`UPDATE live_channels SET top_seq = 8, low_seq = 8`).Error,
			tx.Gorm().Exec(`DELETE FROM live_events`).Error)
	})
	if err != nil {
		t.Fatal(err)
	}
	clock.Move(time.Second)
	posts(t, d, "question:1", 2)
	if got := s.await("sub_reset"); got.Why != "too_old" || got.Seq < 8 {
		t.Errorf("got %+v", got)
	}
}

func TestWhoIsTooFarBehindLoadsAnew(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	posts(t, d, "question:1", 310)
	n := start(t, d, setup{})
	s := n.hello()
	if got := s.sub("question:1", 10, ""); got.T != "sub_ok" || len(got.Events) != 300 {
		t.Errorf("300 missed: %s with %d events", got.T, len(got.Events))
	}
	got := s.sub("question:1", 9, "")
	if got.T != "sub_reset" || got.Why != "too_many" || got.Seq != 310 || got.Epoch == "" {
		t.Errorf("301 missed: %+v", got)
	}
	post(t, d, "question:1", live.Event{Type: "reply.new"})
	if e := s.await("ev"); e.Seq != 311 {
		t.Errorf("after the reset it is live: %+v", e)
	}
	if got := s.sub("question:1", 400, ""); got.T != "sub_reset" || got.Why != "epoch" {
		t.Errorf("from a future: %+v", got)
	}
}

func TestWhoIsBehindThePurgeLoadsAnew(t *testing.T) {
	t.Parallel()
	d, clock := testkit.DBAt(t)
	posts(t, d, "question:1", 5)
	posts(t, d, "question:2", 5)
	clock.Move(8 * 24 * time.Hour)
	posts(t, d, "question:1", 2)
	n := start(t, d, setup{})
	gone, err := n.hub.Purge(context.Background(), clock.Now().Add(-7*24*time.Hour))
	if err != nil || gone != 10 {
		t.Fatalf("purged %d, %v", gone, err)
	}
	s := n.hello()
	if got := s.sub("question:1", 4, ""); got.T != "sub_reset" || got.Why != "too_old" || got.Seq != 7 {
		t.Errorf("below the purge: %+v", got)
	}
	if got := s.sub("question:1", 5, ""); got.T != "sub_ok" || !slices.Equal(seqs(got.Events), []int64{6, 7}) {
		t.Errorf("at the purge: %+v", got)
	}
	if got := s.sub("question:2", 5, ""); got.T != "sub_ok" || got.Seq != 5 {
		t.Errorf("nothing missed in an empty channel: %+v", got)
	}
	post(t, d, "question:2", live.Event{Type: "reply.new"})
	if e := s.await("ev"); e.Seq != 6 {
		t.Errorf("numbers go on after the purge: %+v", e)
	}
}

func TestAnotherEpochMakesEverybodyLoadAnew(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	posts(t, d, "question:1", 3)
	n := start(t, d, setup{o: live.Options{Timing: live.Timing{Check: 20 * time.Millisecond}}})
	s := n.hello()
	_, epoch, err := n.hub.Position(context.Background(), d.Read(context.Background()), "question:1")
	if err != nil {
		t.Fatal(err)
	}
	if got := s.sub("question:1", 1, "other"); got.T != "sub_reset" || got.Why != "epoch" || got.Seq != 3 || got.Epoch != epoch {
		t.Errorf("a page of another epoch: %+v", got)
	}
	if got := s.sub("question:1", 1, epoch); got.T != "sub_ok" || len(got.Events) != 2 {
		t.Errorf("a page of this epoch: %+v", got)
	}
	if err := live.NewEpoch(context.Background(), d); err != nil {
		t.Fatal(err)
	}
	reset := s.await("sub_reset")
	if reset.Why != "epoch" || reset.Seq != 3 || reset.Epoch == epoch {
		t.Errorf("after a restore: %+v", reset)
	}
	post(t, d, "question:1", live.Event{Type: "reply.new"})
	if e := s.await("ev"); e.Seq != 4 {
		t.Errorf("live again: %+v", e)
	}
}

func TestADatabaseThatWentBackMakesEverybodyLoadAnew(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	posts(t, d, "question:1", 5)
	n := start(t, d, setup{o: live.Options{Timing: live.Timing{Check: 20 * time.Millisecond}}})
	s := n.hello()
	s.sub("question:1", 5, "")
	err := d.Write(context.Background(), func(tx *db.Tx) error {
		return errors.Join(tx.Gorm().Exec(`DELETE FROM live_events WHERE seq > 2`).Error,
			tx.Gorm().Exec(`UPDATE live_channels SET top_seq = 2`).Error)
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := s.await("sub_reset"); got.Why != "epoch" || got.Seq != 2 {
		t.Errorf("got %+v", got)
	}
}

// deaf loses every announcement.
type deaf struct{ live.Bus }

func (d deaf) Announce(live.Batch) error { return nil }

func TestALostAnnouncementIsMadeUpForByThePositionCheck(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	bus := connect(t, "")
	n := start(t, d, setup{bus: deaf{bus}, o: live.Options{Timing: live.Timing{Check: 20 * time.Millisecond}}})
	s := n.hello()
	s.sub("question:1", 0, "")
	posts(t, d, "question:1", 5)
	for i := range 5 {
		if e := s.await("ev"); e.Seq != int64(i+1) {
			t.Errorf("event %d: %+v", i+1, e)
		}
	}
	if got := n.metric("live_gap_detected_total", "position_check"); got == 0 {
		t.Error("the check is not counted")
	}
}

func TestAHiddenReplyIsNotReplayedAsItWas(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	var hidden atomic.Bool
	topic := open("question")
	topic.Show = func(_ context.Context, _ string, evs []live.Stored) ([]any, error) {
		out := make([]any, len(evs))
		for i := range evs {
			out[i] = map[string]string{"html": "what was said"}
			if hidden.Load() {
				out[i] = map[string]string{"html": "removed"}
			}
		}
		return out, nil
	}
	n := start(t, d, setup{topics: []live.Topic{topic}})
	first := n.hello()
	first.sub("question:1", 0, "")
	post(t, d, "question:1", live.Event{Type: "reply.new", Ref: 5, Ver: 1})
	if e := first.await("ev"); !strings.Contains(string(e.D), "what was said") {
		t.Errorf("before: %s", e.D)
	}
	hidden.Store(true)
	post(t, d, "question:1", live.Event{Type: "reply.hide", Ref: 5, Ver: 2})
	first.await("ev")
	second := n.hello()
	for _, e := range second.sub("question:1", 0, "").Events {
		if strings.Contains(string(e.D), "said") {
			t.Errorf("replayed after it was hidden: %s", e.D)
		}
	}
}

func TestALongReplayFitsIntoTheQueue(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	topic := open("question")
	topic.Show = func(_ context.Context, _ string, evs []live.Stored) ([]any, error) {
		out := make([]any, len(evs))
		for i, e := range evs {
			out[i] = map[string]any{"n": e.Ref, "html": strings.Repeat("x", 7000)}
		}
		return out, nil
	}
	posts(t, d, "question:1", 300)
	n := start(t, d, setup{topics: []live.Topic{topic}})
	s := n.hello()
	got := s.sub("question:1", 0, "")
	with := 0
	for i, e := range got.Events {
		if !strings.Contains(string(e.D), fmt.Sprintf(`"n":%d`, i+1)) {
			t.Fatalf("event %d: %.60s", i+1, e.D)
		}
		if strings.Contains(string(e.D), "html") {
			with++
		}
	}
	if len(got.Events) != 300 || with == 0 || with > 10 {
		t.Errorf("%d events, %d with their fragment", len(got.Events), with)
	}
}

// A thousand readers come back at once to ten channels: the database sees a few
// statements for each channel, whatever the number of readers.
func TestReadersComingBackAtOnceCostOneReadAChannel(t *testing.T) {
	t.Parallel()
	readers, channels := 100, 10
	if long() {
		readers = 1000
	}
	d := testkit.DB(t)
	for c := range channels {
		posts(t, d, fmt.Sprintf("question:%d", c+1), 40)
	}
	n := start(t, d, setup{o: live.Options{LimitsOff: true}})
	all := make([]*socket, readers)
	for i := range all {
		all[i] = n.hello()
	}
	before := n.metric("live_reads_total")
	var wg sync.WaitGroup
	for i, s := range all {
		wg.Go(func() {
			since := i % 40
			s.say(`{"t":"sub","id":7,"ch":"question:%d","since":%d}`, i%channels+1, since)
			if got, err := s.next(); err != nil || got.T != "sub_ok" || len(got.Events) != 40-since {
				t.Errorf("reader %d: %+v, %v", i, got.T, err)
			}
		})
	}
	wg.Wait()
	if got := n.metric("live_reads_total") - before; got > float64(4*channels) {
		t.Errorf("%v reads for %d channels", got, channels)
	}
}

func TestARightThatEndsInTheMiddleOfAReplayShowsNothing(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	posts(t, d, "clinic:5", 3)
	showing, revoked := make(chan struct{}), make(chan struct{})
	var once sync.Once
	topic := open("clinic")
	topic.Show = func(_ context.Context, _ string, evs []live.Stored) ([]any, error) {
		once.Do(func() { close(showing) })
		<-revoked
		return make([]any, len(evs)), nil
	}
	n := start(t, d, setup{topics: []live.Topic{topic}, who: signedIn(1)})
	s := n.hello()
	s.say(`{"t":"sub","id":7,"ch":"clinic:5","since":0}`)
	<-showing
	n.hub.Revoke(live.Revoked{Account: 1, Channel: "clinic:5"})
	got := s.await("unsubbed")
	close(revoked)
	if got.Ch != "clinic:5" || got.Why != "revoked" {
		t.Errorf("got %+v", got)
	}
	post(t, d, "clinic:5", live.Event{Type: "reply.new"})
	if ok := s.sub("clinic:6", 0, ""); ok.T != "sub_ok" { // whatever was on its way has arrived before it
		t.Errorf("got %+v", ok)
	}
	if got := n.metric("live_subs"); got != 1 {
		t.Errorf("live_subs: %v", got)
	}
}

func TestARightThatEndsWhileItIsCheckedIsCheckedAgain(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	asked, revoked := make(chan struct{}), make(chan struct{})
	var calls atomic.Int32
	topic := live.Topic{Kind: "clinic", May: func(context.Context, access.Actor, int64) error {
		if calls.Add(1) == 1 {
			close(asked)
			<-revoked
			return nil // as it was when it was read
		}
		return errForbidden
	}}
	n := start(t, d, setup{topics: []live.Topic{topic}, who: signedIn(1)})
	s := n.hello()
	s.say(`{"t":"sub","id":7,"ch":"clinic:5","since":0}`)
	<-asked
	n.hub.Revoke(live.Revoked{Account: 1, Channel: "clinic:5"})
	close(revoked)
	if got := s.await("sub_err"); got.Code != "forbidden" {
		t.Errorf("got %+v", got)
	}
}
