package replay

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"caravan/cmd/loadtest/internal/texts"
	"caravan/cmd/loadtest/internal/wire"
)

// small is a run of about a second with many cuts. Readers that will never catch
// up, because of a planted fault, are not waited for long.
func small(t *testing.T, fault string, settle time.Duration) Report {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	r, err := Run(ctx, Options{
		Site: newStandIn(t, fault), Texts: texts.Generate(300), People: 5, Questions: 4, Clients: 20,
		Cut: 100 * time.Millisecond, Rate: 300, Settle: settle, Patience: 5 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAFaultlessSiteShowsNoDifference(t *testing.T) {
	t.Parallel()
	r := small(t, "", 20*time.Second)
	if r.Differences != 0 {
		t.Errorf("%d differences, the first: %v", r.Differences, r.First)
	}
	if r.Accepted+len(r.Refused) != 300 || len(r.Refused) == 0 {
		t.Errorf("%d accepted and %d refused of 300", r.Accepted, len(r.Refused))
	}
	if r.Cuts < 20 || r.Resumes < 20 || r.Retries == 0 {
		t.Errorf("%d cuts, %d resumes, %d retries: the run tested nothing", r.Cuts, r.Resumes, r.Retries)
	}
	if want := r.Accepted * 20; r.Events != want || r.ReceiptAll.N != want {
		t.Errorf("%d events applied and %d receipts, want %d", r.Events, r.ReceiptAll.N, want)
	}
}

func TestEveryPlantedFaultIsFound(t *testing.T) {
	t.Parallel()
	for fault, want := range map[string]string{
		"accepts what must be refused": "must be refused with 422",
		"forgets keys":                 "was never answered for",
		"changes a text":               "reads",
		"loses a reply":                "was accepted as reply 20 and is not there",
		"doubles a reply":              "was never answered for",
		"names another reply":          "publishes reply 1, the API has reply 20",
		"resumes one too late":         "sub_ok jumps",
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			r := small(t, fault, 300*time.Millisecond)
			var out bytes.Buffer
			r.Text(&out)
			if r.Differences == 0 || !strings.Contains(out.String(), want) {
				t.Errorf("%d differences, none with %q in:\n%s", r.Differences, want, out.String())
			}
		})
	}
}

func TestARunNeedsTextsPeopleAndReaders(t *testing.T) {
	for name, o := range map[string]Options{
		"no texts":             {People: 1, Questions: 1, Clients: 1},
		"nobody":               {Texts: texts.Generate(1), Questions: 1, Clients: 1},
		"more than a socket's": {Texts: texts.Generate(1), People: 1, Questions: 33, Clients: 1},
	} {
		if _, err := Run(context.Background(), o); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}

func TestDataIsComparedByItsFactsAndItsFragment(t *testing.T) {
	r := &run{}
	e := func(data string) wire.Event { return wire.Event{Seq: 1, Data: []byte(data)} }
	a, b := r.told("question:1", e(`{"reply":5,"html":"<p>x</p>"}`)), r.told("question:1", e(`{"html":"<p>x</p>","reply":5}`))
	if a.facts != b.facts || a.html != "<p>x</p>" || b.html != a.html {
		t.Errorf("the same in another order: %+v and %+v", a, b)
	}
	if c := r.told("question:1", e(`{"reply":5}`)); c.facts != a.facts || c.html != "" {
		t.Errorf("without its fragment: %+v", c)
	}
	if d := r.told("question:1", e(`{"reply":6}`)); d.facts == a.facts {
		t.Errorf("another fact: %+v", d)
	}
	if again := r.told("question:1", e(`{"reply":5,"html":"<p>x</p>"}`)); again != a {
		t.Error("the same data twice are two forms")
	}
	if n := r.told("question:2", e(`null`)); n.html != "" {
		t.Errorf("no data: %+v", n)
	}
}
