package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"caravan/internal/leaf"
)

// proving is one run of prove.
type proving struct {
	site   *site // nil: nobody is asked
	policy leaf.PolicyFile
	proven []leaf.Entry
	out    io.Writer
	now    func() time.Time
}

func proveCommand(ctx context.Context, args []string, out, errs io.Writer) error {
	flags := flag.NewFlagSet("prove", flag.ContinueOnError)
	flags.SetOutput(errs)
	url := flags.String("url", "", "address of the site, to look for what a receipt promises")
	policy := flags.String("policy", "", "file that says whom to believe")
	if err := flags.Parse(args); err != nil || flags.NArg() == 0 {
		return errors.New("usage: trustlog prove [--policy FILE] [--url URL] FILE …")
	}
	p := &proving{out: out, now: time.Now}
	var err error
	if *url != "" {
		if p.site, err = newSite(*url); err != nil {
			return err
		}
	}
	if p.policy, _, err = findPolicy(ctx, p.site, *policy, "", errs); err != nil {
		return err
	}
	return p.files(ctx, flags.Args())
}

// files proves what is in files. Proofs come first: receipts and openings are
// held against the entries that they prove.
func (p *proving) files(ctx context.Context, names []string) error {
	var receipts, openings [][]byte
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		switch {
		case leaf.IsReceipt(b):
			receipts = append(receipts, b)
		case isOpening(b):
			openings = append(openings, b)
		default:
			if err := p.proof(b); err != nil {
				return err
			}
		}
	}
	for _, b := range receipts {
		if err := p.receipt(ctx, b); err != nil {
			return err
		}
	}
	for _, b := range openings {
		if err := p.opening(b); err != nil {
			return err
		}
	}
	return nil
}

// isOpening reports whether a file holds an opening, as the site hands it out.
func isOpening(b []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(b), []byte("{")) }

// opening checks, asking nobody, that the words of an opening are those that a
// proven entry commits to.
func (p *proving) opening(b []byte) error {
	var o opening
	if err := json.Unmarshal(b, &o); err != nil {
		return failure{exitMissing, fmt.Errorf("an opening that cannot be read: %w", err)}
	}
	if o.State != "open" {
		return fail(exitMissing, "this opening holds no words: it is %s. What was handed out while it was open can still be proven", o.State)
	}
	for _, e := range p.proven {
		kind, ref, version, ok := e.Opened()
		if !ok || kind != o.Kind || ref != o.Ref || version != o.Version {
			continue
		}
		if !o.fits(e.Text("commit")) {
			return fail(exitMissing, "version %d of %s %s: these are not the words that were recorded", version, kind, ref)
		}
		fmt.Fprintf(p.out, "opened: these are the words of version %d of %s %s\n%s\n", version, kind, ref, o.Body)
		return nil
	}
	return fail(exitMissing, "version %d of %s %s: give the proof of its entry as well", o.Version, o.Kind, o.Ref)
}

// proof checks a proof that holds its entry, asking nobody.
func (p *proving) proof(b []byte) error {
	proof, err := leaf.ParseProof(b)
	if err != nil {
		return failure{exitFork, err}
	}
	c, err := p.policy.Open(proof.Checkpoint)
	if err != nil {
		return failure{exitFork, err}
	}
	if err := proof.Check(c.Head, proof.Entry); err != nil {
		return failure{exitFork, err}
	}
	e, err := leaf.ReadEntry(proof.Entry)
	if err != nil {
		return failure{exitMissing, err}
	}
	p.proven = append(p.proven, e)
	who := "signed by no witness"
	if len(c.Witnesses) > 0 {
		who = fmt.Sprintf("signed by %d of its witnesses", len(c.Witnesses))
	}
	fmt.Fprintf(p.out, "proven: entry %d of %s, %s\n%s\n", proof.Index, c.Head, who, proof.Entry)
	return nil
}

// receipt checks a promise of the log, and whether it was kept.
func (p *proving) receipt(ctx context.Context, b []byte) error {
	r, err := leaf.OpenReceipt(b, p.policy.Verifiers())
	if err != nil {
		return failure{exitFork, err}
	}
	fmt.Fprintf(p.out, "receipt: %s promises to hold version %d of %s %s by %s\n", r.Origin, r.Version, r.Kind, r.Ref, r.By.Format(time.RFC3339))
	if p.kept(r) {
		return nil
	}
	if p.site == nil {
		fmt.Fprintln(p.out, "to see whether the promise was kept, give its proof as well, or --url")
		return nil
	}
	status, proof, err := p.site.get(ctx, fmt.Sprintf("/log/proof/%s/%s?version=%d", r.Kind, r.Ref, r.Version))
	if err != nil {
		return err
	}
	if status == http.StatusOK {
		if err := p.proof(proof); err != nil {
			return err
		}
		if p.kept(r) {
			return nil
		}
		return fail(exitMissing, "promise broken: the log holds something else in its place")
	}
	if p.now().After(r.By) {
		return fail(exitMissing, "promise broken: the log does not hold it (the site answers %d)", status)
	}
	fmt.Fprintln(p.out, "not due yet")
	return nil
}

// kept looks for what was promised among what was proven.
func (p *proving) kept(r leaf.Receipt) bool {
	for _, e := range p.proven {
		if kind, ref, version, ok := e.Opened(); ok && kind == r.Kind && ref == r.Ref && version == r.Version && e.Text("commit") == r.Commit {
			fmt.Fprintln(p.out, "promise kept")
			return true
		}
	}
	return false
}
