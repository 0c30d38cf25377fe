// Package wire speaks the live protocol caravan.v1 from the reader's side: text
// frames of JSON, one message per line.
//
//	message.go   the messages
//	conn.go      one socket: handshake, hello, subscribe, receive, cut
package wire

import (
	"encoding/json"
	"strconv"
)

// Protocol is the WebSocket sub-protocol.
const Protocol = "caravan.v1"

// Path is where sockets are opened.
const Path = "/live"

// Message is anything the server sends; the fields that are set depend on T.
type Message struct {
	T         string          `json:"t"` // welcome sub_ok sub_reset sub_err ev eph unsubbed ping bye
	Epoch     string          `json:"epoch"`
	Channel   string          `json:"ch"`
	Seq       int64           `json:"seq"` // ev: of the event; sub_ok, sub_reset: top of the channel
	Events    []Event         `json:"events"`
	Recovered bool            `json:"recovered"`
	Why       string          `json:"why"`
	Code      json.RawMessage `json:"code"` // sub_err: a word; bye: a close code
	RetryMS   int64           `json:"retry_ms"`
	Type      string          `json:"type"`
	Ref       int64           `json:"ref"`
	Ver       int             `json:"ver"`
	Data      json.RawMessage `json:"d"`
}

// Event is one stored event, as sub_ok carries it.
type Event struct {
	Seq  int64           `json:"seq"`
	Type string          `json:"type"`
	Ref  int64           `json:"ref"`
	Ver  int             `json:"ver"`
	Data json.RawMessage `json:"d"`
}

// Event returns the event of a message with T "ev".
func (m Message) Event() Event { return Event{m.Seq, m.Type, m.Ref, m.Ver, m.Data} }

// ReplyNew is the type of the event that publishes a reply; Ref is its id.
const ReplyNew = "reply.new"

// Hello is the first message of a reader.
func Hello(tab string) []byte {
	return []byte(`{"t":"hello","tab":` + strconv.Quote(tab) + `,"build":"","lang":"en"}`)
}

// Subscribe asks for everything behind since.
func Subscribe(id int, channel string, since int64, epoch string) []byte {
	b := append([]byte(`{"t":"sub","id":`), strconv.Itoa(id)...)
	b = append(b, `,"ch":`...)
	b = strconv.AppendQuote(b, channel)
	b = append(b, `,"since":`...)
	b = strconv.AppendInt(b, since, 10)
	b = append(b, `,"epoch":`...)
	b = strconv.AppendQuote(b, epoch)
	return append(b, '}')
}

// Pong answers a ping.
func Pong() []byte { return []byte(`{"t":"pong"}`) }
