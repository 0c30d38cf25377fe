package question

import (
	"context"
	"net/http"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/wording"
)

// The JSON API. Texts come as they were written (source, Markdown) and as HTML.

// QuestionJSON is a question as the API shows it.
type QuestionJSON struct {
	ID          int64         `json:"id"`
	Slug        string        `json:"slug" doc:"Last part of the page's address"`
	Path        string        `json:"path"`
	Title       string        `json:"title"`
	Source      string        `json:"source" doc:"Markdown as written; names of persons masked"`
	HTML        string        `json:"html"`
	Author      access.Byline `json:"author"`
	Procedure   string        `json:"procedure" doc:"Code of the procedure"`
	Destination string        `json:"destination" doc:"ISO 3166-1 alpha-2"`
	Clinic      string        `json:"clinic,omitempty"`
	State       string        `json:"state" enum:"shown,waiting,hidden"`
	Replies     int           `json:"replies"`
	Accepted    int64         `json:"accepted_reply,omitempty"`
	Version     int           `json:"version"`
	Channel     string        `json:"channel" doc:"Live channel to subscribe to"`
	Seq         int64         `json:"seq" doc:"Newest sequence number of the channel"`
	CreatedAt   time.Time     `json:"created_at"`
}

// ReplyJSON is a reply as the API shows it. A hidden one has no words.
type ReplyJSON struct {
	ID        int64         `json:"id"`
	Position  int64         `json:"position" doc:"Sequence number at publication; the order of replies"`
	Version   int           `json:"version"`
	State     string        `json:"state" enum:"shown,hidden"`
	Source    string        `json:"source" doc:"Markdown as written; names of persons masked"`
	HTML      string        `json:"html"`
	Author    access.Byline `json:"author"`
	Score     int           `json:"score" doc:"Counted votes that it helped"`
	Accepted  bool          `json:"accepted"`
	CreatedAt time.Time     `json:"created_at"`
	EditedAt  *time.Time    `json:"edited_at,omitempty"`
}

func replyJSON(r ReplyRow) ReplyJSON {
	j := ReplyJSON{ID: r.ID, Position: r.Position, Version: r.Version, State: r.State, Author: r.author().Byline(wording.Langs[0]),
		Score: r.Helpful, Accepted: r.Accepted, CreatedAt: r.PublishedAt, EditedAt: r.EditedAt}
	if r.State == Shown {
		j.Source, j.HTML = r.Body, r.BodyHTML
	}
	return j
}

type questionOut struct{ Body QuestionJSON }

type listIn struct {
	List   string `query:"list" enum:"active,new,unanswered,clinic" default:"active"`
	Before string `query:"before" maxLength:"40" doc:"next of the page before"`
}

type listOut struct {
	Body struct {
		Questions []QuestionJSON `json:"questions"`
		Next      string         `json:"next,omitempty"`
	}
}

type askIn struct {
	Body struct {
		Title       string `json:"title" doc:"15 to 200 characters"`
		Body        string `json:"body" doc:"20 to 10,000 characters, Markdown"`
		Procedure   string `json:"procedure" doc:"Code, such as den.crown"`
		Destination string `json:"destination" doc:"ISO 3166-1 alpha-2"`
		Clinic      string `json:"clinic,omitempty" doc:"Slug"`
		LeaksSeen   bool   `json:"leaks_seen,omitempty" doc:"The author has seen the warnings about what the text would give away and leaves it; names of persons are masked"`
	}
}

type idIn struct {
	ID int64 `path:"id"`
}

type repliesIn struct {
	ID    int64 `path:"id"`
	After int64 `query:"after" minimum:"0"`
	Limit int   `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type repliesOut struct{ Body repliesOutBody }

type replyIn struct {
	ID   int64 `path:"id"`
	Body struct {
		Body      string `json:"body" doc:"1 to 10,000 characters, Markdown"`
		LeaksSeen bool   `json:"leaks_seen,omitempty" doc:"The author has seen the warnings about what the text would give away and leaves it; names of persons are masked"`
	}
}

type postedOut struct {
	Body struct {
		ID       int64  `json:"id"`
		Question int64  `json:"question"`
		Seq      int64  `json:"seq" doc:"Sequence number of its event, and its position; 0 while it waits"`
		Version  int    `json:"ver"`
		State    string `json:"state"`
	}
}

type editIn struct {
	ID   int64 `path:"id"`
	Body struct {
		Body      string `json:"body"`
		Version   int    `json:"version" doc:"The version that was edited"`
		LeaksSeen bool   `json:"leaks_seen,omitempty" doc:"The author has seen the warnings about what the text would give away and leaves it; names of persons are masked"`
	}
}

type voteIn struct {
	ID   int64 `path:"id"`
	Body struct {
		Value int `json:"value" minimum:"0" maximum:"1" doc:"1: it helped; 0: not, or no longer"`
	}
}

type voteOut struct {
	Body struct {
		Reply   int64 `json:"reply"`
		Value   int   `json:"value"`
		Score   int   `json:"score"`
		Counted bool  `json:"counted"`
	}
}

type replyOut struct{ Body ReplyJSON }

func (s *Service) apiRoutes() []httpd.Route {
	const tag = "Questions"
	return []httpd.Route{
		httpd.API(httpd.Operation{Method: "GET", Path: "/api/v1/questions", ID: "list-questions", Summary: "Questions, 25 a page", Tag: tag}, access.Anyone, s.apiList),
		httpd.API(httpd.Operation{Method: "POST", Path: "/api/v1/questions", ID: "ask-question", Summary: "Ask a question", Tag: tag, Status: http.StatusCreated, NeedKey: true, Errors: []int{403, 409}}, access.Member, s.apiAsk),
		httpd.API(httpd.Operation{Method: "GET", Path: "/api/v1/questions/{id}", ID: "get-question", Summary: "One question", Tag: tag, Errors: []int{404, 410}}, access.Anyone, s.apiQuestion),
		httpd.API(httpd.Operation{Method: "GET", Path: "/api/v1/questions/{id}/replies", ID: "list-replies", Summary: "Replies after a position", Tag: tag, Errors: []int{404, 410}}, access.Anyone, s.apiReplies),
		httpd.API(httpd.Operation{Method: "POST", Path: "/api/v1/questions/{id}/replies", ID: "post-reply", Summary: "Reply to a question", Tag: tag, Status: http.StatusCreated, NeedKey: true, Errors: []int{403, 404, 409, 410}}, access.Member, s.apiReply),
		httpd.API(httpd.Operation{Method: "GET", Path: "/api/v1/replies/{id}", ID: "get-reply", Summary: "One reply", Tag: tag, Errors: []int{404}}, access.Anyone, s.apiGetReply),
		httpd.API(httpd.Operation{Method: "PATCH", Path: "/api/v1/replies/{id}", ID: "edit-reply", Summary: "Edit one's own reply; earlier wordings stay", Tag: tag, Errors: []int{403, 404, 409, 410}}, access.Member, s.apiEdit),
		httpd.API(httpd.Operation{Method: "PUT", Path: "/api/v1/replies/{id}/vote", ID: "vote", Summary: "Set whether a reply helped", Tag: tag, Errors: []int{403, 404}}, access.Member, s.apiVote),
	}
}

func (s *Service) questionJSON(q *db.Tx, r QuestionRow) (QuestionJSON, error) {
	top, err := channelTop(q, r.ID)
	if err != nil {
		return QuestionJSON{}, err
	}
	j := s.shortJSON(r)
	j.Seq = top
	return j, nil
}

func (s *Service) shortJSON(r QuestionRow) QuestionJSON {
	p, _ := s.provider.ProcedureByID(r.ProcedureID)
	j := QuestionJSON{ID: r.ID, Path: Path(r.ID, r.Title), Title: r.Title, Source: r.Body, HTML: r.BodyHTML, Author: r.author().Byline(wording.Langs[0]),
		Procedure: p.Code, Destination: r.Destination, Clinic: r.ClinicSlug, State: r.State, Replies: r.Replies, Version: r.Version, Channel: channel(r.ID), CreatedAt: r.CreatedAt}
	j.Slug = slugOf(j.Path)
	if r.AcceptedReplyID != nil {
		j.Accepted = *r.AcceptedReplyID
	}
	return j
}

func (s *Service) apiList(ctx context.Context, _ access.Actor, in *listIn) (*listOut, error) {
	f := filter{list: knownList(in.List), limit: listSize}
	f.before, f.beforeID = readCursor(in.Before)
	q := s.db.Read(ctx)
	rows, err := listQuestions(q, f)
	if err != nil {
		return nil, err
	}
	out := &listOut{}
	out.Body.Questions = []QuestionJSON{}
	if len(rows) > f.limit {
		rows = rows[:f.limit]
		last := rows[len(rows)-1]
		at := last.LastAt
		if f.list == "new" {
			at = last.At
		}
		out.Body.Next = writeCursor(at, last.ID)
	}
	ids := make([]int64, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	full, err := listQuestionRows(q, ids)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if r, ok := full[id]; ok {
			out.Body.Questions = append(out.Body.Questions, s.shortJSON(r))
		}
	}
	return out, nil
}

func (s *Service) apiAsk(ctx context.Context, a access.Actor, in *askIn) (*questionOut, error) {
	d := Draft{Title: in.Body.Title, Body: in.Body.Body, Procedure: in.Body.Procedure, Destination: in.Body.Destination, Clinic: in.Body.Clinic, LeaksSeen: in.Body.LeaksSeen}
	asked, err := s.Ask(ctx, a, d, httpd.APIKey(ctx))
	if err != nil {
		return nil, err
	}
	q := s.db.Read(ctx)
	row, err := findQuestionRow(q, asked.ID)
	if err != nil {
		return nil, err
	}
	j, err := s.questionJSON(q, row)
	return &questionOut{j}, err
}

func (s *Service) apiQuestion(ctx context.Context, a access.Actor, in *idIn) (*questionOut, error) {
	q := s.db.Read(ctx)
	row, err := findQuestionRow(q, in.ID)
	if err != nil {
		return nil, err
	}
	if err := s.readable(a, row.State, row.AuthorAccountID); err != nil {
		return nil, err
	}
	j, err := s.questionJSON(q, row)
	return &questionOut{j}, err
}

func (s *Service) readable(a access.Actor, state string, author int64) error {
	if state == Hidden && !a.Moderator {
		return errs.New(errs.Gone, "question.is_hidden")
	}
	return canSee(a, state, author)
}

func (s *Service) apiReplies(ctx context.Context, a access.Actor, in *repliesIn) (*repliesOut, error) {
	q := s.db.Read(ctx)
	head, rows, err := listRepliesAfter(q, in.ID, in.After, in.Limit+1)
	if err != nil {
		return nil, err
	}
	if err := s.readable(a, head.State, head.AuthorAccountID); err != nil {
		return nil, err
	}
	out := &repliesOut{}
	if out.Body.Epoch, err = s.hub.Epoch(ctx); err != nil {
		return nil, err
	}
	out.Body.Top, out.Body.More = head.Seq, len(rows) > in.Limit
	rows = rows[:min(len(rows), in.Limit)]
	out.Body.listed, err = s.fragments.ready(q, head, rows)
	return out, err
}

func (s *Service) apiReply(ctx context.Context, a access.Actor, in *replyIn) (*postedOut, error) {
	p, err := s.PostReply(ctx, a, in.ID, Words{Body: in.Body.Body, LeaksSeen: in.Body.LeaksSeen}, httpd.APIKey(ctx))
	if err != nil {
		return nil, err
	}
	out := &postedOut{}
	out.Body.ID, out.Body.Question, out.Body.Seq, out.Body.Version, out.Body.State = p.ID, p.QuestionID, p.Position, p.Version, p.State
	return out, nil
}

func (s *Service) apiGetReply(ctx context.Context, a access.Actor, in *idIn) (*replyOut, error) {
	q := s.db.Read(ctx)
	rows, err := listReplyRows(q, []int64{in.ID})
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, errNoReply
	}
	if err := s.mayHear(ctx, a, rows[0].QuestionID); err != nil {
		return nil, err
	}
	return &replyOut{replyJSON(rows[0])}, nil
}

func (s *Service) apiEdit(ctx context.Context, a access.Actor, in *editIn) (*replyOut, error) {
	if _, err := s.EditReply(ctx, a, in.ID, Words{Body: in.Body.Body, LeaksSeen: in.Body.LeaksSeen}, in.Body.Version); err != nil {
		return nil, err
	}
	return s.apiGetReply(ctx, a, &idIn{in.ID})
}

func (s *Service) apiVote(ctx context.Context, a access.Actor, in *voteIn) (*voteOut, error) {
	v, err := s.Vote(ctx, a, in.ID, in.Body.Value)
	if err != nil {
		return nil, err
	}
	out := &voteOut{}
	out.Body.Reply, out.Body.Value, out.Body.Score, out.Body.Counted = v.ReplyID, v.Value, v.Helpful, v.Counted
	return out, nil
}
