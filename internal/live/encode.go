package live

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strconv"
	"time"

	"caravan/internal/wording"
)

// Bounds of what travels inside an event. A fragment above the first is fetched
// by the page; so are all fragments of a replay behind the second.
const (
	maxInline       = 8 << 10
	maxReplayInline = 64 << 10
)

// entry is an event in a channel's ring. What belongs to the shard is its
// encodings; the rest never changes.
type entry struct {
	Stored
	enc []*encoded // by language; nil where not encoded, or no longer true
}

func (e *entry) in(lang int) *encoded {
	if e.enc == nil {
		return nil
	}
	return e.enc[lang]
}

func (e *entry) keep(lang int, enc *encoded) {
	if e.enc == nil {
		e.enc = make([]*encoded, len(wording.Langs))
	}
	e.enc[lang] = enc
}

// encoded is an event as bytes in one language.
type encoded struct {
	message        // {"t":"ev","ch":…, the event}
	skip    int    // where the event's own fields begin in the payload
	slim    []byte // the event without its fragment; made when first needed
	stored  Stored
	d       json.RawMessage
}

// object is the event as it stands in the list of a sub_ok.
func (e *encoded) object(b []byte) []byte {
	return append(append(b, '{'), e.payload()[e.skip:]...)
}

func (e *encoded) size() int { return len(e.payload()) - e.skip + 1 }

// slender is object without the fragment.
func (e *encoded) slender(b []byte) []byte {
	if e.slim == nil {
		slim := encodeOne("", e.stored, withoutFragment(e.d))
		e.slim = slim.object(nil)
	}
	return append(b, e.slim...)
}

// encode turns events into bytes in one language. It never fails: an event that
// its topic cannot show goes out with the data as stored, so that nothing a
// feature does can hold a channel up.
func (h *Hub) encode(ctx context.Context, t *Topic, channel string, lang int, list []*entry) []*encoded {
	shown := h.show(ctx, t, wording.Langs[lang], list)
	out := make([]*encoded, len(list))
	for i, e := range list {
		d := e.Data
		if shown != nil && shown[i] != nil {
			b, err := marshalled(shown[i])
			switch {
			case err != nil:
				h.log.Error("live: encode event", "topic", t.Kind, "type", e.Type, "error", err)
			case len(b) > maxInline:
				d = withoutFragment(b)
			default:
				d = b
			}
		}
		out[i] = encodeOne(channel, e.Stored, d)
	}
	return out
}

func encodeOne(channel string, s Stored, d json.RawMessage) *encoded {
	b := make([]byte, 0, len(channel)+len(d)+128)
	b = append(strconv.AppendQuote(append(b, `{"t":"ev","ch":`...), channel), ',')
	skip := len(b)
	b = append(strconv.AppendInt(append(b, `"seq":`...), s.Seq, 10), `,"type":`...)
	b = append(b, marshal(s.Type)...)
	if s.Ref != 0 {
		b = strconv.AppendInt(append(b, `,"ref":`...), s.Ref, 10)
	}
	if s.Ver != 0 {
		b = strconv.AppendInt(append(b, `,"ver":`...), int64(s.Ver), 10)
	}
	b = append(s.At.UTC().AppendFormat(append(b, `,"at":"`...), time.RFC3339Nano), '"')
	if len(d) > 0 {
		b = append(append(b, `,"d":`...), d...)
	}
	e := &encoded{message: *text(append(b, '}')), skip: skip, stored: s}
	if len(d) > 0 {
		e.d = e.payload()[len(e.payload())-1-len(d) : len(e.payload())-1]
	}
	return e
}

// show asks the topic, and survives what it does.
func (h *Hub) show(ctx context.Context, t *Topic, lang string, list []*entry) (shown []any) {
	if t.Show == nil || len(list) == 0 {
		return nil
	}
	defer func() {
		if p := recover(); p != nil {
			shown = nil
			h.log.Error("live: show events", "topic", t.Kind, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		}
	}()
	evs := make([]Stored, len(list))
	for i, e := range list {
		evs[i] = e.Stored
	}
	shown, err := t.Show(ctx, lang, evs)
	if err == nil && len(shown) != len(evs) {
		err = fmt.Errorf("%d answers for %d events", len(shown), len(evs))
	}
	if err != nil {
		h.log.Error("live: show events", "topic", t.Kind, "error", err)
		return nil
	}
	return shown
}

// withoutFragment drops the field "html" of an object, so that the page
// fetches it.
func withoutFragment(d json.RawMessage) json.RawMessage {
	var fields map[string]json.RawMessage
	if json.Unmarshal(d, &fields) != nil || fields["html"] == nil {
		return d
	}
	delete(fields, "html")
	return marshal(fields)
}

// marshal encodes our own messages: strings and numbers, which always can be.
func marshal(v any) []byte {
	b, err := marshalled(v)
	if err != nil {
		slog.Error("live: encode message", "error", err)
		return []byte("null")
	}
	return b
}

// marshalled encodes without escaping HTML: it would only grow, and nothing of
// it is placed into a page as it is.
func marshalled(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// langIndex is the place of a language in wording.Langs; the first for one that
// is not there.
func langIndex(lang string) int {
	return max(0, slices.Index(wording.Langs, lang))
}
