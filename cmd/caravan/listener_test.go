package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// event is one event of a channel, as a page gets it.
type event struct {
	Seq  int64           `json:"seq"`
	Type string          `json:"type"`
	Ref  int64           `json:"ref"`
	Data json.RawMessage `json:"d"`
}

type message struct {
	event
	T       string          `json:"t"`
	Channel string          `json:"ch"`
	Events  []event         `json:"events"`
	Epoch   string          `json:"epoch"`
	Code    json.RawMessage `json:"code"` // a number in bye, a word elsewhere
}

// listener is an open page: it keeps its place in every channel, comes back
// after every cut, and asks for what it missed.
type listener struct {
	at       *program
	channels []string

	mu      sync.Mutex
	conn    *websocket.Conn
	over    bool
	epoch   string
	applied map[string][]event
	wrong   []string
	ends    []int // close codes of the connections that ended with one
	ended   chan struct{}
}

// listen opens a page that follows the channels until the test ends.
func (p *program) listen(channels ...string) *listener {
	l := &listener{at: p, channels: channels, applied: map[string][]event{}, ended: make(chan struct{})}
	go l.run()
	p.t.Cleanup(l.close)
	return l
}

func (l *listener) close() {
	l.mu.Lock()
	l.over = true
	if l.conn != nil {
		_ = l.conn.Close()
	}
	l.mu.Unlock()
	<-l.ended
}

func (l *listener) run() {
	defer close(l.ended)
	for l.connect() {
		<-time.After(rand.N(100 * time.Millisecond)) // a page waits longer; a test need not
	}
}

// connect opens one connection, reads it to its end, and says whether to come
// back.
func (l *listener) connect() bool {
	d := websocket.Dialer{Subprotocols: []string{"caravan.v1"}, HandshakeTimeout: 5 * time.Second}
	c, _, err := d.Dial("ws://"+l.at.addr+"/live", http.Header{"Origin": {l.at.base()}})
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil || l.over {
		if c != nil {
			_ = c.Close()
		}
		return !l.over
	}
	l.conn = c
	defer c.Close()
	err = l.subscribe(c)
	for err == nil {
		var frame []byte
		l.mu.Unlock()
		_, frame, err = c.ReadMessage()
		l.mu.Lock()
		for line := range strings.Lines(string(frame)) {
			l.take(line)
		}
	}
	if ce, ok := err.(*websocket.CloseError); ok {
		l.ends = append(l.ends, ce.Code)
	}
	return !l.over
}

func (l *listener) subscribe(c *websocket.Conn) error {
	say := []string{`{"t":"hello","tab":"test","build":"","lang":"en"}`}
	for i, ch := range l.channels {
		say = append(say, fmt.Sprintf(`{"t":"sub","id":%d,"ch":%q,"since":%d,"epoch":%q}`, i+1, ch, l.place(ch), l.epoch))
	}
	for _, s := range say {
		if err := c.WriteMessage(websocket.TextMessage, []byte(s)); err != nil {
			return err
		}
	}
	return nil
}

// place is the number of the last event applied.
func (l *listener) place(channel string) int64 {
	if all := l.applied[channel]; len(all) > 0 {
		return all[len(all)-1].Seq
	}
	return 0
}

func (l *listener) take(line string) {
	if strings.TrimSpace(line) == "" {
		return
	}
	var m message
	if err := json.Unmarshal([]byte(line), &m); err != nil {
		l.wrong = append(l.wrong, fmt.Sprintf("%v in %q", err, line))
		return
	}
	switch m.T {
	case "ev":
		l.apply(m.Channel, m.event)
	case "sub_ok":
		for _, e := range m.Events {
			l.apply(m.Channel, e)
		}
	case "sub_reset", "sub_err":
		l.wrong = append(l.wrong, line)
	case "bye":
		if string(m.Code) != "4001" {
			l.wrong = append(l.wrong, line)
		}
	}
	if m.Epoch != "" {
		l.epoch = m.Epoch
	}
}

// apply takes the next event. A known one is dropped, as a page does; one that
// comes too early is wrong here, where no reader is slow.
func (l *listener) apply(channel string, e event) {
	switch last := l.place(channel); {
	case e.Seq == last+1:
		l.applied[channel] = append(l.applied[channel], e)
	case e.Seq > last:
		l.wrong = append(l.wrong, fmt.Sprintf("%s: %d after %d", channel, e.Seq, last))
	}
}

// has waits until the page has everything of a channel up to top.
func (l *listener) has(channel string, top int64) bool {
	return within(patience, func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.place(channel) >= top
	})
}
