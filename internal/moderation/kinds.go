package moderation

import (
	"context"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/notify"
	"caravan/internal/wording"
)

// What a kind of thing may know besides Subject or Suggestion. The desk asks
// for each by a type assertion, on the Subject and on the Suggestion of the
// kind alike: say `var _ moderation.Secretive = …` beside the feature's type.

// Secretive is a kind whose authors stay unknown to the desk. Item tells no
// author, Suggest is called with account 0, decisions name nobody. What such a
// kind has published is taken away by two moderators together, never by one,
// and never by reports alone.
type Secretive interface {
	// Wrote tells whether a person wrote the thing, whichever of their accounts.
	Wrote(ctx context.Context, id, personID int64) (bool, error)
	// TellAuthor sets the account of n and hands it to package notify. Nothing
	// in n names the thing, so that no row of another feature joins the two.
	TellAuthor(tx *db.Tx, id int64, n notify.Notice) error
}

// Authored is a Secretive kind that can say what a person wrote. Without it the
// kind's decisions are missing from /me/decisions.
type Authored interface {
	WrittenBy(ctx context.Context, personID int64) (ids []int64, err error)
}

// Addressed is a kind whose addresses name another id than the row's:
// /report/experience/<uuid>. Unknown ones answer NotFound.
type Addressed interface {
	ByPublicID(ctx context.Context, publicID string) (id int64, err error)
}

// Comparer is a kind that can show, side by side, what its author claims and
// what was seen of it. It never says whose account it is.
type Comparer interface {
	Compare(ctx context.Context, lang string, id int64) ([]Fact, error)
}

// Fact is one line of a comparison, ready to print.
type Fact struct {
	What    string // "Place", "Quarter", "Treatment", "Amount"
	Claimed string
	Seen    string // empty: nothing was seen of it
	Differs bool   // what was seen is something else
}

// Weighed is a Suggestion on which two moderators decide together, whichever way:
// one proposes, another confirms or rejects. What it is decided for is one of
// VoteReasons.
type Weighed interface {
	Suggestion
	// Settle does what was confirmed: it counts, or it is void. Note is for
	// everybody to read.
	Settle(tx *db.Tx, id int64, counts bool, reason, note string) error
}

// Masker is a kind in whose words personal data can be covered. Nobody's words
// are changed: the passage stays the author's and is shown to all others as
// MaskLabel says.
type Masker interface {
	// Texts are all free texts of the thing, as written, with what is covered.
	Texts(ctx context.Context, id int64) ([]MaskText, error)
	// Mask covers one passage, everywhere the thing is shown. It answers
	// Conflict if m.Version is no longer the text's, and does nothing if the
	// passage is covered already.
	Mask(tx *db.Tx, id int64, m Mask) error
}

// Unmasker is a Masker that can take a mask away again, after an appeal. There
// is no appeal against masks of kinds that cannot.
type Unmasker interface {
	Unmask(tx *db.Tx, id int64, m Mask) error
}

// MaskText is one free text of a thing.
type MaskText struct {
	Field   string // the kind's own name: title, story, note of the check-in m3
	Label   string // of the field, in English; empty: wording moderation.text_<field>
	Text    string // as written, Markdown included
	Version int    // goes up with every edit
	Masks   []Mask // in order, without overlaps
}

// Mask is a passage that is covered: the bytes from First up to End of the text
// of a field.
type Mask struct {
	Field      string
	Version    int // of the text that First and End count in
	First, End int
	Class      string // one of MaskClasses
	By         int64  // account of the moderator; 0: found by the detector
}

// MaskClasses are what a moderator can cover. The detector's own classes, of
// package text, have labels too.
var MaskClasses = []string{"person_name", "phone", "email", "address", "national_id", "record_number", "exact_date", "url", "handle", "other"}

// MaskLabel is what stands in the place of a covered passage: "[masked: name of
// a person]".
func MaskLabel(lang, class string) string {
	key := "moderation.mask_" + class
	if !wording.Has(key) {
		key = "moderation.mask_other"
	}
	return wording.Text(lang, "moderation.masked", "what", wording.Text(lang, key))
}

// Cover returns a text with every mask's passage replaced by its label. Masks
// must be in order; what does not fit into the text is covered to its end.
func Cover(lang, text string, masks []Mask) string {
	var out []byte
	at := 0
	for _, m := range masks {
		first, end := min(max(m.First, at), len(text)), min(max(m.End, at), len(text))
		if end <= at {
			continue
		}
		out = append(out, text[at:first]...)
		out = append(out, MaskLabel(lang, m.Class)...)
		at = end
	}
	return string(append(out, text[at:]...))
}

// secret returns the kind's Secretive side, if it has one.
func (s *Service) secret(kind string) (Secretive, bool) {
	return side[Secretive](s, kind)
}

// side returns what a kind can do besides, from its Subject or its Suggestion.
func side[T any](s *Service, kind string) (x T, ok bool) {
	if x, ok = s.subjects[kind].(T); ok {
		return x, true
	}
	x, ok = s.suggestions[kind].(T)
	return x, ok
}

// wrote tells whether a wrote the thing of an item, however its kind keeps that.
func (s *Service) wrote(ctx context.Context, a access.Actor, kind string, id int64, it Item) (bool, error) {
	if x, ok := s.secret(kind); ok {
		return x.Wrote(ctx, id, a.PersonID)
	}
	return it.AuthorAccountID != 0 && it.AuthorAccountID == a.AccountID, nil
}
