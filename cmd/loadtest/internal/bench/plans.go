package bench

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"caravan/cmd/loadtest/internal/load"
	"caravan/cmd/loadtest/internal/site"
)

// explaining makes the server log the plan of every statement with what it read.
const explaining = "-c session_preload_libraries=auto_explain -c auto_explain.log_min_duration=0 -c auto_explain.log_analyze=on -c auto_explain.log_buffers=on"

// growing is from how many rows on a table counts as one that grows.
const growing = 1000

// plans prints, for each wanted row, the plan of every statement that a request
// sends or sets off, as the server ran it, and flags sequential scans of growing
// tables. The site runs anew on connections that log their plans.
func (h *host) plans(ctx context.Context) error {
	u, err := url.Parse(h.pg.URL)
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	q := u.Query()
	q.Set("options", explaining)
	u.RawQuery = strings.ReplaceAll(q.Encode(), "+", "%20") // a plus sign stays one in connection strings
	p, err := h.startOurs(ctx, u.String())
	if err != nil {
		return err
	}
	defer func() {
		if err := p.stop(); err != nil {
			h.Say("%v", err)
		}
	}()
	if h.site, err = site.Open("http://" + p.addr); err != nil {
		return err
	}
	if err := h.prepareHot(ctx); err != nil {
		return err
	}
	tables, err := h.strings(ctx, `select relname from pg_class where relkind = 'r' and reltuples > $1`, growing)
	if err != nil {
		return err
	}
	log, err := os.Open(filepath.Join(h.pg.Dir, "postgres.log"))
	if err != nil {
		return fmt.Errorf("bench: read plans: %w", err)
	}
	defer log.Close()
	background, err := h.background(ctx, log, p)
	if err != nil {
		return err
	}
	for _, r := range rows() {
		if !h.wants(r.id) {
			continue
		}
		found, err := h.explain(ctx, log, p, r)
		if err != nil {
			return err
		}
		found = slices.DeleteFunc(found, func(f plan) bool { return background[f.query] })
		printPlans(h.Out, r, found, tables)
	}
	return nil
}

// background are the statements that the program sends while nobody asks it for
// anything.
func (h *host) background(ctx context.Context, log *os.File, p *program) (map[string]bool, error) {
	h.quiet(ctx, p)
	// What was asked for until now, to find the pages, is none of them.
	if _, err := log.Seek(0, io.SeekEnd); err != nil {
		return nil, fmt.Errorf("bench: read plans: %w", err)
	}
	select {
	case <-time.After(3 * time.Second):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	found, err := readPlans(log)
	if err != nil {
		return nil, fmt.Errorf("bench: read plans: %w", err)
	}
	seen := map[string]bool{}
	for _, f := range found {
		seen[f.query] = true
	}
	return seen, nil
}

// explain sends the requests of one row for a moment and reads the plans that
// the server logged meanwhile: of several of one statement, the last, which is
// the one that stays.
func (h *host) explain(ctx context.Context, log *os.File, p *program, r row) ([]plan, error) {
	if _, err := log.Seek(0, io.SeekEnd); err != nil {
		return nil, fmt.Errorf("bench: read plans: %w", err)
	}
	one := h.plan("plans of "+r.id, p, r.ours(h.fix))
	one.Conns, one.Warm, one.Run = 1, 0, 500*time.Millisecond
	if _, err := load.Run(ctx, one); err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	return readPlans(log)
}

// plan is what the server logged of one statement.
type plan struct {
	query, text string
	times       int
}

// readPlans reads what auto_explain wrote: a line "duration: … plan:", then
// lines that begin with a tab, of which those up to the first node are the
// statement.
func readPlans(r io.Reader) ([]plan, error) {
	var found []plan
	var current []string
	keep := func() {
		if len(current) == 0 {
			return
		}
		p := split(current)
		current = nil
		at := slices.IndexFunc(found, func(f plan) bool { return f.query == p.query })
		if at < 0 {
			found = append(found, p)
			at = len(found) - 1
		}
		found[at].text = p.text
		found[at].times++
	}
	in := bufio.NewScanner(r)
	in.Buffer(nil, 4<<20)
	inside := false
	for in.Scan() {
		line := in.Text()
		switch {
		case strings.Contains(line, "duration: ") && strings.HasSuffix(line, "plan:"):
			keep()
			inside = true
		case inside && strings.HasPrefix(line, "\t"):
			current = append(current, line[1:])
		default:
			keep()
			inside = false
		}
	}
	keep()
	return found, in.Err()
}

// node is the first line of a plan.
var node = regexp.MustCompile(`\(cost=[\d.]+\.\.[\d.]+ rows=\d+ width=\d+\)`)

func split(lines []string) plan {
	at := slices.IndexFunc(lines, node.MatchString)
	if at < 0 {
		at = len(lines)
	}
	query := strings.TrimPrefix(strings.Join(lines[:at], " "), "Query Text: ")
	return plan{query: strings.Join(strings.Fields(query), " "), text: strings.Join(lines[at:], "\n")}
}

var scan = regexp.MustCompile(`Seq Scan on (?:\w+\.)?(\w+)`)

// scanned are the growing tables that the plan reads from end to end.
func (p plan) scanned(tables []string) []string {
	var out []string
	for _, m := range scan.FindAllStringSubmatch(p.text, -1) {
		if slices.Contains(tables, m[1]) && !slices.Contains(out, m[1]) {
			out = append(out, m[1])
		}
	}
	return out
}

func printPlans(w io.Writer, r row, found []plan, tables []string) {
	fmt.Fprintf(w, "\n### Statements of row %s: %s\n", r.id, r.work)
	if len(found) == 0 {
		fmt.Fprintln(w, "\nnone: answered from memory")
	}
	for _, p := range found {
		fmt.Fprintf(w, "\n%d ×\n```\n%s\n%s\n```\n", p.times, p.query, p.text)
		if s := p.scanned(tables); len(s) > 0 {
			fmt.Fprintf(w, "**SEQUENTIAL SCAN of a growing table: %s**\n", strings.Join(s, ", "))
		}
	}
}
