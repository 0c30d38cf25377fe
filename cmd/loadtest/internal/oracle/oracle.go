// Package oracle judges what a run left behind. It knows no server and no
// socket: it compares records, so that a test can plant a fault in a record and
// see it found.
//
//	oracle.go     Difference
//	sequence.go   a reader's applied sequence numbers and references
//	replies.go    what was sent against what is read back
package oracle

import "fmt"

// Difference is one thing that is not as it must be.
type Difference struct {
	Where string `json:"where"` // client 17, question:42; question:42, reply 118
	What  string `json:"what"`
}

// String is one line for people.
func (d Difference) String() string { return d.Where + ": " + d.What }

// differ collects the differences found at one place.
type differ struct {
	where string
	found []Difference
}

func (d *differ) say(format string, args ...any) {
	d.found = append(d.found, Difference{d.where, fmt.Sprintf(format, args...)})
}
