package experience

import (
	"html/template"

	"caravan/web"
)

// storyPart draws an experience's own words and facts. The page of an
// experience and the preview while it is written are this one part, so that
// what a writer sees is what will stand there.
var storyPart = web.Part[StoryView](views, "story")

// StoryView is what story.part.html shows: class P only, as coarse as it will
// be shown, in the reader's language. An empty field is not shown; what was
// asked and not told is shown as unknown.
type StoryView struct {
	Title        string
	Lang         string // of Title and HTML
	Pseudonym    string
	Role         string // "patient", in words; with the country if that is shown
	Treatment    string // procedure or specialty, by name
	Clinic       string
	ClinicPath   string // empty in a preview
	Place        string // city and country
	Period       string // "April to June 2026" or "2026"
	HTML         template.HTML
	Goal         string // "8 of 10"
	GoalText     string // the main goal in the writer's words
	Quoted, Paid string
	Ratio        string // "1.18 paid for 1 quoted, at the rates of 2 November 2026"
	Gaps         []string
	Complication string // worst, with grade; "none told"; "unknown"
	WouldRepeat  string
	WorthIt      string
	Incentive    string // how it was rewarded; "" for none
	AIUsed       bool
	Answered     int // of Asked: how complete the card is
	Asked        int
	Demo         bool
}
