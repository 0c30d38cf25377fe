package live

import (
	"encoding/binary"
)

// The frames we send are written by ourselves, because one frame is shared by
// thousands of sockets and goes out without waiting for any of them. A frame of
// a server is a header and the payload as it is (RFC 6455, section 5.2).
const (
	opText  = 0x1
	opClose = 0x8
	opPong  = 0xA
	final   = 0x80
)

// message is one frame, ready to be written, shared by everybody it goes to.
type message struct {
	frame   []byte
	head    int  // length of the header
	fleets  bool // presence and typing: left out when the reader is slow
	control bool // not text: never merged with others
}

func (m *message) payload() []byte { return m.frame[m.head:] }

// text makes a message of JSON. The payload is copied behind its header.
func text(payload []byte) *message {
	frame, head := header(make([]byte, 0, len(payload)+10), opText, len(payload))
	return &message{frame: append(frame, payload...), head: head}
}

// fleeting is text that a slow reader does not get.
func fleeting(payload []byte) *message {
	m := text(payload)
	m.fleets = true
	return m
}

// farewell is the closing frame; code 0 says nothing.
func farewell(code int) *message {
	if code == 0 {
		return &message{frame: []byte{final | opClose, 0}, head: 2, control: true}
	}
	return &message{frame: []byte{final | opClose, 2, byte(code >> 8), byte(code)}, head: 2, control: true}
}

// pong answers a ping of the websocket protocol.
func pong(data string) *message {
	frame, head := header(nil, opPong, len(data))
	return &message{frame: append(frame, data...), head: head, control: true}
}

func header(b []byte, op byte, n int) (frame []byte, head int) {
	b = append(b, final|op)
	switch {
	case n < 126:
		b = append(b, byte(n))
	case n <= 0xFFFF:
		b = binary.BigEndian.AppendUint16(append(b, 126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 127), uint64(n))
	}
	return b, len(b)
}

// merge puts the payloads of several text messages into one frame, a line each.
func merge(into []byte, ms []*message) []byte {
	n := len(ms) - 1
	for _, m := range ms {
		n += len(m.payload())
	}
	into, _ = header(into, opText, n)
	for i, m := range ms {
		if i > 0 {
			into = append(into, '\n')
		}
		into = append(into, m.payload()...)
	}
	return into
}
