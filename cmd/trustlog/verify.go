package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"caravan/internal/leaf"
)

// staleWitness is how old a witness's signature may be before it is said.
const staleWitness = 24 * time.Hour

// verifying is one run of verify.
type verifying struct {
	site      *site
	policy    leaf.PolicyFile
	state     seen
	statePath string
	entries   string        // file for all entries; empty: none
	wait      time.Duration // for entries that wait for their place
	logOnly   bool
	out, errs io.Writer
	now       func() time.Time
}

func verifyCommand(ctx context.Context, args []string, out, errs io.Writer) error {
	flags := flag.NewFlagSet("verify", flag.ContinueOnError)
	flags.SetOutput(errs)
	url := flags.String("url", "", "address of the site")
	policy := flags.String("policy", "", "file that says whom to believe; otherwise the one seen first")
	state := flags.String("state", "", "file that remembers what was seen")
	wait := flags.Duration("wait", 90*time.Second, "how long to wait for entries that have no place yet")
	entries := flags.String("entries", "", "file to keep all entries in, from which a site that lost its database can go on")
	logOnly := flags.Bool("log-only", false, "do not compare with what the site shows")
	if err := flags.Parse(args); err != nil || flags.NArg() > 0 {
		return errors.New("usage: trustlog verify --url URL [--policy FILE] [--state FILE] [--wait 90s] [--log-only] [--entries FILE]")
	}
	v := &verifying{statePath: *state, entries: *entries, wait: *wait, logOnly: *logOnly, out: out, errs: errs, now: time.Now}
	var err error
	if v.site, err = newSite(*url); err != nil {
		return err
	}
	if v.state, err = readState(*state); err != nil {
		return err
	}
	if v.policy, v.state.Policy, err = findPolicy(ctx, v.site, *policy, v.state.Policy, errs); err != nil {
		return err
	}
	return v.run(ctx)
}

// findPolicy is whom to believe: what a file says, else what was believed
// before, else what the site says of itself.
func findPolicy(ctx context.Context, s *site, file, before string, errs io.Writer) (p leaf.PolicyFile, text string, err error) {
	switch {
	case file != "":
		b, err := os.ReadFile(file)
		if err != nil {
			return p, "", err
		}
		text = string(b)
	case before != "":
		text = before
	case s == nil:
		return p, "", errors.New("whom to believe? Give --policy FILE or --url URL")
	default:
		b, err := s.need(ctx, "/log/policy")
		if err != nil {
			return p, "", failure{exitUnreachable, err}
		}
		text = string(b)
		fmt.Fprintln(errs, "note: no policy was given; believing the key that the site names at this first contact")
	}
	p, err = leaf.ParsePolicy(text)
	return p, text, err
}

// run verifies until nothing waits for its place any more, or waited too long.
func (v *verifying) run(ctx context.Context) error {
	give := v.now().Add(v.wait)
	for {
		waits, err := v.once(ctx)
		if !waits || v.now().After(give) {
			return err
		}
		select {
		case <-ctx.Done():
			return failure{exitUnreachable, ctx.Err()}
		case <-time.After(2 * time.Second):
		}
	}
}

// pending is a failure that may only be an entry that waits for its place.
type pending struct{ f failure }

// Error is that of the failure, should it stay one.
func (p pending) Error() string { return p.f.Error() }

// Unwrap leads to the failure with its exit code.
func (p pending) Unwrap() error { return p.f }

// once verifies the log as it is now. Waits says that something may only not
// have its place yet.
func (v *verifying) once(ctx context.Context) (waits bool, err error) {
	checked, raw, err := v.head(ctx)
	if err != nil {
		return false, err
	}
	t, err := v.download(ctx, checked.Head)
	if err != nil {
		return false, err
	}
	if err := v.continues(checked.Head, raw, t); err != nil {
		return false, err
	}
	v.state.Checkpoint = string(raw)
	v.witnesses(checked)
	if err := v.state.keep(v.statePath); err != nil {
		return false, err
	}
	if err := v.keepEntries(t); err != nil {
		return false, err
	}
	a, err := v.audit(ctx, t)
	if err != nil {
		return false, err
	}
	if len(a.faults) > 0 {
		return a.waits, a.failure(v.errs)
	}
	fmt.Fprintf(v.out, "ok: %s; %s\n", checked.Head, a.summary())
	return false, nil
}

// head reads the signed head.
func (v *verifying) head(ctx context.Context) (c leaf.Checked, raw []byte, err error) {
	status, raw, err := v.site.get(ctx, "/log/checkpoint")
	if err != nil {
		return c, nil, err
	}
	if status != http.StatusOK {
		return c, nil, fail(exitUnreachable, "%s/log/checkpoint answers %d", v.site.base, status)
	}
	if c, err = v.policy.Open(raw); err != nil {
		return c, nil, fail(exitFork, "%w\n%s", err, raw)
	}
	return c, raw, nil
}

// tree is the log as it was downloaded.
type tree struct {
	bodies [][]byte
	hashes []tlog.Hash // by tlog.StoredHashIndex
}

// ReadHashes returns the hashes at places.
func (t *tree) ReadHashes(at []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(at))
	for i, x := range at {
		if x >= int64(len(t.hashes)) {
			return nil, fmt.Errorf("hash %d is not in the tree", x)
		}
		out[i] = t.hashes[x]
	}
	return out, nil
}

// download reads all entries, builds the tree anew, and compares every tile.
func (v *verifying) download(ctx context.Context, head leaf.Head) (*tree, error) {
	bundles := leaf.Bundles(head.Size)
	parts := make([][][]byte, len(bundles))
	err := each(len(bundles), func(i int) error {
		b, err := v.site.need(ctx, "/log/"+bundles[i].Path())
		if err != nil {
			return err
		}
		if parts[i], err = leaf.SplitBundle(b); err != nil || len(parts[i]) != bundles[i].Width {
			return fail(exitMissing, "%s has %d entries instead of %d", bundles[i].Path(), len(parts[i]), bundles[i].Width)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	t := &tree{}
	for _, p := range parts {
		for _, body := range p {
			h, err := tlog.StoredHashes(int64(len(t.bodies)), body, t)
			if err != nil {
				return nil, err
			}
			t.hashes, t.bodies = append(t.hashes, h...), append(t.bodies, body)
		}
	}
	root, err := tlog.TreeHash(head.Size, t)
	if err != nil {
		return nil, err
	}
	if root != head.Root {
		return nil, fail(exitMissing, "the entries are not those that were signed: their root is %s, the signed one %s", root, head.Root)
	}
	return t, v.compareTiles(ctx, head, t)
}

func (v *verifying) compareTiles(ctx context.Context, head leaf.Head, t *tree) error {
	tiles := leaf.Tiles(head.Size)
	return each(len(tiles), func(i int) error {
		got, err := v.site.need(ctx, "/log/"+tiles[i].Path())
		if err != nil {
			return err
		}
		want, err := t.ReadHashes(tiles[i].Hashes())
		if err != nil {
			return err
		}
		var b []byte
		for _, h := range want {
			b = append(b, h[:]...)
		}
		if !bytes.Equal(got, b) {
			return fail(exitMissing, "%s holds other hashes than the entries have", tiles[i].Path())
		}
		return nil
	})
}

// continues checks that the log grew out of what was seen before.
func (v *verifying) continues(head leaf.Head, raw []byte, t *tree) error {
	last, ok, err := v.state.last()
	if err != nil || !ok {
		return err
	}
	why := ""
	switch {
	case head.Origin != last.Origin:
		why = "this is another log than the one seen before"
	case head.Size < last.Size:
		why = "the log has shrunk"
	default:
		root, err := tlog.TreeHash(last.Size, t)
		if err != nil {
			return err
		}
		if root != last.Root {
			why = fmt.Sprintf("the first %d entries are not those seen before", last.Size)
		}
	}
	if why == "" {
		return nil
	}
	return fail(exitFork, "FORK: %s. Keep both heads: together they prove it.\nseen before:\n%s\nshown now:\n%s", why, v.state.Checkpoint, raw)
}

// keepEntries keeps all entries in a file, as they were signed.
func (v *verifying) keepEntries(t *tree) error {
	if v.entries == "" {
		return nil
	}
	var b []byte
	for _, body := range t.bodies {
		b = leaf.AppendBundle(b, body)
	}
	return leaf.Keep(v.entries, b)
}

// witnesses says who else signed, and warns where nobody did for long.
func (v *verifying) witnesses(c leaf.Checked) {
	var newest time.Time
	for _, s := range c.Sigs {
		if at, ok := leaf.CosignedAt(s); ok && at.After(newest) {
			newest = at
		}
	}
	now := v.now().UTC()
	if c.Witnessed && now.Sub(newest) < staleWitness || v.policy.Quorum == "none" {
		v.state.AloneSince = nil
		return
	}
	if v.state.AloneSince == nil {
		since := now
		if !newest.IsZero() {
			since = newest
		}
		v.state.AloneSince = &since
	}
	word := "note"
	if now.Sub(*v.state.AloneSince) >= staleWitness {
		word = "WARNING"
	}
	fmt.Fprintf(v.errs, "%s: not enough witnesses have signed since %s; until they do, only what you saw yourself shows a fork\n", word, v.state.AloneSince.Format(time.RFC3339))
}
