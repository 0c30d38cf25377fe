package load

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Template is literal text with holes in double braces:
//
//	{{seq}}        a number that no other request of this process has
//	{{now}}        nanoseconds
//	{{conn}}       number of the connection, from 0
//	{{person}}     number of the session that the request uses, from 1
//	{{r:BASE:N}}   random, BASE+1 to BASE+N
//	{{p:BASE:N}}   a walk over the same that repeats nothing on one connection before N turns
//	{{pick:LIST}}  a random entry of a list
//	{{next:LIST}}  the list's entries in turn over all connections
//	{{flip:N}}     1 for the first N requests, 0 for the next N, and so on
type Template []part

type part struct {
	literal string
	kind    string
	base, n int64
	list    []string
}

// Call says which request is being written.
type Call struct {
	Conn   int64 // connection, from 0
	Turn   int64 // request on this connection, from 0
	Count  int64 // request over all connections, from 0
	Person int64 // session, from 1; 0 without sessions
}

var sequence atomic.Int64

// Parse reads a template; lists are what pick and next may name.
func Parse(s string, lists map[string][]string) (Template, error) {
	var t Template
	for {
		before, rest, found := strings.Cut(s, "{{")
		if before != "" {
			t = append(t, part{literal: before})
		}
		if !found {
			return t, nil
		}
		hole, after, closed := strings.Cut(rest, "}}")
		if !closed {
			return nil, fmt.Errorf("load: template: {{%s is not closed", hole)
		}
		p, err := parseHole(hole, lists)
		if err != nil {
			return nil, err
		}
		t, s = append(t, p), after
	}
}

func parseHole(hole string, lists map[string][]string) (part, error) {
	f := strings.Split(hole, ":")
	p := part{kind: f[0]}
	wrong := fmt.Errorf("load: template: {{%s}} is not understood", hole)
	switch {
	case len(f) == 1 && (p.kind == "seq" || p.kind == "now" || p.kind == "conn" || p.kind == "person"):
		return p, nil
	case len(f) == 3 && (p.kind == "r" || p.kind == "p"):
		var err1, err2 error
		p.base, err1 = strconv.ParseInt(f[1], 10, 64)
		p.n, err2 = strconv.ParseInt(f[2], 10, 64)
		if err1 != nil || err2 != nil || p.n < 1 {
			return p, wrong
		}
		return p, nil
	case len(f) == 2 && (p.kind == "pick" || p.kind == "next"):
		if p.list = lists[f[1]]; len(p.list) == 0 {
			return p, fmt.Errorf("load: template: no entries in list %q", f[1])
		}
		return p, nil
	case len(f) == 2 && p.kind == "flip":
		var err error
		if p.n, err = strconv.ParseInt(f[1], 10, 64); err != nil || p.n < 1 {
			return p, wrong
		}
		return p, nil
	}
	return p, wrong
}

// Append writes the text for one request behind b.
func (t Template) Append(b []byte, c Call) []byte {
	for i := range t {
		p := &t[i]
		switch p.kind {
		case "":
			b = append(b, p.literal...)
		case "seq":
			b = strconv.AppendInt(b, sequence.Add(1), 10)
		case "now":
			b = strconv.AppendInt(b, time.Now().UnixNano(), 10)
		case "conn":
			b = strconv.AppendInt(b, c.Conn, 10)
		case "person":
			b = strconv.AppendInt(b, c.Person, 10)
		case "r":
			b = strconv.AppendInt(b, p.base+1+rand.Int64N(p.n), 10)
		case "p":
			b = strconv.AppendInt(b, p.base+1+(c.Conn*7919+c.Turn)%p.n, 10)
		case "pick":
			b = append(b, p.list[rand.IntN(len(p.list))]...)
		case "next":
			b = append(b, p.list[c.Count%int64(len(p.list))]...)
		case "flip":
			b = strconv.AppendInt(b, 1-c.Count/p.n%2, 10)
		}
	}
	return b
}
