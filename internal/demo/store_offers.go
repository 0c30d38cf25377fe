package demo

import (
	"fmt"

	"caravan/internal/db"
	"caravan/internal/shaping"
)

func newHall(c *content, w *crowd, p *places, e *electorate, trips map[string][]trip) *hall {
	t := func(name string, columns ...string) *table { return &table{name: name, columns: columns} }
	return &hall{electorate: e, c: c, crowd: w, places: p, trips: trips, bySlug: map[string]int64{}, named: map[signatory]bool{},
		packages: t("packages", "id", "slug", "title", "summary", "summary_html", "lang", "procedure_id", "proposer", "proposer_person_id", "author_account_id", "author_role",
			"organisation_id", "answers_call_id", "forked_from_id", "superseded_by_id", "state", "held_from", "held_by_rule", "why", "round", "round_days", "zone", "ends_at", "expires_at",
			"version", "currency", "steps", "steps_locked_at", "stay_answers", "draft", "created_at", "published_at", "closed_at"),
		steps:    t("package_steps", "id", "package_id", "event", "from_state", "to_state", "round", "why", "at"),
		items:    t("package_items", "id", "package_id", "key", "kind", "unit", "direction", "class", "votable", "verify", "name"),
		versions: t("package_versions", "id", "package_id", "number", "parent_id", "round", "reason", "content_hash", "published_at"),
		lines:    t("package_version_items", "version_id", "item_id", "value", "value_hash", "origin_amendment_id", "provider_reason"),
		amendments: t("amendments", "id", "package_id", "base_version_id", "seen_version_id", "item_id", "item_key", "new_item", "op", "old_hash", "new_value", "new_hash", "settled_value", "bundle_id",
			"author_person_id", "author_account_id", "author_role", "reason", "lang", "state", "partly", "round", "rebased_from_id", "created_at", "changed_at"),
		responses: t("amendment_responses", "id", "amendment_id", "number", "organisation_id", "author_account_id", "author_role", "answer", "reason_code", "reason", "counter_value", "price_delta_minor",
			"signed_by", "valid_until", "created_at"),
		votes:     t("package_votes", "id", "package_id", "person_id", "account_id", "subject", "subject_id", "version_id", "choice", "reason", "stratum", "created_at"),
		standings: t("package_standings", "package_id", "person_id", "subject", "subject_id", "version_id", "choice", "reason", "stratum", "status", "carried", "stale", "updated_at"),
		tallies: t("package_tallies", "package_id", "subject", "subject_id", "stratum", "want", "pass", "against", "carried", "unverified", "quarantined", "stale", "own_wish", "void_ties",
			"void_fraud"),
		declarations: t("package_declarations", "package_id", "person_id", "tie", "said_at"),
		interests: t("package_interests", "person_id", "package_id", "account_id", "version_id", "price_max_minor", "readiness", "window_from", "window_to", "must_items", "state", "status",
			"confirmed_at", "expires_at"),
		signatories: t("package_signatories", "id", "organisation_id", "person_id", "name", "title", "named_by", "since", "until"),
		commitments: t("package_commitments", "id", "package_id", "version_id", "content_hash", "organisation_id", "signed_by_person_id", "signer_name", "signer_title", "signed_at", "capacity",
			"valid_until", "price_locked_until", "remedies", "state", "ended_at"),
		journeys: t("package_journeys", "id", "public_id", "commitment_id", "person_id", "account_id", "stage", "linked", "proven", "discharged_on", "enrolled_at"),
		verdicts: t("package_verdicts", "journey_id", "item_id", "due_on", "verdict", "delivered", "mattered", "told_at", "said_at"),
		replies:  t("package_verdict_replies", "id", "commitment_id", "item_id", "author_account_id", "author_role", "body", "lang", "state", "created_at", "published_at"),
		needs:    t("package_refused_needs", "journey_id", "amendment_id", "needed", "said_at"),
	}
}

// offersByScale is how many packages there are at scale 1: those by hand.
const offersByScale = 18

// put stores what was heard so far, tables that others refer to first.
func (h *hall) put(tx *db.Tx) error {
	err := put(tx, h.packages, h.steps, h.items, h.versions, h.amendments, h.lines, h.responses, h.votes, h.standings, h.tallies, h.declarations, h.interests,
		h.signatories, h.commitments, h.journeys, h.verdicts, h.replies, h.needs)
	if err == nil {
		err = h.record(tx)
	}
	if err != nil || len(h.newest) == 0 {
		return err
	}
	var packages, versions []int64
	for _, n := range h.newest {
		packages, versions = append(packages, n[0]), append(versions, n[1])
	}
	h.newest = h.newest[:0]
	_, err = tx.Pgx().Exec(tx.Context(), `UPDATE packages p SET newest_version_id = n.version FROM unnest($1::bigint[], $2::bigint[]) AS n (id, version) WHERE p.id = n.id`, packages, versions)
	if err != nil {
		return fmt.Errorf("demo: note newest versions: %w", err)
	}
	for _, id := range packages {
		if err := shaping.RecordOver(tx, id); err != nil {
			return fmt.Errorf("demo: record votes: %w", err)
		}
	}
	return nil
}

// offersByCopy is how many packages go to the database at once, so that memory
// does not grow with the scale.
const offersByCopy = 40

// drawOffers writes as many more packages as the scale wants.
func (h *hall) drawOffers(tx *db.Tx, o Options) error {
	b := newBroker(h.c, h.crowd, o.Now)
	for missing := (o.Scale - 1) * offersByScale; missing > 0; {
		some := make([]offer, 0, offersByCopy)
		for range min(missing, offersByCopy) {
			drawn, err := b.next()
			if err != nil {
				return err
			}
			some = append(some, drawn)
		}
		if err := h.hearAll(some); err != nil {
			return err
		}
		if err := h.put(tx); err != nil {
			return err
		}
		missing -= len(some)
	}
	return nil
}

// storeOffers writes the packages by hand, and as many more as the scale wants.
func storeOffers(tx *db.Tx, c *content, w *crowd, p *places, tales []*tale, trips map[string][]trip, o Options) error {
	h := newHall(c, w, p, newElectorate(w, tales, o.Now), trips)
	if err := h.hearAll(c.Offers); err != nil {
		return err
	}
	if err := h.put(tx); err != nil {
		return err
	}
	if err := h.drawOffers(tx, o); err != nil {
		return err
	}
	fmt.Fprintf(logOf(o), "demo: %d packages\n", h.packageID)
	return moveOn(tx, "packages", "package_steps", "package_items", "package_versions", "amendments", "amendment_responses", "package_votes", "package_signatories",
		"package_commitments", "package_journeys", "package_verdict_replies")
}
