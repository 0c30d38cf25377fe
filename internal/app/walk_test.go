package app_test

import (
	"context"
	"strings"
	"testing"
)

// text reads one value, as text.
func (s *site) text(t testing.TB, sql string, args ...any) (v string) {
	t.Helper()
	if err := s.db.Pool().QueryRow(context.Background(), sql, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

// tellingPages are the pages about experiences by the role that reads them, for
// the demo clinic with that slug: those that everybody reads, those on which
// somebody tells and is asked again, and those of who answers and decides.
func (s *site) tellingPages(t testing.TB, slug string) map[string][]string {
	t.Helper()
	answered := "/experiences/" + s.text(t, `SELECT e.public_id::text FROM changes c JOIN experiences e ON e.id = c.experience_id WHERE e.state = 'published' ORDER BY e.id LIMIT 1`)
	own := "/experiences/" + s.text(t, `SELECT e.public_id::text FROM experiences e JOIN organisations o ON o.id = e.organisation_id WHERE e.state = 'published' AND o.slug = $1 ORDER BY e.id LIMIT 1`, slug)
	told := s.text(t, `SELECT string_agg('clinic=' || slug, '&') FROM (SELECT o.slug FROM experiences e JOIN organisations o ON o.id = e.organisation_id WHERE e.counted GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 3) x`)
	s.text(t, `UPDATE check_ins SET status = 'asked', token_hash = sha256('walk'), token_expires = now() + interval '1 day' WHERE id = (SELECT max(id) FROM check_ins WHERE status = 'coming') RETURNING status`)
	patient := s.demoVisitor(t, "patient")
	a := patient.post("/experiences/tell", patient.fill("/experiences/tell", "clinic", slug, "procedure", "den.implant.allon4"))
	draft, ok := strings.CutSuffix(a.Header.Get("Location"), "where")
	if !ok {
		t.Fatalf("begin to tell: %d", a.StatusCode)
	}
	f := patient.fill(draft+"went", "title", "Kind people, and a bill that grew", "story", firstHalf+secondHalf, "goal_achieved", "8", "complication", "yes", "c_treatment", "medicine")
	if a := patient.post(draft+"went", f); a.StatusCode >= 500 {
		t.Fatalf("tell: %d", a.StatusCode)
	}
	f = patient.fill(draft+"where", "clinic", slug, "procedure", "den.implant.allon4", "quarter", s.text(t, `SELECT max(quarter) FROM experiences`))
	if a := patient.post(draft+"where", f); a.StatusCode >= 500 {
		t.Fatalf("tell: %d", a.StatusCode)
	}
	return map[string][]string{
		"": {answered, answered + "/answer/history", "/changes/" + s.text(t, `SELECT min(id)::text FROM changes`), "/compare?" + told, "/experiences?clinic=" + slug, "/clinics/" + slug + "/feedback",
			"/check-in/walk", "/check-in/thanks", "/moderation/numbers"},
		"patient":   {draft + "where", draft + "you", draft + "went", draft + "money", draft + "send", "/me/experiences", "/report/experience" + strings.TrimPrefix(answered, "/experiences")},
		"staff":     {own + "/answer"},
		"moderator": {"/moderation/" + s.text(t, `SELECT max(id)::text FROM moderation_cases WHERE kind = 'experience'`)},
	}
}

// packagePages are the pages about packages by the role that reads them: the
// ledger in every phase, comparison and history, the ballot that asks again, the
// price, and the desk of the demo clinic with that slug.
func (s *site) packagePages(t testing.TB, slug string) map[string][]string {
	t.Helper()
	in := func(state string) string {
		return s.text(t, `SELECT slug FROM packages WHERE state = $1 AND published_at IS NOT NULL ORDER BY id LIMIT 1`, state)
	}
	open, final, told, call := in("shaping"), in("final_vote"), in("reporting"), in("call")
	answering := s.text(t, `SELECT p.slug FROM packages p JOIN organisations o ON o.id = p.organisation_id WHERE o.slug = $1 AND p.state = 'answering' LIMIT 1`, slug)
	base, desk := "/packages/"+open, "/console/"+slug+"/packages"
	return map[string][]string{
		"": {"/packages", "/packages?sort=best", "/packages/calls", base, base + "/versions", base + "/versions/1", "/packages/" + final, "/packages/" + told, "/packages/" + told + "/changes", "/packages/" + call,
			"/packages/" + in("declined"), "/packages/" + in("superseded"), "/packages/compare?p=" + open + "&p=" + told, "/packages/compare?p=" + in("ended") + "&p=" + call},
		"patient": {base, base + "/change", base + "/change?item=stay.hotel_nights", base + "/change?item=new", base + "/price", "/packages/" + final, "/packages/" + in("committed") + "/enrol", "/me/journeys", "/packages/new",
			base + "/wishes/" + s.text(t, `SELECT min(a.id)::text FROM amendments a JOIN packages p ON p.id = a.package_id WHERE p.slug = $1 AND a.state = 'open'`, open)},
		"staff":     {desk, desk + "/" + answering, desk + "/" + answering + "/changes", "/console/" + slug + "/signatories", "/console/" + slug + "/promises", "/packages/new", "/packages/" + answering, "/packages/" + call + "/adopt"},
		"moderator": {"/moderation/packages/" + open, base},
	}
}
