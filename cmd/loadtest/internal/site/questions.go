package site

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
)

// Draft is a question to ask.
type Draft struct {
	Title       string `json:"title"`
	Body        string `json:"body"`
	Procedure   string `json:"procedure"`   // code, den.implant.single
	Destination string `json:"destination"` // ISO 3166-1 alpha-2
}

// Question is an asked question.
type Question struct {
	ID      int64  `json:"id"`
	Slug    string `json:"slug"`
	Channel string `json:"channel"`
	Seq     int64  `json:"seq"` // top of the channel when it was asked
}

// Reply is one reply as the API shows it. Position is the sequence number of
// its publication in the question's channel.
type Reply struct {
	ID       int64  `json:"id"`
	Position int64  `json:"position"`
	Source   string `json:"source"`
}

// Page is one page of replies in order of position. Top is the channel's
// highest sequence number, Epoch the one it counts in.
type Page struct {
	Replies []Reply `json:"replies"`
	Top     int64   `json:"top"`
	Epoch   string  `json:"epoch"`
}

// seen is a draft whose author has seen the warnings about it.
type seen struct {
	Draft
	LeaksSeen bool `json:"leaks_seen"`
}

// Ask asks a new question.
func (s *Site) Ask(ctx context.Context, p Person, d Draft, key string) (Question, error) {
	var q Question
	_, err := s.do(ctx, call{method: "POST", path: "/api/v1/questions", who: p, key: key, in: seen{d, true}}, &q)
	if err != nil {
		return q, fmt.Errorf("site: ask: %w", err)
	}
	if q.Channel == "" {
		q.Channel = Channel(q.ID)
	}
	return q, nil
}

// Channel is the live channel of a question.
func Channel(questionID int64) string { return "question:" + strconv.FormatInt(questionID, 10) }

// Reply posts a reply, whatever the site warns of, and returns its id. The error of an answer that is not 2xx
// is a *Refused.
func (s *Site) Reply(ctx context.Context, p Person, questionID int64, body, key string) (int64, error) {
	var out struct {
		ID int64 `json:"id"`
	}
	path := fmt.Sprintf("/api/v1/questions/%d/replies", questionID)
	_, err := s.do(ctx, call{method: "POST", path: path, who: p, key: key, in: map[string]any{"body": body, "leaks_seen": true}}, &out)
	return out.ID, err
}

// Replies reads one page of replies behind the position after.
func (s *Site) Replies(ctx context.Context, p Person, questionID, after int64, limit int) (Page, error) {
	var out Page
	path := fmt.Sprintf("/api/v1/questions/%d/replies?after=%d&limit=%d", questionID, after, limit)
	_, err := s.do(ctx, call{method: "GET", path: path, who: p}, &out)
	return out, err
}

// AllReplies reads every reply of a question and the channel's top and epoch as
// the last page told them. It reads at most most pages.
func (s *Site) AllReplies(ctx context.Context, questionID int64) (Page, error) {
	const limit, most = 50, 10_000
	var all Page
	after := int64(0)
	for range most {
		page, err := s.Replies(ctx, Person{}, questionID, after, limit)
		if err != nil {
			return all, err
		}
		all.Replies = append(all.Replies, page.Replies...)
		all.Top, all.Epoch = page.Top, page.Epoch
		if len(page.Replies) < limit {
			return all, nil
		}
		next := page.Replies[len(page.Replies)-1].Position
		if next <= after {
			return all, fmt.Errorf("site: replies of question %d: page behind %d ends at position %d", questionID, after, next)
		}
		after = next
	}
	return all, fmt.Errorf("site: replies of question %d: no end after %d pages", questionID, most)
}

var questionLink = regexp.MustCompile(`href="/questions/(\d+)/[^"]`)

// FirstQuestion finds a question that everybody can read: the first on the
// public list.
func (s *Site) FirstQuestion(ctx context.Context) (int64, error) {
	b, err := s.page(ctx, "/questions")
	if err != nil {
		return 0, err
	}
	m := questionLink.FindSubmatch(b)
	if m == nil {
		return 0, fmt.Errorf("site: no question on /questions")
	}
	return strconv.ParseInt(string(m[1]), 10, 64)
}
