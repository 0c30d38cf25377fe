package shaping

import "time"

// Op is what an amendment does to an item.
type Op string

// The three operations.
const (
	Set    Op = "set"
	Add    Op = "add"
	Remove Op = "remove"
)

// Amendment is one wish about one item of a version. Several can be tied to a
// bundle, which is accepted as a whole or not at all.
type Amendment struct {
	ID              int64
	PackageID       int64
	BaseVersionID   int64  // the version it speaks of; moves on while the item is untouched
	SeenVersionID   int64  // the newest version it was held against
	ItemID          *int64 // nil until an added item exists
	ItemKey         string
	NewItem         *Item `gorm:"serializer:json"` // what Add adds
	Op              Op
	OldHash         []byte // of the value in the version it was written for; empty for Add
	NewValue        Value  // empty for Remove
	NewHash         []byte
	SettledValue    Value // what was accepted: NewValue, or the counter-offer; empty before
	BundleID        *int64
	AuthorPersonID  int64
	AuthorAccountID int64
	AuthorRole      string
	Reason          string // 30 to 2,000 characters
	Lang            string
	HiddenWhy       string // a moderator's reason for taking its words out of sight; else empty
	State           AmendmentState
	Partly          bool // while it needs a rebase: the item moved toward the wish
	TextAdapted     bool // its text was laid over a changed one without a collision
	Round           int
	DueRound        int    // at whose end it had to be answered; 0: it never had
	DueWhy          string // words of DueWords, with blanks between them
	RebasedFromID   *int64 // the amendment that this one proposes anew
	ObsoletedByID   *int64 // the amendment that stands for it now
	CreatedAt       time.Time
	ChangedAt       time.Time // when its state last changed
}

// TableName is the table of amendments.
func (Amendment) TableName() string { return "amendments" }

// Answer is what the provider says to an amendment.
type Answer string

// The answers.
const (
	Accept          Answer = "accept"
	Counter         Answer = "counter"
	Reject          Answer = "reject"
	AlreadyIncluded Answer = "already_included"
	ClinicalAnswer  Answer = "clinical" // a licensed person says why this is no matter of votes
	Defer           Answer = "defer"    // not in this round
	NeedInfo        Answer = "need_info"
)

// Response is an answer of the provider to an amendment. Responses are added and
// never changed; the last one stands.
type Response struct {
	ID              int64
	AmendmentID     int64
	Number          int // from 1
	OrganisationID  int64
	AuthorAccountID int64
	AuthorRole      string
	Answer          Answer
	ReasonCode      ReasonCode // empty only for Accept
	Reason          string     // 40 to 2,000 characters
	CounterValue    Value      // empty unless Counter
	PriceDeltaMinor *int64     // what it adds to the price; nil: nothing was said
	SignedBy        string     // name and registry entry of the licensed person, for ClinicalAnswer
	ValidUntil      *time.Time
	CreatedAt       time.Time
	LeaksSeen       bool `gorm:"-"` // its author was warned of names and contacts in it
}

// TableName is the table of responses.
func (Response) TableName() string { return "amendment_responses" }

// Vote is a line of the log of votes, which only grows.
type Vote struct {
	ID        int64
	PackageID int64
	PersonID  int64
	AccountID int64
	Subject   Subject
	SubjectID int64
	VersionID int64 // of the package, when the vote was cast
	Choice    int16
	Reason    string // a chip of a closed list; needed for "not for me"
	Stratum   Stratum
	CreatedAt time.Time
}

// TableName is the table of the log.
func (Vote) TableName() string { return "package_votes" }

// Standing is the vote of a person that stands: a projection of the log and of
// what is known about the person today. Only status Counted counts.
type Standing struct {
	PackageID int64
	PersonID  int64
	Subject   Subject
	SubjectID int64
	VersionID int64 // it speaks of; moves on when the vote is carried
	Choice    int16
	Reason    string
	Stratum   Stratum
	Status    Status
	Carried   bool // taken over into a later version once, without a tap
	Stale     bool // cast for a version that is no longer the newest, and not taken over
	UpdatedAt time.Time
}

// TableName is the table of standing votes.
func (Standing) TableName() string { return "package_standings" }

// Interest is at what price, when and under which conditions a person would
// take a version. Never shown for one person.
type Interest struct {
	PersonID      int64
	PackageID     int64
	AccountID     int64
	VersionID     int64
	PriceMaxMinor int64
	Readiness     Readiness
	WindowFrom    *time.Time // first and last day of travel; nil is open
	WindowTo      *time.Time
	MustItems     []string `gorm:"serializer:json"` // keys of items without which the interest falls
	State         InterestState
	Status        Status // whether the person's vote would count
	ConfirmedAt   time.Time
	RemindedAt    *time.Time
	ExpiresAt     time.Time
}

// TableName is the table of interests.
func (Interest) TableName() string { return "package_interests" }

// Commitment is a provider's word on one published version: signed by a named
// person, pinned by the hash of its content.
type Commitment struct {
	ID               int64
	PackageID        int64
	VersionID        int64
	ContentHash      []byte
	OrganisationID   int64
	SignedByPersonID int64
	SignerName       string
	SignerTitle      string
	SignedAt         time.Time
	Capacity         int // places; may rise, never fall
	ValidUntil       time.Time
	PriceLockedUntil time.Time
	Remedies         map[string]string `gorm:"serializer:json"` // item key → what the patient gets if it is not kept
	State            CommitmentState
	EndedAt          *time.Time
}

// TableName is the table of commitments.
func (Commitment) TableName() string { return "package_commitments" }

// Journey is one patient under a committed version. Neither it nor whose it is
// is ever public. Which experience the patient told of it stands in authorships
// alone.
type Journey struct {
	ID           int64
	PublicID     string // 128 random bits
	CommitmentID int64
	PersonID     int64
	AccountID    int64
	Stage        string // enrolled, treated, left
	Linked       bool   // the patient wants the own experience to say which version it followed
	Proven       bool   // the visit was shown by evidence
	DischargedOn *time.Time
	EnrolledAt   time.Time
}

// TableName is the table of journeys.
func (Journey) TableName() string { return "package_journeys" }

// ItemVerdict is what a patient says of one promise at the time it can be
// judged.
type ItemVerdict struct {
	JourneyID int64
	ItemID    int64
	DueOn     time.Time
	Verdict   Verdict    // empty until told
	Delivered Value      // may be empty
	Mattered  *int16     // looking back: 1 much, 0 a little, -1 not; nil: not said
	ToldAt    *time.Time // when the patient was reminded
	SaidAt    *time.Time
}

// TableName is the table of verdicts.
func (ItemVerdict) TableName() string { return "package_verdicts" }
