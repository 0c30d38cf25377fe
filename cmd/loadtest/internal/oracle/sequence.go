package oracle

// Applied is one event as a reader applied it to its page.
type Applied struct {
	Seq   int64
	Reply int64  // id of the published reply; 0 for every other event
	Data  string // the facts that came with it
	HTML  string // how it is shown; empty: left out, to be fetched
}

// Sequence judges the sequence numbers that a reader applied, in the order in
// which it did: they must be exactly 1 to top, each once, in order.
func Sequence(where string, applied []Applied, top int64) []Difference {
	d := differ{where: where}
	next := int64(1)
	for _, a := range applied {
		switch {
		case a.Seq == next:
		case a.Seq > next:
			d.say("gap: %d follows %d", a.Seq, next-1)
		default:
			d.say("doubled or out of order: %d follows %d", a.Seq, next-1)
			continue
		}
		next = a.Seq + 1
	}
	if last := next - 1; last != top {
		d.say("ends at %d, the channel's top is %d", last, top)
	}
	return d.found
}

// Published judges which replies a reader was told of: the reply at position p
// must have come as event p, with its id, and no other event may claim to
// publish one. positions is the channel as the API shows it: position to id.
func Published(where string, applied []Applied, positions map[int64]int64) []Difference {
	d := differ{where: where}
	told := make(map[int64]int64, len(positions))
	for _, a := range applied {
		want := positions[a.Seq]
		if a.Reply != want {
			d.say("event %d publishes reply %d, the API has reply %d there", a.Seq, a.Reply, want)
		}
		if a.Reply == 0 {
			continue
		}
		if before, twice := told[a.Reply]; twice {
			d.say("reply %d was published twice, by events %d and %d", a.Reply, before, a.Seq)
		}
		told[a.Reply] = a.Seq
	}
	for position, id := range positions {
		if _, ok := told[id]; !ok {
			d.say("reply %d at position %d never arrived", id, position)
		}
	}
	return d.found
}

// Same judges whether two readers of one channel were told the same by every
// event that both applied. A fragment may be left out for one and not for the
// other, but two fragments are the same, byte for byte.
func Same(where string, a, b []Applied) []Difference {
	d := differ{where: where}
	other := make(map[int64]Applied, len(a))
	for _, x := range a {
		other[x.Seq] = x
	}
	for _, y := range b {
		x, both := other[y.Seq]
		if !both {
			continue
		}
		d.compare(y.Seq, "carried", y.Data, x.Data)
		if x.HTML != "" && y.HTML != "" {
			d.compare(y.Seq, "is shown as", y.HTML, x.HTML)
		}
	}
	return d.found
}

func (d *differ) compare(seq int64, what, got, other string) {
	if got != other {
		at := firstDifference(got, other)
		d.say("event %d %s %q, for another reader %q (byte %d)", seq, what, around(got, at), around(other, at), at)
	}
}

// around is the part of s next to byte at.
func around(s string, at int) string {
	const before, after = 20, 60
	return s[min(len(s), max(0, at-before)):min(len(s), at+after)]
}
