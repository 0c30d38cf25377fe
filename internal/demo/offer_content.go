package demo

import (
	"fmt"
	"path"

	"caravan/internal/shaping"
)

// loadOffers reads the packages written by hand.
func loadOffers() (all []offer, err error) {
	err = each("content/packages/*.json", func(name string) error {
		var o offer
		if err := read(name, &o); err != nil {
			return err
		}
		if o.Slug+".json" != path.Base(name) {
			return fmt.Errorf("demo: %s holds %s", name, o.Slug)
		}
		all = append(all, o)
		return nil
	})
	return all, err
}

func (o offer) item(key string) shaping.Item {
	if s, ok := shaping.SpecOf(key); ok {
		return s.Item(1)
	}
	for _, i := range o.OwnItems {
		if i.Key == key {
			return shaping.Item{Key: key, Name: i.Name, Kind: i.Kind, Unit: i.Unit, Direction: i.Direction, Class: i.Class, Votable: i.Votable, Verify: i.Verify}
		}
	}
	return shaping.Item{Key: key}
}

func (o offer) pack() shaping.Package {
	return shaping.Package{Proposer: shaping.Proposer(o.Proposer), Currency: o.Currency}
}

// contents are the versions with everything that stands in them.
func (o offer) contents() (all []shaping.Content) {
	now := map[string]shaping.Value{}
	for _, v := range o.Versions {
		for _, i := range v.Items {
			now[i.Key] = i.Value
		}
		for _, c := range v.Changes {
			now[c.Key] = c.Value
		}
		var lines []shaping.Line
		for key, value := range now {
			if !value.None() {
				lines = append(lines, shaping.Line{Item: o.item(key), Value: value})
			}
		}
		all = append(all, shaping.NewContent(lines...))
	}
	return all
}

func (w wish) amendment(o offer, id int64) shaping.Amendment {
	a := shaping.Amendment{ID: id, BaseVersionID: int64(w.Base), ItemKey: w.Item, Op: w.Op, NewValue: w.Value, Reason: w.Reason, State: shaping.AmendmentState(w.State)}
	if w.Op == shaping.Add {
		it := o.item(w.Item)
		a.NewItem = &it
	}
	if n := len(w.Answers); n > 0 && w.Answers[n-1].Answer == shaping.Counter {
		a.SettledValue = w.Answers[n-1].Value
	}
	if w.State == "merged" {
		a.State = shaping.Accepted
		if !a.SettledValue.None() {
			a.State = shaping.AcceptedModified
		}
	}
	return a
}
