package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"caravan/cmd/loadtest/internal/site"
	"caravan/cmd/loadtest/internal/sockets"
)

// fixture is what the rows need of the data.
type fixture struct {
	hot       int64    // question with at least 50 replies
	hotPath   string   // its page
	told      page     // an experience that a clinic answered, with a long story
	stories   page     // the newest experiences
	clinic    page     // of the clinic with the most experiences
	offer     page     // the package with the most wishes
	offers    page     // the newest packages
	cold      int64    // question that takes the replies of d1
	questions []string // ids of 1,000 questions
	replies   []string // ids of 1,000 replies
	one       string   // id of the reply that takes the votes of e1
	others    []string // ids of as many other replies, for the floor of votes on wishes
	wishes    []string // ids of 1,001 wishes that can be voted on; the first takes the votes of e1p
	slugs     []string // their packages
	people    []site.Person
	phrases   []string // two words each, escaped for a query
}

// page is a page of the site and how many bytes it has for somebody who is not
// signed in.
type page struct {
	path string
	size int
}

// voters is how many people cast votes: no divisor of 1,000 replies, so that the
// walk over both meets every pair before it meets one again.
const voters = 997

// choose reads the fixture from the filled database.
func (h *host) choose(ctx context.Context) error {
	f := &h.fix
	err := h.pool.QueryRow(ctx, `select question_id from replies where state = 'shown' group by question_id order by count(*) desc, question_id limit 1`).Scan(&f.hot)
	if err != nil {
		return fmt.Errorf("bench: find hot question: %w", err)
	}
	if f.questions, err = h.strings(ctx, `select id::text from questions where state = 'shown' and id <> $1 order by id desc limit 1001`, f.hot); err != nil {
		return err
	}
	if len(f.questions) < 2 {
		return fmt.Errorf("bench: only %d questions to post into", len(f.questions))
	}
	if f.cold, err = strconv.ParseInt(f.questions[0], 10, 64); err != nil {
		return err
	}
	f.questions = f.questions[1:]
	if f.people, err = h.sessions(ctx); err != nil {
		return err
	}
	if f.replies, err = h.strings(ctx, `select id::text from replies where state = 'shown' and question_id <> $1
		and author_account_id not in (select account_id from sessions) order by id limit 2002`, f.hot); err != nil {
		return err
	}
	if len(f.replies) < 4 {
		return fmt.Errorf("bench: only %d replies to vote on", len(f.replies))
	}
	f.replies, f.others = f.replies[:len(f.replies)/2], f.replies[len(f.replies)/2:]
	f.one, f.replies = f.replies[0], f.replies[1:]
	if err := h.chooseWishes(ctx); err != nil {
		return err
	}
	if err := h.choosePages(ctx); err != nil {
		return err
	}
	f.phrases, err = h.phrases(ctx)
	return err
}

// chooseWishes chooses wishes of others whose vote runs.
func (h *host) chooseWishes(ctx context.Context) error {
	pairs, err := h.strings(ctx, `select a.id || ' ' || p.slug from amendments a join packages p on p.id = a.package_id
		where p.state in ('shaping', 'call') and a.state = 'open' and a.hidden_why = '' and a.author_account_id not in (select account_id from sessions) order by a.id limit 1001`)
	if err != nil {
		return err
	}
	if len(pairs) < 2 {
		return fmt.Errorf("bench: only %d wishes to vote on", len(pairs))
	}
	for _, p := range pairs {
		id, slug, _ := strings.Cut(p, " ")
		h.fix.wishes, h.fix.slugs = append(h.fix.wishes, id), append(h.fix.slugs, slug)
	}
	return nil
}

// choosePages chooses the pages about experiences and packages: each the heaviest of its kind.
func (h *host) choosePages(ctx context.Context) error {
	f := &h.fix
	f.stories.path = "/experiences"
	err := h.pool.QueryRow(ctx, `select '/experiences/' || e.public_id from experiences e where e.state = 'published'
		order by exists (select from answers a where a.experience_id = e.id and a.state = 'shown') desc, length(e.story) desc, e.id limit 1`).Scan(&f.told.path)
	if err != nil {
		return fmt.Errorf("bench: find experience: %w", err)
	}
	err = h.pool.QueryRow(ctx, `select '/clinics/' || o.slug from organisations o join experiences e on e.organisation_id = o.id
		where e.state = 'published' group by o.id order by count(*) desc, o.id limit 1`).Scan(&f.clinic.path)
	if err != nil {
		return fmt.Errorf("bench: find clinic: %w", err)
	}
	f.offers.path = "/packages"
	err = h.pool.QueryRow(ctx, `select '/packages/' || p.slug from packages p join amendments a on a.package_id = p.id
		where p.published_at is not null group by p.id order by count(*) desc, p.id limit 1`).Scan(&f.offer.path)
	if err != nil {
		return fmt.Errorf("bench: find package: %w", err)
	}
	return nil
}

// weigh finds how large the pages are that the floor writes the like of.
func (h *host) weigh(ctx context.Context) (err error) {
	for _, p := range []*page{&h.fix.told, &h.fix.stories, &h.fix.clinic, &h.fix.offer, &h.fix.offers} {
		if p.size, err = h.site.Size(ctx, p.path); err != nil {
			return fmt.Errorf("bench: read page: %w", err)
		}
	}
	return nil
}

func (h *host) strings(ctx context.Context, sql string, args ...any) ([]string, error) {
	rows, err := h.pool.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	return out, nil
}

// sessions are signed-in demo people, as the program prints them: at most half of
// all, so that there are replies of others to vote on.
func (h *host) sessions(ctx context.Context) ([]site.Person, error) {
	var people int
	if err := h.pool.QueryRow(ctx, "select count(*) from accounts").Scan(&people); err != nil {
		return nil, fmt.Errorf("bench: count people: %w", err)
	}
	n := min(voters, people/2)
	for n > 1 && (n%2 == 0 || n%5 == 0) {
		n--
	}
	out, err := h.caravan(ctx, "sessions", "-n", strconv.Itoa(n)).Output()
	if err != nil {
		return nil, fmt.Errorf("bench: caravan sessions: %w", err)
	}
	return site.ParseSessions(string(out))
}

// phrases are pairs of words that stand together in some documents: words that
// are in 1 to 25 % of all documents, paired by chance, kept when between 0.5 and
// 2 % hold both. Every phrase is different.
func (h *host) phrases(ctx context.Context) ([]string, error) {
	const words = `select word from ts_stat('select tsv from floor.f_search')
		where word ~ '^[a-z]{4,}$' and ndoc between (select count(*) from floor.f_search) * 0.01 and (select count(*) from floor.f_search) * 0.25
		order by word`
	common, err := h.strings(ctx, words)
	if err != nil {
		return nil, err
	}
	// Which of the words each document holds, as one row per pair, counted.
	const pairs = `with w as (select unnest($1::text[]) as word),
		sampled as materialized (select id, tsv from floor.f_search order by md5(id::text) limit 20000),
		held as materialized (select s.id, w.word from sampled s join w on s.tsv @@ to_tsquery('simple', w.word))
		select a.word || '+' || b.word from held a join held b on a.id = b.id and a.word < b.word
		group by a.word, b.word having count(*) between (select count(*) from sampled) * 0.005 and (select count(*) from sampled) * 0.02 order by md5(a.word || b.word) limit 5000`
	r := rand.New(rand.NewPCG(1, 2))
	r.Shuffle(len(common), func(i, j int) { common[i], common[j] = common[j], common[i] })
	found, err := h.strings(ctx, pairs, common[:min(len(common), 150)])
	if err != nil {
		return nil, err
	}
	if len(found) < 50 {
		return nil, fmt.Errorf("bench: only %d phrases in the data that stand in 0.5 to 2 %% of the documents (%d common words)", len(found), len(common))
	}
	h.Say("%d different search phrases", len(found))
	return found, nil
}

// prepareHot gives the hot question 50 replies when the data have fewer, and
// finds the address of its page.
func (h *host) prepareHot(ctx context.Context) error {
	page, err := h.site.AllReplies(ctx, h.fix.hot)
	if err != nil {
		return fmt.Errorf("bench: read hot question: %w", err)
	}
	for i := len(page.Replies); i < 50; i++ {
		body, key := sockets.Body(fmt.Sprintf("hot%d", i)), fmt.Sprintf("hot-%d-%d", h.fix.hot, i)
		if _, err := h.site.Reply(ctx, h.fix.people[i%len(h.fix.people)], h.fix.hot, body, key); err != nil {
			return fmt.Errorf("bench: fill hot question: %w", err)
		}
	}
	h.fix.hotPath, err = h.site.Canonical(ctx, fmt.Sprintf("/questions/%d/x", h.fix.hot))
	return err
}

// cookies are the Cookie headers of the first n people.
func (f fixture) cookies(n int) []string {
	var out []string
	for _, p := range f.people[:min(n, len(f.people))] {
		out = append(out, p.Header())
	}
	return slices.Clip(out)
}
