package search_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"caravan/internal/httpd"
	"caravan/internal/search"
	"caravan/internal/testkit"
)

// served is a world with a front door, limits on.
func served(t *testing.T, people testkit.Guests) (*world, *httptest.Server) {
	t.Helper()
	w := newWorld(t)
	jobs := testkit.Jobs(t, w.db)
	w.search = search.New(w.db, jobs, httpd.NewLimits(w.db, make([]byte, 32), false))
	search.Wait(w.search, time.Minute)
	for k := search.Question; k <= search.Procedure; k++ {
		w.search.Add(shelf{k})
	}
	w.search.Offer(func(lang string) search.Choices {
		if lang == "ar" {
			return search.Choices{Countries: []search.Choice{{Value: "TR", Label: "تركيا"}, {Value: "HU", Label: "المجر"}}, Procedures: []search.Choice{{Value: "den.crown", Label: "تاج", ID: 4}}}
		}
		return search.Choices{Countries: []search.Choice{{Value: "TR", Label: "Türkiye"}, {Value: "HU", Label: "Hungary"}}, Procedures: []search.Choice{{Value: "den.crown", Label: "Crown", ID: 4}}}
	})
	return w, testkit.Door(t, w.db, people, w.search.Routes())
}

func TestThePageShowsWhatWasFound(t *testing.T) {
	t.Parallel()
	w, srv := served(t, nil)
	w.put(
		row{Kind: search.Question, Ref: 1, Title: "Swelling <b>after</b> surgery", Body: "A lot of swelling & pain.", Country: "TR", ProcedureID: 4, Handle: "Quiet Heron"},
		row{Kind: search.Reply, Ref: 2, Parent: 1, Title: "Swelling <b>after</b> surgery", Body: "My swelling vanished.", Country: "TR", ProcedureID: 4, Handle: "Paper Kite", Gone: true},
		row{Kind: search.Clinic, Ref: 3, Title: "Swelling House", Context: "Budapest · Hungary · المجر", Country: "HU"},
		row{Kind: search.Procedure, Ref: 4, Title: "Crown", Names: "Crown · تاج", ProcedureID: 4},
	)
	v := testkit.Visit(t, srv, "")
	status, body, _ := v.Get("/search")
	if status != http.StatusOK || strings.Contains(body, "<article") {
		t.Errorf("without a search: %d", status)
	}
	testkit.Contains(t, body, `action="/search"`, "OR finds", `<option value="TR">Türkiye</option>`, `<option value="den.crown">Crown</option>`)

	_, body, _ = v.Get("/search?q=swelling")
	testkit.Contains(t, body, "2 entries found", "count as one", "Swelling &lt;b&gt;after&lt;/b&gt; surgery", "<mark>swelling</mark> &amp; pain", "Swelling House",
		"<bdi>Budapest · Hungary</bdi>", "Quiet Heron", `value="swelling"`, `href="/3/3"`, "1 more text")
	_, body, _ = v.Get("/search?q=swelling+vanished")
	testkit.Contains(t, body, "Closed account", `href="/2/2"`)
	if strings.Contains(body, "Paper Kite") {
		t.Error("the pseudonym of a closed account is shown")
	}
	for query, want := range map[string]string{
		"kind=clinic": "/3/3", "kind=question": "/1/1", "country=HU": "/3/3", "procedure=den.crown": "/1/1", "kind=clinic&country=TR": "", "kind=treatment": "",
	} {
		_, body, _ := v.Get("/search?q=swelling&" + query)
		for _, path := range []string{"/1/1", "/3/3"} {
			if got := strings.Contains(body, `href="`+path+`"`); got != (path == want) {
				t.Errorf("%s: %s is shown: %v", query, path, got)
			}
		}
	}
	_, body, _ = v.Get("/search?q=unheard")
	testkit.Contains(t, body, "Nothing found", `href="/questions/ask"`)
	_, body, _ = v.Get("/ar/search?q=swelling")
	testkit.Contains(t, body, `dir="rtl"`, "نتيجتان", `href="/ar/3/3"`, "<bdi>Budapest · المجر</bdi>")
	_, body, _ = v.Get("/ar/search?q=crown")
	testkit.Contains(t, body, `lang="ar"><a href="/ar/5/4">تاج</a>`)
}

func TestThePageRefusesWithASentenceAtTheField(t *testing.T) {
	t.Parallel()
	_, srv := served(t, nil)
	v := testkit.Visit(t, srv, "")
	for query, want := range map[string]struct {
		status int
		says   string
	}{
		"q=" + strings.Repeat("x", 201):    {422, "At most 200 characters"},
		"q=" + strings.Repeat("x", 10_000): {422, "At most 200 characters"},
		"q=-a":                             {422, "add a word"},
		"q=a&kind=x":                       {422, "cannot be searched"},
		"q=a&country=Turkey":               {422, "not the code of a country"},
		"q=a&procedure=no.such":            {422, "treatment is not known"},
		"q=a&cursor=x":                     {400, ""},
		"q=%ff":                            {400, ""},
		"q=a%00":                           {400, ""},
		"q=" + url.QueryEscape("'; DROP TABLE--"): {200, "Nothing found"},
		"q=%25": {200, "Nothing found"},
		"q=_":   {200, "Nothing found"},
		"q=" + url.QueryEscape(`"><script>alert(1)</script>`): {200, "&#34;&gt;&lt;script&gt;"},
	} {
		status, body, _ := v.Get("/search?" + query)
		if status != want.status || !strings.Contains(body, want.says) || strings.Contains(body, "<script>alert") {
			t.Errorf("%.60s: got %d, want %d and %q", query, status, want.status, want.says)
		}
	}
}

func TestTheNextPageIsLinked(t *testing.T) {
	t.Parallel()
	w, srv := served(t, nil)
	var rows []row
	for i := range 25 {
		rows = append(rows, row{Kind: search.Question, Ref: int64(i + 1), Title: fmt.Sprintf("Scars %d", i), Country: "TR"})
	}
	w.put(rows...)
	v := testkit.Visit(t, srv, "")
	_, body, _ := v.Get("/search?q=scars&country=TR")
	_, rest, ok := strings.Cut(body, `<a rel="next" href="`)
	next, _, _ := strings.Cut(rest, `"`)
	if !ok || strings.Count(body, "<article") != 20 {
		t.Fatalf("the first page has %d entries and the next page is %q", strings.Count(body, "<article"), next)
	}
	_, body, _ = v.Get(strings.ReplaceAll(next, "&amp;", "&"))
	if strings.Count(body, "<article") != 5 {
		t.Errorf("the second page has %d entries, want 5", strings.Count(body, "<article"))
	}
	testkit.Contains(t, body, "First page", `<option value="TR" selected>`)
}

func TestTheOperationAnswersWhatThePageShows(t *testing.T) {
	t.Parallel()
	w, srv := served(t, nil)
	w.put(
		row{Kind: search.Question, Ref: 1, Title: "Swelling", Body: "A <i>lot</i> of swelling.", Handle: "Quiet Heron"},
		row{Kind: search.Clinic, Ref: 3, Title: "Swelling House", Context: "Budapest"},
	)
	v := testkit.Visit(t, srv, "")
	var out struct {
		Hits  []search.HitJSON
		Total int
		Meant []string
	}
	status, body, _ := v.Get("/api/v1/search?q=lot+swelling")
	if err := json.Unmarshal([]byte(body), &out); err != nil || status != http.StatusOK {
		t.Fatalf("%d %v: %s", status, err, body)
	}
	h := out.Hits[0]
	if out.Total != 1 || h.Kind != "question" || h.ID != 1 || h.Path != "/1/1" || h.Author.Name != "Quiet Heron" ||
		h.Snippet != "A <i>lot</i> of swelling." || h.HTML != "A &lt;i&gt;<mark>lot</mark>&lt;/i&gt; of <mark>swelling</mark>." {
		t.Errorf("got %s", body)
	}
	for query, want := range map[string]int{"": 422, "q=" + strings.Repeat("x", 201): 422, "q=a&kind=x": 422, "q=a&country=x": 422, "q=a&cursor=x": 400, "q=%25": 200} {
		if status, body, _ := v.Get("/api/v1/search?" + query); status != want {
			t.Errorf("%.40s: got %d, want %d: %.200s", query, status, want, body)
		}
	}
}

func TestStrangersMaySearchLessOftenThanMembers(t *testing.T) {
	t.Parallel()
	people := testkit.Guests{}
	w, srv := served(t, people)
	people["amina"] = testkit.Person(t, w.db, "amina")
	for session, most := range map[string]int{"": 15, "amina": 30} {
		v := testkit.Visit(t, srv, session)
		for i := range most + 1 {
			path := "/search?q=scars"
			if i%2 == 1 {
				path = "/api/v1/search?q=scars"
			}
			want := http.StatusOK
			if i == most {
				want = http.StatusTooManyRequests
			}
			if status, _, _ := v.Get(path); status != want {
				t.Fatalf("%q, search %d: got %d, want %d", session, i+1, status, want)
			}
		}
		if status, _, _ := v.Get("/search"); status != http.StatusOK {
			t.Errorf("the empty page counts as a search: got %d", status)
		}
	}
}
