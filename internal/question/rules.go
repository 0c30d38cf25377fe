package question

import (
	"slices"
	"time"

	"caravan/internal/access"
	"caravan/internal/errs"
	"caravan/internal/text"
)

// Lengths of texts, in characters after cleaning.
const (
	MinTitle, MaxTitle   = 15, 200
	MinBody, MaxBody     = 20, 10_000
	MaxReply             = 10_000
	MaxLinksUnknown      = 2 // of people we know little of
	editWindowNewcomer   = 24 * time.Hour
	editWindow           = 30 * 24 * time.Hour
	graceOfTypos         = 5 * time.Minute // an edit so soon is not worth a mark
	pageSize             = 50
	listSize             = 25
	trustThatIsCounted   = 2
	hiddenByModerator    = "hidden"
	maxReplyLinksTrusted = 20
)

// Draft is a question as it was typed.
type Draft struct {
	Title, Body string
	Procedure   string // code
	Destination string // ISO country
	Clinic      string // slug; may be empty
	LeaksSeen   bool   // the author has seen what was said about text.LeakTick
}

// Words are the words of a question or a reply as they were typed.
type Words struct {
	Title     string // of a question
	Body      string
	LeaksSeen bool // as in Draft
}

// clean normalises a draft and says everything that is wrong with it at once.
func (d Draft) clean(a access.Actor) (Draft, error) {
	var wrong []errs.FieldMsg
	note := func(name string, err error) {
		if err != nil {
			wrong = append(wrong, errs.Of(ofField(name, err)).Fields...)
		}
	}
	var err error
	d.Title, err = between(d.Title, MinTitle, MaxTitle, "question.title_short", "question.title_long")
	note("title", err)
	d.Body, err = between(d.Body, MinBody, MaxBody, "question.body_short", "question.body_long")
	note("body", err)
	if err == nil {
		note("body", allowedLinks(a, d.Body))
	}
	if d.Procedure == "" {
		note("procedure", errs.Field("procedure", "question.procedure_missing"))
	}
	if d.Destination == "" {
		note("destination", errs.Field("destination", "question.destination_missing"))
	}
	return d, errs.Fields(wrong...)
}

// fits says whether a draft's words are not too long.
func (d Draft) fits() error {
	if _, err := between(d.Title, 0, MaxTitle, "", "question.title_long"); err != nil {
		return ofField("title", err)
	}
	_, err := between(d.Body, 0, MaxBody, "", "question.body_long")
	return ofField("body", err)
}

func between(s string, least, most int, short, long string) (string, error) {
	s, err := text.Clean(s)
	if err != nil {
		return "", err
	}
	switch n := text.Length(s); {
	case n < least:
		return s, errs.Field("", short, "least", least, "n", n)
	case n > most:
		return s, errs.Field("", long, "most", most, "n", n)
	}
	return s, nil
}

// cleanReply normalises a reply's text.
func cleanReply(a access.Actor, body string) (string, error) {
	s, err := between(body, 1, MaxReply, "question.reply_empty", "question.reply_long")
	if err == nil {
		err = allowedLinks(a, s)
	}
	return s, ofField("body", err)
}

// ofField is what is wrong with a text, said about a field.
func ofField(name string, err error) error {
	if err == nil {
		return nil
	}
	e := errs.Of(err)
	m := e.Msg
	if len(e.Fields) > 0 {
		m = e.Fields[0].Msg
	}
	return errs.Fields(errs.FieldMsg{Name: name, Msg: m})
}

// allowedLinks keeps advertising out: who has shown little of who they are may
// set two links in a text.
func allowedLinks(a access.Actor, s string) error {
	most := MaxLinksUnknown
	if a.Trust >= trustThatIsCounted || len(a.Works) > 0 {
		most = maxReplyLinksTrusted
	}
	if n := text.Links(s); n > most {
		return errs.Field("", "question.too_many_links", "most", most, "n", n)
	}
	return nil
}

// firstState is where a text of a starts: what is written before the e-mail
// address is confirmed waits for that.
func firstState(a access.Actor) string {
	if a.Confirmed {
		return Shown
	}
	return Waiting
}

var (
	errNoQuestion = errs.New(errs.NotFound, "question.missing")
	errNoReply    = errs.New(errs.NotFound, "question.reply_missing")
)

// canSee says whether a may read a question at all.
func canSee(a access.Actor, state string, author int64) error {
	if state == Shown || state == Hidden || (a.SignedIn() && author == a.AccountID) || a.Moderator {
		return nil
	}
	return errNoQuestion
}

// canReply says whether a may answer a question.
func canReply(_ access.Actor, q Question) error {
	switch q.State {
	case Shown:
		return nil
	case Hidden:
		return errs.New(errs.Gone, "question.is_hidden")
	}
	return errNoQuestion
}

// canEdit says whether a may change a text of author, written at.
func canEdit(a access.Actor, author int64, state string, written, now time.Time) error {
	if a.AccountID != author {
		return errs.New(errs.Forbidden, "question.not_yours")
	}
	if state == Hidden {
		return errs.New(errs.Gone, "question.is_hidden")
	}
	window := editWindow
	if a.Newcomer(now) {
		window = editWindowNewcomer
	}
	if now.Sub(written) > window {
		return errs.New(errs.Forbidden, "question.edit_over")
	}
	return nil
}

// canVote says whether a may call a reply helpful.
func canVote(a access.Actor, state string, author int64) error {
	if state != Shown {
		return errNoReply
	}
	if author == a.AccountID {
		return errs.New(errs.Forbidden, "question.own_vote")
	}
	return nil
}

// cleanVote refuses everything but set and not set.
func cleanVote(value int) error {
	if value != 0 && value != 1 {
		return errs.Field("value", "question.vote_values")
	}
	return nil
}

// canAccept says whether a may mark an answer as the one that helped.
func canAccept(a access.Actor, q Question, r Reply) error {
	switch {
	case r.QuestionID != q.ID || r.State != Shown:
		return errNoReply
	case q.AuthorAccountID != a.AccountID:
		return errs.New(errs.Forbidden, "question.accept_asker")
	case r.AuthorAccountID == a.AccountID:
		return errs.New(errs.Forbidden, "question.accept_own")
	}
	return nil
}

// lists are the ways to look at all questions, the first being the default.
var lists = []string{"active", "new", "unanswered", "clinic"}

func knownList(s string) string {
	if slices.Contains(lists, s) {
		return s
	}
	return lists[0]
}

// byClinic reports whether an author's organisation makes a reply a clinic's
// answer to a question: staff of the clinic asked about, or of any clinic if
// none was named.
func byClinic(w access.Work, about *int64) bool {
	return w.Kind == "clinic" && (about == nil || *about == w.OrganisationID)
}
