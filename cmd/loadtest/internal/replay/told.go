package replay

import (
	"encoding/json"
	"sync"

	"caravan/cmd/loadtest/internal/wire"
)

// telling is the data of one event, as it came and taken apart. Readers who were
// told the same hold one telling together.
type telling struct {
	raw   string
	facts string // the fields without the fragment, in one order
	html  string // the fragment; empty: left out
}

// tellings are the different forms in which one event came.
type tellings struct {
	mu    sync.Mutex
	forms []*telling
}

// place names an event.
type place struct {
	channel string
	seq     int64
}

// told takes the data of e apart, once for every form in which it comes.
func (r *run) told(channel string, e wire.Event) *telling {
	all, _ := r.data.LoadOrStore(place{channel, e.Seq}, &tellings{})
	t := all.(*tellings)
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, f := range t.forms {
		if f.raw == string(e.Data) {
			return f
		}
	}
	f := takeApart(string(e.Data))
	t.forms = append(t.forms, f)
	return f
}

func takeApart(raw string) *telling {
	t := &telling{raw: raw, facts: raw}
	var fields map[string]any
	if json.Unmarshal([]byte(raw), &fields) != nil {
		return t // no object: compared as it came
	}
	t.html, _ = fields["html"].(string)
	delete(fields, "html")
	if b, err := json.Marshal(fields); err == nil { // what was JSON can be JSON again
		t.facts = string(b)
	}
	return t
}
