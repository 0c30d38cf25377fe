package shaping

import (
	"caravan/internal/access"
	"caravan/internal/provider"
	"caravan/internal/wording"
)

// ChangeView is what offer_change.page.html shows: a wish about one line of an
// offer, or the lines to choose from.
type ChangeView struct {
	Title, Package, Lang string
	Version              int
	Action               string
	WhyNot               string // why this person cannot make a wish now
	Adding               bool   // asks what the offer lacks
	Lines                []ChangeSection
	Missing              []ChangeSection
	Kinds                []ChangeLine // of an item of one's own
	Item                 *ChangeItem
}

// ChangeSection is a heading with lines to choose from.
type ChangeSection struct {
	Heading string
	Lines   []ChangeLine
}

// ChangeLine leads to the form about one line.
type ChangeLine struct{ Path, Name, Value string }

// ChangeItem is the line that a wish is about.
type ChangeItem struct {
	Key, Name, Now string
	Clinical       bool
	AskPath        string // where a medical line is asked about
	There          bool   // part of the offer now
	Own            *OwnAsk
	Kind           string
	CanRemove      bool
	Remove         bool // chosen
	Ask            ItemAsk
	With           []ChangeWith      // other lines that only make sense with it
	More           []provider.Choice // lines that can be added to these
	Reason         string
	MinReason      int
	Wishes         []WishLine
	Needed         string
	Tie            []provider.Choice // asked for where the wish becomes a first vote
	TieError       string
	LeakTick       bool
}

// ChangeWith is another line of the same wish.
type ChangeWith struct {
	Key, Name, Now string
	There          bool
	Ask            ItemAsk
}

// WishLine is a wish that was made already.
type WishLine struct {
	ID             int64
	Path           string // of its place on the package's page
	Manage         string // of its own page
	Name, Old, New string
	Op             string
	Reason, Lang   string
	By             access.Byline
	State          string
	Hidden         string // why its words are out of sight
	Own            bool
}

// WishPage is what offer_wish.page.html shows: one wish and what can be done
// with it.
type WishPage struct {
	WishLine
	Title, Package, Action string
	Answers                []AnswerRow
	Partly                 bool
	Now                    string // what the newest version says
	CanWithdraw            bool
	CanEnough              bool
	CanPropose             bool
	CanPromote             bool
	Instead                string   // of a double: the page of the wish that it is a double of
	WhyNot                 []string // what could be done and cannot, with the reason
}

// AnswerRow is an answer of the provider.
type AnswerRow struct {
	Label, Code, Reason, Lang, Day string
	Value, Delta, SignedBy, Until  string
	By                             access.Byline
	Hidden                         string
	Stands                         bool
}

// opLine says a wish in words: what the line says, and what it should say.
func opLine(lang string, a Amendment, spec Spec, now Value) (old, new string) {
	switch a.Op {
	case Add:
		return "", spec.Print(lang, a.NewValue)
	case Remove:
		return spec.Print(lang, now), ""
	}
	return spec.Print(lang, now), spec.Print(lang, a.NewValue)
}

// wishLine writes a wish against a content.
func wishLine(lang string, p Package, c Content, a Amendment, by access.Byline) WishLine {
	spec := specOf(c, a)
	r := WishLine{ID: a.ID, Path: packagePath(p.Slug) + "#w" + itoa(a.ID), Name: spec.Name(lang), Op: string(a.Op), Reason: a.Reason, Lang: a.Lang, By: by,
		State: wording.Text(lang, "shaping.wish_"+string(a.State)), Manage: wishPath(p.Slug, a.ID)}
	r.Old, r.New = opLine(lang, a, spec, c.Value(a.ItemKey))
	if a.HiddenWhy != "" {
		r.Hidden, r.Reason = whyWords(lang, a.HiddenWhy), ""
		if spec.Kind == Text || spec.Kind == Person || spec.Kind == Document {
			r.New = ""
		}
	}
	return r
}
