package shaping

import (
	"context"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"

	"caravan/internal/access"
)

// A package's page is the same for all who are in one position towards it, but
// for what they voted on themselves and the order of wishes. It is made once a
// second for each position, with marks where a piece differs by reader; the
// pieces of somebody who did nothing yet are kept beside it. A request then
// reads where the package stands and what the reader did, in one round trip, and
// makes only those pieces anew that the reader had a hand in.

// position is in which of a few ways somebody stands to a package.
type position string

// The positions.
const (
	asGuest    position = "guest"
	asVoter    position = "voter"
	asProvider position = "provider"
	asOther    position = "other" // of another provider, of the platform
)

func (l looker) position() position {
	switch {
	case !l.SignedIn():
		return asGuest
	case slices.Contains(l.roles, OwnStaff) || slices.Contains(l.roles, Signatory):
		return asProvider
	case slices.Contains(l.roles, OtherStaff) || slices.Contains(l.roles, Platform):
		return asOther
	}
	return asVoter
}

// slot is a place on the page whose piece differs by reader.
type slot struct{ kind, id string }

// Marks are control characters, which no text and no template holds.
const (
	markBegin = "\x02"
	markEnd   = "\x03"
)

// mark stands in a page for the piece of a slot.
func mark(kind, id string) template.HTML {
	return template.HTML(markBegin + kind + " " + id + markEnd) // #nosec G203: kinds and keys are ours
}

// keptPage is a page cut at its marks.
type keptPage struct {
	known  *known
	texts  []string // one more than slots
	slots  []slot
	pieces map[slot]string // of somebody who did nothing here; wishes one by one
	day    string          // that orders by lot are drawn for
	mean   float64         // of votes in the treatment's packages
	made   int             // bytes, a guess for the next one
}

// cut cuts a page at its marks.
func cut(html string) (texts []string, slots []slot) {
	for {
		before, rest, found := strings.Cut(html, markBegin)
		texts = append(texts, before)
		if !found {
			return texts, slots
		}
		name, after, _ := strings.Cut(rest, markEnd)
		kind, id, _ := strings.Cut(name, " ")
		slots, html = append(slots, slot{kind, id}), after
	}
}

// pageFor is the page of a package for somebody.
func (s *Service) pageFor(ctx context.Context, lang string, a access.Actor, h standpoint) (template.HTML, *known, error) {
	k, err := s.knownOf(ctx, h)
	if err != nil {
		return "", nil, err
	}
	l := k.look(a, h)
	now := s.db.Now()
	key := lang + " " + itoa(h.ID) + " " + string(l.position()) + " " + strconv.FormatBool(l.sees)
	if p, ok := s.kept.pages.Look(key); ok && p.known != k {
		s.kept.pages.Drop(key)
	}
	p, err := s.kept.pages.Take(ctx, key, func(ctx context.Context) (*keptPage, error) {
		return s.makePage(ctx, lang, k, l, now)
	})
	if err != nil {
		return "", nil, err
	}
	html, err := p.write(lang, s, l, now)
	return html, k, err
}

// makePage makes the page for all who stand to the package as l does.
func (s *Service) makePage(ctx context.Context, lang string, k *known, l looker, now time.Time) (*keptPage, error) {
	f, err := s.kept.figures.Take(ctx, lang+" "+itoa(k.ID), func(ctx context.Context) (*figures, error) {
		return s.figuresOf(s.db.Read(ctx), lang, k)
	})
	if err != nil {
		return nil, err
	}
	html, err := bodyPart.HTML(lang, s.packageView(lang, k, f, now))
	if err != nil {
		return nil, err
	}
	p := &keptPage{known: k, pieces: map[slot]string{}, day: now.UTC().Format(time.DateOnly), mean: f.mean, made: len(html) + 4096}
	p.texts, p.slots = cut(string(html))
	nobody := l
	nobody.own, nobody.PersonID = nil, 0
	m := maker{s, lang, k, nobody, now}
	for _, at := range p.slots {
		if at.kind == "verbs" {
			continue // nobody's
		}
		if at.kind != "wishes" && at.kind != "earlier" {
			if err := p.keep(at, m); err != nil {
				return nil, err
			}
			continue
		}
		for _, w := range k.listed(at) {
			if err := p.keep(slot{"wish", itoa(w.ID)}, m); err != nil {
				return nil, err
			}
		}
	}
	return p, nil
}

func (p *keptPage) keep(at slot, m maker) error {
	html, err := m.piece(at)
	p.pieces[at] = string(html)
	return err
}

// listed are the wishes of a slot.
func (k *known) listed(at slot) []wishRow {
	switch {
	case at.kind == "earlier":
		return k.wishesOn(at.id, false)
	case at.id == "+":
		return k.newWishes()
	}
	return k.wishesOn(at.id, true)
}

// write puts the page together for l.
func (p *keptPage) write(lang string, s *Service, l looker, now time.Time) (template.HTML, error) {
	var b strings.Builder
	b.Grow(p.made + 4096)
	m := maker{s, lang, p.known, l, now}
	put := func(at slot) error {
		if kept, ok := p.pieces[at]; ok && !m.touched(at) {
			b.WriteString(kept)
			return nil
		}
		html, err := m.piece(at)
		b.WriteString(string(html))
		return err
	}
	for i, at := range p.slots {
		b.WriteString(p.texts[i])
		if at.kind != "wishes" && at.kind != "earlier" {
			if err := put(at); err != nil {
				return "", err
			}
			continue
		}
		for _, id := range p.known.ordered(p.known.listed(at), l.PersonID, p.day, p.mean) {
			if err := put(slot{"wish", itoa(id)}); err != nil {
				return "", err
			}
		}
	}
	b.WriteString(p.texts[len(p.slots)])
	return template.HTML(b.String()), nil // #nosec G203: put together of what came out of html/template
}

// maker makes the pieces of a page for one reader.
type maker struct {
	s    *Service
	lang string
	k    *known
	l    looker
	now  time.Time
}

// touched reports whether the reader had a hand in what stands in a slot.
func (m maker) touched(at slot) bool {
	id, _ := strconv.ParseInt(at.id, 10, 64) // keys of groups are none and not asked about
	switch at.kind {
	case "poll":
		_, did := m.l.own[OnNeed][id]
		return did
	case "wish":
		if _, did := m.l.own[OnAmendment][id]; did {
			return true
		}
		_, did := m.l.own[OnCounter][id]
		w := m.k.wish(id)
		if w != nil && w.RebasedFromID != nil {
			if _, before := m.l.own[OnAmendment][*w.RebasedFromID]; before {
				return true
			}
		}
		return did || w != nil && m.l.PersonID != 0 && w.AuthorPersonID == m.l.PersonID
	case "group":
		return len(m.l.own[OnAlternative])+len(m.l.own[OnKeep]) > 0
	}
	return true
}

// wish is an amendment of the package by its id.
func (k *known) wish(id int64) *wishRow {
	i, ok := slices.BinarySearchFunc(k.wishes, id, func(w wishRow, id int64) int { return int(w.ID - id) })
	if !ok {
		return nil
	}
	return &k.wishes[i]
}

func (m maker) piece(at slot) (template.HTML, error) {
	id, _ := strconv.ParseInt(at.id, 10, 64) // keys of groups are none
	switch at.kind {
	case "verbs":
		return verbsPart.HTML(m.lang, m.verbs())
	case "poll":
		return pollPart.HTML(m.lang, m.poll(id))
	case "wish":
		if w := m.k.wish(id); w != nil {
			return wishPart.HTML(m.lang, m.wish(*w))
		}
	case "group":
		if g := m.group(at.id); len(g.Options) > 0 {
			return groupPart.HTML(m.lang, g)
		}
	}
	return "", nil
}
