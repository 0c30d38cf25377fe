package translog

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"regexp"
	"strconv"
	"strings"
	"time"

	"caravan/internal/leaf"
	"caravan/internal/wording"
	"caravan/web"
)

//go:embed views/*.html
var viewFiles embed.FS

var (
	views, _    = fs.Sub(viewFiles, "views")
	logPage     = web.Page[LogView](views, "log")
	thingPage   = web.Page[ThingView](views, "thing")
	removedPage = web.Page[RemovedView](views, "removed")
)

// LogView is what log.page.html shows.
type LogView struct {
	Begun     bool
	Head      StateView
	Kinds     []CountView
	Removed   []EntryView
	Clinics   []CountView
	Origin    string
	Command   string // how to verify from outside
	Typed     string // into the form
	NotFound  bool
	MoreCount int // removals in all
}

// StateView is how the log stands.
type StateView struct {
	Size      int
	Root      string
	SignedAt  time.Time
	Witnessed *time.Time // when witnesses last signed
	Alone     *time.Time // since when they have not
	Nobody    bool       // there is no witness at all
	Demo      bool       // the witness is a demo's
	Stale     bool       // nothing was signed for long
	Behind    bool       // nothing is signed: the database is an old copy
	AloneLong bool       // witnesses have not signed for a day
}

// CountView is how often something happened; Path leads to it.
type CountView struct {
	Label, Path string
	N           int
}

// EntryView is one entry, ready to print.
type EntryView struct {
	Idx        int64
	Kind       string // what happened, as a sentence
	Detail     string // the rest in the clear, as a sentence; may be empty
	Day        time.Time
	ThingPath  string // all entries about the same thing
	ThingLabel string // with the beginning of a long id
	ThingRef   string // the whole id
	Clinic     string
	ClinicPath string
	State      string // of its opening: open, hidden, erased; empty without one
	Sealed     string // fingerprint of a sealed statement of reasons; empty without one
	SealedHead string // its beginning, as people compare it
	Proof      string
	Words      string // where what it commits to is handed out; empty where that is not open
	Raw        string // as it stands in the log
}

// ThingView is what thing.page.html shows: what the log says of one thing.
type ThingView struct {
	Title   string
	Path    string // of the thing itself; empty where it has no page
	Waits   bool   // it was told, and has no entry yet
	Entries []EntryView
	Receipt string
	Command string // how to check the files of this page
}

// RemovedView is what removed.page.html shows.
type RemovedView struct {
	Entries []EntryView
	Clinics []CountView
	Clinic  string // of the filter
	All     string // address without the filter
	Next    string
}

// pathOf is the page of a thing, without a language prefix; empty if it has none.
func pathOf(kind, ref string) string {
	switch kind {
	case leaf.Experience:
		return "/experiences/" + ref
	case leaf.Reply:
		return "/experiences/" + ref
	case leaf.Package:
		return "/packages/" + ref
	case "question":
		return "/questions/" + ref
	case "clinic":
		return "/clinics/" + ref
	case "policy":
		if ref == "rules" || ref == "order" || ref == "verification" || ref == "privacy" {
			return "/" + ref
		}
	}
	return ""
}

// HistoryPath is the page that says what the log holds about a thing.
func HistoryPath(kind, ref string) string { return "/log/of/" + kind + "/" + ref }

// entryView says an entry in the words of a language.
func entryView(lang string, r leafRow, names map[string]string) (EntryView, error) {
	e, err := leaf.ReadEntry(r.Body)
	if err != nil {
		return EntryView{}, err
	}
	v := EntryView{Idx: r.Idx, Day: r.Day, Raw: string(r.Body), Proof: "/log/proof/entry/" + strconv.FormatInt(r.Idx, 10),
		ThingPath: wording.Path(lang, HistoryPath(r.AboutKind, r.AboutRef)), ThingLabel: thingLabel(lang, r.AboutKind, shortRef(r.AboutRef)), ThingRef: r.AboutRef}
	v.Kind = wording.Text(lang, sentenceOf(e))
	v.Detail = detail(lang, e)
	if r.Clinic != "" {
		v.Clinic, v.ClinicPath = nameOf(names, r.Clinic), wording.Path(lang, "/clinics/"+r.Clinic)
	}
	return v, nil
}

// sentenceOf is the key of what an entry says.
func sentenceOf(e leaf.Entry) string {
	key := "translog.kind_"
	for _, c := range e.Kind {
		if c == '.' {
			c = '_'
		}
		key += string(c)
	}
	if e.Kind == leaf.ModDecision {
		key += "_" + e.Text("action")
	}
	if _, together := e.Body["subjects"]; together {
		key += "_" + e.Text("subject")
	}
	if !wording.Has(key) {
		return "translog.kind_other"
	}
	return key
}

// detail says what else an entry has in the clear.
func detail(lang string, e leaf.Entry) string {
	switch e.Kind {
	case leaf.ExpPublish, leaf.ExpEdit:
		return wording.Text(lang, "translog.detail_exp", "version", e.Int("version"), "level", e.Int("level"), "period", e.Text("quarter"))
	case leaf.ExpErase, leaf.ReplyErase:
		return wording.Text(lang, "translog.by_"+e.Text("reason"))
	case leaf.ModDecision:
		if rule := "moderation.reason_" + e.Text("rule"); wording.Has(rule) {
			return wording.Text(lang, "translog.detail_rule", "rule", wording.Text(lang, rule))
		}
	case leaf.ReplyPublish, leaf.ReplyEdit, leaf.PkgVersion:
		return wording.Text(lang, "translog.detail_version", "version", e.Int("version"))
	case leaf.PkgCommitment:
		return wording.Text(lang, "translog.detail_commitment", "version", e.Int("version"), "signer", e.Text("signer"), "places", e.Int("capacity"))
	case leaf.VoteTally:
		return tallyDetail(lang, e)
	case leaf.VoucherBatch:
		return wording.Text(lang, "translog.detail_batch", "count", int(e.Int("codes")), "quarter", e.Text("quarter"))
	case leaf.Lost:
		if e.Int("version") == 0 {
			return wording.Text(lang, "translog.detail_lost_all")
		}
		return wording.Text(lang, "translog.detail_lost", "version", e.Int("version"))
	case leaf.StatsDaily:
		return wording.Text(lang, "translog.detail_stats", "shown", e.Int("shown"), "counted", e.Int("counted"))
	}
	return ""
}

// tallyDetail says what was counted: how many took part, on how many things they
// voted, and of the package itself also how.
func tallyDetail(lang string, e leaf.Entry) string {
	subjects, together := e.Body["subjects"].([]any)
	if !together {
		return wording.Text(lang, "translog.detail_tally", "version", e.Int("version"), "count", int(e.Int("participants")))
	}
	words := []string{wording.Text(lang, "translog.detail_frozen", "round", e.Int("round"), "version", e.Int("version")),
		wording.Text(lang, "translog.detail_frozen_people", "count", int(e.Int("participants"))), wording.Text(lang, "translog.detail_frozen_things", "count", len(subjects))}
	voided := int64(0)
	for _, x := range subjects {
		m, _ := x.(map[string]any)
		n, _ := leaf.Number(m["voided"])
		voided += n
		strata, told := m["strata"].(map[string]any)
		if m["subject"] == leaf.Package && told {
			words = append(words, wording.Text(lang, "translog.detail_frozen_package", "want", votesOf(strata, "want"), "pass", votesOf(strata, "pass"), "against", votesOf(strata, "against")))
		}
	}
	if voided > 0 {
		words = append(words, wording.Text(lang, "translog.detail_frozen_voided", "count", int(voided)))
	}
	return strings.Join(words, " ")
}

// votesOf adds one kind of vote up over all strata.
func votesOf(strata map[string]any, what string) (n int64) {
	for _, s := range strata {
		counts, _ := s.(map[string]any)
		c, _ := leaf.Number(counts[what])
		n += c
	}
	return n
}

func thingLabel(lang, kind, ref string) string {
	key := "translog.thing_" + kind
	if !wording.Has(key) {
		key = "translog.thing_other"
	}
	return wording.Text(lang, key, "ref", ref)
}

func nameOf(names map[string]string, slug string) string {
	if n := names[slug]; n != "" {
		return n
	}
	return slug
}

// sealedStatement is the fingerprint of the statement of reasons of a decision:
// all that is public of it. Its words are for the author.
func sealedStatement(o *Opening) string {
	if o == nil || o.State != StateOpen {
		return ""
	}
	var body struct {
		Statement string `json:"statement"`
	}
	if json.Unmarshal(o.Body, &body) != nil || !fingerprint.MatchString(body.Statement) {
		return ""
	}
	return body.Statement
}

var fingerprint = regexp.MustCompile(`^[0-9a-f]{64}$`)

// shortRef is an id as people compare it: a long one by its beginning.
func shortRef(ref string) string {
	if len(ref) < 32 || strings.Trim(ref, "0123456789abcdef-") != "" {
		return ref
	}
	return ref[:8] + "…"
}

// short is a hash as people compare it: its beginning.
func short(root fmt.Stringer) string { return root.String()[:12] + "…" }
