package translog_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"caravan/internal/db"
	"caravan/internal/leaf"
	"caravan/internal/testkit"
	"caravan/internal/translog"
)

func (s *site) get(path string) (status int, body string, h http.Header) {
	s.t.Helper()
	c := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := c.Get(s.url + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res.StatusCode, string(b), res.Header
}

// told writes an experience that goes in at once, since no batch was yet.
func (s *site) told(ids ...string) {
	s.t.Helper()
	err := s.db.Write(s.t.Context(), func(tx *db.Tx) error {
		for _, id := range ids {
			commit, err := translog.Open(tx, leaf.Experience, id, 1, map[string]any{"story": "It went well."})
			if err != nil {
				return err
			}
			e := told(id, 1, commit)
			if err := translog.AddDaily(tx, e.Kind, e.Body); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

func TestTheLogIsReadByTheFormat(t *testing.T) {
	t.Parallel()
	s := aSite(t)
	if status, _, _ := s.get("/log/checkpoint"); status != http.StatusServiceUnavailable {
		t.Errorf("before anything was signed: %d", status)
	}
	s.add(300)
	s.round()
	for path, c := range map[string]struct {
		status      int
		kind, cache string
		size        int
	}{
		"/log/checkpoint":             {200, "text/plain; charset=utf-8", "max-age=3", 0},
		"/log/policy":                 {200, "text/plain; charset=utf-8", "", 0},
		"/log/tile/0/000":             {200, "application/octet-stream", "immutable", 8192},
		"/log/tile/0/001.p/44":        {200, "application/octet-stream", "immutable", 44 * 32},
		"/log/tile/0/001.p/7":         {200, "application/octet-stream", "immutable", 7 * 32},
		"/log/tile/1/000.p/1":         {200, "application/octet-stream", "immutable", 32},
		"/log/tile/entries/000":       {200, "application/octet-stream", "immutable", 0},
		"/log/tile/0/001.p/45":        {404, "", "", 0},
		"/log/tile/0/001":             {404, "", "", 0},
		"/log/tile/8/0/000":           {404, "", "", 0},
		"/log/tile/data/000":          {404, "", "", 0},
		"/log/tile/63/000":            {404, "", "", 0},
		"/log/tile/entries/002.p/1":   {404, "", "", 0},
		"/log/openings/000":           {200, "application/json", "no-cache", 3},
		"/log/openings/009":           {404, "", "", 0},
		"/log/proof/entry/299":        {200, "text/plain; charset=utf-8", "no-cache", 0},
		"/log/proof/entry/300":        {404, "", "", 0},
		"/log/proof/entry/-1":         {404, "", "", 0},
		"/log/proof/entry/x":          {404, "", "", 0},
		"/log/proof/policy/rules":     {200, "text/plain; charset=utf-8", "no-cache", 0},
		"/log/proof/policy/cooking":   {404, "", "", 0},
		"/log/receipt/experience/abc": {404, "", "", 0},
	} {
		status, body, h := s.get(path)
		if status != c.status || c.kind != "" && (!strings.HasPrefix(h.Get("Content-Type"), c.kind) || h.Get("Access-Control-Allow-Origin") != "*") ||
			c.cache != "" && !strings.Contains(h.Get("Cache-Control"), c.cache) || c.size > 0 && len(body) != c.size {
			t.Errorf("%s: %d %s %s, %d bytes", path, status, h.Get("Content-Type"), h.Get("Cache-Control"), len(body))
		}
	}
	_, bundle, _ := s.get("/log/tile/entries/000")
	entries, err := leaf.SplitBundle([]byte(bundle))
	if err != nil || len(entries) != 256 || !bytes.Contains(entries[7], []byte(`"policy":"rules"`)) {
		t.Errorf("%d entries, %v", len(entries), err)
	}
}

func TestThePagesSayWhatTheLogHolds(t *testing.T) {
	t.Parallel()
	s := aSite(t)
	status, body, _ := s.get("/log")
	if status != 200 {
		t.Fatalf("%d", status)
	}
	testkit.Contains(t, body, "has no signed state yet")
	const other = "3f2c1a90-0000-4000-8000-000000000002"
	s.told(someExp, other)
	s.round()
	var sealed string
	err := s.db.Write(t.Context(), func(tx *db.Tx) (err error) {
		if sealed, err = translog.Seal(tx, leaf.Decision, "d1", "It names a nurse."); err != nil {
			return err
		}
		commit, err := translog.Open(tx, leaf.Decision, "d1", 1, map[string]any{"rule": "personal_data", "statement": sealed})
		if err != nil {
			return err
		}
		for _, e := range []leaf.Entry{
			leaf.Decided{ID: "d1", KindOf: leaf.Experience, Ref: other, Action: "hide", Rule: "personal_data", Commit: commit, Clinic: "smile-izmir", Moderators: []string{"00000000000000aa"}, Day: tx.Now}.Entry(),
			leaf.Erased(someExp, "smile-izmir", "author", tx.Now),
		} {
			if err := translog.Add(tx, e.Kind, e.Body); err != nil {
				return err
			}
		}
		return translog.Erase(tx, leaf.Experience, someExp)
	})
	if err != nil {
		t.Fatal(err)
	}
	s.round()
	if _, err := s.db.Pool().Exec(t.Context(), `INSERT INTO organisations (kind, slug, name, country, city, state, created_at) VALUES ('clinic', 'smile-izmir', 'Smile İzmir', 'TR', 'İzmir', 'listed', now())`); err != nil {
		t.Fatal(err)
	}
	_, body, _ = s.get("/ar/log") // not the page that is kept for a second
	testkit.Contains(t, body, "السجلّ العلنيّ", "عرض تجريبيّ", "أُزيلت تجربة", "Smile İzmir")
	_, body, _ = s.get("/log/removed")
	testkit.Contains(t, body, "Moderators hid it", "It shows another person&#39;s personal data", "The reason is sealed: only its fingerprint is public", ">"+sealed[:8]+"…</code>", ">"+sealed+"</code>", "asked for by its author", "Smile İzmir", "/log/removed?clinic=smile-izmir", someExp)
	if strings.Contains(body, "It names a nurse.") {
		t.Error("the words of a sealed reason are on a public page")
	}
	_, body, _ = s.get("/log/removed?clinic=elsewhere")
	testkit.Contains(t, body, "Nothing was removed so far")
	status, _, h := s.get("/log/check?q=" + escape("https://caravan.example/experiences/"+someExp+"?x=y"))
	if to := h.Get("Location"); status != http.StatusSeeOther || to != "/log/of/experience/"+someExp {
		t.Errorf("%d %s", status, to)
	}
	status, body, _ = s.get("/log/check?q=hello")
	if status != http.StatusUnprocessableEntity {
		t.Errorf("%d", status)
	}
	testkit.Contains(t, body, "This is not the address of an experience", `value="hello"`)
	_, body, _ = s.get("/log/of/experience/" + someExp)
	testkit.Contains(t, body, "An experience was published", "An experience was taken away", "destroyed", "/log/proof/entry/")
	if status, _, _ = s.get("/log/of/experience/3f2c1a90-0000-4000-8000-000000000077"); status != http.StatusNotFound {
		t.Errorf("of nothing: %d", status)
	}
}
