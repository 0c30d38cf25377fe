package bench

import (
	"fmt"
	"io"
)

// verdict is whether a bar was met.
type verdict string

const (
	yes  verdict = "met"
	no   verdict = "**missed**"
	info verdict = "–"
)

// line is one row of the table.
type line struct {
	ID, Work    string
	Floor, Ours string
	Ratio       float64 // 0: none
	ByCPU       float64 // the same of the processor time of a request, which others on the machine disturb less; 0: none
	Bar         string
	Verdict     verdict
	CPU         string  // of one request: application + database + generator
	Others      float64 // share of the machine used by others, 0 to 1; below 0: not taken
	Bytes       float64 // mean size of an answer of ours
	Note        string
}

// table writes the lines as Markdown, notes below.
func table(w io.Writer, lines []line) {
	fmt.Fprintln(w, "| row | work | floor | ours | ratio (by CPU) | bar | met | CPU a request: app + database + generator | others |")
	fmt.Fprintln(w, "|---|---|---|---|---|---|---|---|---|")
	for _, l := range lines {
		ratio, others := "–", "–"
		if l.Ratio > 0 {
			ratio = fmt.Sprintf("%.2f", l.Ratio)
		}
		if l.ByCPU > 0 {
			ratio += fmt.Sprintf(" (%.2f)", l.ByCPU)
		}
		if l.Others >= 0 {
			others = fmt.Sprintf("%.0f %%", 100*l.Others)
		}
		work := l.Work
		if l.Bytes > 0 {
			work += fmt.Sprintf(" (%.1f KB)", l.Bytes/1000)
		}
		fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", l.ID, work, l.Floor, l.Ours, ratio, l.Bar, l.Verdict, l.CPU, others)
	}
	for _, l := range lines {
		if l.Note != "" {
			fmt.Fprintf(w, "\n%s: %s\n", l.ID, l.Note)
		}
	}
}
