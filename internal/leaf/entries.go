package leaf

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// Day is a date as it stands in entries: no finer.
func Day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// Told is an experience as it appears or changes. In the clear: its random id,
// which wording it is, the clinic, the level of verification, whether it enters
// figures, and the period as coarsely as it is shown. Words, figures and name
// are inside the commitment; whose it is stands nowhere.
type Told struct {
	Exp     string // public id
	Version int    // of the log's openings, from 1
	Clinic  string // slug
	Level   int    // of verification, 0-4
	Counted bool
	Period  string // "2026-Q2" or "2026"
	Commit  string // from translog.Open
}

// Entry is the entry of an experience: published first, edited later.
func (t Told) Entry() Entry {
	kind := ExpEdit
	if t.Version == 1 {
		kind = ExpPublish
	}
	return Entry{kind, map[string]any{"exp": t.Exp, "version": t.Version, "clinic": t.Clinic, "level": t.Level, "counted": t.Counted, "quarter": t.Period, "commit": t.Commit}}
}

// Erased says that an experience was taken away, and who asked for it (author,
// clinic, court, platform). Nothing is hidden in it.
func Erased(exp, clinic, reason string, day time.Time) Entry {
	return Entry{ExpErase, map[string]any{"exp": exp, "clinic": clinic, "reason": reason, "day": Day(day)}}
}

// Gone says that what a commitment is opened with was lost with a database and
// could not be brought back: of one version of a thing, or with version 0 the
// whole thing. Whoever looks finds that it was there, and that it was not taken
// away on purpose.
func Gone(kind, ref string, version int, day time.Time) Entry {
	b := map[string]any{"kind_of": kind, "ref": ref, "day": Day(day)}
	setNumber(b, "version", version)
	return Entry{Lost, b}
}

// Decided is a moderator's decision. In the clear: what it was about, what was
// done and by which rule, and pseudonyms that change every quarter. The
// statement of reasons is inside the commitment; what of it is for everybody is
// in the opening.
type Decided struct {
	ID         string
	KindOf     string // experience, answer, question, reply, clinic, package, amendment, response
	Ref        string // public id of the thing
	Version    int    // of its opening that was covered or replaced; 0: all of it
	Action     string // hide, show, refuse, keep, mask, uphold, overturn
	Rule       string // of the closed list; must for hide, refuse and mask
	Commit     string // of the statement of reasons; empty without one
	Clinic     string // slug of the clinic it is about; empty: none
	Settles    string // id of the decision that this one upholds or overturns
	Moderators []string
	Day        time.Time
}

// Entry is the entry of a decision.
func (d Decided) Entry() Entry {
	moderators := make([]any, len(d.Moderators))
	for i, m := range d.Moderators {
		moderators[i] = m
	}
	b := map[string]any{"decision": d.ID, "kind_of": d.KindOf, "ref": d.Ref, "action": d.Action, "moderators": moderators, "day": Day(d.Day)}
	setNumber(b, "version", d.Version)
	setText(b, "rule", d.Rule)
	setText(b, "commit", d.Commit)
	setText(b, "clinic", d.Clinic)
	setText(b, "settles", d.Settles)
	return Entry{ModDecision, b}
}

// Replied is a clinic's answer to an experience or to a public comment. The
// words are inside the commitment. Who of the staff wrote it stands nowhere.
type Replied struct {
	ID      string
	About   string // Experience or Feedback
	Ref     string // id of what it answers
	Version int
	Clinic  string
	Commit  string
}

// Entry is the entry of an answer: published first, edited later.
func (r Replied) Entry() Entry {
	kind := ReplyEdit
	if r.Version == 1 {
		kind = ReplyPublish
	}
	return Entry{kind, map[string]any{"reply": r.ID, "about": r.About, "ref": r.Ref, "version": r.Version, "clinic": r.Clinic, "commit": r.Commit}}
}

// Offered is a version of a package, which is no personal thing: all of it is
// in the clear. The content is left out where it is too long for an entry; its
// hash is there always.
type Offered struct {
	Package, Title string
	Version        int
	Parent         int      // number of the version before; 0: none
	Provider       string   // slug; empty for a call of patients
	Content        string   // canonical JSON of all its lines, as it is hashed
	SHA256         [32]byte // of it
	Reason         string   // why there is this version: "published", "round 2"
	Day            time.Time
}

// Entry is the entry of a version.
func (o Offered) Entry() Entry {
	b := map[string]any{"package": o.Package, "title": o.Title, "version": o.Version, "sha256": hex.EncodeToString(o.SHA256[:]), "reason": o.Reason, "day": Day(o.Day)}
	setNumber(b, "parent", o.Parent)
	setText(b, "provider", o.Provider)
	b["content"] = o.Content
	e := Entry{PkgVersion, b}
	if whole, err := Canonical(b); err == nil && len(whole) > MaxEntry-100 {
		delete(b, "content")
	}
	return e
}

// Committed is what a provider binds itself to, or what became of that. The
// signer is a named person who signs in public.
type Committed struct {
	Package, Clinic         string
	Version                 int
	SHA256                  [32]byte
	State                   string // active, raised, suspended, ended, breached, withdrawn
	Capacity                int
	ValidUntil, PriceLocked time.Time
	Signer, SignerTitle     string
	Day                     time.Time
}

// Entry is the entry of a commitment.
func (c Committed) Entry() Entry {
	return Entry{PkgCommitment, map[string]any{"package": c.Package, "version": c.Version, "clinic": c.Clinic, "sha256": hex.EncodeToString(c.SHA256[:]), "state": c.State, "capacity": c.Capacity,
		"valid_until": Day(c.ValidUntil), "price_locked_until": Day(c.PriceLocked), "signer": c.Signer, "signer_title": c.SignerTitle, "day": Day(c.Day)}}
}

// Counts are votes of one stratum.
type Counts struct{ Want, Pass, Against int }

// Everybody stands in the place of the strata of voters where one of them is so
// small that it would say how single people voted.
const Everybody = "all"

// MaxFrozen is how many subjects one entry counts, so that it keeps its size.
const MaxFrozen = 150

// Frozen is how the votes on one subject add up from the moment on at which no
// more are taken.
type Frozen struct {
	Subject string            // package, amendment, alternative, keep, item_need, counter
	Ref     string            // id of the amendment, key of the item; empty: the package itself
	Votes   int               // that count
	Voided  int               // that were taken out, for ties or fraud
	Strata  map[string]Counts // nil where only the number of votes is for everybody
}

func (f Frozen) body() map[string]any {
	b := map[string]any{"subject": f.Subject, "votes": f.Votes}
	setText(b, "ref", f.Ref)
	setNumber(b, "voided", f.Voided)
	if f.Strata != nil {
		b["strata"] = strataBody(f.Strata)
	}
	return b
}

func strataBody(strata map[string]Counts) map[string]any {
	b := map[string]any{}
	for s, c := range strata {
		b[s] = map[string]any{"want": c.Want, "pass": c.Pass, "against": c.Against}
	}
	return b
}

// Tallied is a vote: while it runs only a root over salted votes and about how
// many took part; afterwards what they said, by stratum. Who voted is inside
// the salted leaves of the root. It is about one subject, or about all whose
// votes were frozen at the same moment.
type Tallied struct {
	ID           string // of its opening
	Package      string
	Version      int
	Round        int
	Subject      string // package, amendment, counter …; of several subjects what froze their votes: end_round, end_final, counter …
	Ref          string // of the subject; empty: the package itself
	Closed       bool
	Participants int      // of an open vote it is rounded down to five
	Root         [32]byte // of Root over the votes
	Commit       string   // of a closed vote: its opening holds the votes, by lot
	Strata       map[string]Counts
	Subjects     []Frozen // instead of Ref and Strata; not nil
	Day          time.Time
}

// Entry is the entry of a tally. What would tell the direction of an open vote
// is left out, whatever the caller says.
func (t Tallied) Entry() Entry {
	n := t.Participants
	if !t.Closed {
		n -= n % 5
	}
	b := map[string]any{"tally": t.ID, "package": t.Package, "version": t.Version, "round": t.Round, "subject": t.Subject, "closed": t.Closed, "participants": n, "root": hex.EncodeToString(t.Root[:]), "day": Day(t.Day)}
	setText(b, "subject_ref", t.Ref)
	if t.Closed {
		if t.Subjects == nil {
			b["strata"] = strataBody(t.Strata)
		} else {
			list := make([]any, len(t.Subjects))
			for i, f := range t.Subjects {
				list[i] = f.body()
			}
			b["subjects"] = list
		}
		setText(b, "commit", t.Commit)
	}
	return Entry{VoteTally, b}
}

// Issued is a batch of visit codes: how many, for which quarter, and a root over
// their hashes. No single code can be told from it.
type Issued struct {
	Batch, Clinic, Quarter string
	Codes                  int
	Root                   [32]byte
	Signature              string // of the passkey, base64url; empty before there are passkeys
	Day                    time.Time
}

// Entry is the entry of a batch.
func (i Issued) Entry() Entry {
	b := map[string]any{"batch": i.Batch, "clinic": i.Clinic, "quarter": i.Quarter, "codes": i.Codes, "root": hex.EncodeToString(i.Root[:]), "day": Day(i.Day)}
	setText(b, "signature", i.Signature)
	return Entry{VoucherBatch, b}
}

// Figures are a clinic's as the site shows them: how many experiences, how many
// of them count, and the median of "goal achieved" over those.
type Figures struct {
	Clinic         string
	Shown, Counted int
	GoalMedianX10  *int // tenths, 0-100; nil while there are too few
	Day            time.Time
}

// Entry is the entry of a clinic's figures.
func (f Figures) Entry() Entry {
	b := map[string]any{"clinic": f.Clinic, "shown": f.Shown, "counted": f.Counted, "day": Day(f.Day)}
	if f.GoalMedianX10 != nil {
		b["goal_median_x10"] = *f.GoalMedianX10
	}
	return Entry{StatsDaily, b}
}

// Policy is a text that rules what is done here, in one language. A text that is
// too long for an entry stands there by its hash.
func Policy(name, lang, text string, day time.Time) Entry {
	sum := sha256.Sum256([]byte(text))
	b := map[string]any{"policy": name, "lang": lang, "sha256": hex.EncodeToString(sum[:]), "day": Day(day)}
	if len(text) < MaxEntry/2 {
		b["text"] = text
	}
	return Entry{PolicyVersion, b}
}

func setText(b map[string]any, key, s string) {
	if s != "" {
		b[key] = s
	}
}

func setNumber(b map[string]any, key string, n int) {
	if n != 0 {
		b[key] = n
	}
}
