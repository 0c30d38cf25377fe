package internal

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "caravan/"

// layers is the plan of the code, from the ground up. A package may import
// packages on layers below its own, and none beside it, but for the doors.
var layers = [][]string{
	// knows nothing of us
	{"migrations", "static", "internal/errs", "internal/config", "internal/wording", "internal/stats", "internal/csvfile", "internal/localpg", "internal/leaf", "internal/shelf"},
	{"internal/text", "internal/money", "internal/access", "internal/db", "internal/chart", "web"}, // tools
	{"internal/job", "internal/live"},                                // tools on the database
	{"internal/mail", "internal/httpd"},                              // mail, the front door
	{"internal/account"},                                             // people
	{"internal/departure"},                                           // how they take their data along, and leave
	{"internal/search", "internal/notify", "internal/translog"},      // services that features call
	{"internal/moderation"},                                          //
	{"internal/provider"},                                            // features that others stand on
	{"internal/visit"},                                               // how a visit is shown
	{"internal/answer", "internal/feedback"},                         // what clinics say, what was said elsewhere
	{"internal/question", "internal/experience", "internal/shaping"}, // features
	{"internal/front"},                                               // the roof: pages that mix features
	{"internal/demo"},                                                // invented data
	{"internal/app"},                                                 // knows every feature
	{"internal/testkit", "cmd/caravan", "cmd/loadtest", "cmd/trustlog"}, // tests, programs
}

// doors are the openings between packages of one layer: {from, to}.
var doors = map[[2]string]bool{
	{"internal/mail", "internal/httpd"}: true, // the page that shows the box of demo mode
}

// tables says which package writes which tables. Any may read. Demo data go
// into an empty database all at once, so demo writes them all.
var tables = map[string][]string{
	"internal/db":    {"idempotency_keys"},
	"internal/httpd": {"buckets"},
	"internal/live":  {"live_channels", "live_events", "settings"},
	"internal/account": {"persons", "accounts", "identities", "passwords", "platform_roles", "consents", "sessions", "account_tokens", "sign_in_starts",
		"passkeys", "passkey_handles", "recovery_codes", "passkey_ceremonies"},
	"internal/search":     {"search_titles", "search_replies", "search_texts", "search_queue", "search_synonyms"},
	"internal/departure":  {"exports", "departures"},
	"internal/notify":     {"notifications", "accounts"}, // accounts.unread is its counter
	"internal/translog":   {"log_outbox", "log_leaves", "log_hashes", "log_head", "log_openings"},
	"internal/moderation": {"moderation_cases", "reports", "moderation_decisions", "moderation_appeals"},
	"internal/provider":   {"organisations", "organisation_procedures", "organisation_accreditations", "clinicians", "affiliations", "staff_invitations", "console_visits"},
	"internal/visit":      {"visit_batches", "visit_codes", "visit_declarations", "visit_proofs"},
	"internal/answer":     {"answers", "answer_edits", "changes", "change_sightings"},
	"internal/feedback":   {"feedback"},
	"internal/experience": {"exchange_rates", "experiences", "authorships", "experience_restricted", "experience_sealed", "experience_consents",
		"experience_procedures", "experience_lines", "complications", "check_ins", "experience_drafts", "experience_edits", "experience_masks", "experience_imports", "tombstones", "experience_votes", "clinic_ranks"},
	"internal/shaping": {"packages", "package_steps", "package_items", "package_versions", "package_version_items", "amendments", "amendment_responses", "amendment_responses_hidden", "amendment_answer_drafts",
		"package_votes", "package_standings", "package_tallies", "package_declarations", "package_vote_reviews", "package_interests", "package_signatories", "package_commitments",
		"package_journeys", "package_verdicts", "package_verdict_replies", "package_refused_needs"},
	"internal/question": {"questions", "question_counts", "question_edits", "replies", "reply_edits", "reply_votes", "reply_scores"},
}

var writes = regexp.MustCompile(`(?i)\b(?:INSERT INTO|UPDATE|DELETE FROM)\s+([a-z_]+)`)

// keepers say which files may touch something from outside, so that there is
// one place to look when it changes.
var keepers = map[string]func(pkg, file string) bool{
	"gorm.io/": func(pkg, file string) bool { return pkg == "internal/db" || strings.HasPrefix(file, "store") },
	"github.com/labstack/echo": func(pkg, file string) bool {
		return pkg == "internal/httpd" || pkg == "internal/app" || pkg == "internal/front" || pkg == "static" || pkg == "cmd/loadtest" ||
			strings.HasPrefix(pkg, "cmd/loadtest/") || strings.HasPrefix(file, "http") || strings.HasPrefix(file, "present")
	},
	"github.com/gorilla/websocket": func(pkg, _ string) bool { return pkg == "internal/live" || strings.HasPrefix(pkg, "cmd/loadtest") },
	"github.com/markbates/goth":    func(pkg, _ string) bool { return pkg == "internal/account" },
	"github.com/go-webauthn/":      func(pkg, _ string) bool { return pkg == "internal/account" },
	"github.com/nats-io/":          func(pkg, _ string) bool { return pkg == "internal/live" },
	"github.com/riverqueue/":       func(pkg, _ string) bool { return pkg == "internal/job" },
	"github.com/danielgtaylor/":    func(pkg, _ string) bool { return pkg == "internal/httpd" },
}

// maxLines is where a file stops being one idea.
const maxLines = 450

func TestTheCodeFollowsItsPlan(t *testing.T) {
	layerOf := map[string]int{}
	for i, l := range layers {
		for _, pkg := range l {
			layerOf[pkg] = i
		}
	}
	for _, f := range sources(t) {
		pkg, file := filepath.ToSlash(filepath.Dir(f.path)), filepath.Base(f.path)
		if pkg == "internal" {
			continue
		}
		own := pkg
		if strings.HasPrefix(pkg, "cmd/loadtest/") {
			own = "cmd/loadtest" // its own parts stand with it
		}
		from, ok := layerOf[own]
		if !ok {
			t.Errorf("%s: the package is not on the plan in architecture_test.go", f.path)
			continue
		}
		if f.lines > maxLines {
			t.Errorf("%s: %d lines; is it still one idea?", f.path, f.lines)
		}
		if f.test {
			continue
		}
		checkImports(t, f, own, file, from, layerOf)
		checkSQL(t, f, own, file)
	}
	for pkg := range layerOf {
		if !hasPackageDoc(t, pkg) {
			t.Errorf("%s: no package comment", pkg)
		}
	}
}

func checkImports(t *testing.T, f source, pkg, file string, from int, layerOf map[string]int) {
	for _, im := range f.ast.Imports {
		p := strings.Trim(im.Path.Value, `"`)
		if to, ours := strings.CutPrefix(p, module); ours && !strings.HasPrefix(to, "cmd/loadtest/") {
			if to == "internal/testkit" && pkg != "internal/testkit" {
				t.Errorf("%s imports testkit, which is for tests", f.path)
			}
			if layerOf[to] >= from && !doors[[2]string{pkg, to}] {
				t.Errorf("%s imports %s, which is not below it", f.path, to)
			}
		}
		for prefix, may := range keepers {
			if strings.HasPrefix(p, prefix) && pkg != "internal/testkit" && !may(pkg, file) {
				t.Errorf("%s imports %s; only its keepers may", f.path, p)
			}
		}
	}
}

func checkSQL(t *testing.T, f source, pkg, file string) {
	if pkg == "internal/testkit" || pkg == "internal/demo" || pkg == "cmd/loadtest" {
		return
	}
	ast.Inspect(f.ast, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit:
			for _, m := range writes.FindAllStringSubmatch(n.Value, -1) {
				if n.Kind == token.STRING && !slices.Contains([]string{"set", "of", "skip"}, strings.ToLower(m[1])) && !slices.Contains(tables[pkg], strings.ToLower(m[1])) {
					t.Errorf("%s:%d: writes %s, which is another package's table", f.path, f.set.Position(n.Pos()).Line, m[1])
				}
			}
		case *ast.SelectorExpr:
			if n.Sel.Name == "Gorm" && !keepers["gorm.io/"](pkg, file) {
				t.Errorf("%s:%d: SQL belongs into store*.go", f.path, f.set.Position(n.Pos()).Line)
			}
			if slices.Contains([]string{"AutoMigrate", "Save", "FirstOrCreate"}, n.Sel.Name) && strings.HasPrefix(file, "store") {
				t.Errorf("%s:%d: gorm's %s hides what it writes", f.path, f.set.Position(n.Pos()).Line, n.Sel.Name)
			}
		}
		return true
	})
}

// TestTheVerifierKnowsNothingOfTheSite keeps what checks the log apart from what
// writes it: it shares the formats with the site, and no page and no database.
func TestTheVerifierKnowsNothingOfTheSite(t *testing.T) {
	for _, f := range sources(t) {
		if f.test || filepath.ToSlash(filepath.Dir(f.path)) != "cmd/trustlog" && filepath.ToSlash(filepath.Dir(f.path)) != "internal/leaf" {
			continue
		}
		for _, im := range f.ast.Imports {
			p := strings.Trim(im.Path.Value, `"`)
			foreign := strings.Contains(strings.SplitN(p, "/", 2)[0], ".") && !strings.HasPrefix(p, "golang.org/x/mod/sumdb/")
			if foreign || strings.HasPrefix(p, module) && p != module+"internal/leaf" {
				t.Errorf("%s imports %s", f.path, p)
			}
		}
	}
}

// TestEveryHTMLConversionSaysWhyItIsSafe keeps the escaping of templates from
// being switched off by the way: text becomes HTML only where a comment says
// who made it.
func TestEveryHTMLConversionSaysWhyItIsSafe(t *testing.T) {
	unsafe := regexp.MustCompile(`template\.(HTML|JS|URL|CSS|HTMLAttr)\(`)
	for _, f := range sources(t) {
		if f.test {
			continue
		}
		for i, line := range strings.Split(f.text, "\n") {
			if unsafe.MatchString(line) && !strings.Contains(line, "#nosec G203") {
				t.Errorf("%s:%d: a conversion to safe content without a word on why", f.path, i+1)
			}
		}
	}
}

// TestMigrationsAreNumberedOnce keeps two features from taking the same number.
func TestMigrationsAreNumberedOnce(t *testing.T) {
	files, err := filepath.Glob("../migrations/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	seen := map[string]string{}
	for _, f := range files {
		n, _, _ := strings.Cut(filepath.Base(f), "_")
		if seen[n] != "" {
			t.Errorf("%s and %s have the same number", seen[n], f)
		}
		seen[n] = f
	}
}

type source struct {
	path, text string
	lines      int
	test       bool
	set        *token.FileSet
	ast        *ast.File
}

func sources(t *testing.T) (all []source) {
	t.Helper()
	for _, top := range []string{"cmd", "internal", "web", "static", "migrations"} {
		err := filepath.WalkDir(filepath.Join("..", top), func(p string, d fs.DirEntry, err error) error {
			if d != nil && d.IsDir() && d.Name() == "node_modules" {
				return fs.SkipDir
			}
			if err != nil || d.IsDir() || !strings.HasSuffix(p, ".go") {
				return err
			}
			b, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			set := token.NewFileSet()
			f, err := parser.ParseFile(set, p, b, parser.ParseComments)
			if err != nil {
				return err
			}
			rel, err := filepath.Rel("..", p)
			all = append(all, source{rel, string(b), strings.Count(string(b), "\n"), strings.HasSuffix(p, "_test.go"), set, f})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(all) == 0 {
		t.Fatal("no sources found")
	}
	return all
}

func hasPackageDoc(t *testing.T, pkg string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", pkg, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments|parser.PackageClauseOnly)
		if err != nil {
			t.Fatal(err)
		}
		if f.Doc != nil {
			return true
		}
	}
	return false
}
