package question

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"caravan/internal/db"
)

// A reply's JSON is made once for each version of it, like its HTML: both its
// texts stand in it, and escaping them costs more than reading the rows. Only
// its sum of votes and the asker's mark change without a new version, so it is
// kept in two pieces around those.
type readyReply struct{ begin, end []byte }

// scoreMark is what stands between the pieces, by encoding/json. It cannot be
// found inside a text, where every quote is escaped.
var scoreMark = []byte(`"score":0,"accepted":false`)

func readyJSON(r ReplyRow) (readyReply, error) {
	r.Helpful, r.Accepted = 0, false
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // as the rest of the API
	if err := e.Encode(replyJSON(r)); err != nil {
		return readyReply{}, fmt.Errorf("question: encode reply: %w", err)
	}
	begin, end, ok := bytes.Cut(bytes.TrimSuffix(b.Bytes(), []byte("\n")), scoreMark)
	if !ok {
		return readyReply{}, fmt.Errorf("question: encode reply: no %s", scoreMark)
	}
	return readyReply{begin, end}, nil
}

// listedReply is a reply in a list, ready to write.
type listedReply struct {
	readyReply
	score    int
	accepted bool
}

func (r listedReply) append(b []byte) []byte {
	b = append(append(b, r.begin...), `"score":`...)
	b = append(strconv.AppendInt(b, int64(r.score), 10), `,"accepted":`...)
	return append(strconv.AppendBool(b, r.accepted), r.end...)
}

// repliesOutBody is the answer of list-replies: Replies describes it, the
// listed are what is written.
type repliesOutBody struct {
	Replies []ReplyJSON `json:"replies"`
	Top     int64       `json:"top" doc:"Newest sequence number of the channel"`
	Epoch   string      `json:"epoch"`
	More    bool        `json:"more"`
	listed  []listedReply
}

// AppendJSON writes the body as encoding/json would.
func (o repliesOutBody) AppendJSON(b []byte) []byte {
	b = append(b, `{"replies":[`...)
	for i, r := range o.listed {
		if i > 0 {
			b = append(b, ',')
		}
		b = r.append(b)
	}
	b = append(b, `],"top":`...)
	b = append(strconv.AppendInt(b, o.Top, 10), `,"epoch":`...)
	epoch, _ := json.Marshal(o.Epoch) // a string
	b = append(append(b, epoch...), `,"more":`...)
	return append(strconv.AppendBool(b, o.More), '}')
}

// ready are the pieces of rows, reading the texts of those that are not kept.
func (f *fragments) ready(q *db.Tx, h replyHead, rows []listRow) ([]listedReply, error) {
	out := make([]listedReply, len(rows))
	var missing []int64
	for i, r := range rows {
		x, ok := f.json.Get(fragmentKey{id: r.id, version: r.version})
		if !ok {
			missing = append(missing, r.id)
		}
		out[i] = listedReply{x, r.helpful, r.id == h.Accepted}
	}
	if len(missing) == 0 {
		return out, nil
	}
	full, err := listReplyRows(q, missing)
	if err != nil {
		return nil, err
	}
	made := make(map[int64]readyReply, len(full))
	for _, r := range full {
		if made[r.ID], err = readyJSON(r); err != nil {
			return nil, err
		}
		f.json.Add(fragmentKey{id: r.ID, version: r.Version}, made[r.ID])
	}
	for i, r := range rows {
		if out[i].begin == nil {
			out[i].readyReply = made[r.id]
		}
	}
	return out, nil
}
