package translog

import (
	"sync"
	"time"
)

// troubles are what is wrong with the log at this node, since when.
type troubles struct {
	mu sync.Mutex
	at map[string]time.Time
}

func (t *troubles) set(what string, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.at == nil {
		t.at = map[string]time.Time{}
	}
	if _, ok := t.at[what]; !ok {
		t.at[what] = now
	}
}

func (t *troubles) clear(what string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.at, what)
}

// since is when something went wrong; zero while it is right.
func (t *troubles) since(what string) time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.at[what]
}

// Trouble is what is wrong with the log, since when; zero times are right.
type Trouble struct {
	NoKey  time.Time // this node cannot sign, and perhaps nobody does
	Behind time.Time // the tree is not the one that was published: nothing is signed
}

// Trouble is what this node knows to be wrong.
func (s *Service) Trouble() Trouble {
	return Trouble{NoKey: s.state.since("key"), Behind: s.state.since("behind")}
}
