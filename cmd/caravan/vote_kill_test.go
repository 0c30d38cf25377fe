package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// motion is something of a package that is voted on.
type motion struct {
	slug, subject string
	id            int64 // of the amendment; 0: the package
}

// ballot is what a voter knows of one vote that was sent.
type ballot struct {
	of     motion
	choice int16
	status int // 0: no whole answer came
}

// voter is somebody who changes their mind all the time, one vote after the
// other.
type voter struct {
	person
	id   int64 // of the person, as the database calls them
	mu   sync.Mutex
	sent []ballot
}

func (v *voter) acked() (n int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, b := range v.sent {
		if b.status == http.StatusOK {
			n++
		}
	}
	return n
}

// vote sends a vote and notes the answer.
func (v *voter) vote(on motion, choice int16) {
	in := map[string]any{"subject": on.subject, "choice": choice, "tie": "none"}
	if on.id != 0 {
		in["id"] = on.id
	} else if choice < 0 {
		in["reason"] = "price"
	}
	a, err := v.post("/api/v1/packages/"+on.slug+"/votes", fmt.Sprintf("vote-0123456789-%d", len(v.sent)), in)
	if err != nil {
		a.status = 0
	}
	v.mu.Lock()
	v.sent = append(v.sent, ballot{on, choice, a.status})
	v.mu.Unlock()
}

// TestNoAcknowledgedVoteIsLostByKills kills the program while people vote on
// packages and wishes, again and again: every acknowledged vote is in the log
// in its order, the vote that stands is the last one, and a recount finds every
// sum right.
func TestNoAcknowledgedVoteIsLostByKills(t *testing.T) {
	t.Parallel()
	rounds := 2
	if long() {
		rounds = 50
	}
	p := demoSite(t)
	p.start()
	db := p.database()
	var voters []*voter
	for _, who := range p.people(8) {
		v := &voter{person: who}
		const of = `SELECT a.person_id FROM sessions s JOIN accounts a ON a.id = s.account_id WHERE s.hash = sha256($1::bytea)`
		if err := db.QueryRow(context.Background(), of, []byte(strings.TrimPrefix(who.cookie, "s="))).Scan(&v.id); err != nil {
			t.Fatal(err)
		}
		voters = append(voters, v)
	}
	motions := p.motions(db)
	since := lastVote(t, db)
	if err := db.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	for round := range rounds {
		calm := poll(voters, motions)
		enough := 40 * (round + 1)
		if !within(patience, func() bool { return total(voters) >= enough }) {
			t.Errorf("%d of %d votes acknowledged", total(voters), enough)
		}
		p.kill()
		calm()
		p.start()
		p.stands(voters, motions, since)
	}
	t.Logf("%d votes acknowledged", total(voters))
	p.interrupt()
}

func total(voters []*voter) (n int) {
	for _, v := range voters {
		n += v.acked()
	}
	return n
}

// motions are packages whose vote runs, and wishes of them.
func (p *program) motions(db *pgx.Conn) (all []motion) {
	p.t.Helper()
	rows, err := db.Query(context.Background(), `
		SELECT slug, 'package', 0::bigint FROM packages WHERE state IN ('shaping', 'final_vote', 'call')
		UNION ALL SELECT * FROM (SELECT p.slug, 'amendment', a.id FROM amendments a JOIN packages p ON p.id = a.package_id WHERE p.state = 'shaping' AND a.state = 'open' ORDER BY a.id LIMIT 4) w`)
	if err != nil {
		p.t.Fatal(err)
	}
	all, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (m motion, err error) { return m, r.Scan(&m.slug, &m.subject, &m.id) })
	if err != nil || len(all) < 5 {
		p.t.Fatalf("%d motions, %v", len(all), err)
	}
	return all
}

func lastVote(t *testing.T, db *pgx.Conn) (id int64) {
	t.Helper()
	if err := db.QueryRow(context.Background(), `SELECT coalesce(max(id), 0) FROM package_votes`).Scan(&id); err != nil {
		t.Fatal(err)
	}
	return id
}

// poll has everybody vote until what it returns is called.
func poll(voters []*voter, motions []motion) (calm func()) {
	stop := make(chan struct{})
	var voting sync.WaitGroup
	for i, v := range voters {
		voting.Go(func() {
			for n := i; ; n++ {
				on := motions[n%len(motions)]
				v.vote(on, int16((n/len(motions)+i)%3)-1)
				pause := time.Millisecond
				if v.sent[len(v.sent)-1].status == 0 {
					pause = 100 * time.Millisecond
				}
				select {
				case <-stop:
					return
				case <-time.After(pause):
				}
			}
		})
	}
	return func() { close(stop); voting.Wait() }
}

// stands holds what voters know against what the database keeps.
func (p *program) stands(voters []*voter, motions []motion, since int64) {
	p.t.Helper()
	db := p.database()
	for _, v := range voters {
		for _, m := range motions {
			p.stood(db, v, m, since)
		}
	}
	if err := db.Close(context.Background()); err != nil {
		p.t.Error(err)
	}
	if out, errs, code := p.run("recount"); code != 0 || !strings.Contains(out, "packages: 0 wrong") {
		p.t.Errorf("recount: %d %q %s", code, out, errs)
	}
}

// stood judges the votes of one person on one thing: those that were
// acknowledged are in the log, in their order, and the one that stands is the
// last of the log, which no vote can be that was not sent.
func (p *program) stood(db *pgx.Conn, v *voter, m motion, since int64) {
	p.t.Helper()
	var sent []ballot
	for _, b := range v.sent {
		if b.of == m && (b.status == http.StatusOK || b.status == 0) {
			sent = append(sent, b)
		}
	}
	const log = `SELECT v.choice FROM package_votes v JOIN packages p ON p.id = v.package_id
		WHERE v.id > $1 AND v.person_id = $2 AND p.slug = $3 AND v.subject = $4 AND ($5 = 0 OR v.subject_id = $5) ORDER BY v.id`
	rows, err := db.Query(context.Background(), log, since, v.id, m.slug, m.subject, m.id)
	if err != nil {
		p.t.Fatal(err)
	}
	kept, err := pgx.CollectRows(rows, pgx.RowTo[int16])
	if err != nil {
		p.t.Fatal(err)
	}
	// A vote that says what already stands adds nothing to the log, so a run of
	// equal votes is compared as one; one without an answer may be there or not.
	at := 0
	for i, b := range sent {
		switch {
		case at < len(kept) && kept[at] == b.choice:
			at++
		case b.status == http.StatusOK && (at == 0 || kept[at-1] != b.choice):
			p.t.Errorf("%+v: vote %d (%d) was acknowledged; the log has %v, the voter sent %+v", m, i, b.choice, kept, sent)
			return
		}
	}
	if at != len(kept) {
		p.t.Errorf("%+v: the log has %v, the voter sent %+v", m, kept, sent)
	}
	if len(kept) == 0 {
		return
	}
	const stands = `SELECT s.choice FROM package_standings s JOIN packages p ON p.id = s.package_id WHERE s.person_id = $1 AND p.slug = $2 AND s.subject = $3 AND ($4 = 0 OR s.subject_id = $4)`
	var standing []int16
	if rows, err = db.Query(context.Background(), stands, v.id, m.slug, m.subject, m.id); err == nil {
		standing, err = pgx.CollectRows(rows, pgx.RowTo[int16])
	}
	if err != nil || !slices.Equal(standing, kept[len(kept)-1:]) {
		p.t.Errorf("%+v: %v stands, the last vote was %d (%v)", m, standing, kept[len(kept)-1], err)
	}
}
