package moderation

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"caravan/internal/access"
	"caravan/internal/account"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/text"
)

// Masking is what a moderator wants covered: every ticked place of the exact
// words. Picks name a place as Find says.
type Masking struct {
	Words   string
	Class   string // of MaskClasses
	Picks   []string
	Note    string // for the author; may be empty
	Version int    // of the case
}

// Place is where words stand in a thing's texts.
type Place struct {
	Mask
	Before, Words, After string // the words with what stands around them
	Covered              bool   // already
}

// maxPlaces is how many places one decision can cover.
const maxPlaces = 100

// find returns every place where words stand in texts as they are written,
// whatever the case of letters.
func find(texts []MaskText, words string) (places []Place) {
	for _, t := range texts {
		for at := 0; at < len(t.Text) && len(places) < maxPlaces; {
			first, end := index(t.Text[at:], words)
			if first < 0 {
				break
			}
			first, end = first+at, end+at
			p := Place{Mask: Mask{Field: t.Field, Version: t.Version, First: first, End: end}, Words: t.Text[first:end]}
			p.Before, p.After = beside(t.Text, first, end)
			p.Covered = slices.ContainsFunc(t.Masks, func(m Mask) bool { return m.First < end && first < m.End })
			places = append(places, p)
			at = end
		}
	}
	return places
}

// index is the first place of words in s without regard to the case of
// letters, in bytes of s; -1 if there is none.
func index(s, words string) (first, end int) {
	n := utf8.RuneCountInString(words)
	ends := make([]int, 0, len(s)+1) // where each character of s starts, and the end
	for i := range s {
		ends = append(ends, i)
	}
	ends = append(ends, len(s))
	for i := 0; i+n < len(ends); i++ {
		if part := s[ends[i]:ends[i+n]]; strings.EqualFold(part, words) {
			return ends[i], ends[i+n]
		}
	}
	return -1, -1
}

// Name tells a place from all others of the same texts.
func (p Place) Name() string {
	return p.Field + ":" + strconv.Itoa(p.Version) + ":" + strconv.Itoa(p.First)
}

// besideLength is how many characters before and after a place are shown.
const besideLength = 60

// beside returns what stands before and after a place, up to its line's ends.
func beside(s string, first, end int) (before, after string) {
	before, after = s[:first], s[end:]
	if i := strings.LastIndexByte(before, '\n'); i >= 0 {
		before = before[i+1:]
	}
	if i := strings.IndexByte(after, '\n'); i >= 0 {
		after = after[:i]
	}
	if r := []rune(before); len(r) > besideLength {
		before = "…" + string(r[len(r)-besideLength:])
	}
	if r := []rune(after); len(r) > besideLength {
		after = string(r[:besideLength]) + "…"
	}
	return before, after
}

// masker opens a case for covering words.
func (s *Service) masker(ctx context.Context, a access.Actor, caseID int64, version int) (d dossier, x Masker, texts []MaskText, err error) {
	if d, err = s.open(ctx, a, caseID); err != nil {
		return d, nil, nil, err
	}
	x, ok := side[Masker](s, d.c.Kind)
	if !ok || d.gone || d.c.DecidedAt != nil {
		return d, nil, nil, errs.New(errs.NotFound, "moderation.no_masks")
	}
	if err = canDecide(a, d); err != nil {
		return d, nil, nil, err
	}
	if err = canTake(a, d.c, version, s.db.Now()); err != nil {
		return d, nil, nil, err
	}
	if err = account.NeedStepUp(a, s.db.Now()); err != nil {
		return d, nil, nil, err
	}
	texts, err = x.Texts(ctx, d.c.Ref)
	return d, x, texts, err
}

// cleanMasking checks what is to be covered and returns the chosen places.
func cleanMasking(texts []MaskText, in Masking) (Masking, []Mask, error) {
	var err error
	if in.Words, in.Note, err = cleanWords(in); err != nil {
		return in, nil, err
	}
	places := find(texts, in.Words)
	if len(places) == 0 {
		return in, nil, errs.Field("words", "moderation.words_missing")
	}
	if !slices.Contains(MaskClasses, in.Class) {
		return in, nil, errs.Field("class", "moderation.choose_class")
	}
	var masks []Mask
	for _, p := range places {
		if !p.Covered && slices.Contains(in.Picks, p.Name()) {
			p.Class = in.Class
			masks = append(masks, p.Mask)
		}
	}
	return in, masks, nil
}

func cleanWords(in Masking) (words, note string, err error) {
	if words, err = text.Clean(in.Words); err != nil {
		return words, note, err
	}
	if note, err = text.Clean(in.Note); err != nil {
		return words, note, err
	}
	switch {
	case utf8.RuneCountInString(words) < 2 || utf8.RuneCountInString(words) > 300:
		return words, note, errs.Field("words", "moderation.words_length")
	case text.Length(note) > MaxNote:
		return words, note, errs.Field("statement", "moderation.note_long")
	}
	return words, note, nil
}

// Mask covers places in a thing's words, for everybody, and keeps it as a
// decision. The case stays open: what else is to be done is decided apart.
func (s *Service) Mask(ctx context.Context, a access.Actor, caseID int64, in Masking) error {
	d, x, texts, err := s.masker(ctx, a, caseID, in.Version)
	if err != nil {
		return err
	}
	in, masks, err := cleanMasking(texts, in)
	if err != nil {
		return err
	}
	if len(masks) == 0 {
		// The places of a text that changed meanwhile have other names.
		return errs.Field("pick", "moderation.choose_places")
	}
	if err := s.sift(ctx, a, d.item.OrganisationID, "statement", in.Note); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		c, err := lockCase(tx, caseID)
		if err != nil {
			return err
		}
		if err := canTake(a, c, in.Version, tx.Now); err != nil {
			return err
		}
		for i := range masks {
			masks[i].By = a.AccountID
			if err := x.Mask(tx, c.Ref, masks[i]); err != nil {
				return err
			}
		}
		v := Verdict{Decision: MaskIt, Reason: "personal_data", Statement: in.Note}
		id, err := insertDecision(tx, c, d, v, a.AccountID, nil, masks)
		if err != nil {
			return err
		}
		if err := s.recordOne(tx, id); err != nil {
			return err
		}
		if err := passCase(tx, c.ID, c.ProposalID); err != nil {
			return err
		}
		return s.tellAuthor(tx, d, v, id)
	})
}
