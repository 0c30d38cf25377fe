package demo

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// episode is an experience as it was written by hand, or as it is drawn. Amounts
// are whole units of Currency; spans are told back from now.
type episode struct {
	Pseudonym, Author, Clinic string
	Treated                   string // months: "9m"
	Origin, Age, Lang, Role   string
	Via, Booked               string
	Procedures                []treated
	Title                     string
	Story                     paragraphs
	Goal, Currency            string
	Lines                     []priceLine
	Gap                       []string
	Costs                     map[string]int // by the names of the catalogue
	Complication              string         // none; empty when there are some
	Complications             []trouble
	Start                     *int // goal reached, as told at the start
	Repeat, Worth, Incentive  string
	Proofs                    []proof
	Consent, Interpreter      string
	Nights                    *int
	CheckIns                  map[string]*tap `json:"check_ins"` // null: missed
	Records                   []string
	Helpful                   int
	Answer                    *said
}

type treated struct {
	Code, State, Side string
	Quantity          *int
}

// trouble is a complication; Told is the start or the check-in that told it.
type trouble struct {
	Kind, Grade, Where, Payer, Resolved, Reported, Reaction, Told string
	Day                                                           int
	Days                                                          *int // in hospital
}

type proof struct {
	Kind    string
	Sources int
	Amount  bool
}

// said is a clinic's answer.
type said struct {
	By       string
	After    age // since it was published
	Standing string
	Body     paragraphs
	Changes  []promise
}

// promise is a change; Due and Made are days from now: "-53d".
type promise struct {
	Title, Due, Made, Proof string
	Seen                    int // by how many later patients
}

// priceLine is ["surgery", quoted or null, paid or null].
type priceLine struct {
	Line         string
	Quoted, Paid *int
}

// UnmarshalJSON reads the three.
func (l *priceLine) UnmarshalJSON(b []byte) error {
	return list(b, &l.Line, &l.Quoted, &l.Paid)
}

// tap is an answered check-in: [goal or null, note].
type tap struct {
	Goal *int
	Note string
}

// UnmarshalJSON reads the two.
func (t *tap) UnmarshalJSON(b []byte) error { return list(b, &t.Goal, &t.Note) }

// list reads an array whose elements are of different types.
func list(b []byte, into ...any) error {
	var raw []json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil {
		return err
	}
	if len(raw) != len(into) {
		return fmt.Errorf("demo: %s has %d elements, not %d", b, len(raw), len(into))
	}
	for i := range raw {
		if err := json.Unmarshal(raw[i], into[i]); err != nil {
			return fmt.Errorf("demo: %s: %w", b, err)
		}
	}
	return nil
}

// leeway is by how many days an episode lies farther back than its months say,
// so that a check-in after just as many months has been due.
const leeway = 4

// monthsBack is the day so many months ("9m") before now.
func monthsBack(now time.Time, span string) (time.Time, error) {
	n, err := strconv.Atoi(span[:max(0, len(span)-1)])
	if err != nil || span[len(span)-1] != 'm' || n < 1 {
		return time.Time{}, fmt.Errorf("demo: %q is no number of months", span)
	}
	return midnight(now).AddDate(0, -n, -leeway), nil
}

// daysFrom is the day so many days ("-53d", "39d") from now; nil for "".
func daysFrom(now time.Time, span string) (*time.Time, error) {
	if span == "" {
		return nil, nil
	}
	n, err := strconv.Atoi(span[:len(span)-1])
	if err != nil || span[len(span)-1] != 'd' {
		return nil, fmt.Errorf("demo: %q is no number of days", span)
	}
	day := midnight(now).AddDate(0, 0, n)
	return &day, nil
}

func midnight(t time.Time) time.Time { return t.Truncate(24 * time.Hour) }
