package replay

import (
	"encoding/json"
	"fmt"
	"io"

	"caravan/cmd/loadtest/internal/oracle"
)

// shown is how many differences and refusals a report lists.
const shown = 20

// Percentiles are times in milliseconds.
type Percentiles struct {
	N   int     `json:"n"`
	P50 float64 `json:"p50_ms"`
	P99 float64 `json:"p99_ms"`
	Max float64 `json:"max_ms"`
}

// Refusal is a text that was refused, as it must be.
type Refusal struct {
	Number int    `json:"number"`
	Why    string `json:"why"`
	Begins string `json:"begins"`
}

// Report is what a run measured and found. Differences of 0 is success.
type Report struct {
	Texts      int         `json:"texts"`
	Masked     int         `json:"masked"` // texts in which something was covered before they were sent
	Accepted   int         `json:"accepted"`
	Refused    []Refusal   `json:"refused"`
	People     int         `json:"people"`
	Questions  int         `json:"questions"`
	Clients    int         `json:"clients"`
	Seconds    float64     `json:"seconds"` // first post to last answer
	PerSecond  float64     `json:"replies_per_s"`
	Answer     Percentiles `json:"answer"`      // start of a post to its answer
	Receipt    Percentiles `json:"receipt"`     // start of a post to each connected reader
	ReceiptAll Percentiles `json:"receipt_all"` // the same with readers that had to come back first
	Events     int         `json:"events_applied"`
	Cuts       int         `json:"cuts"`
	Resumes    int         `json:"resumes"`  // cut or closed connections after which every channel was resumed
	Repeated   int         `json:"repeated"` // events that came again and were dropped by the cursor
	Gaps       int         `json:"gaps"`     // events that came too early and were asked for again
	Slow       int         `json:"closed_as_slow"`
	Busy       int         `json:"handshakes_put_off"`
	Retries    int         `json:"posts_tried_again"`

	Differences int                 `json:"differences"`
	First       []oracle.Difference `json:"first_differences"`
}

func (r *Report) add(c counts) {
	r.Cuts += c.cuts
	r.Resumes += c.resumes
	r.Repeated += c.repeated
	r.Gaps += c.gaps
	r.Slow += c.slow
	r.Busy += c.busy
}

// JSON writes the report for programs.
func (r Report) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// Text writes the report for people.
func (r Report) Text(w io.Writer) {
	fmt.Fprintf(w, "%d texts by %d people into %d questions in %.1f s: %d accepted, %d refused as they must be\n",
		r.Texts, r.People, r.Questions, r.Seconds, r.Accepted, len(r.Refused))
	fmt.Fprintf(w, "%.0f replies/s, answer p50 %.1f ms p99 %.1f ms max %.1f ms\n", r.PerSecond, r.Answer.P50, r.Answer.P99, r.Answer.Max)
	fmt.Fprintf(w, "post to receipt: p50 %.1f ms p99 %.1f ms max %.1f ms by connected clients (%d receipts)\n", r.Receipt.P50, r.Receipt.P99, r.Receipt.Max, r.Receipt.N)
	fmt.Fprintf(w, "                 p50 %.1f ms p99 %.1f ms max %.1f ms with those that were cut off at that moment (%d receipts)\n", r.ReceiptAll.P50, r.ReceiptAll.P99, r.ReceiptAll.Max, r.ReceiptAll.N)
	fmt.Fprintf(w, "%d clients: %d cuts, %d resumes, %d events applied, %d repeated and dropped, %d gaps closed, %d closed as slow, %d handshakes put off, %d posts tried again\n",
		r.Clients, r.Cuts, r.Resumes, r.Events, r.Repeated, r.Gaps, r.Slow, r.Busy, r.Retries)
	fmt.Fprintf(w, "%d texts were masked before they were sent: they held names, addresses or numbers\n", r.Masked)
	for i, t := range r.Refused {
		if i == shown {
			fmt.Fprintf(w, "refused: %d more\n", len(r.Refused)-shown)
			break
		}
		fmt.Fprintf(w, "refused: text %d, %s: %q\n", t.Number, t.Why, t.Begins)
	}
	for _, d := range r.First {
		fmt.Fprintf(w, "DIFFERENCE %s\n", d)
	}
	if r.Differences > len(r.First) {
		fmt.Fprintf(w, "DIFFERENCE %d more\n", r.Differences-len(r.First))
	}
	if r.Differences == 0 {
		fmt.Fprintln(w, "nothing lost, nothing doubled, nothing changed")
	}
}
