package oracle

// Brief shortens a text for a message.
type Brief func(string) string

// Sent is one posted text. A text that was answered with an id was accepted.
type Sent struct {
	Number int    // of the text in the file or series
	ID     int64  // the answer's id; 0: not accepted
	Want   string // what must be read back
}

// Stored is one reply as the API shows it.
type Stored struct {
	ID, Position int64
	Source       string
}

// Replies judges one question: every accepted text is stored once, under the id
// of its answer, as it must read, and nothing else is stored. Positions rise.
func Replies(where string, sent []Sent, stored []Stored, brief Brief) []Difference {
	d := differ{where: where}
	byID := d.index(stored)
	answered := make(map[int64]int, len(sent))
	for _, s := range sent {
		if s.ID == 0 {
			d.say("text %d was never accepted", s.Number)
			continue
		}
		if before, twice := answered[s.ID]; twice {
			d.say("texts %d and %d were both answered with reply %d", before, s.Number, s.ID)
		}
		answered[s.ID] = s.Number
		got, ok := byID[s.ID]
		switch {
		case !ok:
			d.say("text %d was accepted as reply %d and is not there", s.Number, s.ID)
		case got != s.Want:
			d.say("text %d, reply %d: reads %q, want %q (differs at byte %d)", s.Number, s.ID, brief(got), brief(s.Want), firstDifference(got, s.Want))
		}
	}
	for _, r := range stored {
		if _, ok := answered[r.ID]; !ok {
			d.say("reply %d was never answered for: %q", r.ID, brief(r.Source))
		}
	}
	return d.found
}

// index takes the stored replies by id and judges their order.
func (d *differ) index(stored []Stored) map[int64]string {
	byID := make(map[int64]string, len(stored))
	last := int64(0)
	for _, r := range stored {
		if _, twice := byID[r.ID]; twice {
			d.say("reply %d is listed twice", r.ID)
		}
		if r.Position <= last {
			d.say("reply %d stands at position %d, behind %d", r.ID, r.Position, last)
		}
		byID[r.ID], last = r.Source, r.Position
	}
	return byID
}

func firstDifference(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}
