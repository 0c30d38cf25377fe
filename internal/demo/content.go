package demo

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"
)

//go:embed content
var files embed.FS

// content is all that was written by hand.
type content struct {
	Organisations []organisation
	People        []person
	Questions     []question
	Topics        []topic  // what generated questions are about, besides a treatment
	Families      []family // lines about some treatments
	Common        common
	Procedures    []procedure
	Episodes      []episode // experiences
	Sagas         []saga    // what generated ones are told with, by treatment
	Telling       telling
	Offers        []offer // packages
	Offering      offering
}

// organisation is a clinic, or somebody who arranges or advertises.
type organisation struct {
	Slug, Name, Kind, City, Country, About string
	Facility                               string
	Beds                                   int
	ICU                                    bool `json:"icu"`
	BloodBank                              bool `json:"blood_bank"`
	Anaesthetist                           bool
	Languages, Procedures                  []string
	Accreditations                         []accreditation
	Clinicians                             []clinician
}

type accreditation struct {
	Body, Programme string
	Status          string // claimed or verified
	CheckedDaysAgo  int    `json:"checked_days_ago"`
}

type clinician struct {
	Name, Title, Specialty string
	Languages              []string
}

type person struct {
	Key, Handle, Lang   string
	Email               string // an address of its own beside the numbered one
	Age                 age    // of the account
	Role                string // "", staff, doctor, moderator, admin
	Organisation, Title string // where somebody of a role staff or doctor works
	Stands              string // considering, treated, companion; "" for others
	Vouched             bool   // known through a second identity
}

// question is one thread written by hand.
type question struct {
	Title, Procedure, Destination, Clinic, Author, Lang string
	Age                                                 age
	Body                                                paragraphs
	Replies                                             []reply
	Fill                                                int // generated replies follow until there are so many
}

type reply struct {
	Author   string
	After    age // since the question
	Helpful  int
	Accepted bool
	Body     paragraphs
}

// topic is a worry that many treatments share, with what people say about it.
// Every line is a template (phrase.go).
type topic struct {
	Code                                                     string
	For                                                      []string // beginnings of procedure codes; none: all
	Titles, Bodies, Facts, Advice, Doubt, Back, Staff, Asker []string
}

// family is what people say about some treatments, be it a whole specialty or
// a few that are alike.
type family struct {
	Code                string
	For                 []string // beginnings of procedure codes
	Facts, Advice, Back []string
}

type common struct{ Openings, Closings, Thanks, Companions, Moderators, More, Asides, Asker []string }

// procedure is how people speak of a treatment, and its usual figures.
type procedure struct {
	Code  string
	A     string // "a gastric sleeve"
	Noun  string // "sleeve", so that "the sleeve" can be said
	Price [2]int // euros, from and to
	Stay  [2]int // nights abroad, from and to
}

// paragraphs are kept apart in the files, so that they can be read there.
type paragraphs []string

// String is the text, with an empty line between paragraphs.
func (p paragraphs) String() string { return strings.Join(p, "\n\n") }

// age is a span told in days, hours and minutes: "3d4h30m".
type age time.Duration

// UnmarshalJSON reads "3d4h30m".
func (a *age) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	d, err := parseAge(s)
	*a = age(d)
	return err
}

func parseAge(s string) (sum time.Duration, err error) {
	units := map[byte]time.Duration{'d': 24 * time.Hour, 'h': time.Hour, 'm': time.Minute}
	if s == "" {
		return 0, fmt.Errorf("demo: a span is missing")
	}
	for rest := s; rest != ""; {
		i := strings.IndexAny(rest, "dhm")
		if i < 1 {
			return 0, fmt.Errorf("demo: span %q", s)
		}
		n, err := strconv.Atoi(rest[:i])
		if err != nil {
			return 0, fmt.Errorf("demo: span %q", s)
		}
		sum += time.Duration(n) * units[rest[i]]
		rest = rest[i+1:]
	}
	return sum, nil
}

// load reads everything. A field that nobody knows is an error.
func load() (*content, error) {
	c := &content{}
	for name, into := range map[string]any{
		"clinics": &c.Organisations, "people": &c.People, "families": &c.Families, "common": &c.Common, "procedures": &c.Procedures, "telling": &c.Telling, "offering": &c.Offering,
	} {
		if err := read("content/"+name+".json", into); err != nil {
			return nil, err
		}
	}
	err := each("content/questions/*.json", func(name string) error {
		var some []question
		err := read(name, &some)
		c.Questions = append(c.Questions, some...)
		return err
	})
	if err != nil {
		return nil, err
	}
	err = each("content/experiences/*.json", func(name string) error {
		var some []episode
		err := read(name, &some)
		c.Episodes = append(c.Episodes, some...)
		return err
	})
	if err != nil {
		return nil, err
	}
	err = each("content/stories/*.json", func(name string) error {
		var s saga
		err := read(name, &s)
		c.Sagas = append(c.Sagas, s)
		return err
	})
	if err != nil {
		return nil, err
	}
	if c.Offers, err = loadOffers(); err != nil {
		return nil, err
	}
	return c, each("content/phrases/*.json", func(name string) error {
		var t topic
		err := read(name, &t)
		c.Topics = append(c.Topics, t)
		return err
	})
}

// each calls f with the files of a pattern, in the order of their names.
func each(pattern string, f func(name string) error) error {
	names, err := fs.Glob(files, pattern)
	if err != nil {
		return fmt.Errorf("demo: find content: %w", err)
	}
	for _, name := range names {
		if err := f(name); err != nil {
			return err
		}
	}
	return nil
}

func read(name string, into any) error {
	b, err := files.ReadFile(name)
	if err != nil {
		return fmt.Errorf("demo: read content: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("demo: read %s: %w", name, err)
	}
	return nil
}
