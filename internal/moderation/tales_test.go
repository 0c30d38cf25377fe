package moderation_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/moderation"
	"caravan/internal/notify"
	"caravan/internal/testkit"
)

// tales are a kind whose authors stay unknown to the desk, in tables of the
// test: they are submitted, published, reported, covered and taken away.
type tales struct {
	d    *db.DB
	told *notify.Service
}

var (
	_ moderation.Subject    = tales{}
	_ moderation.Suggestion = tales{}
	_ moderation.Secretive  = tales{}
	_ moderation.Authored   = tales{}
	_ moderation.Addressed  = tales{}
	_ moderation.Masker     = tales{}
	_ moderation.Unmasker   = tales{}
	_ moderation.Comparer   = tales{}
)

func (tales) Kind() string { return "experience" }

func (x tales) About(ctx context.Context, id int64) (it moderation.Item, err error) {
	err = x.d.Pool().QueryRow(ctx, `SELECT title, story, state, organisation, version FROM tales WHERE id = $1`, id).Scan(&it.Title, &it.Excerpt, &it.State, &it.OrganisationID, &it.Version)
	if db.Missing(err) {
		return it, errs.New(errs.NotFound, "common.not_found")
	}
	it.Path = "/rules"
	return it, err
}

func (x tales) set(tx *db.Tx, id int64, state, why string) error {
	return tx.Gorm().Exec(`UPDATE tales SET state = ?, why = ? WHERE id = ?`, state, why, id).Error
}
func (x tales) Hide(tx *db.Tx, id int64, why string) error   { return x.set(tx, id, "hidden", why) }
func (x tales) Show(tx *db.Tx, id int64) error               { return x.set(tx, id, "shown", "") }
func (x tales) Approve(tx *db.Tx, id int64) error            { return x.set(tx, id, "shown", "") }
func (x tales) Refuse(tx *db.Tx, id int64, why string) error { return x.set(tx, id, "sent_back", why) }

func (x tales) Wrote(ctx context.Context, id, personID int64) (yes bool, err error) {
	err = x.d.Pool().QueryRow(ctx, `SELECT EXISTS (SELECT FROM tale_authors WHERE id = $1 AND person = $2)`, id, personID).Scan(&yes)
	return yes, err
}

func (x tales) WrittenBy(ctx context.Context, personID int64) (ids []int64, err error) {
	err = x.d.Read(ctx).Gorm().Raw(`SELECT id FROM tale_authors WHERE person = ?`, personID).Scan(&ids).Error
	return ids, err
}

func (x tales) TellAuthor(tx *db.Tx, id int64, n notify.Notice) error {
	if err := tx.Gorm().Raw(`SELECT account FROM tale_authors WHERE id = ?`, id).Row().Scan(&n.AccountID); err != nil {
		return err
	}
	return x.told.Tell(tx, n)
}

func (x tales) ByPublicID(ctx context.Context, name string) (id int64, err error) {
	err = x.d.Pool().QueryRow(ctx, `SELECT id FROM tales WHERE public = $1`, name).Scan(&id)
	if db.Missing(err) {
		err = errs.New(errs.NotFound, "common.not_found")
	}
	return id, err
}

func (x tales) Texts(ctx context.Context, id int64) ([]moderation.MaskText, error) {
	var title, story string
	var version int
	var masks []byte
	err := x.d.Pool().QueryRow(ctx, `SELECT title, story, version, masks FROM tales WHERE id = $1`, id).Scan(&title, &story, &version, &masks)
	if err != nil {
		return nil, err
	}
	out := []moderation.MaskText{{Field: "title", Text: title, Version: version}, {Field: "story", Text: story, Version: version}}
	return out, json.Unmarshal(masks, &out[1].Masks)
}

func (x tales) Mask(tx *db.Tx, id int64, m moderation.Mask) error {
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	res := tx.Gorm().Exec(`UPDATE tales SET masks = masks || ?::jsonb WHERE id = ? AND version = ?`, string(b), id, m.Version)
	if res.Error == nil && res.RowsAffected == 0 {
		return errs.New(errs.Conflict, "moderation.text_changed")
	}
	return res.Error
}

func (x tales) Unmask(tx *db.Tx, id int64, m moderation.Mask) error {
	return tx.Gorm().Exec(`UPDATE tales SET masks = (SELECT coalesce(jsonb_agg(e), '[]') FROM jsonb_array_elements(masks) e WHERE (e->>'First')::int <> ?) WHERE id = ?`, m.First, id).Error
}

func (x tales) Compare(_ context.Context, lang string, _ int64) ([]moderation.Fact, error) {
	return []moderation.Fact{{What: "Place", Claimed: "Bosporus Hair", Seen: "Bosporus Hair"}, {What: "Quarter", Claimed: "April to June 2026", Seen: "January to March 2026", Differs: true},
		{What: "Amount", Claimed: "2,400 EUR"}}, nil
}

const story = "Nurse Ayşe Yıldız met us at the door.\nThe bill was fair, and Ayşe Yıldız explained every line of it."

// tellingDesk is a desk that knows tales, one of which is submitted, about an
// organisation.
func tellingDesk(t *testing.T) (k desk, organisation int64) {
	t.Helper()
	k = newDesk(t)
	ctx := context.Background()
	organisation = testkit.Organisation(t, k.d, "association", "Friends of Patients")
	owner := testkit.OwnerOf(t, k.d).Pool()
	_, err := owner.Exec(ctx, `CREATE TABLE tales (id bigint PRIMARY KEY, public text, title text, story text, state text, why text NOT NULL DEFAULT '', organisation bigint,
		version int NOT NULL DEFAULT 1, masks jsonb NOT NULL DEFAULT '[]')`)
	if err == nil {
		_, err = owner.Exec(ctx, `CREATE TABLE tale_authors (id bigint, account bigint, person bigint)`)
	}
	if err != nil {
		t.Fatal(err)
	}
	x := tales{k.d, k.told}
	k.AddSubject(x)
	k.AddSuggestion(x)
	k.tale(t, 1, organisation)
	return k, organisation
}

func (k desk) tale(t *testing.T, id, organisation int64) {
	t.Helper()
	err := k.d.Write(context.Background(), func(tx *db.Tx) error {
		if err := tx.Gorm().Exec(`INSERT INTO tales (id, public, title, story, state, organisation) VALUES (?, ?, 'Four days in Istanbul', ?, 'submitted', ?)`, id, fmt.Sprintf("tale-%d", id), story, organisation).Error; err != nil {
			return err
		}
		if err := tx.Gorm().Exec(`INSERT INTO tale_authors VALUES (?, ?, ?)`, id, k.author.AccountID, k.author.PersonID).Error; err != nil {
			return err
		}
		return moderation.Suggest(tx, "experience", id, 0)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (k desk) state(t *testing.T) string {
	t.Helper()
	return value[string](t, k.d, `SELECT trim(state || ' ' || why) FROM tales WHERE id = 1`)
}

func (k desk) decide(t *testing.T, a access.Actor, v moderation.Verdict) {
	t.Helper()
	if err := k.Decide(context.Background(), a, k.theCase(t), v); err != nil {
		t.Fatalf("%s: %v", v.Decision, err)
	}
}

// published is a desk whose tale is published and reported by its reader.
func published(t *testing.T) (k desk, organisation int64) {
	t.Helper()
	k, organisation = tellingDesk(t)
	k.decide(t, k.mod, moderation.Verdict{Decision: moderation.Approve, Seen: 1})
	if err := k.Report(context.Background(), k.reader, "experience", 1, "fake", "", db.Key{}); err != nil {
		t.Fatal(err)
	}
	return k, organisation
}
