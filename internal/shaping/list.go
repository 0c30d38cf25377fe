package shaping

import (
	"net/url"
	"slices"
	"strconv"
	"time"

	"caravan/internal/chart"
	"caravan/internal/money"
	"caravan/internal/provider"
	"caravan/internal/wording"
)

// How many packages a page of the list holds, and from how many on the count
// only says "more than".
const (
	listSize = 20
	countCap = 1000
)

// The orders of the list. None of them looks at a vote that runs: the best
// supported are those whose vote is over.
const (
	byNewest  = "new"
	byClosing = "closing"
	byBest    = "best"
)

var sorts = []string{byNewest, byClosing, byBest}

// stages are what the filter by stage means.
var stages = map[string][]State{
	"call": {Call}, "rounds": {Shaping, Answering}, "final": {FinalVote}, "signing": {AwaitingCommitment},
	"signed": {Committed, Reporting, Exhausted}, "over": {Ended, Declined, Expired, Withdrawn, Suspended, Superseded, Breached, Archived},
}

// stageChoices are the filter's values in the order of a package's life.
var stageChoices = []string{"call", "rounds", "final", "signing", "signed", "over"}

// votedStates are those in which the vote on the package is over.
var votedStates = slices.DeleteFunc(slices.Clone(States), func(s State) bool { return !Over(OnPackage, s, false) })

// proposers are the filter's values.
var proposers = []string{string(ByClinic), string(ByFacilitator), string(ByPatients)}

// Filter narrows the list of packages. Empty fields narrow nothing.
type Filter struct {
	Procedure int64
	Country   string // of who offers it
	Stage     string
	Proposer  string
	Sort      string
	After     string // slug of the last package of the page before
	Now       time.Time
	Limit     int
	Means     means // of the best supported
}

// listQuery is the list as it stands in an address.
type listQuery struct {
	Procedure string `query:"procedure"`
	Country   string `query:"country"`
	Stage     string `query:"stage"`
	Proposer  string `query:"proposer"`
	Sort      string `query:"sort"`
	After     string `query:"after"`
	calls     bool   // the list of calls, which has an address of its own
}

// queryNames are the names above, for the cache of pages.
var queryNames = []string{"procedure", "country", "stage", "proposer", "sort", "after"}

// clean drops what is not among the choices, so that one list has one address.
func (in *listQuery) clean() {
	keep := func(v *string, among []string) {
		if !slices.Contains(among, *v) {
			*v = ""
		}
	}
	keep(&in.Stage, stageChoices)
	keep(&in.Proposer, proposers)
	keep(&in.Sort, sorts)
	if in.Sort == byNewest {
		in.Sort = ""
	}
	if len(in.After) > 200 {
		in.After = ""
	}
	if in.calls {
		in.Proposer, in.Country, in.Stage = string(ByPatients), "", ""
	}
}

func (in listQuery) base() string {
	if in.calls {
		return "/packages/calls"
	}
	return "/packages"
}

// address is the list with this query.
func (in listQuery) address() string {
	q := url.Values{}
	values := []string{in.Procedure, in.Country, in.Stage, in.Proposer, in.Sort, in.After}
	if in.calls {
		values[3] = ""
	}
	for i, v := range values {
		if v != "" {
			q.Set(queryNames[i], v)
		}
	}
	if len(q) > 0 {
		return in.base() + "?" + q.Encode()
	}
	return in.base()
}

// narrows reports whether any filter is set.
func (in listQuery) narrows() bool {
	if in.calls {
		return in.Procedure != ""
	}
	return in.Procedure+in.Country+in.Stage+in.Proposer != ""
}

// where are the conditions of a filter, with their values as $1, $2, ….
func (f Filter) where() (sql string, args []any) {
	sql = "p.published_at IS NOT NULL AND p.hidden_why = ''"
	add := func(cond string, v any) {
		args = append(args, v)
		sql += " AND " + cond + "$" + strconv.Itoa(len(args))
	}
	if f.Procedure != 0 {
		add("p.procedure_id = ", f.Procedure)
	}
	if f.Country != "" {
		add("o.country = ", f.Country)
	}
	if f.Proposer != "" {
		add("p.proposer = ", f.Proposer)
	}
	if in, ok := stages[f.Stage]; ok {
		sql += " AND p.state IN (" + stateList(in) + ")"
	}
	switch f.Sort {
	case byClosing:
		add("p.ends_at > ", f.Now)
	case byBest:
		sql += " AND p.state IN (" + stateList(votedStates) + ")"
	}
	return sql, args
}

// stateList writes states, which are ours, into a statement.
func stateList(in []State) string {
	s := ""
	for i, st := range in {
		if i > 0 {
			s += ", "
		}
		s += "'" + string(st) + "'"
	}
	return s
}

// card is a package of a list in words.
func (s *Service) card(lang string, r packageRow, now time.Time) PackageCard {
	p, _ := s.provider.ProcedureByID(r.ProcedureID)
	v := PackageCard{Path: packagePath(r.Slug), Title: r.Title, Lang: r.Lang, Treatment: p.Name(lang), By: r.OrgName, ByPath: orgPath(r.OrgKind, r.OrgSlug),
		Place: s.placeName(lang, r.City, r.Country), Version: r.Number, Lines: r.Lines, Call: r.Proposer == ByPatients, State: say(lang, "state_"+string(r.State)),
		Open: r.State == Shaping || r.State == Call || r.State == FinalVote}
	if r.State == Shaping || r.State == Answering {
		v.State = say(lang, "state_round_"+string(r.State), "round", wording.Number(lang, r.Round))
	}
	if r.PriceMinor != nil {
		v.Price = money.Amount{Minor: *r.PriceMinor, Currency: r.Currency}.Format(lang)
	}
	if r.EndsAt != nil && r.EndsAt.After(now) {
		v.Left, v.Closes = leftWords(lang, *r.EndsAt, now), *r.EndsAt
	}
	over := Over(OnPackage, r.State, false)
	t := Tally{Want: r.Want, Pass: r.Pass, Against: r.Against}
	x := Show(OnPackage, t, nil, over, over)
	v.Took = tookWords(lang, x)
	if r.Open > 0 {
		v.Wishes = say(lang, "open_wishes", "count", r.Open)
	}
	if x.Split != nil && t.N() > 0 {
		v.Result = say(lang, "supports", "of", chart.Of(lang, x.Split.Want, t.N()))
	}
	return v
}

func (s *Service) packageCards(lang string, rows []packageRow, now time.Time) []PackageCard {
	out := make([]PackageCard, 0, len(rows))
	for _, r := range rows {
		out = append(out, s.card(lang, r, now))
	}
	return out
}

// listView is a page of the list.
func (s *Service) listView(lang string, in listQuery, rows []packageRow, count int, now time.Time) PackagesView {
	order := in.Sort
	if order == "" {
		order = byNewest
	}
	v := PackagesView{Calls: in.calls, N: count, Count: wording.Number(lang, count), Meaning: say(lang, "meaning_"+order), Sort: in.Sort, Narrowed: in.narrows(), Base: in.base(),
		Procedures: s.provider.ProcedureChoices(lang, in.Procedure)}
	if count > countCap {
		v.Count = say(lang, "more_than", "n", wording.Number(lang, countCap))
	}
	first := in
	first.After = ""
	for _, o := range sorts {
		to := first
		if to.Sort = o; o == byNewest {
			to.Sort = ""
		}
		if in.calls && o == byBest {
			continue // a call is never over
		}
		v.Sorts = append(v.Sorts, LinkView{Label: say(lang, "sort_"+o), Path: to.address(), Current: to.Sort == in.Sort})
	}
	if !in.calls {
		v.Countries = s.provider.DestinationChoices(lang, in.Country)
		v.Stages = choicesOf(lang, "stage_is_", stageChoices, in.Stage)
		v.MoreOpen = in.Stage+in.Proposer != ""
		v.Proposers = choicesOf(lang, "proposer_", proposers, in.Proposer)
	}
	if in.After != "" {
		v.First = first.address()
	}
	if len(rows) > listSize {
		rows = rows[:listSize]
		next := in
		next.After = rows[listSize-1].Slug
		v.Next = next.address()
	}
	v.Cards = s.packageCards(lang, rows, now)
	return v
}

func choicesOf(lang, key string, values []string, chosen string) (out []provider.Choice) {
	for _, val := range values {
		out = append(out, provider.Choice{Value: val, Label: say(lang, key+val), Chosen: val == chosen})
	}
	return out
}
