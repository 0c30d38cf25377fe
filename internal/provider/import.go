package provider

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/language"

	"caravan/internal/csvfile"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/search"
	"caravan/internal/text"
	"caravan/internal/wording"
)

// importColumns are those that a table of clinics may have; the first three it
// must have.
var importColumns = []string{"name", "country", "city", "kind", "website", "facility", "description", "beds", "languages", "procedures", "accreditation"}

var (
	importKinds = []string{"clinic", "facilitator", "agency", "association", "employer", "organiser"}
	facilities  = []string{"", "hospital", "day_surgery", "dental", "hair", "ivf", "eye"}
)

// MaxDescription is how long a description may be, in characters.
const MaxDescription = 2_000

// listing is an organisation as a table has it.
type listing struct {
	Organisation
	Description string
	Beds        *int
	Languages   []string
	Procedures  []int64
	Body        *Body // claimed, looked up by nobody
}

// Import lists organisations from a table: name, country (ISO code of a
// destination) and city; optional kind, website, facility, description, beds,
// languages and procedures (codes, separated by |) and accreditation. One of
// that name in that city is known: nothing of it is changed.
func (s *Service) Import(ctx context.Context, file io.Reader, o csvfile.Options) (csvfile.Result, error) {
	seen := map[string]bool{} // in a dry run nothing is there to be found again
	return csvfile.Run(ctx, file, o, csvfile.Import{Need: importColumns[:3], May: importColumns, Put: func(ctx context.Context, rows []csvfile.Row, dry bool) (fates []csvfile.Fate, err error) {
		err = s.db.WriteUnless(ctx, dry, func(tx *db.Tx) (err error) {
			fates, err = s.list(tx, rows, seen, dry)
			return err
		})
		return fates, err
	}})
}

func (s *Service) list(tx *db.Tx, rows []csvfile.Row, seen map[string]bool, dry bool) ([]csvfile.Fate, error) {
	fates := make([]csvfile.Fate, len(rows))
	known := s.known()
	for i, r := range rows {
		x, why := readListing(r, known)
		if why != "" {
			fates[i].Refused = why
			continue
		}
		there, err := findPlace(tx, x.Name, x.Country, x.City)
		if err != nil {
			return nil, err
		}
		key := strings.ToLower(strings.Join([]string{x.Name, x.Country, x.City}, "\x00"))
		switch {
		case there.State == Listed, dry && seen[key]:
			fates[i].Known = true
			continue
		case there.ID != 0:
			fates[i].Refused = "it is there already, " + there.State + ": a moderator decides on it"
			continue
		case dry:
			seen[key] = true
			continue
		}
		if err := insertListing(tx, &x); err != nil {
			return nil, err
		}
		if err := s.named(tx, x.ID); err != nil {
			return nil, err
		}
		if x.Kind == "clinic" {
			if err := search.Put(tx, search.Clinic, x.ID); err != nil {
				return nil, err
			}
		}
	}
	return fates, nil
}

// readListing makes an organisation of a row, or says why it cannot.
func readListing(r csvfile.Row, known *catalogue) (x listing, why string) {
	d, body, err := cleanDraft(Draft{Name: r.Get("name"), City: r.Get("city"), Country: strings.ToUpper(r.Get("country")), Website: r.Get("website"), Accreditation: r.Get("accreditation")}, known)
	if r.Get("kind") != "" && r.Get("kind") != "clinic" && isCountry(d.Country) {
		// Only clinics must be where we know what to tell travellers.
		err = without(err, "country")
	}
	if err != nil {
		return x, sentences(err)
	}
	x = listing{Organisation: Organisation{Kind: r.Get("kind"), Name: d.Name, Country: d.Country, City: d.City, State: Listed, Facility: r.Get("facility"), Website: d.Website}, Body: body}
	if x.Kind == "" {
		x.Kind = "clinic"
	}
	if !slices.Contains(importKinds, x.Kind) {
		return x, fmt.Sprintf("the kind %q is none of %s", x.Kind, strings.Join(importKinds, ", "))
	}
	if !slices.Contains(facilities, x.Facility) {
		return x, fmt.Sprintf("the facility %q is none of %s", x.Facility, strings.Join(facilities[1:], ", "))
	}
	if x.Description, err = text.Clean(r.Get("description")); err != nil || text.Length(x.Description) > MaxDescription {
		return x, fmt.Sprintf("the description cannot be stored, or has more than %d characters", MaxDescription)
	}
	if v := r.Get("beds"); v != "" {
		n, err := strconv.ParseUint(v, 10, 16)
		if err != nil {
			return x, fmt.Sprintf("beds: %q is no number from 0 to 65535", v)
		}
		beds := int(n)
		x.Beds = &beds
	}
	return x, x.readLists(r, known)
}

// readLists reads the columns that hold several values.
func (x *listing) readLists(r csvfile.Row, known *catalogue) (why string) {
	x.Languages = several(r.Get("languages"))
	for _, l := range x.Languages {
		if len(l) != 2 || letters(l) != l {
			return fmt.Sprintf("the language %q is no code of two small letters", l)
		}
	}
	for _, code := range several(r.Get("procedures")) {
		p, ok := known.byCode[code]
		if !ok {
			return fmt.Sprintf("the procedure %q is not in the catalogue", code)
		}
		x.Procedures = append(x.Procedures, p.ID)
	}
	return ""
}

// several are the values of a cell, each once.
func several(cell string) (out []string) {
	for v := range strings.SplitSeq(cell, "|") {
		if v = strings.TrimSpace(v); v != "" && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// isCountry reports whether s is a country's code by ISO 3166-1.
func isCountry(s string) bool {
	r, err := language.ParseRegion(s)
	return err == nil && len(s) == 2 && r.IsCountry() && r.String() == s
}

// without leaves out what is wrong with one field.
func without(err error, field string) error {
	if err == nil || len(errs.Of(err).Fields) == 0 {
		return err
	}
	return errs.Fields(slices.DeleteFunc(slices.Clone(errs.Of(err).Fields), func(f errs.FieldMsg) bool { return f.Name == field })...)
}

// sentences say what is wrong with a row, in the language of operators.
func sentences(err error) string {
	e := errs.Of(err)
	if len(e.Fields) == 0 {
		return wording.Text("en", e.Msg.Key, e.Msg.Args...)
	}
	var all []string
	for _, f := range e.Fields {
		all = append(all, f.Name+": "+wording.Text("en", f.Msg.Key, f.Msg.Args...))
	}
	return strings.Join(all, " ")
}
