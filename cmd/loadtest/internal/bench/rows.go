package bench

import (
	"fmt"
	"strconv"

	"caravan/cmd/loadtest/internal/load"
	"caravan/cmd/loadtest/internal/sockets"
)

// row is one kind of work as a request: by the floor, by the site, and what the
// site must reach.
type row struct {
	id, work string
	floor    func(fixture) load.Plan
	ours     func(fixture) load.Plan
	least    float64 // share of the floor's rate that the site must reach
	p99      float64 // milliseconds that 99 of 100 requests may take; 0: not judged
	queries  float64 // statements that a request may send; 0: not judged
	growth   float64 // how much more a request may cost at ten times the data
	write    bool
}

// rows are all of them, in the order of the table.
func rows() []row {
	return []row{
		{id: "a1", work: "question page, 50 replies, signed out", least: 0.55, growth: 1.2,
			floor: get("/memory"), ours: question(false)},
		{id: "a2", work: "the same, signed in", least: 0.5, queries: 2, growth: 1.2,
			floor: topic(""), ours: question(true)},
		{id: "a3", work: "the same as JSON, uncached", least: 0.5, growth: 1.2,
			floor: topic("/json"), ours: func(f fixture) load.Plan {
				return load.Plan{Path: fmt.Sprintf("/api/v1/questions/%d/replies?after=0&limit=50", f.hot)}
			}},
		{id: "a1x", work: "page of an experience, signed out", least: 0.55, growth: 1.2,
			floor: memory(told), ours: show(told)},
		{id: "a2x", work: "the same, signed in", least: 0.5, queries: 2, growth: 1.2,
			floor: topicLike(told), ours: signedIn(show(told))},
		{id: "a1c", work: "page of a clinic with its figures, signed out", least: 0.55, growth: 1.2,
			floor: memory(clinic), ours: show(clinic)},
		{id: "a2c", work: "the same, signed in", least: 0.5, queries: 2, growth: 1.2,
			floor: topicLike(clinic), ours: signedIn(show(clinic))},
		{id: "b1", work: "newest 25 questions, signed out", least: 0.6, growth: 1.2,
			floor: get("/memory"), ours: get("/questions?list=new")},
		{id: "b2", work: "newest 25 questions, signed in", least: 0.5, growth: 1.2,
			floor: get("/list"), ours: signedIn(get("/questions?list=new"))},
		{id: "b1x", work: "newest 20 experiences, signed out", least: 0.6, growth: 1.2,
			floor: memory(stories), ours: show(stories)},
		{id: "b2x", work: "newest 20 experiences, signed in", least: 0.5, growth: 1.2,
			floor: get("/list"), ours: signedIn(show(stories))},
		{id: "a1p", work: "page of a package, signed out", least: 0.55, growth: 1.2,
			floor: memory(offer), ours: show(offer)},
		{id: "a2p", work: "the same, signed in", least: 0.5, queries: 2, growth: 1.2,
			floor: topicLike(offer), ours: signedIn(show(offer))},
		{id: "b1p", work: "newest packages, signed out", least: 0.6, growth: 1.2,
			floor: memory(offers), ours: show(offers)},
		{id: "b2p", work: "newest packages, signed in", least: 0.5, growth: 1.2,
			floor: get("/list"), ours: signedIn(show(offers))},
		{id: "c", work: "search for two words, a new phrase each time", least: 1, p99: 150, growth: 1.6,
			floor: search, ours: search},
		{id: "d1000", work: "post a reply, over 1,000 questions", least: 0.4, p99: 60, growth: 1.2, write: true,
			floor: floorReply(false), ours: ourReply(false)},
		{id: "d1", work: "post a reply, all on one question", least: 0.6, p99: 60, growth: 1.2, write: true,
			floor: floorReply(true), ours: ourReply(true)},
		{id: "e1000", work: "cast a vote, over 1,000 replies", least: 0.5, p99: 40, growth: 1.2, write: true,
			floor: floorVote(false, "replies"), ours: ourVote(false)},
		{id: "e1", work: "cast a vote, all on one reply", least: 1, p99: 40, growth: 1.2, write: true,
			floor: floorVote(true, "replies"), ours: ourVote(true)},
		{id: "e1000p", work: "vote on a wish, over 1,000 wishes in packages", least: 0.5, p99: 40, growth: 1.2, write: true,
			floor: floorVote(false, "others"), ours: ourBallot(false)},
		{id: "e1p", work: "vote on a wish, all on one", least: 1, p99: 40, growth: 1.2, write: true,
			floor: floorVote(true, "others"), ours: ourBallot(true)},
	}
}

// bar says what must be reached.
func (r row) bar() string {
	s := fmt.Sprintf("≥ %.2f ×", r.least)
	if r.p99 > 0 {
		s += fmt.Sprintf(", p99 ≤ %.0f ms", r.p99)
	}
	if r.queries > 0 {
		s += fmt.Sprintf(", ≤ %.0f queries", r.queries)
	}
	return s
}

func get(path string) func(fixture) load.Plan {
	return func(fixture) load.Plan { return load.Plan{Path: path} }
}

// signedIn gives each connection a session of its own.
func signedIn(plan func(fixture) load.Plan) func(fixture) load.Plan {
	return func(f fixture) load.Plan {
		p := plan(f)
		p.Sessions = f.cookies(connections)
		return p
	}
}

// The pages about experiences and packages.
func told(f fixture) page    { return f.told }
func stories(f fixture) page { return f.stories }
func clinic(f fixture) page  { return f.clinic }
func offer(f fixture) page   { return f.offer }
func offers(f fixture) page  { return f.offers }

// show is a page of ours, memory the floor's page from memory of its size, and
// topicLike the floor's page from rows of its size.
func show(of func(fixture) page) func(fixture) load.Plan {
	return func(f fixture) load.Plan { return load.Plan{Path: of(f).path} }
}

func memory(of func(fixture) page) func(fixture) load.Plan {
	return func(f fixture) load.Plan { return load.Plan{Path: fmt.Sprintf("/memory/%d", of(f).size)} }
}

func topicLike(of func(fixture) page) func(fixture) load.Plan {
	return func(f fixture) load.Plan { return load.Plan{Path: fmt.Sprintf("/t/%d/%d", f.hot, of(f).size)} }
}

func question(signed bool) func(fixture) load.Plan {
	plan := func(f fixture) load.Plan { return load.Plan{Path: f.hotPath} }
	if signed {
		return signedIn(plan)
	}
	return plan
}

func topic(suffix string) func(fixture) load.Plan {
	return func(f fixture) load.Plan { return load.Plan{Path: fmt.Sprintf("/t/%d%s", f.hot, suffix)} }
}

func search(f fixture) load.Plan {
	return load.Plan{Path: "/search?q={{next:phrases}}", Lists: map[string][]string{"phrases": f.phrases}}
}

// asJSON is the header of every write.
var asJSON = []string{"Content-Type: application/json"}

func (f fixture) targets(one bool) map[string][]string {
	if one {
		return map[string][]string{"questions": {strconv.FormatInt(f.cold, 10)}, "replies": {f.one}, "others": f.others[:1], "slugs": f.slugs[:1], "wishes": f.wishes[:1]}
	}
	return map[string][]string{"questions": f.questions, "replies": f.replies, "others": f.others[1:], "slugs": f.slugs[1:], "wishes": f.wishes[1:]}
}

func floorReply(one bool) func(fixture) load.Plan {
	return func(f fixture) load.Plan {
		return load.Plan{Method: "POST", Path: "/reply", Headers: asJSON, Lists: f.targets(one), Sessions: f.cookies(connections),
			Body: `{"tid":{{next:questions}},"uid":{{person}},"body":"` + sockets.Body("{{seq}}") + `"}`}
	}
}

func ourReply(one bool) func(fixture) load.Plan {
	return func(f fixture) load.Plan {
		return load.Plan{Method: "POST", Path: "/api/v1/questions/{{next:questions}}/replies",
			Headers: append([]string{"Idempotency-Key: bench-{{now}}-{{seq}}"}, asJSON...), Lists: f.targets(one), Sessions: f.cookies(connections),
			Body: `{"body":"` + sockets.Body("{{seq}}") + `"}`}
	}
}

// A vote is always a change. Over 1,000 things every request is the first vote
// of its person there; on one those who come again take theirs back.
func (f fixture) vote(one bool, p load.Plan, fields, choice string) load.Plan {
	p.Headers, p.Lists, p.Sessions, p.Rotate = asJSON, f.targets(one), f.cookies(voters), true
	value := "1"
	if one {
		value = fmt.Sprintf("{{flip:%d}}", len(p.Sessions))
	}
	p.Body = "{" + fields + `"` + choice + `":` + value + "}"
	return p
}

// floorVote votes on the replies of a list: on others than those that another
// row has voted on, so that a first vote is one.
func floorVote(one bool, on string) func(fixture) load.Plan {
	return func(f fixture) load.Plan {
		return f.vote(one, load.Plan{Method: "POST", Path: "/vote"}, `"id":{{next:`+on+`}},"uid":{{person}},`, "value")
	}
}

// ourBallot votes on wishes; the first vote on a package says that its voter has
// no tie to the provider.
func ourBallot(one bool) func(fixture) load.Plan {
	return func(f fixture) load.Plan {
		return f.vote(one, load.Plan{Method: "POST", Path: "/api/v1/packages/{{next:slugs}}/votes"}, `"subject":"amendment","id":{{next:wishes}},"tie":"none",`, "choice")
	}
}

func ourVote(one bool) func(fixture) load.Plan {
	return func(f fixture) load.Plan {
		return f.vote(one, load.Plan{Method: "PUT", Path: "/api/v1/replies/{{next:replies}}/vote"}, "", "value")
	}
}
