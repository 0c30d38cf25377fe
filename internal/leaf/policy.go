package leaf

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// PolicyFile says whom to believe: which logs, which witnesses, and how many of them
// it takes (c2sp.org/tlog-policy).
type PolicyFile struct {
	Logs      []Peer
	Witnesses []Peer
	Groups    []Group
	Quorum    string // name of a witness or group; "none"
	Notes     []string
}

// Peer is a log or a witness.
type Peer struct {
	Name     string // of a witness, within the file
	Key      string
	URL      string // may be empty
	verifier note.Verifier
}

// Group is several witnesses, of whom some are enough.
type Group struct {
	Name    string
	Need    int
	Members []string
}

// Text is the file. Notes stand above as comments.
func (p PolicyFile) Text() string {
	var b strings.Builder
	for _, n := range p.Notes {
		b.WriteString("# " + n + "\n")
	}
	for _, l := range p.Logs {
		b.WriteString(strings.TrimSpace("log "+l.Key+" "+l.URL) + "\n")
	}
	for _, w := range p.Witnesses {
		b.WriteString(strings.TrimSpace("witness "+w.Name+" "+w.Key+" "+w.URL) + "\n")
	}
	for _, g := range p.Groups {
		fmt.Fprintf(&b, "group %s %d %s\n", g.Name, g.Need, strings.Join(g.Members, " "))
	}
	b.WriteString("quorum " + p.Quorum + "\n")
	return b.String()
}

// ParsePolicy reads a policy file.
func ParsePolicy(text string) (p PolicyFile, err error) {
	names := map[string]bool{}
	for i, line := range strings.Split(text, "\n") {
		f := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' })
		if len(f) == 0 || strings.HasPrefix(f[0], "#") {
			continue
		}
		if err := p.line(f, names); err != nil {
			return p, fmt.Errorf("leaf: policy, line %d: %w", i+1, err)
		}
	}
	if p.Quorum == "" {
		return p, errors.New("leaf: policy: no quorum")
	}
	return p, nil
}

func (p *PolicyFile) line(f []string, names map[string]bool) (err error) {
	switch {
	case f[0] == "log" && (len(f) == 2 || len(f) == 3):
		l := Peer{Key: f[1], URL: strings.Join(f[2:], "")}
		l.verifier, err = NewVerifier(l.Key)
		p.Logs = append(p.Logs, l)
		return err
	case f[0] == "witness" && (len(f) == 3 || len(f) == 4):
		w := Peer{Name: f[1], Key: f[2], URL: strings.Join(f[3:], "")}
		w.verifier, err = NewVerifier(w.Key)
		p.Witnesses = append(p.Witnesses, w)
		return errors.Join(err, claim(names, w.Name))
	case f[0] == "group" && len(f) >= 4:
		g := Group{Name: f[1], Members: f[3:]}
		switch f[2] {
		case "any":
			g.Need = 1
		case "all":
			g.Need = len(g.Members)
		default:
			g.Need, err = strconv.Atoi(f[2])
		}
		if err != nil || g.Need < 1 || g.Need > len(g.Members) {
			return errors.New("a group needs between one and all of its members")
		}
		for _, m := range g.Members {
			if !names[m] {
				return fmt.Errorf("%s is not named above", m)
			}
		}
		p.Groups = append(p.Groups, g)
		return claim(names, g.Name)
	case f[0] == "quorum" && len(f) == 2:
		if p.Quorum != "" || f[1] != "none" && !names[f[1]] {
			return errors.New("one quorum, of a name above")
		}
		p.Quorum = f[1]
		return nil
	}
	return errors.New("neither log, witness, group nor quorum")
}

func claim(names map[string]bool, name string) error {
	if names[name] || name == "none" {
		return fmt.Errorf("the name %s is taken", name)
	}
	names[name] = true
	return nil
}

// Verifiers are the keys of the logs and the witnesses.
func (p PolicyFile) Verifiers() note.Verifiers {
	var all []note.Verifier
	for _, x := range slices.Concat(p.Logs, p.Witnesses) {
		if x.verifier != nil {
			all = append(all, x.verifier)
		}
	}
	return note.VerifierList(all...)
}

// Checked is a signed head that was looked at.
type Checked struct {
	Head      Head
	Witnesses []string // names of those who signed it, by the policy
	Witnessed bool     // by as many as the policy asks for
	Sigs      []note.Signature
}

// Open checks the signatures under a checkpoint: one of the logs must have
// signed, whoever else did. Wrong signatures of known keys are an error.
func (p PolicyFile) Open(checkpoint []byte) (c Checked, err error) {
	n, err := note.Open(checkpoint, p.Verifiers())
	if err != nil {
		return c, fmt.Errorf("leaf: checkpoint: %w", err)
	}
	if c.Head, err = ParseHead(n.Text); err != nil {
		return c, err
	}
	signed := map[uint32]bool{}
	byLog := false
	for _, s := range n.Sigs {
		signed[s.Hash] = true
		byLog = byLog || s.Name == c.Head.Origin && slices.ContainsFunc(p.Logs, func(l Peer) bool { return l.verifier.KeyHash() == s.Hash })
	}
	if !byLog {
		return c, errors.New("leaf: checkpoint: not signed by the log that it names")
	}
	c.Sigs = n.Sigs
	said := map[string]bool{}
	for _, w := range p.Witnesses {
		if signed[w.verifier.KeyHash()] {
			said[w.Name] = true
			c.Witnesses = append(c.Witnesses, w.Name)
		}
	}
	for _, g := range p.Groups {
		n := 0
		for _, m := range g.Members {
			if said[m] {
				n++
			}
		}
		said[g.Name] = n >= g.Need
	}
	c.Witnessed = p.Quorum == "none" || said[p.Quorum]
	return c, nil
}
