package shaping

import (
	"bytes"
	"crypto/sha256"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Kind is what sort of fact an item is.
type Kind string

// The kinds.
const (
	Money    Kind = "money"
	Count    Kind = "count"
	Duration Kind = "duration"
	Percent  Kind = "percent"
	Bool     Kind = "bool"
	Enum     Kind = "enum"
	Choice   Kind = "set"
	Text     Kind = "text"
	Person   Kind = "person"
	Document Kind = "document"
)

// Kinds are all kinds.
var Kinds = []Kind{Money, Count, Duration, Percent, Bool, Enum, Choice, Text, Person, Document}

// numeric reports whether values of the kind lie on a line.
func (k Kind) numeric() bool {
	return k == Money || k == Count || k == Duration || k == Percent
}

// Value is the value of an item. The zero Value is none: the item is not in the
// version. Which fields are used depends on the kind.
type Value struct {
	Kind Kind
	// Number is minor units of Currency for money, the item's unit for counts
	// and durations, hundredths of a percent, 1 or 0 for bool.
	Number   int64
	Currency string
	// Unmeasured says that the provider does not know a count, a duration or a
	// percentage: a fact as well, and shown as one.
	Unmeasured bool
	Text       string   // a text, the word of an enum, a person's name, a document's title
	Ref        string   // a person's entry in a register, the hex SHA-256 of a document
	Words      []string // of a set: sorted, each once
}

// None reports whether v is no value.
func (v Value) None() bool { return v.Kind == "" }

// Equal reports whether v and w are the same fact.
func (v Value) Equal(w Value) bool { return v.Canonical() == w.Canonical() }

// Canonical writes v as JSON in one way only: keys sorted, no white space,
// whole numbers, characters escaped only where JSON demands it (RFC 8785).
// A value that is none is null.
func (v Value) Canonical() string {
	kind := `"kind":"` + string(v.Kind) + `"`
	switch v.Kind {
	case "":
		return "null"
	case Money:
		return `{"currency":` + quoted(v.Currency) + `,` + kind + `,"minor":` + strconv.FormatInt(v.Number, 10) + `}`
	case Bool:
		return `{` + kind + `,"yes":` + strconv.FormatBool(v.Number != 0) + `}`
	case Enum:
		return `{` + kind + `,"word":` + quoted(v.Text) + `}`
	case Choice:
		words := make([]string, len(v.Words))
		for i, w := range v.Words {
			words[i] = quoted(w)
		}
		return `{` + kind + `,"words":[` + strings.Join(words, ",") + `]}`
	case Text:
		return `{` + kind + `,"text":` + quoted(v.Text) + `}`
	case Person:
		return `{` + kind + `,"name":` + quoted(v.Text) + `,"ref":` + quoted(v.Ref) + `}`
	case Document:
		return `{` + kind + `,"ref":` + quoted(v.Ref) + `,"title":` + quoted(v.Text) + `}`
	}
	if v.Unmeasured {
		return `{` + kind + `,"n":null}`
	}
	return `{` + kind + `,"n":` + strconv.FormatInt(v.Number, 10) + `}`
}

// Hash is SHA-256 of the canonical form, empty for no value.
func (v Value) Hash() []byte {
	if v.None() {
		return nil
	}
	sum := sha256.Sum256([]byte(v.Canonical()))
	return sum[:]
}

// quoted writes a JSON string as RFC 8785 does: encoding/json would also escape
// <, >, & and the line separators, which no other program that counts again
// would do.
func quoted(s string) string {
	b := append(make([]byte, 0, len(s)+2), '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c >= 0x20:
			b = append(b, c)
		case strings.IndexByte("\b\t\n\f\r", c) >= 0:
			b = append(b, '\\', "btn_fr"[c-'\b'])
		default:
			b = fmt.Appendf(b, "\\u%04x", c)
		}
	}
	return string(append(b, '"'))
}

// wire is a value as JSON; pointers tell a missing field from an empty one.
type wire struct {
	Kind     Kind            `json:"kind"`
	Currency *string         `json:"currency"`
	Minor    *int64          `json:"minor"`
	N        json.RawMessage `json:"n"` // null is a figure that is not known
	Yes      *bool           `json:"yes"`
	Word     *string         `json:"word"`
	Words    []string        `json:"words"`
	Text     *string         `json:"text"`
	Name     *string         `json:"name"`
	Ref      *string         `json:"ref"`
	Title    *string         `json:"title"`
}

// MarshalJSON writes the canonical form.
func (v Value) MarshalJSON() ([]byte, error) { return []byte(v.Canonical()), nil }

// UnmarshalJSON reads a value, in whatever order and spacing its fields stand.
func (v *Value) UnmarshalJSON(b []byte) error {
	*v = Value{}
	if string(bytes.TrimSpace(b)) == "null" {
		return nil
	}
	var w wire
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&w); err != nil {
		return fmt.Errorf("shaping: read value: %w", err)
	}
	read, err := w.value()
	if err != nil {
		return err
	}
	*v = read
	return nil
}

var errNoValue = errors.New("shaping: read value: fields do not fit the kind")

func (w wire) value() (v Value, err error) {
	v.Kind = w.Kind
	switch {
	case w.Kind == Money && w.Minor != nil && w.Currency != nil:
		v.Number, v.Currency = *w.Minor, *w.Currency
	case w.Kind.numeric() && w.Kind != Money && w.N != nil:
		if v.Unmeasured = string(w.N) == "null"; v.Unmeasured {
			break
		}
		if err := json.Unmarshal(w.N, &v.Number); err != nil {
			return Value{}, errNoValue
		}
	case w.Kind == Bool && w.Yes != nil:
		if *w.Yes {
			v.Number = 1
		}
	case w.Kind == Enum && w.Word != nil:
		v.Text = *w.Word
	case w.Kind == Choice:
		v.Words = slices.Compact(slices.Sorted(slices.Values(w.Words)))
	case w.Kind == Text && w.Text != nil:
		v.Text = *w.Text
	case w.Kind == Person && w.Name != nil && w.Ref != nil:
		v.Text, v.Ref = *w.Name, *w.Ref
	case w.Kind == Document && w.Title != nil && w.Ref != nil:
		v.Text, v.Ref = *w.Title, *w.Ref
	default:
		return Value{}, errNoValue
	}
	return v, nil
}

// Value writes v into a jsonb column; no value is NULL.
func (v Value) Value() (driver.Value, error) {
	if v.None() {
		return nil, nil
	}
	return v.Canonical(), nil
}

// Scan reads a value from a jsonb column.
func (v *Value) Scan(from any) error {
	switch from := from.(type) {
	case nil:
		*v = Value{}
		return nil
	case string:
		return v.UnmarshalJSON([]byte(from))
	case []byte:
		return v.UnmarshalJSON(from)
	}
	return errors.New("shaping: a value is no JSON")
}
