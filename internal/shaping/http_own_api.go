package shaping

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"caravan/internal/access"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/wording"
)

// ownAPI are the operations of the JSON API that read what the signed-in person
// did in packages. Nothing in them depends on how others voted.
func (s *Service) ownAPI() []httpd.Route {
	const tag = "Packages"
	return []httpd.Route{
		httpd.API(httpd.Operation{Method: "GET", Path: "/api/v1/me/packages", ID: "list-own-packages", Summary: "Packages in which one voted, wished something or named a price, 20 a page", Tag: tag},
			access.Member, s.apiOwnPackages),
		httpd.API(httpd.Operation{Method: "GET", Path: "/api/v1/packages/{slug}/mine", ID: "get-own-part", Summary: "One's own votes, interest, wishes and journey in a package", Tag: tag,
			Errors: []int{404, 410}}, access.Member, s.apiMine),
	}
}

type ownPackagesIn struct {
	After string `query:"after" maxLength:"20" pattern:"^[0-9]*$" doc:"next of the page before"`
}

// OwnPackageJSON is a package in which the person takes part.
type OwnPackageJSON struct {
	Slug     string `json:"slug"`
	Path     string `json:"path"`
	Title    string `json:"title"`
	Lang     string `json:"lang"`
	State    string `json:"state"`
	Votes    int    `json:"votes" doc:"One's own, on the package, its wishes and lines"`
	Wishes   int    `json:"wishes" doc:"One's own"`
	Interest string `json:"interest,omitempty" doc:"State of one's own; absent without one"`
}

type ownPackagesOut struct {
	Body struct {
		Packages []OwnPackageJSON `json:"packages"`
		Next     string           `json:"next,omitempty"`
	}
}

func (s *Service) apiOwnPackages(ctx context.Context, a access.Actor, in *ownPackagesIn) (*ownPackagesOut, error) {
	var after int64
	if in.After != "" {
		var err error
		if after, err = strconv.ParseInt(in.After, 10, 64); err != nil {
			return nil, errs.New(errs.Malformed, "common.malformed")
		}
	}
	rows, err := listOwnPackages(s.db.Read(ctx), a.PersonID, after, listSize+1)
	if err != nil {
		return nil, err
	}
	out := &ownPackagesOut{}
	out.Body.Packages = []OwnPackageJSON{}
	if len(rows) > listSize {
		rows = rows[:listSize]
		out.Body.Next = itoa(rows[listSize-1].ID)
	}
	for _, r := range rows {
		out.Body.Packages = append(out.Body.Packages, OwnPackageJSON{r.Slug, packagePath(r.Slug), r.Title, r.Lang, string(r.State), r.Votes, r.Wishes, string(r.Interest)})
	}
	return out, nil
}

// OwnVoteJSON is one's own vote that stands.
type OwnVoteJSON struct {
	Subject string `json:"subject" enum:"package,amendment,alternative,keep,item_need,counter"`
	ID      int64  `json:"id"`
	Choice  int16  `json:"choice"`
	Reason  string `json:"reason,omitempty"`
	Status  string `json:"status" enum:"counted,unverified,quarantined,stale_version,own_wish,void_affiliation,void_fraud"`
	Counted bool   `json:"counted"`
	WhyNot  string `json:"why_not,omitempty" doc:"Why it does not count, in words"`
	Carried bool   `json:"carried" doc:"Taken over from an earlier version"`
	Stale   bool   `json:"stale" doc:"Cast for an earlier version, and not taken over"`
}

// OwnInterestJSON is at what price and when one would take the package.
type OwnInterestJSON struct {
	PriceMaxMinor int64     `json:"price_max_minor"`
	Currency      string    `json:"currency"`
	Readiness     string    `json:"readiness"`
	WindowFrom    string    `json:"window_from,omitempty"`
	WindowTo      string    `json:"window_to,omitempty"`
	MustItems     []string  `json:"must_items"`
	State         string    `json:"state"`
	Counted       bool      `json:"counted"`
	ConfirmedAt   time.Time `json:"confirmed_at"`
	ExpiresAt     time.Time `json:"expires_at"`
}

type mineOut struct {
	Body struct {
		Tie      string           `json:"tie,omitempty" doc:"As one declared it; absent while one was not asked"`
		Votes    []OwnVoteJSON    `json:"votes"`
		Interest *OwnInterestJSON `json:"interest"`
		Wishes   []OfferWishJSON  `json:"wishes"`
		Journey  string           `json:"journey,omitempty" doc:"Id of one's own under the commitment that stands"`
	}
}

func (s *Service) apiMine(ctx context.Context, a access.Actor, in *packageIn) (*mineOut, error) {
	k, err := s.readJSON(ctx, in.Slug)
	if err != nil {
		return nil, err
	}
	q := s.db.Read(ctx)
	h, err := findAhead(q, k.Slug, a.PersonID)
	if err != nil {
		return nil, err
	}
	out := &mineOut{}
	b := &out.Body
	b.Tie, b.Votes, b.Wishes = h.tie, ownVotesJSON(h.own), []OfferWishJSON{}
	interest, said, err := findInterest(q, k.ID, a.PersonID)
	if err != nil {
		return nil, err
	}
	if said {
		b.Interest = interestJSON(interest, k.Currency)
	}
	for _, w := range k.wishes {
		if w.AuthorPersonID == a.PersonID {
			b.Wishes = append(b.Wishes, k.wishJSON(w))
		}
	}
	if k.commitment == nil {
		return out, nil
	}
	j, err := journeyUnder(q, k.commitment.ID, a.PersonID)
	if j != nil && j.Stage != StageLeft {
		b.Journey = j.PublicID
	}
	return out, err
}

// ownVotesJSON are votes in the order of subjects and ids.
func ownVotesJSON(own map[Subject]map[int64]Standing) []OwnVoteJSON {
	out := []OwnVoteJSON{}
	for _, subject := range Subjects {
		for _, id := range slices.Sorted(maps.Keys(own[subject])) {
			v := own[subject][id]
			j := OwnVoteJSON{Subject: string(subject), ID: id, Choice: v.Choice, Reason: v.Reason, Status: string(v.Status), Counted: v.Status == Counted, Carried: v.Carried, Stale: v.Stale}
			if why := whyUncounted(v.Status); why != "" {
				j.WhyNot = wording.Text(wording.Langs[0], why)
			}
			out = append(out, j)
		}
	}
	return out
}

func interestJSON(in Interest, currency string) *OwnInterestJSON {
	j := &OwnInterestJSON{PriceMaxMinor: in.PriceMaxMinor, Currency: currency, Readiness: string(in.Readiness), MustItems: in.MustItems, State: string(in.State), Counted: in.Status == Counted,
		ConfirmedAt: in.ConfirmedAt, ExpiresAt: in.ExpiresAt}
	if j.MustItems == nil {
		j.MustItems = []string{}
	}
	if in.WindowFrom != nil {
		j.WindowFrom = in.WindowFrom.Format(time.DateOnly)
	}
	if in.WindowTo != nil {
		j.WindowTo = in.WindowTo.Format(time.DateOnly)
	}
	return j
}
