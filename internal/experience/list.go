package experience

import (
	"net/url"
	"slices"
	"strconv"
	"time"
)

// How many experiences a page of the list holds, and from how many on the count
// only says "more than".
const (
	listSize = 20
	countCap = 1000
)

// The orders of the list.
const (
	byNewest   = "new"
	byHelpful  = "helpful"
	byCritical = "critical"
)

var sorts = []string{byNewest, byHelpful, byCritical}

// What can be chosen in the filters that are no catalogue.
var (
	levelChoices    = []string{"2", "3", "4", "0"}
	harmChoices     = []string{"none", "any", "ii", "iii", "unknown"}
	outcomeChoices  = []string{"reached", "partly", "missed", "early"}
	gapChoices      = []string{"quoted", "some", "over", "much"}
	nightChoices    = []string{"0-2", "3-4", "5-9", "10"}
	consentChoices  = []string{"en", "de", "fr", "es", "ar", "tr", "ru", "zh", "it", "pl", "nl", "sv", "pt"}
	interpreterList = translators
)

// Filter narrows the list of experiences. Empty fields narrow nothing. All of
// them are public on each experience: nothing of class R can be asked for.
type Filter struct {
	Procedure    int64 // of those shown by procedure
	Specialty    int16
	Destination  string
	Organisation int64
	Level        string // at least; "0": below 2
	Harm         string
	Outcome      string
	Gap          string
	Consent      string // language of the consent form
	Interpreter  string
	Nights       string // between procedure and flight
	Sort         string
	After        string // public id of the last experience of the page before
	Limit        int
}

// query is the list as it stands in an address: codes and slugs, not ids.
type query struct {
	Procedure   string `query:"procedure"`
	Specialty   string `query:"specialty"`
	Destination string `query:"destination"`
	Clinic      string `query:"clinic"`
	Level       string `query:"level"`
	Harm        string `query:"complication"`
	Outcome     string `query:"outcome"`
	Gap         string `query:"gap"`
	Consent     string `query:"consent"`
	Interpreter string `query:"interpreter"`
	Nights      string `query:"nights"`
	Sort        string `query:"sort"`
	After       string `query:"after"`
}

// queryNames are the names above, for the cache of pages.
var queryNames = []string{"procedure", "specialty", "destination", "clinic", "level", "complication", "outcome", "gap", "consent", "interpreter", "nights", "sort", "after"}

// clean drops what is not among the choices, so that one list has one address.
func (in *query) clean() {
	keep := func(v *string, among []string) {
		if !slices.Contains(among, *v) {
			*v = ""
		}
	}
	keep(&in.Level, levelChoices)
	keep(&in.Harm, harmChoices)
	keep(&in.Outcome, outcomeChoices)
	keep(&in.Gap, gapChoices)
	keep(&in.Interpreter, interpreterList)
	keep(&in.Nights, nightChoices)
	keep(&in.Sort, sorts)
	if len(in.Consent) < 2 || len(in.Consent) > 3 {
		in.Consent = ""
	}
	if in.Sort == byNewest {
		in.Sort = ""
	}
	if !validID(in.After) {
		in.After = ""
	}
}

// values are the query as it is written into an address.
func (in query) values() url.Values {
	q := url.Values{}
	for i, v := range []string{in.Procedure, in.Specialty, in.Destination, in.Clinic, in.Level, in.Harm, in.Outcome, in.Gap, in.Consent, in.Interpreter, in.Nights, in.Sort, in.After} {
		if v != "" {
			q.Set(queryNames[i], v)
		}
	}
	return q
}

// address is the list with this query.
func (in query) address() string {
	if q := in.values(); len(q) > 0 {
		return "/experiences?" + q.Encode()
	}
	return "/experiences"
}

// narrows reports whether any filter is set.
func (in query) narrows() bool {
	in.Sort, in.After = "", ""
	return in != query{}
}

// validID reports whether s looks like the public id of an experience.
func validID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, r := range s {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if r != '-' {
				return false
			}
			continue
		}
		if (r < '0' || r > '9') && (r < 'a' || r > 'f') {
			return false
		}
	}
	return true
}

// where are the conditions of a filter, with their values as $1, $2, ….
func (f Filter) where() (sql string, args []any) {
	sql = "e.state = 'published'"
	add := func(cond string, v any) {
		args = append(args, v)
		sql += " AND " + cond + "$" + strconv.Itoa(len(args))
	}
	if f.Procedure != 0 {
		// Who is shown by specialty only is not found by procedure.
		sql += " AND e.shown_treatment = 'procedure'"
		add("e.procedure_id = ", f.Procedure)
	}
	if f.Specialty != 0 {
		add("e.specialty_id = ", f.Specialty)
	}
	if f.Destination != "" {
		add("e.destination = ", f.Destination)
	}
	if f.Organisation != 0 {
		add("e.organisation_id = ", f.Organisation)
	}
	if f.Consent != "" {
		add("e.consent_lang = ", f.Consent)
	}
	if f.Interpreter != "" {
		add("e.interpreter = ", f.Interpreter)
	}
	for _, part := range []string{levelSQL[f.Level], harmSQL[f.Harm], outcomeSQL[f.Outcome], gapSQL[f.Gap], nightsSQL[f.Nights]} {
		if part != "" {
			sql += " AND " + part
		}
	}
	return sql, args
}

// What the choices mean. An unknown value is in no choice but "unknown".
var (
	levelSQL   = map[string]string{"2": "e.level >= 2", "3": "e.level >= 3", "4": "e.level = 4", "0": "e.level < 2"}
	harmSQL    = map[string]string{"none": "e.worst_grade = 0", "any": "e.worst_grade >= 1", "ii": "e.worst_grade >= 2", "iii": "e.worst_grade >= 3", "unknown": "e.worst_grade IS NULL"}
	outcomeSQL = map[string]string{"reached": "e.goal_achieved >= 7", "partly": "e.goal_achieved BETWEEN 4 AND 6", "missed": "e.goal_achieved <= 3", "early": "e.goal_achieved IS NULL"}
	gapSQL     = map[string]string{"quoted": "e.paid_ratio <= 1 AND e.crowd >= 5", "some": "e.paid_ratio > 1 AND e.paid_ratio <= 1.08 AND e.crowd >= 5", "over": "e.paid_ratio > 1.08 AND e.crowd >= 5", "much": "e.paid_ratio > 1.2 AND e.crowd >= 5"}
	nightsSQL  = map[string]string{"0-2": "e.nights_before_flight <= 2", "3-4": "e.nights_before_flight BETWEEN 3 AND 4", "5-9": "e.nights_before_flight BETWEEN 5 AND 9", "10": "e.nights_before_flight >= 10"}
)

// order is how rows stand, and the row of the page before as its values.
func (f Filter) order() (by, key string) {
	switch f.Sort {
	case byHelpful:
		return "e.helpful_rank DESC, e.id DESC", "(e.helpful_rank, e.id)"
	case byCritical:
		return "e.critical DESC, e.published_on DESC, e.id DESC", "(e.critical, e.published_on, e.id)"
	}
	return "e.published_on DESC, e.id DESC", "(e.published_on, e.id)"
}

// place is where an experience stands in each order.
type place struct {
	Rank     float64
	Critical int16
	On       time.Time
	ID       int64
}

// values are the place in the order of f.
func (f Filter) values(p place) []any {
	switch f.Sort {
	case byHelpful:
		return []any{p.Rank, p.ID}
	case byCritical:
		return []any{p.Critical, p.On, p.ID}
	}
	return []any{p.On, p.ID}
}
