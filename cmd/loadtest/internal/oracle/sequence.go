package oracle

// Applied is one event as a reader applied it to its page.
type Applied struct {
	Seq   int64
	Reply int64  // id of the published reply; 0 for every other event
	Data  string // what came with it, as it came
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

// Same judges whether two readers of one channel were told the same, byte for
// byte, by every event that both applied.
func Same(where string, a, b []Applied) []Difference {
	d := differ{where: where}
	data := make(map[int64]string, len(a))
	for _, x := range a {
		data[x.Seq] = x.Data
	}
	for _, y := range b {
		if want, both := data[y.Seq]; both && want != y.Data {
			at := firstDifference(want, y.Data)
			d.say("event %d carried %q where another reader got %q (byte %d)", y.Seq, around(y.Data, at), around(want, at), at)
		}
	}
	return d.found
}

// around is the part of s next to byte at.
func around(s string, at int) string {
	const before, after = 20, 60
	return s[min(len(s), max(0, at-before)):min(len(s), at+after)]
}
