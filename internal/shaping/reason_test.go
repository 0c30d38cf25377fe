package shaping

import (
	"os"
	"strings"
	"testing"

	"caravan/internal/errs"
	"caravan/internal/wording"
)

// times is how often a property is tried: with full counts on demand.
func times(few, many int) int {
	if os.Getenv("CARAVAN_LONG") == "1" {
		return many
	}
	return few
}

// fieldsOf writes an error about fields as "name key; name key".
func fieldsOf(err error) string {
	if err == nil {
		return ""
	}
	var all []string
	for _, f := range errs.Of(err).Fields {
		all = append(all, f.Name+" "+f.Key)
	}
	if len(all) == 0 {
		return errs.Of(err).Msg.Key
	}
	return strings.Join(all, "; ")
}

// isRefusal fails unless err says to people why not, in words that exist.
func isRefusal(t *testing.T, what string, err error) {
	t.Helper()
	e := errs.Of(err)
	if err == nil || e.Kind == errs.Internal || !wording.Has(e.Msg.Key) {
		t.Errorf("%s: refused with %v %q", what, e.Kind, e.Msg.Key)
	}
}
