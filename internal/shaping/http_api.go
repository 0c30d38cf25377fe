package shaping

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"time"

	"caravan/internal/access"
	"caravan/internal/errs"
	"caravan/internal/httpd"
)

// The JSON API for reading: what everybody may read. It shows votes as the page
// shows them to somebody who is signed out: by how many took part while a vote
// runs, and how it split once it is over.

// PackageJSON is a package in a list.
type PackageJSON struct {
	Slug        string          `json:"slug"`
	Path        string          `json:"path"`
	Title       string          `json:"title"`
	Lang        string          `json:"lang"`
	Procedure   string          `json:"procedure" doc:"Code"`
	Proposer    string          `json:"proposer" enum:"clinic,facilitator,patients"`
	Provider    string          `json:"provider,omitempty" doc:"Slug of the organisation; absent for a call"`
	Country     string          `json:"country,omitempty" doc:"ISO 3166-1 alpha-2"`
	State       string          `json:"state"`
	Round       int             `json:"round"`
	EndsAt      *time.Time      `json:"ends_at" doc:"Of the running phase"`
	Version     int             `json:"version" doc:"Number of the newest"`
	Price       *OfferPriceJSON `json:"price"`
	OpenWishes  int             `json:"open_wishes"`
	Vote        OfferVoteJSON   `json:"vote"`
	PublishedAt time.Time       `json:"published_at"`
}

// OfferPriceJSON is a sum of money.
type OfferPriceJSON struct {
	Minor    int64  `json:"minor" doc:"In minor units of the currency"`
	Currency string `json:"currency" doc:"ISO 4217"`
}

// OfferVoteJSON is what everybody may know of a vote.
type OfferVoteJSON struct {
	Participants int             `json:"participants" doc:"Rounded down to 5 while the vote runs"`
	Exact        bool            `json:"exact"`
	Voided       int             `json:"voided" doc:"Votes taken out, for ties or fraud"`
	Split        *OfferSplitJSON `json:"split" doc:"null while the vote runs"`
}

// OfferSplitJSON is how votes split.
type OfferSplitJSON struct {
	Want     int     `json:"want"`
	Pass     int     `json:"pass"`
	Against  int     `json:"against"`
	Carried  int     `json:"carried"`
	Low      float64 `json:"low" doc:"Lower end of the 95 % interval of the share that wants it, of those who took a side"`
	High     float64 `json:"high"`
	Majority bool    `json:"majority"`
}

func voteJSON(x Shown) OfferVoteJSON {
	return OfferVoteJSON{Participants: x.Participants, Exact: x.Exact, Voided: x.Voided, Split: splitJSON(x.Split)}
}

func splitJSON(x *Split) *OfferSplitJSON {
	if x == nil {
		return nil
	}
	return &OfferSplitJSON{x.Want, x.Pass, x.Against, x.Carried, x.Low, x.High, x.Majority}
}

// WholePackageJSON is one package with all that is public of it.
type WholePackageJSON struct {
	PackageJSON
	Source   string             `json:"source" doc:"Summary, Markdown as written"`
	HTML     string             `json:"html"`
	Lines    []OfferLineJSON    `json:"lines"`
	Versions []OfferVersionJSON `json:"versions"`
	Wishes   []OfferWishJSON    `json:"wishes" doc:"In the order in which they were made"`
	Signed   *OfferSignedJSON   `json:"commitment"`
	Why      string             `json:"why,omitempty" doc:"Reason of the last step that had one"`
	AroundJSON
}

// OfferLineJSON is one line of a version.
type OfferLineJSON struct {
	Key     string          `json:"key"`
	Name    string          `json:"name"`
	Value   json.RawMessage `json:"value" doc:"Canonical JSON, as it is hashed"`
	Text    string          `json:"text" doc:"The value in English, as far as it has words of ours"`
	Unit    string          `json:"unit,omitempty"`
	Class   string          `json:"class"`
	Votable bool            `json:"votable"`
	Verify  string          `json:"verify" doc:"When a patient can judge it"`
	Wish    int64           `json:"wish,omitempty" doc:"That changed it in this version"`
	Reason  string          `json:"reason,omitempty" doc:"Of the provider, where it changed the line alone"`
	Need    *OfferVoteJSON  `json:"need,omitempty"`
}

// OfferVersionJSON is a version in a list.
type OfferVersionJSON struct {
	Number      int       `json:"number"`
	Reason      string    `json:"reason"`
	Hash        string    `json:"hash" doc:"SHA-256 of the canonical content"`
	Changed     int       `json:"changed"`
	PublishedAt time.Time `json:"published_at"`
}

// OfferWishJSON is a wish for one line, with all answers to it and what everybody
// may know of its votes.
type OfferWishJSON struct {
	ID      int64             `json:"id"`
	Key     string            `json:"key"`
	Op      string            `json:"op" enum:"set,add,remove"`
	Value   json.RawMessage   `json:"value"`
	Author  access.Byline     `json:"author"`
	Reason  string            `json:"reason"`
	State   string            `json:"state"`
	Round   int               `json:"round"`
	Vote    OfferVoteJSON     `json:"vote"`
	Counter *OfferVoteJSON    `json:"counter_vote" doc:"Of its supporters, on a counter-offer; null without one"`
	Answers []OfferAnswerJSON `json:"answers"`
	Due     int               `json:"due_round,omitempty" doc:"At whose end the provider owed it an answer"`
	Missed  bool              `json:"unanswered" doc:"An answer was due, and none came in time"`
	At      time.Time         `json:"at"`
}

// OfferAnswerJSON is an answer of the provider.
type OfferAnswerJSON struct {
	Answer     string          `json:"answer"`
	ReasonCode string          `json:"reason_code,omitempty"`
	Reason     string          `json:"reason"`
	Counter    json.RawMessage `json:"counter,omitempty"`
	DeltaMinor *int64          `json:"price_delta_minor"`
	SignedBy   string          `json:"signed_by,omitempty"`
	Author     access.Byline   `json:"author"`
	At         time.Time       `json:"at"`
}

// OfferSignedJSON is a commitment: to which version, by whom, for how many until when.
// Days are as 2026-05-31.
type OfferSignedJSON struct {
	Version          int               `json:"version"`
	Hash             string            `json:"hash"`
	Signer           string            `json:"signer"`
	Title            string            `json:"title"`
	Capacity         int               `json:"capacity"`
	PlacesLeft       int               `json:"places_left"`
	ValidUntil       string            `json:"valid_until"`
	PriceLockedUntil string            `json:"price_locked_until"`
	Remedies         map[string]string `json:"remedies"`
	State            string            `json:"state"`
	SignedAt         time.Time         `json:"signed_at"`
}

type packagesIn struct {
	Procedure string `query:"procedure" doc:"Code"`
	Country   string `query:"country" doc:"ISO 3166-1 alpha-2"`
	Stage     string `query:"stage" enum:"call,rounds,final,signing,signed,over"`
	Proposer  string `query:"proposer" enum:"clinic,facilitator,patients"`
	Sort      string `query:"sort" enum:"new,closing,best" default:"new"`
	After     string `query:"after" maxLength:"200" doc:"next of the page before"`
}

type packagesOut struct {
	Body struct {
		Packages []PackageJSON `json:"packages"`
		Count    int           `json:"count" doc:"At most 1001, which stands for more than 1000"`
		Next     string        `json:"next,omitempty"`
	}
}

type packageIn struct {
	Slug string `path:"slug" maxLength:"200"`
}

type packageOut struct{ Body WholePackageJSON }

type versionIn struct {
	Slug   string `path:"slug" maxLength:"200"`
	Number int    `path:"n" minimum:"1"`
}

type versionOut struct {
	Body struct {
		OfferVersionJSON
		Lines     []OfferLineJSON `json:"lines"`
		Canonical json.RawMessage `json:"canonical" doc:"What the hash is of, byte by byte"`
	}
}

func (s *Service) apiRoutes() []httpd.Route {
	const tag = "Packages"
	return []httpd.Route{
		httpd.API(httpd.Operation{Method: "GET", Path: "/api/v1/packages", ID: "list-packages", Summary: "Packages, 20 a page", Tag: tag}, access.Anyone, s.apiPackages),
		httpd.API(httpd.Operation{Method: "GET", Path: "/api/v1/packages/{slug}", ID: "get-package", Summary: "One package", Tag: tag, Errors: []int{404, 410}}, access.Anyone, s.apiPackage),
		httpd.API(httpd.Operation{Method: "GET", Path: "/api/v1/packages/{slug}/versions/{n}", ID: "get-package-version", Summary: "One version of a package", Tag: tag, Errors: []int{404, 410}}, access.Anyone, s.apiVersion),
	}
}

func (s *Service) apiPackages(ctx context.Context, _ access.Actor, in *packagesIn) (*packagesOut, error) {
	x := listQuery{Procedure: in.Procedure, Country: in.Country, Stage: in.Stage, Proposer: in.Proposer, Sort: in.Sort, After: in.After}
	x.clean()
	f := s.filterOf(&x)
	f.Now = s.db.Now()
	rows, count, err := s.listed(ctx, f)
	if err != nil {
		return nil, err
	}
	out := &packagesOut{}
	out.Body.Count, out.Body.Packages = count, []PackageJSON{}
	if len(rows) > f.Limit {
		rows = rows[:f.Limit]
		out.Body.Next = rows[f.Limit-1].Slug
	}
	for _, r := range rows {
		out.Body.Packages = append(out.Body.Packages, s.rowJSON(r))
	}
	return out, nil
}

func (s *Service) rowJSON(r packageRow) PackageJSON {
	p, _ := s.provider.ProcedureByID(r.ProcedureID)
	over := Over(OnPackage, r.State, false)
	j := PackageJSON{Slug: r.Slug, Path: packagePath(r.Slug), Title: r.Title, Lang: r.Lang, Procedure: p.Code, Proposer: string(r.Proposer), Provider: r.OrgSlug, Country: r.Country,
		State: string(r.State), Round: r.Round, EndsAt: r.EndsAt, Version: r.Number, OpenWishes: r.Open, PublishedAt: r.PublishedAt,
		Vote: voteJSON(Show(OnPackage, Tally{Want: r.Want, Pass: r.Pass, Against: r.Against}, nil, over, over))}
	if r.PriceMinor != nil {
		j.Price = &OfferPriceJSON{*r.PriceMinor, r.Currency}
	}
	return j
}

// readJSON finds a package that everybody may read.
func (s *Service) readJSON(ctx context.Context, slug string) (*known, error) {
	h, err := findAhead(s.db.Read(ctx), slug, 0)
	switch {
	case err != nil:
		return nil, err
	case !h.Published:
		return nil, errNoPackage
	case h.HiddenWhy != "":
		return nil, errs.New(errs.Gone, "shaping.read_tomb")
	}
	return s.knownOf(ctx, h)
}

func (s *Service) apiPackage(ctx context.Context, _ access.Actor, in *packageIn) (*packageOut, error) {
	k, err := s.readJSON(ctx, in.Slug)
	if err != nil {
		return nil, err
	}
	p, _ := s.provider.ProcedureByID(k.ProcedureID)
	j := WholePackageJSON{PackageJSON: PackageJSON{Slug: k.Slug, Path: packagePath(k.Slug), Title: k.Title, Lang: k.Lang, Procedure: p.Code, Proposer: string(k.Proposer), Provider: k.OrgSlug,
		Country: k.Country, State: string(k.State), Round: k.Round, EndsAt: k.EndsAt, Version: len(k.versions), Vote: voteJSON(k.shown(OnPackage, k.ID, false, false))},
		Source: k.Summary, HTML: k.SummaryHTML, Lines: k.linesJSON(k.newest, true), Versions: []OfferVersionJSON{}, Wishes: []OfferWishJSON{}, Why: k.Why, AroundJSON: k.aroundJSON(p.Code)}
	if k.PublishedAt != nil {
		j.PublishedAt = *k.PublishedAt
	}
	if minor, ok := k.newest.Price(); ok {
		j.Price = &OfferPriceJSON{minor, k.Currency}
	}
	for _, m := range k.versions {
		j.Versions = append(j.Versions, markJSON(m.Version, m.Changed))
	}
	for _, w := range k.wishes {
		if w.State.Live() {
			j.OpenWishes++
		}
		j.Wishes = append(j.Wishes, k.wishJSON(w))
	}
	j.Signed = k.commitmentJSON()
	return &packageOut{j}, nil
}

func markJSON(v Version, changed int) OfferVersionJSON {
	return OfferVersionJSON{Number: v.Number, Reason: v.Reason, Hash: hex.EncodeToString(v.ContentHash), Changed: changed, PublishedAt: v.PublishedAt}
}

func (k *known) linesJSON(c Content, votes bool) []OfferLineJSON {
	const lang = "en"
	out := []OfferLineJSON{}
	for _, l := range c.held() {
		j := OfferLineJSON{Key: l.Item.Key, Value: json.RawMessage(l.Value.Canonical()), Text: l.Item.Spec().Print(lang, l.Value), Unit: l.Item.Unit, Class: string(l.Item.Class),
			Votable: l.Item.Votable, Verify: string(l.Item.Verify), Wish: l.AmendmentID, Reason: l.Reason}
		j.Name, _ = nameOf(lang, l.Item, k.Lang)
		if votes && l.Item.Votable {
			v := voteJSON(k.shown(OnNeed, l.Item.ID, false, false))
			j.Need = &v
		}
		out = append(out, j)
	}
	return out
}

func (k *known) wishJSON(w wishRow) OfferWishJSON {
	const lang = "en"
	j := OfferWishJSON{ID: w.ID, Key: w.ItemKey, Op: string(w.Op), Value: json.RawMessage(w.NewValue.Canonical()), Author: w.author(w.AuthorRole).Byline(lang), Reason: w.Reason,
		State: string(w.State), Round: w.Round, Vote: voteJSON(k.shown(OnAmendment, w.ID, false, false)), Answers: []OfferAnswerJSON{},
		Due: w.DueRound, Missed: k.unanswered(w.Amendment), At: w.CreatedAt}
	if a := k.standing(w.ID); a != nil && a.Answer == Counter {
		v := voteJSON(k.shown(OnCounter, w.ID, false, w.State != Answered))
		j.Counter = &v
	}
	if w.HiddenWhy != "" {
		j.Value, j.Reason = json.RawMessage("null"), ""
	}
	for _, a := range k.answers[w.ID] {
		r := OfferAnswerJSON{Answer: string(a.Answer), ReasonCode: string(a.ReasonCode), Reason: a.Reason, DeltaMinor: a.PriceDeltaMinor, SignedBy: a.SignedBy,
			Author: a.author(a.AuthorRole).Byline(lang), At: a.CreatedAt}
		if !a.CounterValue.None() {
			r.Counter = json.RawMessage(a.CounterValue.Canonical())
		}
		if a.HiddenAnswer != "" {
			r.Reason, r.Counter = "", nil
		}
		j.Answers = append(j.Answers, r)
	}
	return j
}

func (k *known) commitmentJSON() *OfferSignedJSON {
	c := k.commitment
	if c == nil {
		return nil
	}
	j := &OfferSignedJSON{Hash: hex.EncodeToString(c.ContentHash), Signer: c.SignerName, Title: c.SignerTitle, Capacity: c.Capacity, PlacesLeft: max(0, c.Capacity-k.enrolled),
		ValidUntil: c.ValidUntil.Format(time.DateOnly), PriceLockedUntil: c.PriceLockedUntil.Format(time.DateOnly), Remedies: c.Remedies, State: string(c.State), SignedAt: c.SignedAt}
	for _, m := range k.versions {
		if m.ID == c.VersionID {
			j.Version = m.Number
		}
	}
	return j
}

func (s *Service) apiVersion(ctx context.Context, _ access.Actor, in *versionIn) (*versionOut, error) {
	k, err := s.readJSON(ctx, in.Slug)
	if err != nil {
		return nil, err
	}
	found, err := findVersions(s.db.Read(ctx), k.ID, in.Number)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, errs.New(errs.NotFound, "shaping.no_version", "n", strconv.Itoa(in.Number))
	}
	out := &versionOut{}
	for _, m := range k.versions {
		if m.Number == in.Number {
			out.Body.OfferVersionJSON = markJSON(m.Version, m.Changed)
		}
	}
	out.Body.Lines, out.Body.Canonical = k.linesJSON(found[0].content, false), json.RawMessage(found[0].content.Canonical())
	return out, nil
}
