package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"caravan/internal/leaf"
)

// batchDelay is how long what was told may wait for the batch of its day.
const batchDelay = 2 * 24 * time.Hour

// listed is an experience as the site's list shows it.
type listed struct {
	ID          string `json:"id"`
	Clinic      string `json:"clinic"`
	PublishedOn string `json:"published_on"`
}

// compareSite compares what readers find on the site with what the log says is
// there: an operator can give out openings and still show another list.
func (v *verifying) compareSite(ctx context.Context, a *audit) error {
	if v.logOnly {
		return nil
	}
	shown, err := v.listExperiences(ctx)
	if err != nil {
		return err
	}
	for ref, x := range a.told {
		what := thing{leaf.Experience, ref}
		_, there := shown[ref]
		switch gone := a.erased[what] || a.lost[what] || a.hidden[what]; {
		case !there && !gone:
			a.waits = true // its entry may wait for a place
			a.fault(exitMissing, "experience %s (entry %d, clinic %s) is not shown, and no entry says why", ref, x.at, x.clinic)
		case there && gone:
			a.waits = true
			a.fault(exitMissing, "experience %s is shown, although the log says that it is not", ref)
		}
	}
	for ref, x := range shown {
		on, err := time.Parse(time.DateOnly, x.PublishedOn)
		if a.told[ref] == nil && (err != nil || v.now().Sub(on) > batchDelay) {
			a.fault(exitMissing, "experience %s is shown since %s and was never recorded", ref, x.PublishedOn)
		}
	}
	return nil
}

// listExperiences reads the site's list to its end.
func (v *verifying) listExperiences(ctx context.Context) (map[string]listed, error) {
	all := map[string]listed{}
	for after := ""; ; {
		status, b, err := v.site.get(ctx, "/api/v1/experiences?sort=new&after="+url.QueryEscape(after))
		if err != nil {
			return nil, err
		}
		if status != http.StatusOK {
			return nil, fail(exitMissing, "the list of experiences is missing: the site answers %d", status)
		}
		var page struct {
			Experiences []listed `json:"experiences"`
			Next        string   `json:"next"`
		}
		if err := json.Unmarshal(b, &page); err != nil {
			return nil, failure{exitMissing, fmt.Errorf("the list of experiences cannot be read: %w", err)}
		}
		for _, x := range page.Experiences {
			all[x.ID] = x
		}
		if page.Next == "" || page.Next == after {
			return all, nil
		}
		after = page.Next
	}
}
