package live_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"caravan/internal/access"
	"caravan/internal/errs"
	"caravan/internal/live"
	"caravan/internal/testkit"
)

// poll asks once.
func (n *node) poll(query string, header ...string) (status int, m said) {
	n.t.Helper()
	req, err := http.NewRequest(http.MethodGet, n.server.URL+"/live/poll?"+query, nil)
	if err != nil {
		n.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := (&http.Client{Timeout: patience}).Do(req)
	if err != nil {
		n.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		n.t.Fatal(err)
	}
	if resp.Header.Get("Content-Type") == "application/json; charset=utf-8" {
		if err := json.Unmarshal(b, &m); err != nil {
			n.t.Fatalf("%q: %v", b, err)
		}
	}
	return resp.StatusCode, m
}

func TestAPollAnswersAtOnceWithWhatWasMissed(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	posts(t, d, "question:1", 310)
	n := start(t, d, setup{})
	if code, m := n.poll("ch=question:1&since=308"); code != 200 || m.T != "sub_ok" || m.Seq != 310 || !slices.Equal(seqs(m.Events), []int64{309, 310}) {
		t.Errorf("%d %+v", code, m)
	}
	if code, m := n.poll("ch=question:1&since=3"); code != 200 || m.T != "sub_reset" || m.Why != "too_many" || m.Seq != 310 || m.Epoch == "" {
		t.Errorf("%d %+v", code, m)
	}
	if code, m := n.poll("ch=question:1&since=310&epoch=other"); code != 200 || m.T != "sub_reset" || m.Why != "epoch" {
		t.Errorf("%d %+v", code, m)
	}
}

func TestWithoutAPositionOnlyWhatComesIsTold(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	posts(t, d, "question:1", 4)
	n := start(t, d, setup{})
	if code, m := n.poll("ch=question:1&wait=0"); code != 200 || m.T != "sub_ok" || m.Seq != 4 || len(m.Events) != 0 {
		t.Errorf("poll: %d %+v", code, m)
	}
	if code, m := n.poll("ch=question:1&since=4&wait=0"); code != 200 || m.Seq != 4 || len(m.Events) != 0 {
		t.Errorf("poll that does not wait: %d %+v", code, m)
	}
	s := n.hello()
	s.say(`{"t":"sub","id":7,"ch":"question:1"}`)
	if m := s.await("sub_ok"); m.Seq != 4 || len(m.Events) != 0 {
		t.Errorf("socket: %+v", m)
	}
	posts(t, d, "question:1", 1)
	if e := s.await("ev"); e.Seq != 5 {
		t.Errorf("event: %+v", e)
	}
}

func TestAPollWaitsForTheNextEventOrTheEnd(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	n := start(t, d, setup{o: live.Options{Timing: live.Timing{Poll: 10 * time.Second}}})
	got := make(chan said, 1)
	go func() {
		_, m := n.poll("ch=question:1&since=0&lang=ar")
		got <- m
	}()
	eventually(t, "a waiting poll", func() bool { return n.metric("live_subs") == 1 })
	posts(t, d, "question:1", 1)
	if m := <-got; m.T != "sub_ok" || m.Seq != 1 || len(m.Events) != 1 || m.Events[0].Type != "reply.new" {
		t.Errorf("%+v", m)
	}
	eventually(t, "the poll gone", func() bool { return n.metric("live_subs") == 0 && n.metric("live_polls") == 0 })

	short := start(t, d, setup{o: live.Options{Timing: live.Timing{Poll: 300 * time.Millisecond}}})
	if code, m := short.poll("ch=question:1&since=1"); code != 200 || m.T != "sub_ok" || m.Seq != 1 || len(m.Events) != 0 {
		t.Errorf("without news: %d %+v", code, m)
	}
}

func TestAPollHasTheRightsOfItsReader(t *testing.T) {
	t.Parallel()
	topic := live.Topic{Kind: "clinic", May: func(_ context.Context, a access.Actor, id int64) error {
		if id == 9 {
			return errs.New(errs.NotFound, "clinic.missing")
		}
		if a.AccountID == 0 {
			return errs.New(errs.SignIn, "common.sign_in_first")
		}
		return nil
	}}
	n := start(t, testkit.DB(t), setup{topics: []live.Topic{topic}, who: byHeader})
	for _, c := range []struct {
		name, query string
		header      []string
		status      int
		word        string
	}{
		{"a visitor", "ch=clinic:5&since=0", nil, 403, "sub_err"},
		{"an absent thing", "ch=clinic:9&since=0", nil, 404, "sub_err"},
		{"no such kind", "ch=room:9&since=0", nil, 404, "sub_err"},
		{"no number", "ch=clinic:5&since=x", []string{"Account", "1"}, 400, ""},
		{"below zero", "ch=clinic:5&since=-1", []string{"Account", "1"}, 400, ""},
		{"a foreign page", "ch=clinic:5&since=0", []string{"Origin", "https://evil.example"}, 403, ""},
		{"a foreign site", "ch=clinic:5&since=0", []string{"Sec-Fetch-Site", "cross-site"}, 403, ""},
		{"a foreign neighbour", "ch=clinic:5&since=0", []string{"Sec-Fetch-Site", "same-site"}, 403, ""},
	} {
		if code, m := n.poll(c.query, c.header...); code != c.status || m.T != c.word {
			t.Errorf("%s: %d %+v", c.name, code, m)
		}
	}
	got := make(chan int, 1)
	go func() {
		code, _ := n.poll("ch=clinic:5&since=0", "Account", "1", "Sec-Fetch-Site", "same-origin")
		got <- code
	}()
	eventually(t, "a waiting poll", func() bool { return n.metric("live_subs") == 1 })
	n.hub.Revoke(live.Revoked{Session: "s1"})
	if code := <-got; code != 401 {
		t.Errorf("its session ended: %d", code)
	}
}
