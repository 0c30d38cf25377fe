package demo

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"caravan/internal/leaf"
	"caravan/internal/shaping"
	"caravan/internal/text"
)

// hall turns offers into rows: packages with their versions, what was wished and
// answered, who voted and who took it.
type hall struct {
	*electorate
	c      *content
	crowd  *crowd
	places *places
	bySlug map[string]int64   // packages that have their id
	named  map[signatory]bool // who may sign, by now
	trips  map[string][]trip  // patients whose treatment has been, by package

	packageID, itemID, versionID, amendmentID, responseID, stepID, voteID, signatoryID, commitmentID, journeyID, replyID int64

	packages, steps, items, versions, lines, amendments, responses, votes, standings, tallies, declarations, interests,
	signatories, commitments, journeys, verdicts, replies, needs *table
	newest  [][2]int64   // package, newest version
	entries []leaf.Entry // for the public log
}

type signatory struct{ organisation, person int64 }

// hearing is one package on its way into the tables.
type hearing struct {
	*offer
	h          *hall
	poll       *poll
	booth      *booth
	id         int64
	zone       *time.Location
	contents   []shaping.Content
	versionIDs []int64
	itemIDs    map[string]int64
	wishIDs    map[string]int64
	wanted     map[string][]*member // who wants a wish, by its key
	supporters []*member            // of the package
	takers     []*member            // ready ones who took it
	journeys   []journey
	heard      map[string]bool // promises of which patients have said something
}

// hear makes the rows of a package.
func (h *hall) hear(o *offer) error {
	zone, err := shaping.Zone(o.Zone)
	if err != nil {
		return fmt.Errorf("demo: %s: %w", o.Slug, err)
	}
	procedure, known := h.places.procedures[o.Procedure]
	if !known {
		return fmt.Errorf("demo: %s: %q is not in the catalogue", o.Slug, o.Procedure)
	}
	x := &hearing{offer: o, h: h, id: h.bySlug[o.Slug], zone: zone, contents: o.contents(), itemIDs: map[string]int64{}, wishIDs: map[string]int64{}, wanted: map[string][]*member{}, heard: map[string]bool{}}
	x.poll = h.poll(procedure)
	x.booth = h.booth(x.poll, x.id)
	for _, do := range []func() error{x.shape, x.wish, x.vote, x.needed, x.interested, x.promise} {
		if err := do(); err != nil {
			return fmt.Errorf("demo: %s: %w", o.Slug, err)
		}
	}
	x.booth.close()
	return x.row(procedure)
}

func (x *hearing) ago(a age) time.Time { return x.h.now.Add(-time.Duration(a)) }

func (x *hearing) who(key string) (*member, error) {
	m := x.h.crowd.byKey[key]
	if n, err := strconv.Atoi(strings.TrimPrefix(key, "#")); err == nil && n > 0 && n <= len(x.h.crowd.all) {
		m = x.h.crowd.all[n-1]
	}
	if m == nil {
		return nil, fmt.Errorf("nobody is called %q", key)
	}
	return m, nil
}

// role is in which capacity somebody writes in a package.
func role(m *member) string { return nonEmpty(m.Role, "patient") }

// row is the package itself.
func (x *hearing) row(procedure int64) error {
	author, err := x.who(x.Author)
	if err != nil {
		return err
	}
	p := shaping.Package{Steps: x.Steps, StayAnswers: map[string]string{}}
	for _, a := range x.StayAnswer {
		p.StayAnswers[a.Item] = a.Text
	}
	var organisation, call, fork, successor, newest *int64
	if at, ok := x.h.places.organisations[x.Organisation]; ok {
		organisation = &at.id
	}
	for slug, into := range map[string]**int64{x.AnswersCall: &call, x.SupersededBy: &successor, x.fork(): &fork} {
		if id := x.h.bySlug[slug]; id != 0 {
			*into = &id
		} else if slug != "" {
			return fmt.Errorf("demo: %s: there is no package %s", x.Slug, slug)
		}
	}
	if n := len(x.versionIDs); n > 0 {
		newest = &x.versionIDs[n-1]
		x.h.newest = append(x.h.newest, [2]int64{x.id, *newest})
	}
	draft, err := x.draft()
	if err != nil {
		return err
	}
	held, byRule := "", false
	if x.Held != nil {
		held, byRule = string(x.Held.From), x.Held.ByRule
	}
	taken := x.steps()
	for _, s := range taken {
		x.h.stepID++
		x.h.steps.add(x.h.stepID, x.id, string(s.event), string(s.from), string(s.to), s.round, s.why, s.at)
	}
	var locked *time.Time
	if x.StepsLocked > 0 && len(x.Steps) > 0 {
		at := x.ago(x.StepsLocked)
		locked = &at
	}
	ends, expires := x.clock()
	x.h.packages.add(x.id, x.Slug, x.Title, x.Summary, text.Markdown(x.Summary), x.Lang, procedure, x.Proposer, author.ID, author.ID, role(author), organisation, call, fork, successor,
		x.State, held, byRule, x.Why, x.Round, cmp.Or(x.RoundDays, shaping.UsualRoundDays), x.Zone, ends, expires, len(taken), x.Currency, toJSON(nonNil(x.Steps)), locked, toJSON(p.StayAnswers), draft,
		x.ago(x.Age), x.when(x.Published), x.when(x.Closed))
	return nil
}

// draft are the lines of a package that nobody sees yet.
func (x *hearing) draft() (*string, error) {
	if x.State != string(shaping.Draft) {
		return nil, nil
	}
	lines := []shaping.Line{}
	for _, c := range x.contents {
		lines = append(lines, c...)
	}
	s := toJSON(lines)
	return &s, nil
}

func nonNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// toJSON writes what always encodes.
func toJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "null"
	}
	return string(b)
}

func (o *offer) fork() string {
	if o.ForkedFrom == nil {
		return ""
	}
	return o.ForkedFrom.Package
}

// when is a moment so long ago, none for no span.
func (x *hearing) when(a age) *time.Time {
	if a <= 0 {
		return nil
	}
	at := x.ago(a)
	return &at
}

// shape writes items and versions.
func (x *hearing) shape() error {
	if x.State == string(shaping.Draft) {
		return nil
	}
	for _, a := range x.Amendments {
		x.h.amendmentID++
		x.wishIDs[a.Key] = x.h.amendmentID
	}
	for _, c := range x.contents {
		for _, l := range c {
			if x.itemIDs[l.Item.Key] == 0 {
				x.h.itemID++
				x.itemIDs[l.Item.Key] = x.h.itemID
				it := l.Item
				x.h.items.add(x.h.itemID, x.id, it.Key, string(it.Kind), it.Unit, string(it.Direction), string(it.Class), it.Votable, string(it.Verify), it.Name)
			}
		}
	}
	var parent *int64
	for i, v := range x.Versions {
		x.h.versionID++
		id := x.h.versionID
		x.versionIDs = append(x.versionIDs, id)
		x.h.versions.add(id, x.id, v.Number, parent, v.Round, v.Reason, x.contents[i].Hash(), x.ago(v.Age))
		parent = &id
		x.write(id, i, v)
		x.offered(i)
	}
	return nil
}

// write keeps what stands in a version, and what it took out.
func (x *hearing) write(id int64, n int, v offerVersion) {
	why := map[string]offerChange{}
	for _, c := range v.Changes {
		why[c.Key] = c
	}
	for _, l := range x.contents[n] {
		c := why[l.Item.Key]
		x.line(id, l.Item.Key, l.Value, c)
	}
	for _, c := range v.Changes {
		if c.Value.None() {
			x.line(id, c.Key, c.Value, c)
		}
	}
}

func (x *hearing) line(version int64, key string, v shaping.Value, c offerChange) {
	var origin *int64
	if id := x.wishIDs[c.Origin]; id != 0 {
		origin = &id
	}
	x.h.lines.add(version, x.itemIDs[key], canonical(v), v.Hash(), origin, c.Why)
}

// canonical is a value as its column has it; none is null.
func canonical(v shaping.Value) *string {
	if v.None() {
		return nil
	}
	s := v.Canonical()
	return &s
}

// hearAll makes the rows of packages; the oldest have the lowest numbers.
func (h *hall) hearAll(offers []offer) error {
	slices.SortStableFunc(offers, func(a, b offer) int { return cmp.Compare(b.Age, a.Age) })
	for i := range offers {
		h.packageID++
		h.bySlug[offers[i].Slug] = h.packageID
	}
	for i := range offers {
		if err := h.hear(&offers[i]); err != nil {
			return err
		}
	}
	return nil
}

// uuid is drawn as everything else, so that addresses stay the same.
func (h *hall) uuid() string { return drawUUID(h.r) }
