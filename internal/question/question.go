// Package question is where somebody asks and others answer, live.
//
//	question.go  Question, Reply: what is stored
//	rules.go     who may do what, and what a text must be: pure
//	leaks.go     words that give somebody away: refused, warned of, masked
//	ask.go       asking, editing a question, publishing what waited
//	reply.go     answering, editing an answer, accepting one
//	vote.go      "this helped me"
//	moderate.go  hiding and showing, for the moderation desk
//	store.go     SQL that writes; store_read.go SQL for pages; store_*.go that of one purpose
//	fragment.go  a reply's HTML, made once and shared by page, event and cache; ready.go its JSON
//	http_kept.go a page of replies as HTML, kept while its channel stands still
//	footer.go    what stands below a reply and differs by viewer and minute
//	live.go      the channels question:ID and clinic:ID
//	http*.go     pages; http_api.go the JSON API; present.go, views.go and views/ what they show
//	search.go    what the search index holds of them
//	leave.go     what becomes of the words of who leaves
//
// A reply gets its place when it is published: the sequence number that the
// question's live channel has at that moment. The row of the channel is locked
// until the commit, so whoever sees reply n sees every reply before it.
package question

import (
	"time"

	"caravan/internal/access"
)

// States of a text.
const (
	Waiting = "waiting" // until the author's e-mail address is confirmed
	Shown   = "shown"
	Hidden  = "hidden" // by a moderator, with a reason
)

// Question is somebody's question. Texts are Markdown as written; BodyHTML is
// what the given renderer made of Body.
type Question struct {
	ID                   int64
	AuthorAccountID      int64
	AuthorRole           string
	AuthorTitle          string
	AuthorOrganisationID *int64
	ProcedureID          int64
	Destination          string // ISO 3166-1 alpha-2
	OrganisationID       *int64 // the clinic that it is about
	Title, Body          string
	BodyHTML             string
	Renderer             int
	Lang                 string
	State, HiddenWhy     string
	Version              int
	AcceptedReplyID      *int64
	CreatedAt            time.Time
	PublishedAt          *time.Time
	EditedAt             *time.Time
}

// Reply is an answer, or a question back.
type Reply struct {
	ID                   int64
	QuestionID           int64
	AuthorAccountID      int64
	AuthorRole           string
	AuthorTitle          string
	AuthorOrganisationID *int64
	Body, BodyHTML       string
	Renderer             int
	Lang                 string
	State, HiddenWhy     string
	Version              int
	Position             *int64 // sequence number of the channel at publication
	CreatedAt            time.Time
	PublishedAt          *time.Time
	EditedAt             *time.Time
}

// snapshot is the author's role and employer at the moment of writing, seen
// from the clinic that the text is about.
func snapshot(a access.Actor, about *int64) (role, title string, organisation *int64) {
	var org int64
	if about != nil {
		org = *about
	}
	if w := a.SpeaksFor(org); w.OrganisationID != 0 {
		return w.Role, w.Title, &w.OrganisationID
	}
	if a.Moderator {
		return "moderator", "", nil
	}
	return "", "", nil
}
