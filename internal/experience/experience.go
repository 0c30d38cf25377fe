// Package experience is what happened to somebody who was treated abroad: told
// by the patient, asked again for a year and more.
//
// What is told and kept:
//
//	experience.go   the tables as structs, Service, New, Path
//	fields.go       the catalogue of every question: class, stage, input, place
//	catalogue*.go   its entries, by stage; read.go reads and checks answers, numbers.go figures in
//	                three scripts; country.go the countries to choose from
//	rules.go        who may tell what, lengths, conflicts of interest: pure
//	pseudonym.go    a name made for one experience alone
//	crowd.go        how coarsely a treatment is shown, so that it fits several
//	record.go       what the public log records of an experience
//	import.go       experiences from a table, for the moderators to judge
//	derive.go       what Refresh computes, for rows that are not stored yet
//	draft.go        what is being written; submit.go takes it
//	edit.go         another wording, withdrawing; refresh.go what is derived
//	leave.go        what goes when its author leaves the site
//	money.go        quoted, paid and the ratio; rates.go the rates of a day
//	grade.go        three questions anybody can answer → Clavien-Dindo
//	checkin.go      asking again after d7 … m24; jobs.go when
//	moderate.go     what the moderation desk may do
//	store*.go       SQL
//
// What is read and counted:
//
//	list.go         filters and orders of the list; compare.go up to four clinics
//	story.go        an experience's own words and facts, for page and preview
//	show.go         the page of one, or what stands where it was
//	figures.go      what counted experiences add up to: pure; figures_view.go draws it for a clinic's
//	                page; rank.go the order of clinics
//	vote.go         "it helped me"
//	promise.go      what package shaping asks: who was treated, which experience followed an enrolment;
//	promised.go     what is asked of it: which version an experience followed
//	kept.go         what is the same for every reader, made once a second
//	search.go       what the search index holds; clinic.go what a clinic's page shows
//	routes.go       all addresses
//	http.go         pages to read, present.go their views; http_api.go the JSON API
//
//	http_tell.go, http_checkin.go, http_mine.go with views_*.go and views/
//
// An author's account stands in authorships and nowhere else: no other row, no
// address, no idempotency key and no notice joins an account to an experience.
// A draft belongs to its account and is removed when it is sent; the experience
// takes over its public id, so that a form sent twice finds what it made.
package experience

import (
	"database/sql/driver"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"caravan/internal/account"
	"caravan/internal/db"
	"caravan/internal/httpd"
	"caravan/internal/job"
	"caravan/internal/live"
	"caravan/internal/mail"
	"caravan/internal/moderation"
	"caravan/internal/notify"
	"caravan/internal/provider"
	"caravan/internal/search"
	"caravan/internal/translog"
	"caravan/internal/visit"
)

// States of an experience.
const (
	Submitted  = "submitted"  // waits for a moderator
	SentBack   = "sent_back"  // with a reason; the author can change it and send it again
	Published  = "published"  // for everybody
	Restricted = "restricted" // a note with the reason stands in its place
	Withdrawn  = "withdrawn"  // by its author; a tombstone stands in its place
	Removed    = "removed"    // by order; a tombstone stands in its place
)

// Experience is one episode of care as told. Amounts are minor units of their
// currency; nil is unknown everywhere.
type Experience struct {
	ID                   int64
	PublicID             string
	Pseudonym            string
	AuthorRole           string
	OrganisationID       int64 // that treated
	BookedVia            string
	BookedOrganisationID *int64
	SpecialtyID          int16
	ProcedureID          int64 // the main one
	Destination, City    string
	OriginCountry        *string // ISO 3166-1 alpha-2; shown only with ShownOrigin
	ShownOrigin          bool
	Quarter              string // "2026-Q2", kept whole
	ShownPeriod          string // quarter, year: how coarsely Quarter is shown
	ShownTreatment       string // procedure, specialty: how coarsely the treatment is shown
	AgeBand              *string
	ShownAge             bool
	Crowd                int // about how many patients the shown period and treatment fit
	Title, Story         string
	StoryHTML            string
	Renderer             int
	Lang                 string
	AIUsed               bool
	Incentive            string
	QuotedMinor          *int64
	QuotedCurrency       *string
	PaidMinor            *int64
	PaidCurrency         *string
	PaidRatio            *float64 // paid for one quoted, at the rates of RatedOn
	PaidEuroMinor        *int64
	RatedOn              *time.Time
	GapReasons           Words
	Goal                 string
	GoalAchieved         *int16 // 0-10, as last told
	GoalTold             string // start, or the check-in that told it
	WouldRepeat, WorthIt string
	Complication         string // none, yes, unsure, unknown
	WorstGrade           *int16 // 0 none, 1 I, 2 II, 3 IIIa, 4 IIIb, 5 IVa, 6 IVb, 7 V
	ConsentLang          string
	Interpreter          string
	NightsBeforeFlight   *int16
	Details              Answers // the other public answers
	Answered, Asked      int16
	KnownDays            int
	Level                int16 // of verification, 0-4
	Counted              bool  // enters figures
	Helpful, HelpfulOf   int
	State, StateWhy      string
	Version              int
	CreatedOn            time.Time
	PublishedOn          *time.Time
	EditedOn             *time.Time
}

// Authorship says who wrote an experience. It is read for its author alone.
type Authorship struct {
	ExperienceID   int64
	AccountID      int64
	PersonID       int64
	OrganisationID int64
	Quarter        string
	Told           bool
}

// Consent is one purpose that the author agreed to, in one wording.
type Consent struct {
	ExperienceID int64
	Purpose      string // publish, research, relay, clinic_thread
	TextVersion  string
	GivenAt      time.Time
	WithdrawnAt  *time.Time
}

// Treated is one procedure of the episode.
type Treated struct {
	ExperienceID int64
	Position     int16
	ProcedureID  int64
	State        string // planned, performed, added_on_arrival, cancelled
	Quantity     *int   // teeth, grafts, implants, cycles
	Side         string
}

// Line is one part of the price.
type Line struct {
	ExperienceID int64
	Position     int16
	Line         string
	QuotedMinor  *int64
	PaidMinor    *int64
}

// Complication is what went wrong, by the patient's own account.
type Complication struct {
	ID               int64
	ExperienceID     int64
	Told             string // start, or the check-in
	Kind             string
	OnsetDay         *int
	Grade            *int16 // 1-7 as in Experience.WorstGrade
	AtDischarge      *bool
	Certainty        string
	TreatedWhere     string
	DaysInHospital   *int
	Reoperation      string
	Payer            string
	Resolved         string
	ReportedToClinic string
	ClinicReaction   string
}

// Moments of check-ins, in their order.
var Moments = []string{"d7", "m1", "m3", "m6", "m12", "m24"}

// States of a check-in.
const (
	Coming   = "coming"
	Asked    = "asked"
	Done     = "done"
	Missed   = "missed" // nothing is known, which is never good
	Declined = "declined"
	TooEarly = "too_early"
)

// CheckIn is one time of asking again. Its days come from the day of treatment
// and are for its author's eyes only: what is public is the moment.
type CheckIn struct {
	ID           int64
	ExperienceID int64
	Moment       string
	DueOn        time.Time
	ClosesOn     time.Time
	Status       string
	TokenHash    []byte
	TokenExpires *time.Time
	GoalAchieved *int16
	WorthIt      string
	Complication string
	Note         string
	Agrees       *bool
	Answers      Answers
	DoneOn       *time.Time
}

// Draft is an experience that is being written, as it was typed.
type Draft struct {
	ID          int64
	PublicID    string
	AccountID   int64
	Answers     Answers
	CodeHash    []byte // of a visit code that waits to be used
	Pseudonym   string
	LockVersion int
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// Edit is a wording that was replaced by another one.
type Edit struct {
	ExperienceID int64
	Version      int
	Title, Story string
	StoryHTML    string
	WrittenOn    time.Time
	ReplacedOn   time.Time
}

// Mask covers personal data in the text of one version.
type Mask struct {
	ExperienceID       int64
	Version            int
	Field              string // title, story, goal
	FirstByte, EndByte int
	Class              string
	MadeBy             *int64
	MadeOn             time.Time
}

// Tombstone stands where an experience was.
type Tombstone struct {
	ExperienceID int64
	Kind         string // withdrawn, removed
	Reason       string // key of a sentence
	AskedBy      string // author, clinic, court, platform
	MadeOn       time.Time
	AppealUntil  *time.Time
}

// Answers are what was answered, by the names of the catalogue: one value, or
// several where several may be chosen. Amounts are "45000 EUR", in minor units.
type Answers map[string][]string

// One is the only value of an answer, "" when there is none.
func (a Answers) One(name string) string {
	if v := a[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// Value writes answers into a jsonb column.
func (a Answers) Value() (driver.Value, error) {
	if a == nil {
		return "{}", nil
	}
	b, err := json.Marshal(map[string][]string(a))
	return string(b), err
}

// Scan reads answers from a jsonb column.
func (a *Answers) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*a = nil
		return nil
	case string:
		return json.Unmarshal([]byte(v), (*map[string][]string)(a))
	case []byte:
		return json.Unmarshal(v, (*map[string][]string)(a))
	}
	return errors.New("experience: answers are no JSON")
}

// Words are a text[] column whose elements are words of closed lists.
type Words []string

// Value writes the words into their column.
func (w Words) Value() (driver.Value, error) { return "{" + strings.Join(w, ",") + "}", nil }

// Scan reads the words from their column.
func (w *Words) Scan(v any) error {
	s, ok := v.(string)
	if b, is := v.([]byte); is {
		s, ok = string(b), true
	}
	if !ok || len(s) < 2 {
		return errors.New("experience: words are no array")
	}
	*w = nil
	if s = s[1 : len(s)-1]; s != "" {
		*w = strings.Split(s, ",")
	}
	return nil
}

// Service does what people ask for in experiences.
type Service struct {
	db         *db.DB
	jobs       *job.Runner
	mail       *mail.Mailer
	limits     *httpd.Limits
	notify     *notify.Service
	provider   *provider.Service
	search     *search.Service
	account    *account.Service
	moderation *moderation.Service
	visit      *visit.Service
	packages   Packages
	kept       *kept
	backlog    translog.Backlog // what is shown and the public log may not know of
}

// Tools are what the feature works with.
type Tools struct {
	DB         *db.DB
	Jobs       *job.Runner
	Mail       *mail.Mailer
	Limits     *httpd.Limits
	Notify     *notify.Service
	Provider   *provider.Service
	Search     *search.Service
	Account    *account.Service
	Moderation *moderation.Service
	Visit      *visit.Service
}

// New returns the feature. Introduce the packages to it before it serves.
func New(t Tools) *Service {
	return &Service{db: t.DB, jobs: t.Jobs, mail: t.Mail, limits: t.Limits, notify: t.Notify, provider: t.Provider, search: t.Search, account: t.Account, moderation: t.Moderation,
		visit: t.Visit, kept: newKept()}
}

// Topics are none: an experience has no channel of its own.
func (s *Service) Topics() []live.Topic { return nil }

// Path is the address of an experience, without a language prefix.
func Path(publicID string) string { return "/experiences/" + publicID }
