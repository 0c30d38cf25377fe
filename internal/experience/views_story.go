package experience

import (
	"html/template"

	"caravan/internal/chart"
	"caravan/web"
)

// storyPart draws an experience's own words and facts. The page of an
// experience and the preview while it is written are this one part, so that
// what a writer sees is what will stand there.
var storyPart = web.Part[StoryView](views, "story")

// StoryView is what story.part.html shows: class P only, as coarse as it will
// be shown, in the reader's language. What was asked and not told is shown as
// unknown; what is empty otherwise is left out.
type StoryView struct {
	Title      string
	Lang       string // of Title, GoalText and HTML
	Pseudonym  string
	Role       string // "patient, 55 to 64, from Ireland"
	Treatment  string // "All-on-4, upper jaw; sinus lift (added on arrival)", or the specialty
	Clinic     string
	ClinicPath string // empty in a preview
	Place      string // city and country
	Period     string // "April to June 2026" or "2026"
	Demo       bool

	Goal         string // "8 of 10"
	GoalWhen     string // "at 6 months"; "" at the start
	GoalText     string // the main goal in the writer's words
	Quoted, Paid string
	Gap          string // "+14 %"
	Over         bool   // paid more than quoted
	Gaps         []string
	Harm         []HarmView
	HarmNone     string // what is said where none is listed: "none told", "unknown"
	WouldRepeat  string
	WorthIt      string
	Incentive    string // how it was rewarded, or that it was not
	Rewarded     bool
	Consent      string // language of the consent form, interpreter
	Nights       string // between procedure and flight

	Follow      *chart.Drawing // nil before the first check-in is planned
	FollowTitle string
	Missed      bool

	HTML   template.HTML
	AIUsed bool

	Lines                []LineView
	LineQuoted, LinePaid string // the sums
	Rated                string // "in euros EUR 6,150, at the rates of 1 March 2026"
	Coarse               bool   // amounts are shown in two figures

	Answered int // of Asked: how complete the card is
	Asked    int
}

// HarmView is one complication in words.
type HarmView struct {
	Title    string // "Infection, day 9"
	Note     string // what it needed, where it was treated, who paid, how it ended
	Reaction string // of the clinic; "" if not told
}

// LineView is one part of the price; an empty amount is not quoted, or unknown.
type LineView struct {
	Label, Quoted, Paid string
	Added               bool // paid and not quoted
}
