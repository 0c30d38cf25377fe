package answer

import (
	"context"
	"net/http"
	"time"

	"caravan/internal/access"
	"caravan/internal/httpd"
	"caravan/internal/text"
)

// apiRoutes are the operations of the JSON API. Reading stands with the
// experience.
func (s *Service) apiRoutes() []httpd.Route {
	return []httpd.Route{
		httpd.API(httpd.Operation{Method: http.MethodPost, Path: "/api/v1/experiences/{id}/answer", ID: "answer-experience", Tag: "Experiences",
			Summary: "Answer an experience for its clinic; 202 when a moderator looks first", Status: http.StatusCreated, NeedKey: true, Errors: []int{403, 404, 409}}, access.Member, s.apiAnswer),
	}
}

// AnswerJSON is an answer as the API shows it beside its experience. A hidden one, and
// one that is being looked at, has no words.
type AnswerJSON struct {
	State       string        `json:"state" enum:"shown,hidden,held"`
	Author      access.Byline `json:"author"`
	Source      string        `json:"source,omitempty" doc:"Markdown as written"`
	HTML        string        `json:"html,omitempty"`
	Lang        string        `json:"lang"`
	PublishedOn string        `json:"published_on" doc:"Day"`
	Edited      bool          `json:"edited"`
	Standing    string        `json:"standing" enum:"answered,looking,planned,made,confirmed"`
	Changes     []ChangeJSON  `json:"changes"`
}

// ChangeJSON is a change that a clinic promised, with the day first named; days are
// as 2026-05-31.
type ChangeJSON struct {
	ID          int64  `json:"id"`
	Title       string `json:"title"`
	State       string `json:"state" enum:"planned,overdue,made,confirmed"`
	DueOn       string `json:"due_on"`
	FirstDueOn  string `json:"first_due_on" doc:"As first promised"`
	OverdueDays int    `json:"overdue_days"`
	MadeOn      string `json:"made_on,omitempty"`
	Proof       string `json:"proof,omitempty"`
	Seen        int    `json:"seen" doc:"Later verified patients who found it in place"`
	Missed      int    `json:"missed" doc:"Later verified patients who did not"`
}

// JSON is the answer for the API.
func (v *View) JSON() AnswerJSON {
	j := AnswerJSON{State: v.State, Author: v.By, Source: v.Source, HTML: string(v.HTML), Lang: v.Lang, PublishedOn: v.PublishedAt.UTC().Format(time.DateOnly),
		Edited: v.Edited, Standing: v.Standing, Changes: []ChangeJSON{}}
	for _, c := range v.Changes {
		x := ChangeJSON{ID: c.ID, Title: c.Title, State: c.State, DueOn: c.DueOn.Format(time.DateOnly), FirstDueOn: c.FirstDueOn.Format(time.DateOnly),
			OverdueDays: c.Overdue, Proof: c.Proof, Seen: c.Seen, Missed: c.Missed}
		if !c.MadeOn.IsZero() {
			x.MadeOn = c.MadeOn.Format(time.DateOnly)
		}
		j.Changes = append(j.Changes, x)
	}
	return j
}

type answerIn struct {
	ID   string `path:"id" format:"uuid"`
	Body struct {
		Body    string `json:"body" doc:"20 to 1,500 characters, Markdown"`
		Version int    `json:"version,omitempty" minimum:"0" doc:"The version that is edited; leave it out for the first answer"`
	}
}

type answerOut struct {
	Status int
	Body   struct {
		State   string     `json:"state" enum:"shown,held"`
		Version int        `json:"version"`
		Spots   []SpotJSON `json:"spots" doc:"Why it is held: places that speak of one person's treatment"`
	}
}

// SpotJSON is a place in an answer that a moderator looks at. First and End
// count characters.
type SpotJSON struct {
	Class string `json:"class"`
	First int    `json:"first"`
	End   int    `json:"end"`
}

func (s *Service) apiAnswer(ctx context.Context, a access.Actor, in *answerIn) (*answerOut, error) {
	var said Said
	var err error
	if in.Body.Version == 0 {
		said, err = s.Answer(ctx, a, in.ID, in.Body.Body, httpd.APIKey(ctx))
	} else {
		said, err = s.Edit(ctx, a, in.ID, in.Body.Body, in.Body.Version)
	}
	if err != nil {
		return nil, err
	}
	out := &answerOut{Status: http.StatusCreated}
	if said.State == Held {
		out.Status = http.StatusAccepted
	}
	out.Body.State, out.Body.Version, out.Body.Spots = said.State, said.Version, []SpotJSON{}
	for _, x := range said.Spots {
		out.Body.Spots = append(out.Body.Spots, SpotJSON{string(x.Class), text.Length(said.Body[:x.Start]), text.Length(said.Body[:x.End])})
	}
	return out, nil
}
