package load

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strconv"
)

// answer is what is kept of one HTTP answer.
type answer struct {
	code, size int
	closed     bool   // the server ends the connection after this answer
	body       []byte // its beginning, when it was asked for
}

// kept is how much of a body is kept when it is asked for.
const kept = 1500

// reader reads HTTP/1.1 answers at little cost, because the generator shares
// the machine with what it measures.
type reader struct {
	*bufio.Reader
	scratch []byte
}

func newReader(r io.Reader) *reader {
	return &reader{bufio.NewReaderSize(r, 64<<10), make([]byte, 64<<10)}
}

// answer reads one whole answer; keep asks for the beginning of its body.
func (r *reader) answer(keep bool) (a answer, err error) {
	length, chunked, err := r.head(&a)
	if err != nil {
		return a, err
	}
	switch {
	case a.code == 204 || a.code == 304:
		return a, nil
	case chunked:
		return a, r.chunks(&a, keep)
	case length >= 0:
		return a, r.body(&a, length, keep)
	}
	a.closed = true
	n, err := io.Copy(io.Discard, r)
	a.size += int(n)
	return a, err
}

// head reads the status line and the header. Without a length it is -1.
func (r *reader) head(a *answer) (length int, chunked bool, err error) {
	line, err := r.ReadSlice('\n')
	if err != nil {
		return 0, false, err
	}
	if len(line) < 12 {
		return 0, false, io.ErrUnexpectedEOF
	}
	if a.code, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, false, fmt.Errorf("load: status line %.40q", line)
	}
	for length = -1; ; {
		if line, err = r.ReadSlice('\n'); err != nil {
			return 0, false, err
		}
		if line = bytes.TrimRight(line, "\r\n"); len(line) == 0 {
			return length, chunked, nil
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		switch {
		case len(name) == 14 && bytes.EqualFold(name, []byte("content-length")):
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return 0, false, fmt.Errorf("load: content-length %.40q", value)
			}
		case len(name) == 17 && bytes.EqualFold(name, []byte("transfer-encoding")):
			chunked = bytes.Contains(value, []byte("chunked"))
		case len(name) == 10 && bytes.EqualFold(name, []byte("connection")):
			a.closed = bytes.Contains(bytes.ToLower(value), []byte("close"))
		}
	}
}

func (r *reader) body(a *answer, n int, keep bool) error {
	a.size += n
	for n > 0 {
		m := min(n, len(r.scratch))
		if _, err := io.ReadFull(r, r.scratch[:m]); err != nil {
			return err
		}
		if keep && len(a.body) < kept {
			a.body = append(a.body, r.scratch[:min(m, kept-len(a.body))]...)
		}
		n -= m
	}
	return nil
}

func (r *reader) chunks(a *answer, keep bool) error {
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		size, _, _ := bytes.Cut(line, []byte(";"))
		n, err := strconv.ParseInt(string(bytes.TrimSpace(size)), 16, 64)
		if err != nil {
			return fmt.Errorf("load: chunk size %.40q", line)
		}
		if err := r.body(a, int(n), keep); err != nil {
			return err
		}
		if _, err := r.Discard(2); err != nil {
			return err
		}
		if n == 0 {
			return nil
		}
	}
}
