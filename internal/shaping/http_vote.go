package shaping

import (
	"context"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/wording"
	"caravan/web"
)

// voteRoutes are where people vote and say their price.
func (s *Service) voteRoutes() []httpd.Route {
	const tag = "Packages"
	return []httpd.Route{
		{Method: "POST", Path: "/packages/:slug/vote", Gate: access.Member, Do: s.vote},
		{Method: "GET", Path: "/packages/:slug/price", Gate: access.Member, Do: s.showPrice},
		{Method: "POST", Path: "/packages/:slug/price", Gate: access.Member, Do: s.savePrice},
		{Method: "POST", Path: "/packages/:slug/interest", Gate: access.Member, Do: s.keepInterest},
		httpd.API(httpd.Operation{Method: "POST", Path: "/api/v1/packages/{slug}/votes", ID: "vote-on-package", Summary: "Set one's vote on a package, an amendment or an item", Tag: tag,
			Errors: []int{403, 404, 409}}, access.Member, s.apiCast),
		httpd.API(httpd.Operation{Method: "POST", Path: "/api/v1/packages/{slug}/interest", ID: "set-interest", Summary: "Say at which price and when one would take the newest version", Tag: tag,
			Errors: []int{403, 404, 409}}, access.Member, s.apiInterest),
		httpd.API(httpd.Operation{Method: "POST", Path: "/api/v1/packages/{slug}/interest/confirm", ID: "confirm-interest", Summary: "Confirm one's interest for the newest version", Tag: tag,
			Errors: []int{403, 404, 409}}, access.Member, s.apiConfirm),
		httpd.API(httpd.Operation{Method: "DELETE", Path: "/api/v1/packages/{slug}/interest", ID: "withdraw-interest", Summary: "Take one's interest back", Tag: tag,
			Errors: []int{404, 409}}, access.Member, s.apiWithdraw),
	}
}

// vote takes a ballot from a form. Each button of a page names its subject in
// its address and its choice in its value.
func (s *Service) vote(c echo.Context) error {
	b, slug, err := s.readBallot(c)
	if err != nil {
		return err
	}
	v, err := s.voteFrom(c, httpd.Actor(c), b)
	if errs.Is(err, errs.Invalid) && !httpd.WantsPart(c) {
		return s.ballotForm(c, slug, b, err)
	}
	if err != nil {
		return err
	}
	if httpd.WantsPart(c) {
		return c.JSON(http.StatusOK, votedJSON(httpd.Lang(c), b, v))
	}
	done := "voted"
	if v.Status != Counted {
		done = "package_vote_" + string(v.Status)
	}
	place, err := s.placeOf(c.Request().Context(), b)
	if err != nil {
		return err
	}
	return httpd.SeeOther(c, packagePath(slug)+"?done="+done+place)
}

// voteFrom casts a vote with what the place it comes from tells: a device on
// which somebody worked in a console makes a tie, a provider's network has the
// vote looked into.
func (s *Service) voteFrom(c echo.Context, a access.Actor, b Ballot) (Voted, error) {
	var err error
	if b.Network, err = s.meet(c, a); err != nil {
		return Voted{}, err
	}
	return s.Vote(c.Request().Context(), a, b)
}

// meet looks at the device of a request before a does something that counts, and
// returns the mark of its network.
func (s *Service) meet(c echo.Context, a access.Actor) (network []byte, err error) {
	from := httpd.PlaceOf(c)
	return s.provider.NetworkMark(from), s.provider.MeetDevice(c.Request().Context(), a, from)
}

func (s *Service) readBallot(c echo.Context) (b Ballot, slug string, err error) {
	slug = c.Param("slug")
	if b.PackageID, err = s.packageID(c.Request().Context(), slug); err != nil {
		return b, slug, err
	}
	id, err := strconv.ParseInt(c.FormValue("id"), 10, 64)
	if err != nil && Subject(c.FormValue("subject")) != OnPackage {
		return b, slug, errs.New(errs.Malformed, "common.malformed")
	}
	choice, err := strconv.ParseInt(c.FormValue("choice"), 10, 16)
	if err != nil {
		return b, slug, errs.New(errs.Malformed, "shaping.choice")
	}
	b.Subject, b.SubjectID, b.Choice = Subject(c.FormValue("subject")), id, int16(choice)
	b.Reason, b.Tie, b.Companion = c.FormValue("reason"), c.FormValue("tie"), c.FormValue("companion") == "yes"
	return b, slug, nil
}

// placeOf is where on the package's page a vote stands.
func (s *Service) placeOf(ctx context.Context, b Ballot) (string, error) {
	switch b.Subject {
	case OnAmendment, OnAlternative, OnCounter:
		return "#w" + itoa(b.SubjectID), nil
	case OnKeep, OnNeed:
		key, err := findItemKey(s.db.Read(ctx), b.SubjectID)
		return "#" + anchorOf(key), err
	}
	return "#verbs", nil
}

// ballotForm asks for what a ballot lacks and keeps the rest of it.
func (s *Service) ballotForm(c echo.Context, slug string, b Ballot, err error) error {
	p, e := load(s.db.Read(c.Request().Context()), slug)
	if e != nil {
		return e
	}
	v := BallotView{Title: p.Title, TitleLang: p.Lang, Path: packagePath(slug), Subject: string(b.Subject), ID: b.SubjectID, Choice: b.Choice, Companion: b.Companion, Tie: b.Tie, Reason: b.Reason}
	for _, f := range errs.Of(err).Fields {
		v.AskTie = v.AskTie || f.Name == "tie"
		v.AskReason = v.AskReason || f.Name == "reason"
	}
	for _, t := range Ties {
		v.Ties = append(v.Ties, PickView{Value: t, Label: httpd.Say(c, "shaping.ballot_tie_"+t), Chosen: t == b.Tie})
	}
	for _, r := range Reasons {
		v.Reasons = append(v.Reasons, PickView{Value: r, Label: httpd.Say(c, "shaping.ballot_reason_"+r), Chosen: r == b.Reason})
	}
	return httpd.Page(c, ballotPage, httpd.Head{Title: httpd.Say(c, "shaping.ballot_title"), Place: "packages", Err: err,
		Crumbs: []web.Crumb{{Label: httpd.Say(c, "nav.packages"), Path: "/packages"}, {Label: p.Title, Path: v.Path}, {Label: httpd.Say(c, "shaping.ballot_title")}}}, v)
}

// VotedJSON is what a vote led to.
type VotedJSON struct {
	Subject      string          `json:"subject"`
	ID           int64           `json:"id"`
	Choice       int16           `json:"choice"`
	Status       string          `json:"status" enum:"counted,unverified,quarantined,stale_version,own_wish,void_affiliation,void_fraud"`
	Counted      bool            `json:"counted"`
	WhyNot       string          `json:"why_not,omitempty" doc:"Why it does not count, in words"`
	Participants int             `json:"participants" doc:"Counted votes; rounded down to 5 while the vote runs"`
	Exact        bool            `json:"exact"`
	Voided       int             `json:"voided" doc:"Votes taken out, for ties to a provider or fraud"`
	Split        *OfferSplitJSON `json:"split,omitempty" doc:"Only where this voter may see it by now"`
}

func votedJSON(lang string, b Ballot, v Voted) VotedJSON {
	j := VotedJSON{Subject: string(b.Subject), ID: b.SubjectID, Choice: b.Choice, Status: string(v.Status), Counted: v.Status == Counted,
		Participants: v.Shown.Participants, Exact: v.Shown.Exact, Voided: v.Shown.Voided, Split: splitJSON(v.Shown.Split)}
	if v.WhyNot != "" {
		j.WhyNot = wording.Text(lang, v.WhyNot)
	}
	return j
}

type castIn struct {
	Slug string `path:"slug" maxLength:"120"`
	Body struct {
		Subject   string `json:"subject" enum:"package,amendment,alternative,keep,item_need,counter"`
		ID        int64  `json:"id,omitempty" doc:"Of the amendment or item; not needed for the package"`
		Choice    int16  `json:"choice" minimum:"-1" maximum:"1" doc:"1 want, must-have, agree; 0 unsure, don't mind, nice; -1 not for me, don't want, irrelevant, no"`
		Reason    string `json:"reason,omitempty" enum:"price,time,travel,trust,missing,not_my_case,other" doc:"Needed for -1 on the package"`
		Companion bool   `json:"companion,omitempty" doc:"Votes as somebody who goes along with a patient"`
		Tie       string `json:"tie,omitempty" enum:"none,staff,paid,family,investor,discount" doc:"Needed at the first vote on a package"`
	}
}

type castOut struct{ Body VotedJSON }

func (s *Service) apiCast(ctx context.Context, a access.Actor, in *castIn) (*castOut, error) {
	id, err := s.packageID(ctx, in.Slug)
	if err != nil {
		return nil, err
	}
	b := Ballot{PackageID: id, Subject: Subject(in.Body.Subject), SubjectID: in.Body.ID, Choice: in.Body.Choice,
		Reason: in.Body.Reason, Companion: in.Body.Companion, Tie: in.Body.Tie}
	if b.Subject == OnPackage {
		b.SubjectID = id
	}
	v, err := s.voteFrom(httpd.APIContext(ctx), a, b)
	if err != nil {
		return nil, err
	}
	return &castOut{votedJSON(wording.Langs[0], b, v)}, nil
}

// packageID finds a package by its address. Addresses never change, and every
// vote asks for one, so they are remembered.
func (s *Service) packageID(ctx context.Context, slug string) (int64, error) {
	if id, ok := s.slugs.Load(slug); ok {
		return id.(int64), nil
	}
	p, err := load(s.db.Read(ctx), slug)
	if err != nil {
		return 0, err
	}
	if p.PublishedAt == nil {
		return 0, errNoPackage // a draft is its author's affair
	}
	s.slugs.Store(slug, p.ID)
	return p.ID, nil
}
