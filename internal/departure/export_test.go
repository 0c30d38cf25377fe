package departure

import (
	"maps"
	"slices"
)

// Answered are all columns that the list of belongings answers for.
func Answered() (all []string) {
	for _, b := range belongings {
		all = append(all, b.Of...)
	}
	return append(all, slices.Collect(maps.Keys(others))...)
}
