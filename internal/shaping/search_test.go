package shaping

import "testing"

// TestAPackageIsFoundByWhatOnlyItSays: the names of the catalogue's lines, figures,
// choices and terms stand on every package and would find them all.
func TestAPackageIsFoundByWhatOnlyItSays(t *testing.T) {
	t.Parallel()
	said := func(key string, v Value) Line {
		spec, _ := SpecOf(key)
		return Line{Item: Item{Key: key, Kind: v.Kind, Class: spec.Class}, Value: v}
	}
	own := said("x.tea", Value{Kind: Text, Text: "A samovar on each floor"})
	own.Item.Name = "Tea at night"
	c := Content{
		said("aftercare.months", Value{Kind: Duration, Number: 14}),
		said("terms.law", Value{Kind: Text, Text: "The law of the country of treatment"}),
		said("dental.implant_maker", Value{Kind: Text, Text: "Helvar Conus"}),
		said("team.surgeon", Value{Kind: Person, Text: "Lőrinc Fertődi"}),
		own,
	}
	r := searchRow{Summary: "Two trips, one *planner*.", Lang: "en"}
	const want = "Two trips, one planner.\nHelvar Conus\nLőrinc Fertődi\nTea at night: A samovar on each floor"
	if got := r.words(c); got != want {
		t.Errorf("got %q", got)
	}
}
