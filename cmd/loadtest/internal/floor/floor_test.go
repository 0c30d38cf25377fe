package floor

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/labstack/echo/v4"

	"caravan/internal/localpg"
)

// site is as much of the site's tables as the floor copies.
const site = `
create table accounts (id bigint primary key, handle text not null);
create table questions (id bigint primary key, author_account_id bigint, title text, body text, state text, published_at timestamptz);
create table replies (id bigint primary key, question_id bigint, author_account_id bigint, body text, state text, published_at timestamptz);
insert into accounts select i, 'person ' || i from generate_series(1, 5) i;
insert into questions select i, 1, 'Question <' || i || '>', 'About implant ' || i, case when i = 9 then 'hidden' else 'shown' end, now() - i * interval '1 hour' from generate_series(1, 40) i;
insert into replies select i, 1 + i % 2, 1 + i % 5, 'gentle & good words, number ' || i, 'shown', now() from generate_series(1, 160) i;
insert into replies values (1000, 1, 1, 'hidden gentle words', 'hidden', now());`

// serve loads the floor in a database of its own and serves it.
func serve(t *testing.T) (*httptest.Server, *pgxpool.Pool) {
	t.Helper()
	ctx := context.Background()
	pg, err := localpg.Start(ctx, localpg.Options{Dir: t.TempDir(), Throwaway: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := pg.Stop(); err != nil {
			t.Error(err)
		}
	})
	pool, err := open(ctx, Options{DSN: pg.URL, Conns: 8})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	if _, err := pool.Exec(ctx, site); err != nil {
		t.Fatal(err)
	}
	for range 2 { // loading again begins anew
		if err := Load(ctx, pool); err != nil {
			t.Fatal(err)
		}
	}
	e := echo.New()
	if err := (&server{pool: pool}).routes(ctx, e, 1); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(e)
	t.Cleanup(srv.Close)
	return srv, pool
}

func fetch(t *testing.T, srv *httptest.Server, method, path, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequest(method, srv.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Body.Close()
	b, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.StatusCode, string(b)
}

func number(t *testing.T, pool *pgxpool.Pool, sql string) (n int) {
	t.Helper()
	if err := pool.QueryRow(context.Background(), sql).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestTheFloorDoesTheSameWork(t *testing.T) {
	srv, pool := serve(t)

	if _, page := fetch(t, srv, "GET", "/memory", ""); len(page) != PageSize || !strings.Contains(page, "gentle &amp; good") {
		t.Errorf("page from memory: %d bytes", len(page))
	}
	for _, path := range []string{"/memory/3000", "/memory/90000", "/t/1/3000", "/t/1/90000"} {
		_, page := fetch(t, srv, "GET", path, "")
		if !strings.HasSuffix(path, "/"+strconv.Itoa(len(page))) || !strings.Contains(page, "gentle &amp; good") {
			t.Errorf("%s: %d bytes", path, len(page))
		}
	}
	for _, path := range []string{"/memory/0", "/memory/900000", "/t/1/-1", "/t/1/x"} {
		if status, _ := fetch(t, srv, "GET", path, ""); status != http.StatusBadRequest {
			t.Errorf("%s: %d, want it refused", path, status)
		}
	}
	if _, page := fetch(t, srv, "GET", "/t/2", ""); strings.Count(page, "<article") != 50 || !strings.Contains(page, "number 1<") {
		t.Errorf("page from rows: %d replies", strings.Count(page, "<article"))
	}
	_, page := fetch(t, srv, "GET", "/t/1/json", "")
	var replies []reply
	if err := json.Unmarshal([]byte(page), &replies); err != nil || len(replies) != 50 || strings.Contains(page, "hidden") {
		t.Errorf("page as JSON: %d replies, %v", len(replies), err)
	}
	if _, page := fetch(t, srv, "GET", "/list", ""); strings.Count(page, "<li>") != 25 || !strings.Contains(page, "Question &lt;1&gt;") || strings.Contains(page, "&lt;9&gt;") {
		t.Errorf("list: %d questions", strings.Count(page, "<li>"))
	}
	_, page = fetch(t, srv, "GET", "/search?q=gentle+words", "")
	var hits []hit
	if err := json.Unmarshal([]byte(page), &hits); err != nil || len(hits) != 20 || !strings.Contains(hits[0].Snippet, "<mark>gentle</mark> &amp; good") {
		t.Errorf("search: %d hits, %v: %.200s", len(hits), err, page)
	}

	before := number(t, pool, "select n from floor.f_topics where id = 1")
	if status, _ := fetch(t, srv, "POST", "/reply", `{"tid":1,"uid":2,"body":"new"}`); status != http.StatusCreated {
		t.Errorf("reply: %d", status)
	}
	if after := number(t, pool, "select n from floor.f_topics where id = 1"); after != before+1 {
		t.Errorf("reply: counter went from %d to %d", before, after)
	}
	for _, v := range []struct {
		body string
		want int
	}{{`{"id":5,"uid":1,"value":1}`, 1}, {`{"id":5,"uid":1,"value":1}`, 1}, {`{"id":5,"uid":2,"value":1}`, 2}, {`{"id":5,"uid":1,"value":0}`, 1}} {
		fetch(t, srv, "POST", "/vote", v.body)
		if got := number(t, pool, "select n from floor.f_votes_n where rid = 5"); got != v.want {
			t.Errorf("after vote %s the sum is %d, want %d", v.body, got, v.want)
		}
	}
}

func TestSnippetsStayInsideTheTextAndOnCharacters(t *testing.T) {
	for _, body := range []string{"", "short", strings.Repeat("İ", 150) + "word", strings.Repeat("語", 100) + "word" + strings.Repeat("語", 100)} {
		got := snippet(body, []string{"word"})
		if strings.Contains(got, "\ufffd") {
			t.Errorf("%.20q: cut a character: %q", body, got)
		}
	}
}
