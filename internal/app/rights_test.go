package app_test

import (
	"bufio"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
)

// route is a line of testdata/routes.golden.
type route struct{ method, path, gate string }

func routes(t *testing.T) (all []route) {
	t.Helper()
	f, err := os.Open("testdata/routes.golden")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if x := strings.Fields(lines.Text()); len(x) >= 3 {
			all = append(all, route{x[0], x[1], x[2]})
		}
	}
	if len(all) < 100 {
		t.Fatalf("only %d routes", len(all))
	}
	return all
}

// example is an address of the pattern with nothing behind it.
var example = strings.NewReplacer(":slug", "no-such-clinic", ":package", "no-such-package", ":part", "about", ":number", "1", ":n", "1", ":provider", "nobody", ":kind", "question", ":step", "where", ":moment", "m3", ":token", "none", ":id", "999999999", "*", "none")

// heading is what a page is about.
var heading = regexp.MustCompile(`<h1[^>]*>([^<]*)</h1>`)

func (a answer) heading() string {
	if m := heading.FindStringSubmatch(a.text); m != nil {
		return m[1]
	}
	return ""
}

// TestEveryDoorAsksWhoIsThere goes to every address as everybody: where members
// are wanted, visitors are led to sign in, and nobody passes a door of staff or
// moderators who is none. Everything that changes something refuses a form that
// another site sent.
func TestEveryDoorAsksWhoIsThere(t *testing.T) {
	t.Parallel()
	s := demoSite(t)
	people := map[string]*visitor{"": s.visitor()}
	for _, name := range []string{"newcomer", "patient", "treated", "staff", "doctor", "facilitator", "moderator", "admin"} {
		people[name] = s.demoVisitor(t, name)
	}
	passes := func(gate, role string) bool {
		switch gate {
		case "anyone":
			return true
		case "member":
			return role != ""
		case "staff":
			return role == "staff" || role == "doctor" || role == "facilitator"
		}
		return role == "moderator" || role == "admin"
	}
	for _, r := range routes(t) {
		path := example.Replace(r.path)
		if r.path == "/live" || r.path == "/live/poll" {
			continue // they have tests of their own: there is no page behind them
		}
		for role, v := range people {
			if r.method != http.MethodGet {
				a := v.send(r.method, path, strings.NewReader("{}"), "Sec-Fetch-Site: cross-site", "Origin: https://evil.example", "Content-Type: application/json")
				if a.StatusCode < 400 {
					t.Errorf("%s %s from elsewhere as %q: %d", r.method, path, role, a.StatusCode)
				}
				continue
			}
			a := v.get(path)
			api, led := strings.HasPrefix(path, "/api/"), a.StatusCode == http.StatusSeeOther && strings.HasPrefix(a.Header.Get("Location"), "/sign-in")
			switch {
			case a.StatusCode >= 500:
				t.Errorf("%s as %q: %d", path, role, a.StatusCode)
			case passes(r.gate, role):
				if led || a.StatusCode == http.StatusUnauthorized {
					t.Errorf("%s turns %q away: %d", path, role, a.StatusCode)
				}
			case role == "" && (api && a.StatusCode != http.StatusUnauthorized || !api && !led):
				t.Errorf("%s lets a visitor in: %d %s", path, a.StatusCode, a.Header.Get("Location"))
			case role != "" && a.StatusCode != http.StatusForbidden && a.StatusCode != http.StatusNotFound:
				t.Errorf("%s lets %q in: %d", path, role, a.StatusCode)
			}
		}
	}
}

// TestWhatBelongsToSomebodyElseIsLikeWhatIsNotThere: its owner sees it, and to
// everybody else it answers as an address behind which there is nothing.
func TestWhatBelongsToSomebodyElseIsLikeWhatIsNotThere(t *testing.T) {
	t.Parallel()
	s := demoSite(t)
	const nobody = "00000000-0000-4000-8000-000000000000"
	account := s.text(t, `SELECT account_id::text FROM identities WHERE uid = 'treated@demo.example'`)
	draft := s.text(t, `SELECT public_id::text FROM experience_drafts WHERE account_id = $1::bigint LIMIT 1`, account)
	told := s.text(t, `SELECT e.public_id::text FROM experiences e JOIN authorships a ON a.experience_id = e.id WHERE a.account_id = $1::bigint AND e.state = 'published' LIMIT 1`, account)
	slug := s.text(t, `SELECT o.slug FROM organisations o JOIN affiliations f ON f.organisation_id = o.id JOIN accounts a ON a.person_id = f.person_id
		JOIN identities i ON i.account_id = a.id AND i.uid = 'staff@demo.example' WHERE o.kind = 'clinic' LIMIT 1`)
	of := map[string]string{"doctor": "staff"} // works at the same clinic
	for _, c := range []struct{ owner, there, absent string }{
		{"treated", "/experiences/drafts/" + draft + "/where", "/experiences/drafts/" + nobody + "/where"},
		{"treated", "/me/experiences/" + told + "/edit", "/me/experiences/" + nobody + "/edit"},
		{"treated", "/me/experiences/" + told + "/withdraw", "/me/experiences/" + nobody + "/withdraw"},
		{"staff", "/console/" + slug + "/codes", "/console/no-such-clinic/codes"},
		{"staff", "/console/" + slug + "/experiences", "/console/no-such-clinic/experiences"},
	} {
		for _, role := range []string{"newcomer", "patient", "treated", "staff", "doctor", "facilitator", "moderator", "admin"} {
			v := s.demoVisitor(t, role)
			there, absent := v.get(c.there), v.get(c.absent)
			if role == c.owner || of[role] == c.owner {
				if there.StatusCode != http.StatusOK || absent.StatusCode != http.StatusNotFound {
					t.Errorf("%s as %s: %d, absent %d", c.there, role, there.StatusCode, absent.StatusCode)
				}
				continue
			}
			if there.StatusCode != absent.StatusCode || there.heading() != absent.heading() || there.StatusCode < 400 {
				t.Errorf("%s as %s: %d %q; what is not there: %d %q", c.there, role, there.StatusCode, there.heading(), absent.StatusCode, absent.heading())
			}
		}
	}
}
