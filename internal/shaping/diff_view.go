package shaping

import (
	"slices"
	"strconv"

	"caravan/internal/chart"
	"caravan/internal/db"
	"caravan/internal/money"
	"caravan/internal/provider"
)

// Versions of a package: all of them, one whole, and what changed between two.

func (k *known) versionsPage(lang string) VersionsPage {
	v := VersionsPage{Path: packagePath(k.Slug), Title: k.Title, Lang: k.Lang, Versions: k.versionMarks(lang)}
	line := chart.Versions{ID: "d-versions", Next: k.State == Shaping || k.State == Answering}
	for _, m := range k.versions {
		line.Marks = append(line.Marks, chart.VersionMark{Number: m.Number, Day: m.PublishedAt, Changed: m.Changed})
		n := strconv.Itoa(m.Number)
		v.Compare = append(v.Compare, provider.Choice{Value: n, Label: n})
	}
	if len(k.versions) > 1 {
		d := line.Draw(lang)
		v.Timeline = &d
	}
	for _, t := range k.steps {
		v.Steps = append(v.Steps, PastStep{Says: say(lang, "event_"+string(t.Event)), Why: t.Why, At: t.At})
	}
	slices.Reverse(v.Steps)
	return v
}

// versionPage is one version, as it is signed for and printed.
func (s *Service) versionPage(lang string, k *known, x published) VersionPage {
	path := packagePath(k.Slug)
	v := VersionPage{Path: path, Title: k.Title, Lang: k.Lang, Number: x.Number, Newest: len(k.versions), Date: x.PublishedAt, Reason: x.Reason, Hash: hashWords(x.ContentHash),
		By: k.OrgName, Versions: path + "/versions"}
	if minor, ok := x.content.Price(); ok {
		v.Price = money.Amount{Minor: minor, Currency: k.Currency}.Format(lang)
	}
	if x.Number > 1 {
		v.Changes = path + "/changes?from=" + strconv.Itoa(x.Number-1) + "&to=" + strconv.Itoa(x.Number)
	}
	if c := k.commitment; c != nil && c.VersionID == x.ID {
		v.Signed = k.signedView(lang)
	}
	for _, head := range append(Sections(), Section{}) {
		sec := SectionView{Name: head.Name(lang)}
		if head.Begins == "" {
			sec.Name = say(lang, "section_more")
		}
		for _, l := range x.content.held() {
			if SectionOf(l.Item.Key).Begins != head.Begins {
				continue
			}
			row := LineView{Key: l.Item.Key, Value: one(lang, l.Item.Spec(), l.Value), Long: long(l.Value), Lang: langOf(l.Value, k.Lang)}
			row.Name, row.NameLang = nameOf(lang, l.Item, k.Lang)
			sec.Lines = append(sec.Lines, row)
		}
		if len(sec.Lines) > 0 {
			v.Sections = append(v.Sections, sec)
		}
	}
	return v
}

// changesPage is what changed between two versions, each line with its credit.
// Without numbers it is the newest change.
func (s *Service) changesPage(q *db.Tx, lang string, k *known, from, to int) (v ChangesPage, err error) {
	n := len(k.versions)
	if to < 1 || to > n {
		to = n
	}
	if from < 1 || from >= to {
		from = max(1, to-1)
	}
	v = ChangesPage{Path: packagePath(k.Slug), Title: k.Title, Lang: k.Lang, From: from, To: to, Versions: packagePath(k.Slug) + "/versions"}
	for i := range n {
		v.Choices = append(v.Choices, VersionChoice{i + 1, i+1 == from, i+1 == to})
	}
	if from == to {
		return v, nil
	}
	changes, by, err := k.changesBetween(q, from, to)
	if err != nil {
		return v, err
	}
	v.Rows = k.changeRows(lang, changes, to)
	if by != 0 {
		v.Sum = deltaWords(lang, by, k.Currency)
	}
	return v, nil
}

// changesBetween are the changes from a version to a later one, each with whose
// it was, which may stand in a version between; and by how much the price moved,
// in minor units.
func (k *known) changesBetween(q *db.Tx, from, to int) (changes []Change, price int64, err error) {
	found, err := findVersions(q, k.ID, from, to)
	if err != nil || len(found) != 2 {
		return nil, 0, err
	}
	changes = Diff(found[0].content, found[1].content)
	if to-from > 1 {
		origins, err := findOrigins(q, k.ID, from, to)
		if err != nil {
			return nil, 0, err
		}
		for i, c := range changes {
			if o, ok := origins[c.Item.Key]; ok {
				changes[i].AmendmentID, changes[i].Reason = o.AmendmentID, o.Reason
			}
		}
	}
	was, priced := found[0].content.Price()
	if is, ok := found[1].content.Price(); ok && priced {
		price = is - was
	}
	return changes, price, nil
}
