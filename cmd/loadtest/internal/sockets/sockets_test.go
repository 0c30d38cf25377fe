package sockets

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

func TestFramesOfAllLengthsAreReadAndPartsAreWaitedFor(t *testing.T) {
	for _, n := range []int{0, 1, 125, 126, 65535} {
		payload := bytes.Repeat([]byte("x"), n)
		b := unmasked(maskFrame(opText, payload))
		for _, part := range []int{0, 1, 3, len(b) - 1} {
			if part >= 0 && part < len(b) {
				if _, _, got := frame(b[:part]); got != 0 {
					t.Errorf("payload of %d: a part of %d bytes was taken for a whole frame", n, part)
				}
			}
		}
		op, got, length := frame(append(b, "next"...))
		if op != opText || !bytes.Equal(got, payload) || length != len(b) {
			t.Errorf("payload of %d: got opcode %d, %d bytes, length %d of %d", n, op, len(got), length, len(b))
		}
	}
	long := append([]byte{0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0}, make([]byte, 65536)...)
	if _, got, length := frame(long); len(got) != 65536 || length != len(long) {
		t.Errorf("64-bit length: got %d bytes, length %d", len(got), length)
	}
	if _, _, length := frame([]byte{0x81, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}); length != 0 {
		t.Errorf("a length beyond all memory: got a frame of %d", length)
	}
}

// unmasked turns a client frame with its zero mask into a server frame.
func unmasked(b []byte) []byte {
	head := 2
	if b[1]&127 == 126 {
		head = 4
	}
	out := bytes.Clone(b[:head])
	out[1] &= 127
	return append(out, b[head+4:]...)
}

// room is a server that sends everything posted to /publish to every socket
// that has sent "sub".
func room(t *testing.T) *httptest.Server {
	t.Helper()
	var mu sync.Mutex
	members := map[*websocket.Conn]bool{}
	mux := http.NewServeMux()
	mux.HandleFunc("/ws", func(w http.ResponseWriter, r *http.Request) {
		ws, err := (&websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}).Upgrade(w, r, nil)
		if err != nil {
			return
		}
		for {
			_, b, err := ws.ReadMessage()
			mu.Lock()
			if err != nil {
				delete(members, ws)
				mu.Unlock()
				return
			}
			if string(b) == "sub" {
				members[ws] = true
				_ = ws.WriteMessage(websocket.TextMessage, []byte("subscribed"))
			}
			mu.Unlock()
		}
	})
	mux.HandleFunc("/publish", func(w http.ResponseWriter, r *http.Request) {
		var b bytes.Buffer
		_, _ = b.ReadFrom(r.Body)
		mu.Lock()
		defer mu.Unlock()
		for ws := range members {
			_ = ws.WriteMessage(websocket.TextMessage, b.Bytes())
		}
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	return srv
}

func open(t *testing.T, n int) (*httptest.Server, *Group) {
	t.Helper()
	srv := room(t)
	target := Target{Addr: srv.Listener.Addr().String(), Path: "/ws", Origin: srv.URL, Steps: []Step{{"sub", "subscribed"}}}
	result, g, err := Idle(context.Background(), target, n, os.Getpid(), 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	if result.Sockets != n || result.After < result.Before {
		t.Errorf("opened %d sockets, memory %d to %d, want %d sockets and no less memory", result.Sockets, result.Before, result.After, n)
	}
	return srv, g
}

func post(srv *httptest.Server, times int) Publish {
	return func(ctx context.Context, token string) error {
		for range times {
			r, err := http.NewRequestWithContext(ctx, "POST", srv.URL+"/publish", strings.NewReader(`{"html":"`+token+`"}`))
			if err != nil {
				return err
			}
			w, err := http.DefaultClient.Do(r)
			if err != nil {
				return err
			}
			w.Body.Close()
		}
		return nil
	}
}

func TestFanCountsEverySocketOnceARound(t *testing.T) {
	srv, g := open(t, 50)
	f, err := g.Fan(context.Background(), FanOptions{Rounds: 3, Patience: 10 * time.Second}, post(srv, 2))
	if err != nil || f.Rounds != 3 || f.Missed != 0 || f.Sockets != 50 || f.Bytes == 0 {
		t.Errorf("got %+v and %v, want 3 whole rounds over 50 sockets", f, err)
	}
	if f.First > f.Mid || f.Mid > f.Last || f.Commit > f.Last {
		t.Errorf("first %v, mid %v, last %v, commit to last %v: out of order", f.First, f.Mid, f.Last, f.Commit)
	}
}

func TestFanNoticesAMessageThatDoesNotReachAll(t *testing.T) {
	_, g := open(t, 5)
	f, err := g.Fan(context.Background(), FanOptions{Rounds: 5, Patience: 50 * time.Millisecond}, func(context.Context, string) error { return nil })
	if err == nil || f.Missed != 3 {
		t.Errorf("got %+v and %v, want three missed rounds and an error", f, err)
	}
}

func TestASocketThatNeverSubscribesFails(t *testing.T) {
	srv := httptest.NewServer(http.NotFoundHandler())
	defer srv.Close()
	_, err := Open(context.Background(), Target{Addr: srv.Listener.Addr().String(), Path: "/ws"}, 2, 2)
	if err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("got %v, want the answer of the handshake", err)
	}
}
