package translog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"caravan/internal/config"
	"caravan/internal/leaf"
)

// asker is a witness as the log meets it: a key, and a way to ask.
type asker struct {
	key  string
	url  string // empty for the one in this process
	ask  func(ctx context.Context, body []byte) (leaf.Said, error)
	size *int64 // of the last head that it signed, as far as we know
	met  *bool  // it was asked once since this program started, and answered
}

// meetWitnesses makes the witnesses that the settings name and, in demo mode,
// one in this process.
func (s *Service) meetWitnesses(cfg config.Config) error {
	client := &http.Client{Timeout: askWitness}
	for _, w := range cfg.Witnesses {
		if _, err := leaf.NewVerifier(w.Key); err != nil {
			return fmt.Errorf("translog: WITNESSES: %w", err)
		}
		s.askers = append(s.askers, asker{w.Key, w.URL, askOverHTTP(client, w.URL), new(int64), new(bool)})
	}
	if cfg.Demo && len(cfg.Witnesses) == 0 {
		return s.demoWitness()
	}
	return nil
}

// demoWitness runs a witness beside the log. It shows how one works and proves
// nothing: whoever rewrites the log can rewrite what it remembers. Its name says
// so.
func (s *Service) demoWitness() error {
	dir := filepath.Join(s.dir, "demo-witness")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("translog: make folder of demo witness: %w", err)
	}
	path := filepath.Join(s.dir, "demo-witness.key")
	secret, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		fresh, _, made := leaf.NewWitnessKey(s.host() + "/demo-witness")
		secret, err = []byte(fresh+"\n"), errors.Join(made, leaf.Keep(path, []byte(fresh+"\n")))
	}
	if err != nil {
		return fmt.Errorf("translog: key of demo witness: %w", err)
	}
	signer, err := leaf.NewCosigner(string(secret))
	if err != nil {
		return fmt.Errorf("translog: STATE_DIR/demo-witness.key: %w", err)
	}
	w := &leaf.Witness{Signer: signer, Memory: &leaf.Folder{Dir: dir}, Now: s.db.Now}
	var once sync.Mutex
	s.askers = append(s.askers, asker{key: signer.Public(), size: new(int64), met: new(bool), ask: func(_ context.Context, body []byte) (leaf.Said, error) {
		once.Lock()
		defer once.Unlock()
		if w.Logs == nil { // the log's key is there by now
			v, err := leaf.NewVerifier(s.key.Load().public)
			if err != nil {
				return leaf.Said{}, err
			}
			w.Logs = map[string]note.Verifier{v.Name(): v}
		}
		return w.AddCheckpoint(body)
	}})
	return nil
}

func askOverHTTP(client *http.Client, url string) func(ctx context.Context, body []byte) (leaf.Said, error) {
	return func(ctx context.Context, body []byte) (leaf.Said, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(url, "/")+"/add-checkpoint", bytes.NewReader(body))
		if err != nil {
			return leaf.Said{}, err
		}
		res, err := client.Do(r)
		if err != nil {
			return leaf.Said{}, err
		}
		defer res.Body.Close()
		b, err := io.ReadAll(io.LimitReader(res.Body, 16<<10))
		return leaf.Said{Status: res.StatusCode, Type: res.Header.Get("Content-Type"), Body: b}, err
	}
}

// witness asks all witnesses at once to sign a head, and returns the note with
// the lines of those who did. Nobody waits for one that does not answer.
func (s *Service) witness(ctx context.Context, head leaf.Head, signed []byte) (out []byte, enough bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, 2*askWitness)
	defer cancel()
	lines := make([][]byte, len(s.askers))
	var wg sync.WaitGroup
	for i, a := range s.askers {
		wg.Go(func() {
			line, err := s.askOne(ctx, a, head, signed)
			if err != nil {
				slog.Warn("translog: a witness did not sign", "witness", a.url, "error", err)
			}
			lines[i] = line
		})
	}
	wg.Wait()
	out = append(signed, bytes.Join(lines, nil)...)
	c, err := s.policy().Open(out)
	if err != nil {
		return nil, false, fmt.Errorf("translog: what was signed cannot be verified: %w", err)
	}
	return out, c.Witnessed, nil
}

// askOne asks one witness, a second time if it knows another head than we thought.
func (s *Service) askOne(ctx context.Context, a asker, head leaf.Head, signed []byte) ([]byte, error) {
	for range 2 {
		old := min(*a.size, head.Size)
		var proof []tlog.Hash
		if old > 0 && old < head.Size {
			var err error
			if proof, err = tlog.ProveTree(head.Size, old, hashReader{s.writer.Read(ctx)}); err != nil {
				return nil, fmt.Errorf("prove growth: %w", err)
			}
		}
		said, err := a.ask(ctx, leaf.WitnessRequest(old, proof, signed))
		if err != nil {
			return nil, err
		}
		switch said.Status {
		case http.StatusOK:
			*a.size = head.Size
			return s.lineOf(a, signed, said.Body)
		case http.StatusConflict:
			size, err := sizeOf(said)
			if err != nil {
				return nil, err
			}
			if size > head.Size {
				s.ahead(size, head.Size)
				return nil, errors.New("it knows a larger tree than ours")
			}
			*a.size = size
		default:
			return nil, fmt.Errorf("status %d: %s", said.Status, bytes.TrimSpace(said.Body))
		}
	}
	return nil, errors.New("it changes its mind about the last head")
}

// witnessesAgree asks every witness that did not answer yet since the start, with
// the head that was last published, whether it knows a larger tree than ours:
// where all files of a machine are old, only they can know. Who does not answer
// is asked again with the next round.
func (s *Service) witnessesAgree(ctx context.Context, row *headRow) bool {
	if row.Note == nil {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, 2*askWitness)
	defer cancel()
	var wg sync.WaitGroup
	var ahead atomic.Int64
	again := !s.state.since("ahead").IsZero()
	for _, a := range s.askers {
		if *a.met && !again {
			continue
		}
		wg.Go(func() {
			said, err := a.ask(ctx, leaf.WitnessRequest(row.SignedSize, nil, row.Note))
			if err != nil {
				return // said with the next signature that it does not give
			}
			*a.met = true
			if size, err := sizeOf(said); err == nil && size > row.Size {
				ahead.Store(size)
			}
		})
	}
	wg.Wait()
	if size := ahead.Load(); size > 0 {
		s.ahead(size, row.Size)
		return false
	}
	s.calm("ahead")
	return true
}

// sizeOf is the size of the tree that a witness knows, where it says that it is
// another one than we thought.
func sizeOf(said leaf.Said) (int64, error) {
	if said.Status != http.StatusConflict {
		return 0, errors.New("it does not say")
	}
	size, err := strconv.ParseInt(strings.TrimSpace(string(said.Body)), 10, 64)
	if err != nil || size < 0 {
		return 0, errors.New("409 without a size")
	}
	return size, nil
}

// ahead says that a witness knows more of this log than its database.
func (s *Service) ahead(size, ours int64) {
	s.tell("ahead", fmt.Sprintf("a witness has seen %d entries where this database has %d: it is an old copy. Nothing is signed, and the site takes nothing. "+
		"Restore a newer copy, or run caravan replay to bring the missing entries back. If the witness errs, take it out of WITNESSES", size, ours))
}

// lineOf keeps of an answer the lines that are the witness's own and right.
func (s *Service) lineOf(a asker, signed, answer []byte) ([]byte, error) {
	v, err := leaf.NewVerifier(a.key)
	if err != nil {
		return nil, err
	}
	n, err := note.Open(append(bytes.Clone(signed), answer...), note.VerifierList(v))
	if err != nil {
		return nil, fmt.Errorf("its signature: %w", err)
	}
	at, ok := leaf.CosignedAt(n.Sigs[0])
	if !ok || at.After(s.db.Now().Add(time.Hour)) {
		return nil, errors.New("its signature has no time, or one to come")
	}
	return []byte("— " + n.Sigs[0].Name + " " + n.Sigs[0].Base64 + "\n"), nil
}

// policy is whom to believe: this log, and one of its witnesses.
func (s *Service) policy() leaf.PolicyFile {
	p := leaf.PolicyFile{Quorum: "none"}
	if s.key.Load() != nil {
		p.Logs = []leaf.Peer{{Key: s.key.Load().public}}
	}
	g := leaf.Group{Name: "witnesses", Need: 1}
	for i, a := range s.askers {
		name := "w" + strconv.Itoa(i+1)
		if a.url == "" {
			name = "demo-witness"
			p.Notes = []string{"The witness of a demo runs inside the site itself: it shows how a witness works and proves nothing."}
		}
		p.Witnesses = append(p.Witnesses, leaf.Peer{Name: name, Key: a.key, URL: a.url})
		g.Members = append(g.Members, name)
	}
	if len(g.Members) > 0 {
		p.Groups, p.Quorum = []leaf.Group{g}, g.Name
	}
	// Written and read again, as everybody else does: that also finds the keys.
	again, err := leaf.ParsePolicy(p.Text())
	if err != nil {
		return p
	}
	again.Notes = p.Notes
	return again
}
