package experience

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"caravan/internal/access"
	"caravan/internal/csvfile"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/moderation"
	"caravan/internal/wording"
)

// ImportAs says whose a table of experiences is.
type ImportAs struct {
	Address string // of the account that answers for them; it is their author
	Source  string // where they stood before
}

// errNoAccount says that nobody can answer for a table.
var errNoAccount = errors.New("experience: import: no account has confirmed that address")

// importColumns are the id and all questions of telling, by the names of the
// catalogue; amounts have the column of their currency beside them, and lang is
// the language in which amounts are written.
func importColumns() []string {
	all := []string{"id", "lang"}
	for _, f := range Catalogue {
		if f.Stage != Start {
			continue
		}
		all = append(all, f.Name)
		if f.Input == Money && !strings.HasPrefix(f.Name, "line_") {
			all = append(all, f.Name+"_currency")
		}
	}
	return all
}

// Import takes experiences in. They are read by the rules of telling: what
// cannot be said here is refused, personal data that can be covered are, each
// with a note in the report. They wait for the moderators as every other, and
// nothing is shown of them but the words: their level is V0. An account tells
// about a clinic and a quarter once, in a table too.
func (s *Service) Import(ctx context.Context, file io.Reader, as ImportAs, o csvfile.Options) (csvfile.Result, error) {
	if strings.TrimSpace(as.Source) == "" {
		return csvfile.Result{}, errors.New("experience: import: say where they stood before")
	}
	a, err := findByAddress(s.db.Read(ctx), strings.ToLower(strings.TrimSpace(as.Address)))
	if err != nil {
		return csvfile.Result{}, err
	}
	if a.AccountID == 0 {
		return csvfile.Result{}, errNoAccount
	}
	columns := importColumns()
	in := &intake{s: s, a: a, source: as.Source, seen: map[string]bool{}}
	return csvfile.Run(ctx, file, o, csvfile.Import{Need: []string{"id", "clinic", "procedure", "quarter", "title", "story"}, May: columns, Put: func(ctx context.Context, rows []csvfile.Row, dry bool) (fates []csvfile.Fate, err error) {
		err = s.db.WriteUnless(ctx, dry, func(tx *db.Tx) (err error) {
			fates, err = in.take(tx, rows, dry)
			return err
		})
		return fates, err
	}})
}

// intake is one run.
type intake struct {
	s      *Service
	a      access.Actor
	source string
	seen   map[string]bool // ids and visits of a dry run
}

func (in *intake) take(tx *db.Tx, rows []csvfile.Row, dry bool) ([]csvfile.Fate, error) {
	fates := make([]csvfile.Fate, len(rows))
	refs := make([]string, len(rows))
	for i, r := range rows {
		refs[i] = r.Get("id")
	}
	known, err := listImported(tx, in.source, refs)
	if err != nil {
		return nil, err
	}
	for i, r := range rows {
		switch {
		case refs[i] == "" || len(refs[i]) > 200:
			fates[i].Refused = "no id, or one of more than 200 bytes"
		case slices.Contains(refs[:i], refs[i]) || in.seen["id "+refs[i]]:
			fates[i].Refused = "the id stands there twice"
		case known[refs[i]]:
			fates[i].Known = true
		default:
			if fates[i], err = in.one(tx, r, dry); err != nil {
				return nil, err
			}
		}
	}
	return fates, nil
}

// one judges a row and keeps it, unless it is a dry run.
func (in *intake) one(tx *db.Tx, r csvfile.Row, dry bool) (f csvfile.Fate, err error) {
	typed := typedIn(r)
	x, open, err := in.s.check(tx, in.a, "en", typed)
	if err != nil {
		return f, err
	}
	for _, u := range open {
		for _, m := range u.Wrong {
			f.Refused += m.Name + ": " + sentence(m.Msg) + " "
		}
	}
	if f.Refused = strings.TrimSpace(f.Refused); f.Refused != "" {
		return f, nil
	}
	ep, err := in.s.episode(tx, x, newName())
	if err != nil {
		return f, err
	}
	if err := in.mayTell(tx, ep); err != nil {
		e := errs.Of(err)
		if e.Kind == errs.Internal {
			return f, err
		}
		f.Refused = wording.Text("en", e.Msg.Key, e.Msg.Args...)
		return f, nil
	}
	for _, m := range ep.Masks {
		f.Notes = append(f.Notes, fmt.Sprintf("%s: a passage is covered (%s)", m.Field, m.Class))
	}
	if dry {
		in.seen["id "+r.Get("id")], in.seen[visitOf(ep)] = true, true
		return f, nil
	}
	return f, in.keep(tx, ep, r.Get("id"))
}

// sentence says what is wrong in the language of operators. What would give
// somebody away is not said again in a report.
func sentence(m errs.Msg) string {
	if class, leaks := strings.CutPrefix(m.Key, "text.leak_"); leaks {
		return "personal data that cannot be covered (" + class + ")"
	}
	return wording.Text("en", m.Key, m.Args...)
}

func visitOf(ep episode) string { return fmt.Sprint("visit ", ep.OrganisationID, " ", ep.Quarter) }

// mayTell refuses what its author could not tell either.
func (in *intake) mayTell(tx *db.Tx, ep episode) error {
	if err := in.s.mayTell(tx, in.a, ep.OrganisationID); err != nil {
		return err
	}
	there, err := findToldAlready(tx, in.a.PersonID, ep.OrganisationID, ep.Quarter)
	if err != nil {
		return err
	}
	if there != "" || in.seen[visitOf(ep)] {
		return errs.New(errs.Conflict, "experience.told_already")
	}
	return nil
}

// keep stores an episode and where it comes from, and puts it before the
// moderators.
func (in *intake) keep(tx *db.Tx, ep episode, ref string) (err error) {
	e := ep.Experience
	e.CreatedOn = tx.Now.Truncate(24 * time.Hour)
	if e.PublicID, err = newPublicID(tx); err != nil {
		return err
	}
	if err := insertExperience(tx, &e); err != nil {
		return err
	}
	fresh, err := insertAuthorship(tx, Authorship{ExperienceID: e.ID, AccountID: in.a.AccountID, PersonID: in.a.PersonID, OrganisationID: e.OrganisationID, Quarter: e.Quarter})
	if err != nil {
		return err
	}
	if !fresh {
		return errors.New("experience: import: the account is telling about the same visit at this moment; start again")
	}
	if err := in.s.keepParts(tx, e, ep); err != nil {
		return err
	}
	if err := insertImported(tx, in.source, ref, e.ID); err != nil {
		return err
	}
	if err := Refresh(tx, e.ID); err != nil {
		return err
	}
	return moderation.Suggest(tx, kindName, e.ID, 0)
}

// typedIn is a row as its author would have typed it; passages that can be
// covered are left as they are.
func typedIn(r csvfile.Row) Answers {
	typed := Answers{"lang": {"en"}}
	for _, name := range importColumns()[1:] {
		v := r.Get(name)
		if v == "" {
			continue
		}
		typed[name] = []string{v}
		f, _ := FieldNamed(name)
		switch f.Input {
		case PickMany:
			typed[name] = strings.Split(v, "|")
		case Sentence, Prose:
			typed["seen_"+name] = []string{seenMark(cleaned(f, v))}
		}
	}
	return typed
}
