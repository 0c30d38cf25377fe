package load

import (
	"context"
	"net"
	"strconv"
	"time"
)

// sample is one answered request of the measured time.
type sample struct {
	at   time.Duration // when it was answered, from the beginning of the measured time
	took time.Duration
	code int
	size int
}

// worker is one keep-alive connection.
type worker struct {
	*run
	conn  int64
	start time.Time
	turn  int64

	socket  net.Conn
	in      *reader
	out     []byte // the request being written
	content []byte // its body
	samples []sample
	fails   int   // requests without a whole answer
	failed  error // the last of them
}

func (w *worker) work(ctx context.Context) {
	defer w.hangUp()
	for ctx.Err() == nil && time.Now().Before(w.end) {
		due := time.Now()
		if w.Rate > 0 {
			due = w.due()
			if !due.Before(w.end) || !until(ctx, due) {
				return
			}
		}
		if err := w.connect(ctx); err != nil {
			w.fails, w.failed = w.fails+1, err
			until(ctx, time.Now().Add(50*time.Millisecond))
			continue
		}
		w.request(due)
		w.turn++
	}
}

// due is when the request of this turn is to be sent at the wanted rate: the
// connections take turns.
func (w *worker) due() time.Time {
	n := w.turn*int64(w.Conns) + w.conn
	return w.start.Add(time.Duration(float64(n) / w.Rate * float64(time.Second)))
}

func (w *worker) connect(ctx context.Context) error {
	if w.socket != nil {
		return nil
	}
	d := net.Dialer{Timeout: 5 * time.Second}
	c, err := d.DialContext(ctx, "tcp", w.Addr)
	if err != nil {
		return err
	}
	w.socket, w.in = c, newReader(c)
	return nil
}

func (w *worker) hangUp() {
	if w.socket != nil {
		w.socket.Close()
		w.socket = nil
	}
}

// request sends one request, reads its answer and keeps the sample. Without a
// rate the clock starts when the request is written, with one when it was due.
func (w *worker) request(due time.Time) {
	w.write()
	began := time.Now()
	if w.Rate == 0 {
		due = began
	}
	err := w.socket.SetDeadline(began.Add(30 * time.Second))
	if err == nil {
		_, err = w.socket.Write(w.out)
	}
	var a answer
	if err == nil {
		a, err = w.in.answer(w.Keep && w.turn == 0)
	}
	if err != nil {
		w.fails, w.failed = w.fails+1, err
		w.hangUp()
		return
	}
	now := time.Now()
	w.first.Do(func() { w.shown = a })
	if began.After(w.begin) {
		w.samples = append(w.samples, sample{now.Sub(w.begin), now.Sub(due), a.code, a.size})
	}
	if a.closed {
		w.hangUp()
	}
}

// write makes the bytes of the next request.
func (w *worker) write() {
	c := Call{Conn: w.conn, Turn: w.turn, Count: w.count.Add(1) - 1}
	session := w.session(&c)
	b := append(w.out[:0], w.Method...)
	b = append(b, ' ')
	b = w.path.Append(b, c)
	b = append(b, " HTTP/1.1\r\nHost: "...)
	b = append(b, w.Addr...)
	b = append(b, "\r\n"...)
	for _, h := range w.headers {
		b = append(h.Append(b, c), "\r\n"...)
	}
	if session != "" {
		b = append(b, "Cookie: "...)
		b = append(b, session...)
		b = append(b, "\r\n"...)
	}
	if w.Method != "GET" {
		w.content = w.body.Append(w.content[:0], c)
		b = append(b, "Content-Length: "...)
		b = strconv.AppendInt(b, int64(len(w.content)), 10)
		b = append(b, "\r\n"...)
	}
	b = append(b, "\r\n"...)
	if w.Method != "GET" {
		b = append(b, w.content...)
	}
	w.out = b
}

// session chooses the session of a request and notes its number.
func (w *worker) session(c *Call) string {
	n := int64(len(w.Sessions))
	if n == 0 {
		return ""
	}
	i := c.Conn % n
	if w.Rotate {
		i = c.Count % n
	}
	c.Person = i + 1
	return w.Sessions[i]
}
