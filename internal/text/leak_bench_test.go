package text_test

import (
	"testing"

	"caravan/internal/text"
)

// A reply as people write them, and what is known about its author and place.
var (
	usualReply = `I had two implants there in spring 2024 and paid about 1,450 euros for both, the crowns came four months later. ` +
		`Dr Halmi explained every step and the nurses were kind. Ask for the written plan before you fly, and keep some days at the end, ` +
		`because my second visit took 9 days instead of 6. It was worth it.`
	usualContext = text.LeakContext{Countries: []string{"HU", "GB"}, OwnNames: []string{"k.lindqvist84"}, Allowed: []string{"Duna Dental", "Dr Halmi", "Dr Zágon", "Dr Kiss"}}
)

// BenchmarkCheckLeaksReply: every reply passes it before it is posted, so it has
// to stay below a tenth of a millisecond.
func BenchmarkCheckLeaksReply(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if err := text.CheckLeaks("body", usualReply, usualContext, false); err != nil {
			b.Fatal(err)
		}
	}
}
