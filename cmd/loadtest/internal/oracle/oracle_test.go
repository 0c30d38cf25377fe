package oracle

import (
	"slices"
	"strings"
	"testing"
)

// run is what a flawless reader applied: events 1 to n, reply 100+seq each.
func run(n int64) []Applied {
	var out []Applied
	for seq := int64(1); seq <= n; seq++ {
		out = append(out, Applied{Seq: seq, Reply: 100 + seq, Data: strings.Repeat("x", int(seq))})
	}
	return out
}

func places(n int64) map[int64]int64 {
	out := map[int64]int64{}
	for seq := int64(1); seq <= n; seq++ {
		out[seq] = 100 + seq
	}
	return out
}

func TestSequenceFindsPlantedGapsAndDoubles(t *testing.T) {
	for _, c := range []struct {
		name    string
		applied []Applied
		top     int64
		want    []string // a part of each difference, in order
	}{
		{"nothing happened", nil, 0, nil},
		{"whole", run(50), 50, nil},
		{"gap in the middle", slices.Delete(run(50), 20, 21), 50, []string{"gap: 22 follows 20"}},
		{"gap of many", slices.Delete(run(50), 10, 40), 50, []string{"gap: 41 follows 10"}},
		{"first missing", run(50)[1:], 50, []string{"gap: 2 follows 0"}},
		{"last missing", run(49), 50, []string{"ends at 49, the channel's top is 50"}},
		{"nothing arrived", nil, 3, []string{"ends at 0"}},
		{"one doubled", slices.Insert(run(50), 20, run(20)[19]), 50, []string{"doubled or out of order: 20 follows 20"}},
		{"an old one again at the end", append(run(50), run(1)...), 50, []string{"doubled or out of order: 1 follows 50"}},
		{"two swapped", []Applied{{Seq: 1}, {Seq: 3}, {Seq: 2}, {Seq: 4}}, 4, []string{"gap: 3 follows 1", "doubled or out of order: 2 follows 3"}},
		{"more than the top", run(51), 50, []string{"ends at 51, the channel's top is 50"}},
		{"a double hides a gap of the same size", []Applied{{Seq: 1}, {Seq: 2}, {Seq: 2}, {Seq: 4}}, 4, []string{"doubled", "gap: 4 follows 2"}},
	} {
		expect(t, c.name, Sequence("client 1", c.applied, c.top), c.want)
	}
}

func TestPublishedFindsWrongMissingAndDoubledReplies(t *testing.T) {
	swapped := run(3)
	swapped[1].Reply, swapped[2].Reply = swapped[2].Reply, swapped[1].Reply
	silent := run(3)
	silent[1].Reply = 0
	twice := run(3)
	twice[2].Reply = twice[0].Reply
	extra := places(3)
	delete(extra, 2)
	for _, c := range []struct {
		name      string
		applied   []Applied
		positions map[int64]int64
		want      []string
	}{
		{"whole", run(3), places(3), nil},
		{"another event between", []Applied{{Seq: 1, Reply: 101}, {Seq: 2}, {Seq: 3, Reply: 103}}, map[int64]int64{1: 101, 3: 103}, nil},
		{"two references swapped", swapped, places(3), []string{"event 2 publishes reply 103", "event 3 publishes reply 102"}},
		{"an event without its reply", silent, places(3), []string{"event 2 publishes reply 0", "reply 102 at position 2 never arrived"}},
		{"one reply by two events", twice, places(3), []string{"event 3 publishes reply 101", "published twice", "reply 103 at position 3 never arrived"}},
		{"a reply that the API does not have", run(3), extra, []string{"event 2 publishes reply 102, the API has reply 0"}},
	} {
		expect(t, c.name, Published("client 1", c.applied, c.positions), c.want)
	}
}

func TestSameFindsOtherDataForAnotherReader(t *testing.T) {
	facts, shown, without := run(5), run(5), run(5)
	facts[3].Data += "y"
	for i := range shown {
		shown[i].HTML = "<p>same</p>"
	}
	other := slices.Clone(shown)
	other[1].HTML = "<p>some</p>"
	expect(t, "equal", Same("client 2", run(5), run(5)), nil)
	expect(t, "one still behind", Same("client 2", run(5), run(3)), nil)
	expect(t, "a fact differs", Same("client 2", run(5), facts), []string{`event 4 carried "xxxxy", for another reader "xxxx" (byte 4)`})
	expect(t, "a fragment left out", Same("client 2", shown, without), nil)
	expect(t, "a fragment differs", Same("client 2", shown, other), []string{`event 2 is shown as "<p>some</p>", for another reader "<p>same</p>" (byte 4)`})
}

func TestRepliesFindsEveryKindOfDifference(t *testing.T) {
	sent := func() []Sent { return []Sent{{1, 11, "one"}, {2, 12, "two\nlines"}, {3, 13, "three"}} }
	stored := func() []Stored {
		return []Stored{{11, 1, "one"}, {12, 2, "two\nlines"}, {13, 3, "three"}}
	}
	for _, c := range []struct {
		name   string
		sent   []Sent
		stored []Stored
		want   []string
	}{
		{"as sent", sent(), stored(), nil},
		{"order of sending does not matter", []Sent{{3, 13, "three"}, {1, 11, "one"}, {2, 12, "two\nlines"}}, stored(), nil},
		{"a changed text", sent(), []Stored{{11, 1, "one"}, {12, 2, "two lines"}, {13, 3, "three"}}, []string{`text 2, reply 12: reads "two lines"`}},
		{"a longer text", sent(), []Stored{{11, 1, "one "}, {12, 2, "two\nlines"}, {13, 3, "three"}}, []string{"differs at byte 3"}},
		{"a lost reply", sent(), stored()[:2], []string{"text 3 was accepted as reply 13 and is not there"}},
		{"a doubled post", sent(), append(stored(), Stored{14, 4, "three"}), []string{"reply 14 was never answered for"}},
		{"a reply listed twice", sent(), append(stored(), Stored{13, 4, "three"}), []string{"reply 13 is listed twice"}},
		{"positions that do not rise", sent(), []Stored{{11, 1, "one"}, {12, 3, "two\nlines"}, {13, 3, "three"}}, []string{"reply 13 stands at position 3, behind 3"}},
		{"one reply for two texts", []Sent{{1, 11, "one"}, {2, 11, "one"}}, stored()[:1], []string{"texts 1 and 2 were both answered with reply 11"}},
		{"a text that was given up", []Sent{{1, 0, "one"}}, nil, []string{"text 1 was never accepted"}},
	} {
		expect(t, c.name, Replies("question:1", c.sent, c.stored, func(s string) string { return s }), c.want)
	}
}

// expect compares found with parts of what must be found, in order.
func expect(t *testing.T, name string, found []Difference, want []string) {
	t.Helper()
	ok := len(found) == len(want)
	for i := range min(len(found), len(want)) {
		ok = ok && strings.Contains(found[i].What, want[i])
	}
	if !ok {
		t.Errorf("%s: found %v, want %q", name, found, want)
	}
}
