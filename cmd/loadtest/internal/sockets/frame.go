package sockets

import "encoding/binary"

// Opcodes of RFC 6455.
const (
	opText  = 1
	opClose = 8
	opPing  = 9
	opPong  = 10
)

// maskFrame makes one client frame. The mask is zero, which the protocol allows,
// so that the payload stays readable in a trace.
func maskFrame(op byte, payload []byte) []byte {
	b := []byte{0x80 | op}
	if n := len(payload); n < 126 {
		b = append(b, 0x80|byte(n))
	} else {
		b = append(b, 0x80|126)
		b = binary.BigEndian.AppendUint16(b, uint16(n))
	}
	b = append(b, 0, 0, 0, 0)
	return append(b, payload...)
}

// frame returns the first whole frame of b and its length, or n 0. Masked
// frames do not come from a server.
func frame(b []byte) (op byte, payload []byte, n int) {
	if len(b) < 2 {
		return 0, nil, 0
	}
	length, head := int(b[1]&127), 2
	switch length {
	case 126:
		if len(b) < 4 {
			return 0, nil, 0
		}
		length, head = int(binary.BigEndian.Uint16(b[2:])), 4
	case 127:
		if len(b) < 10 {
			return 0, nil, 0
		}
		length, head = int(binary.BigEndian.Uint64(b[2:])), 10
	}
	if length < 0 || len(b) < head+length {
		return 0, nil, 0
	}
	return b[0] & 15, b[head : head+length], head + length
}
