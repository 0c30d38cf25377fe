package bench

import (
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"caravan/cmd/loadtest/internal/proc"
	"caravan/cmd/loadtest/internal/quantile"
	"caravan/cmd/loadtest/internal/site"
	"caravan/cmd/loadtest/internal/sockets"
)

// cost is what one fresh process showed: its start, its idle memory, its
// sockets, one message to all of them.
type cost struct {
	first time.Duration // start to first answer
	rss   int64         // idle, after the first answer
	idle  sockets.IdleResult
	fan   sockets.FanResult
}

// settling is how long a fresh process is left alone before its memory is read.
const settling = 2 * time.Second

// costs takes rows f, g and h, each run on fresh processes: freed memory that is
// used again would flatter a second run.
func (h *host) costs(ctx context.Context) ([]line, error) {
	if !h.wants("f") && !h.wants("g") && !h.wants("h") {
		return nil, nil
	}
	var floors, ours []cost
	for range h.Runs {
		o, err := h.ourCost(ctx)
		if err != nil {
			return nil, err
		}
		// The floor sends a message of the same size.
		f, err := h.floorCost(ctx, o.fan.Bytes)
		if err != nil {
			return nil, err
		}
		h.Say("floor: %v; %v", f.idle, f.fan)
		h.Say("ours: %v; %v", o.idle, o.fan)
		floors, ours = append(floors, f), append(ours, o)
	}
	size, err := stripped(h.Caravan)
	if err != nil {
		return nil, err
	}
	return h.costLines(floors, ours, size), nil
}

func (h *host) ourCost(ctx context.Context) (c cost, err error) {
	p, err := h.startOurs(ctx, h.pg.URL)
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	s, err := site.Open("http://" + p.addr)
	if err != nil {
		return c, err
	}
	c.first = p.first
	if c.rss, err = restingMemory(ctx, p); err != nil {
		return c, err
	}
	id, publish, err := sockets.Asked(ctx, s, h.fix.people[0])
	if err != nil {
		return c, err
	}
	target, err := sockets.Question(ctx, s, id)
	if err != nil {
		return c, err
	}
	return h.crowd(ctx, c, p, target, publish)
}

func (h *host) floorCost(ctx context.Context, size int) (c cost, err error) {
	p, err := h.startFloor(ctx)
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	c.first = p.first
	if c.rss, err = restingMemory(ctx, p); err != nil {
		return c, err
	}
	target := sockets.Target{Addr: p.addr, Path: "/ws", Origin: "http://" + p.addr}
	return h.crowd(ctx, c, p, target, func(ctx context.Context, token string) error {
		return publish(ctx, "http://"+p.addr+"/publish", token, size)
	})
}

// crowd opens the sockets and sends to all of them.
func (h *host) crowd(ctx context.Context, c cost, p *program, t sockets.Target, publish sockets.Publish) (cost, error) {
	idle, group, err := sockets.Idle(ctx, t, h.Sockets, p.pid(), settling)
	if err != nil {
		return c, err
	}
	defer group.Close()
	c.idle = idle
	c.fan, err = group.Fan(ctx, sockets.FanOptions{Rounds: h.Rounds, Gap: 100 * time.Millisecond, Patience: 15 * time.Second, App: p.pid(), DB: h.pg.PID()}, publish)
	return c, err
}

func restingMemory(ctx context.Context, p *program) (int64, error) {
	select {
	case <-time.After(settling):
		return proc.RSS(p.pid()), nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// publish posts token, filled to size bytes.
func publish(ctx context.Context, url, token string, size int) error {
	body := token + strings.Repeat(".", max(0, size-len(token)))
	r, err := http.NewRequestWithContext(ctx, "POST", url, strings.NewReader(body))
	if err != nil {
		return err
	}
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer w.Body.Close()
	if w.StatusCode != http.StatusNoContent {
		return fmt.Errorf("bench: publish: %s", w.Status)
	}
	return nil
}

// median is the median over the runs of one figure.
func median(runs []cost, of func(cost) float64) float64 {
	var v []float64
	for _, c := range runs {
		v = append(v, of(c))
	}
	return quantile.Median(v)
}

// stripped is the size in bytes of the program at path without symbols and
// debugging data.
func stripped(path string) (float64, error) {
	st, err := os.Stat(path)
	if err != nil {
		return 0, fmt.Errorf("bench: size of program: %w", err)
	}
	size := float64(st.Size())
	f, err := elf.Open(path)
	if err != nil {
		return size, nil // not an ELF file: as it is
	}
	defer f.Close()
	for _, s := range f.Sections {
		if s.Name == ".symtab" || s.Name == ".strtab" || strings.HasPrefix(s.Name, ".debug") || strings.HasPrefix(s.Name, ".zdebug") {
			size -= float64(s.FileSize)
		}
	}
	return size, nil
}
