package shaping

import (
	"context"
	"encoding/json"

	"caravan/internal/access"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/wording"
)

// compareAPI is the operation of the JSON API that sets packages side by side.
func (s *Service) compareAPI() []httpd.Route {
	return []httpd.Route{
		httpd.API(httpd.Operation{Method: "GET", Path: "/api/v1/packages/compare", ID: "compare-packages", Summary: "Two to four packages line by line, each in its newest version", Tag: "Packages",
			Errors: []int{404}}, access.Anyone, s.apiCompare),
	}
}

type compareIn struct {
	Packages []string `query:"p,explode" minItems:"2" maxItems:"4" doc:"Slugs, each as a p of its own; as many as stand side by side"`
	Only     string   `query:"only" enum:"differences" doc:"Leave out what is the same in all"`
}

// ComparedLineJSON is a line that any of the packages has.
type ComparedLineJSON struct {
	Key     string             `json:"key"`
	Name    string             `json:"name"`
	Section string             `json:"section"`
	Differs bool               `json:"differs"`
	Values  []ComparedCellJSON `json:"values" doc:"In the order of the packages"`
}

// ComparedCellJSON is what one of the packages says there.
type ComparedCellJSON struct {
	Value json.RawMessage `json:"value" doc:"null where the package has no such line"`
	Text  string          `json:"text,omitempty"`
	Best  bool            `json:"best" doc:"Better for patients than another, and worse than none, where that can be said by rule"`
}

type compareOut struct {
	Body struct {
		Packages []PackageJSON      `json:"packages"`
		Lines    []ComparedLineJSON `json:"lines"`
	}
}

func (s *Service) apiCompare(ctx context.Context, _ access.Actor, in *compareIn) (*compareOut, error) {
	slugs := chosenOf(in.Packages)
	rows, contents, err := s.compared(s.db.Read(ctx), slugs)
	if err != nil {
		return nil, err
	}
	switch {
	case len(slugs) < 2:
		return nil, errs.Field("p", "shaping.read_compare_few")
	case len(rows) < len(slugs):
		return nil, errNoPackage
	}
	out := &compareOut{}
	out.Body.Packages, out.Body.Lines = []PackageJSON{}, []ComparedLineJSON{}
	for _, r := range rows {
		out.Body.Packages = append(out.Body.Packages, s.rowJSON(r))
	}
	for _, sec := range comparedSections(wording.Langs[0], rows, contents, in.Only != "") {
		for _, r := range sec.Rows {
			j := ComparedLineJSON{Key: r.Key, Name: r.Name, Section: sec.Name, Differs: r.Differs}
			for i, c := range r.Cells {
				j.Values = append(j.Values, ComparedCellJSON{canonicalJSON(contents[rows[i].ID].Value(r.Key)), c.Text, c.Best})
			}
			out.Body.Lines = append(out.Body.Lines, j)
		}
	}
	return out, nil
}
