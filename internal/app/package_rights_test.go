package app_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

// owned is an address of a package that is not for everybody.
type owned struct {
	owners        []string // demo accounts; none: nobody's
	there, absent string
	posts         []string // what is sent below it
}

// ownedOfPackages are drafts, desks, wishes and journeys of the demo data.
func (s *site) ownedOfPackages(t *testing.T) []owned {
	t.Helper()
	const (
		nobody  = "00000000-0000-4000-8000-000000000000"
		one     = `SELECT i.uid FROM identities i WHERE i.account_id = $1::bigint AND i.uid LIKE '%@demo.example'`
		draft   = "/packages/veneers-sedefkuyu"
		none    = "/packages/no-such-package"
		desk    = "/console/dunakert-dental/packages"
		nowhere = "/console/no-such-clinic/packages"
		arch    = "/one-arch-dunakert"
	)
	name := func(account string) []string {
		return []string{strings.TrimSuffix(s.text(t, one, account), "@demo.example")}
	}
	author := name(s.text(t, `SELECT author_account_id::text FROM packages WHERE slug = 'veneers-sedefkuyu' AND state = 'draft'`))
	journey := s.text(t, `SELECT min(public_id::text) FROM package_journeys`)
	goer := name(s.text(t, `SELECT min(a.id)::text FROM package_journeys j JOIN accounts a ON a.person_id = j.person_id WHERE j.public_id::text = $1`, journey))
	clinic := []string{"staff", "doctor"}
	var all []owned
	for path, posts := range map[string][]string{"/edit/about": {""}, "/publish": {""}, "/withdraw": {""}} {
		all = append(all, owned{author, draft + path, none + path, posts})
	}
	// What people do to a package that is shown cannot be done to a draft, and
	// tells nobody that there is one.
	for _, path := range []string{"/change", "/price", "/enrol", "/fork", "/adopt", "/versions", "/changes"} {
		all = append(all, owned{[]string{author[0]}, draft + path, none + path, nil})
	}
	all = append(all, owned{author, draft, none, []string{"/vote", "/price", "/interest", "/change", "/enrol", "/fork", "/adopt"}},
		owned{clinic, desk, nowhere, nil}, owned{clinic, desk + arch, nowhere + arch, []string{""}},
		owned{nil, desk + "/fue-ayazma", desk + "/no-such-package", []string{"", "/final"}}, owned{nil, desk + "/two-implants-long-road/commit", desk + "/no-such-package/commit", []string{""}},
		owned{[]string{"facilitator"}, "/console/long-road-travel/packages/two-implants-long-road/commit", nowhere + "/two-implants-long-road/commit", []string{""}},
		owned{clinic, "/console/dunakert-dental/signatories", "/console/no-such-clinic/signatories", []string{""}},
		owned{goer, "/me/journeys/" + journey, "/me/journeys/" + nobody, []string{"", "/leave", "/treated", "/link", "/needed", "/price"}})
	return all
}

// TestPackagesOfOthersAreLikeThoseThatAreNotThere goes to what belongs to one
// proposer, one clinic, one wisher or one patient as everybody else, and sends
// its forms: the answer is the one for what does not exist, and nothing changes.
func TestPackagesOfOthersAreLikeThoseThatAreNotThere(t *testing.T) {
	t.Parallel()
	s := demoSite(t)
	all := s.ownedOfPackages(t)
	roles := []string{"newcomer", "patient", "treated", "staff", "doctor", "facilitator", "moderator", "admin"}
	people := map[string]*visitor{}
	for _, x := range all {
		for _, name := range slices.Concat(roles, x.owners) {
			if people[name] == nil {
				people[name] = s.demoVisitor(t, name)
			}
		}
	}
	const state = `SELECT md5(string_agg(x, ',' ORDER BY x)) FROM (SELECT p::text AS x FROM packages p UNION ALL SELECT a::text FROM amendments a UNION ALL SELECT j::text FROM package_journeys j
		UNION ALL SELECT c::text FROM package_commitments c UNION ALL SELECT g::text FROM package_signatories g UNION ALL SELECT v::text FROM package_votes v UNION ALL SELECT i::text FROM package_interests i) y`
	before := s.text(t, state)
	for _, x := range all {
		for name, v := range people {
			there, absent := v.get(x.there), v.get(x.absent)
			if slices.Contains(x.owners, name) {
				if there.StatusCode == 404 && len(x.posts) > 0 || absent.StatusCode != 404 {
					t.Errorf("%s as %s: %d, absent %d", x.there, name, there.StatusCode, absent.StatusCode)
				}
				continue
			}
			alike(t, "GET "+x.there, name, there, absent)
			for _, to := range x.posts {
				f := v.fill("/me/password")
				f.Set("once", "foreign-0123456789abcdef")
				f.Set("go", "save")
				alike(t, "POST "+x.there+to, name, v.post(x.there+to, clone(f)), v.post(x.absent+to, clone(f)))
			}
		}
	}
	wish := s.text(t, `SELECT min(a.id)::text FROM amendments a JOIN packages p ON p.id = a.package_id WHERE p.slug = 'fue-ayazma' AND a.state = 'open'`)
	wisher := s.text(t, `SELECT i.uid FROM amendments a JOIN identities i ON i.account_id = a.author_account_id WHERE a.id = $1::bigint AND i.uid LIKE '%@demo.example'`, wish)
	drafter := s.text(t, `SELECT i.uid FROM packages p JOIN identities i ON i.account_id = p.author_account_id WHERE p.slug = 'veneers-sedefkuyu' AND i.uid LIKE '%@demo.example'`)
	noHash := strings.Repeat("ab", 32)
	commitment := `{"version":1,"hash":"` + noHash + `","capacity":3,"valid_until":"2030-01-01","price_locked_until":"2030-01-01"}`
	for name, v := range people {
		for _, x := range []struct{ method, path, body string }{
			{"GET", "", ""}, {"GET", "/versions/1", ""}, {"POST", "/votes", `{"subject":"package","choice":1,"tie":"none"}`}, {"POST", "/interest", `{"price_max_minor":100000,"readiness":"ready"}`},
			{"POST", "/interest/confirm", `{}`}, {"DELETE", "/interest", ""}, {"POST", "/amendments", `{"op":"set","item":"price.deposit","value":{"kind":"money","number":10000},"reason":"My flight lands late, and I was alone in the night."}`},
			{"GET", "/mine", ""}, {"GET", "/promises", ""}, {"GET", "/demand", ""}, {"GET", "/changes", ""}, {"GET", "/own-changes", ""}, {"POST", "/fork", `{"version":1}`},
			{"POST", "/adopt", `{"organisation":"dunakert-dental"}`}, {"PUT", "/own-changes", `{"changes":[]}`}, {"POST", "/commitment", commitment}, {"POST", "/journey", `{"hash":"` + noHash + `"}`},
			{"POST", "/steps", `{"step":"ask_final"}`}, {"POST", "/oversight", `{"event":"suspend","why":"We look into the licence of this clinic."}`},
		} {
			if x.path == "/steps" && name+"@demo.example" == drafter {
				continue // it is a step of theirs, and not the time for it
			}
			var a []answer
			for _, of := range []string{"veneers-sedefkuyu", "no-such-package"} {
				a = append(a, v.json(x.method, "/api/v1/packages/"+of+x.path, x.body, "Idempotency-Key: foreign-0123456789abcdef"))
			}
			alike(t, "API "+x.method+x.path, name, a[0], a[1])
			if name == "patient" && a[1].StatusCode != 404 && x.path != "/oversight" {
				t.Errorf("API %s%s of nothing: %d %s", x.method, x.path, a[1].StatusCode, a[1].text)
			}
		}
		if name+"@demo.example" != drafter {
			for method, path := range map[string]string{"GET": "/draft", "PUT": "/draft", "POST": "/publish"} {
				body := map[string]string{"PUT": `{"title":"Veneers","procedure":"den.crown"}`, "POST": `{}`}[method]
				there, absent := v.json(method, "/api/v1/packages/veneers-sedefkuyu"+path, body, "Idempotency-Key: foreign-0123456789abcdef"), v.json(method, "/api/v1/packages/no-such-package"+path, body, "Idempotency-Key: foreign-0123456789abcdef")
				alike(t, "API "+method+path, name, there, absent)
			}
		}
		// A wish is read by everybody, and taken back by who made it alone.
		if name+"@demo.example" != wisher {
			f := v.fill("/me/password", "once", "foreign-0123456789abcdef", "do", "withdraw")
			if a := v.post("/packages/fue-ayazma/wishes/"+wish, f); a.StatusCode < 400 {
				t.Errorf("%s takes back somebody else's wish: %d", name, a.StatusCode)
			}
		}
	}
	if after := s.text(t, state); after != before {
		t.Error("something was changed by those to whom it does not belong")
	}
}

func clone(f url.Values) url.Values {
	out := url.Values{}
	for k, v := range f {
		out[k] = slices.Clone(v)
	}
	return out
}

// alike fails if an answer lets somebody in or tells that there is something.
func alike(t *testing.T, what, role string, there, absent answer) {
	t.Helper()
	if there.StatusCode != absent.StatusCode || there.heading() != absent.heading() || there.StatusCode < 400 {
		t.Errorf("%s as %s: %d %q; what is not there: %d %q", what, role, there.StatusCode, there.heading(), absent.StatusCode, absent.heading())
	}
}
