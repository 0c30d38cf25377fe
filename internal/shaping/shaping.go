// Package shaping is a treatment package that a crowd shapes: a clinic, a
// facilitator or patients propose it, people vote on it, amend single items and
// say at what price they would take it; the clinic answers every amendment that
// is due, commits to a version by name and hash, and treated patients later say
// item by item what was kept. A package is a typed ledger of promises, not a
// text: that is why versions can be compared, conflicts found, and promises
// held against what was delivered.
//
//	shaping.go    what a package, its versions, items and values are: one struct a table
//	ballot.go     the other tables: amendments, responses, votes, interests, commitments, verdicts
//	value.go      a typed value of an item: canonical JSON, hash; value_read.go reads and writes it
//	compare.go    whether another value is better or worse for patients
//	catalogue.go  the items that are known for each procedure; limits.go bounds between items, usual stays, headings
//	content.go    all items of a version: hash, difference, limits between items
//	draft.go      what a package needs before it is published
//	state.go      states of a package as a table of rules; roles.go who may do what in them
//	amend.go      states of an amendment as a table of rules
//	conflict.go   which amendments exclude each other, groups of alternatives, the median wish
//	words.go      a word by word difference of two texts, and the union of two changes
//	merge.go      the next version out of what was accepted
//	rebase.go     open amendments, votes and interests under a new version
//	duty.go       what must be answered and by when; clock.go when phases end
//	cast.go       whose vote is kept and whose is counted; tally.go counts and ranks
//	hide.go       what may be shown of a running vote to whom
//	price.go      interests, highest prices, demand, expected takers
//	threshold.go  steps that unlock with a number of people; what a commitment needs
//	verdict.go    promised against delivered
//
// All of these are pure: no clock, no database, no page. Times, rates and facts
// about people are arguments, so that each rule is proven by a table. What
// stands on them:
//
//	service.go    Service, its tools, what it asks of experiences
//	lifecycle.go  what every step of a package does; record.go enters it in the public log, freeze.go how closed votes add up
//	offer.go      drafts; publish.go version 1, answers to calls, copies
//	wish.go       amendments; wish_again.go those whose item has changed, and refused ones
//	respond.go    the provider's answers; own_change.go what it changes by itself
//	round.go      the end of a round and of its answers: the next version; call_round.go of a call
//	tick.go       the clock: everything whose time has come
//	commit.go     final votes, commitments, the platform's steps; signatory.go who may sign
//	vote.go       ballots, many in one transaction; voter.go what is known of a voter
//	standing.go   the votes that stand, when ties and trust change; carry.go under a new version; recount.go all anew
//	interest.go   at what price somebody would take it; demand.go what that adds up to
//	journey.go    patients under a commitment; journey_jobs.go follows them; verdict_say.go their verdicts
//	promise_reply.go  what the provider says to a verdict
//	twice.go      a wish that is the double of another
//	moderate.go   words that a moderator took out of sight; leave.go what goes with who leaves
//	store*.go     all SQL
//
// and what is shown:
//
//	watch.go      who looks, and what of the votes they may see
//	kept.go       what is kept for a second, the same for many readers
//	show*.go      the page of a package, put together from pieces; diff_view.go its versions
//	pieces.go     values and changes in words
//	list.go       the list; compare_view.go packages side by side; front.go what pages of other features show
//	ledger.go     how promises were kept; slippage.go by how much a provider misses them; followed.go experiences
//	offer_*.go    the forms of a draft; desk*.go where a provider answers
//	live.go       the channels of open pages; search.go what the search index holds
//	http*.go      pages and operations; present*.go and views*.go what they show; views/
package shaping

import "time"

// Proposer says who set a package up.
type Proposer string

// The proposers.
const (
	ByClinic      Proposer = "clinic"
	ByFacilitator Proposer = "facilitator"
	ByPatients    Proposer = "patients" // a call: a wish without a provider
)

// Package is what is shaped. Its items stand in versions; the row holds the
// state and the clock.
type Package struct {
	ID               int64
	Slug             string
	Title            string // the proposer's own words, in Lang
	Summary          string // Markdown as written
	SummaryHTML      string
	Lang             string
	ProcedureID      int64
	Proposer         Proposer
	ProposerPersonID int64
	AuthorAccountID  int64
	AuthorRole       string // what the author was when it was written: patient, staff, doctor
	OrganisationID   *int64 // that offers it; nil for a call
	AnswersCallID    *int64 // the call that this offer answers
	ForkedFromID     *int64
	SupersededByID   *int64
	State            State
	HeldFrom         State      // where a suspended package stood before; else empty
	HeldByRule       bool       // suspended by the clock, for promises that were not delivered
	HiddenWhy        string     // a moderator's reason for taking its words out of sight; else empty
	Why              string     // reason of the last step that needs one: withdrawn, declined, suspended, breached
	Round            int        // 0 before the first, 1 to MaxRounds
	RoundDays        int        // how long votes and amendments of a round run
	Zone             string     // IANA name; its clock ends the phases
	EndsAt           *time.Time // of the running phase
	ExpiresAt        *time.Time // of a call
	Version          int        // lock: raised by every step, so that two at once cannot both be taken
	NewestVersionID  *int64
	Currency         string // ISO 4217, of every amount of the package
	Steps            []Step `gorm:"serializer:json"` // what a number of ready people unlocks
	StepsLockedAt    *time.Time
	StayAnswers      map[string]string `gorm:"serializer:json"` // item → what the proposer says to a stay below its reference
	Draft            []Line            `gorm:"serializer:json"` // of a draft; nil once it is published
	OwnChanges       []OwnChange       `gorm:"serializer:json"` // what the provider changes by itself in the next version
	CreatedAt        time.Time
	PublishedAt      *time.Time
	ClosedAt         *time.Time
}

// TableName is the table of packages.
func (Package) TableName() string { return "packages" }

// Item is what stays of a promise through all versions of a package: what it is
// about, and how two values of it compare.
type Item struct {
	ID        int64
	PackageID int64
	Key       string // of the catalogue, or "x." and a word of the proposer's
	Kind      Kind
	Unit      string // of counts and durations: nights, months …; empty where there is none
	Direction Direction
	Class     Class
	Votable   bool // false for what is decided by doctors, never by number
	Verify    Verify
	Name      string // of an own item, in the package's language; empty for those of the catalogue
}

// TableName is the table of items.
func (Item) TableName() string { return "package_items" }

// Version is a published state of the ledger. It is never changed.
type Version struct {
	ID          int64
	PackageID   int64
	Number      int // from 1
	ParentID    *int64
	Round       int    // at whose end it was made; 0 for the first
	Reason      string // a sentence on what changed and why
	ContentHash []byte // SHA-256, see Content.Hash
	PublishedAt time.Time
}

// TableName is the table of versions.
func (Version) TableName() string { return "package_versions" }

// VersionItem is the value of an item in a version. One without a value says
// that the item was taken out by this version; it is no part of the content and
// is not repeated in the next.
type VersionItem struct {
	VersionID         int64
	ItemID            int64
	Value             Value
	ValueHash         []byte // SHA-256 of the canonical value; empty for one taken out
	OriginAmendmentID *int64 // the accepted amendment that changed it here
	ProviderReason    string // why the provider changed it here without an amendment
}

// TableName is the table of values.
func (VersionItem) TableName() string { return "package_version_items" }
