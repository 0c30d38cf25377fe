package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"caravan/internal/account"
	"caravan/internal/app"
	"caravan/internal/config"
	"caravan/internal/db"
	"caravan/internal/demo"
	"caravan/internal/live"
	"caravan/internal/localpg"
)

type serving struct {
	demo, fillOnly bool
	scale          int
}

// house is the database and what belongs to it: everything that a command
// needs before it can do its work.
type house struct {
	cfg    config.Config
	url    string          // of the database, as its owner
	owner  *db.DB          // until the site opens
	db     *db.DB          // in the role of the site
	server *localpg.Server // nil with a DATABASE_URL
	secret []byte
}

// open finds or starts the database. Only a server keeps a private one alive.
func open(ctx context.Context, cfg config.Config, keep bool) (*house, error) {
	h := &house{cfg: cfg}
	if err := os.MkdirAll(cfg.StateDir, 0o711); err != nil {
		return nil, fmt.Errorf("caravan: make STATE_DIR: %w", err)
	}
	var err error
	if h.secret, err = secret(cfg); err != nil {
		return nil, err
	}
	url := cfg.DatabaseURL
	if url == "" {
		start := localpg.Start
		if keep {
			start = localpg.Keep
		}
		if h.server, err = start(ctx, localpg.Options{Dir: cfg.StateDir}); err != nil {
			return nil, err
		}
		url = h.server.URL
	}
	h.url = url
	if h.owner, err = db.Open(ctx, db.Options{URL: url, MaxConns: 4}); err != nil {
		return nil, errors.Join(err, h.close())
	}
	if err := app.Migrate(ctx, h.owner); err != nil {
		return nil, errors.Join(err, h.close())
	}
	if h.db, err = db.Open(ctx, db.Options{URL: url, Role: db.Web}); err != nil {
		return nil, errors.Join(err, h.close())
	}
	return h, nil
}

// disown gives the owner's connections back: from here on everything happens in
// the role of the site.
func (h *house) disown() {
	if h.owner != nil {
		h.owner.Close()
		h.owner = nil
	}
}

func (h *house) close() error {
	h.disown()
	if h.db != nil {
		h.db.Close()
	}
	if h.server != nil {
		return h.server.Stop()
	}
	return nil
}

// serve runs the site until ctx ends, then stops in order: no new people, those
// who are connected sent away, requests and jobs brought to their end, the
// database last.
func serve(ctx context.Context, getenv func(string) string, o serving) (err error) {
	cfg, err := settings(getenv, o.demo)
	if err != nil {
		return err
	}
	flush := setLog(cfg)
	defer flush()
	h, err := open(context.WithoutCancel(ctx), cfg, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	if o.demo {
		err := demo.Fill(ctx, h.owner, demo.Options{Scale: o.scale, Log: os.Stdout})
		switch {
		case o.fillOnly:
			return err
		case ctx.Err() != nil:
			return nil // Ctrl-C while it was filled; the next start begins anew
		case err != nil && !errors.Is(err, demo.ErrNotEmpty):
			return err
		}
	}
	h.disown()
	metrics := prometheus.NewRegistry()
	metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	timing := live.Timing{}
	if o.demo {
		timing.Drain = time.Second // Ctrl-C at a demo should not take twenty
	}
	a, err := app.New(app.Options{Config: cfg, DB: h.db, Secret: h.secret, BoxDir: filepath.Join(cfg.StateDir, "mails"), Build: version, Metrics: metrics, Timing: timing})
	if err != nil {
		return err
	}
	if err := a.Start(ctx); err != nil {
		return err
	}
	go giveBack(ctx) // first what starting left behind: it unpacks dictionaries and compresses files
	return listen(ctx, cfg, a, metrics, o.demo)
}

func listen(ctx context.Context, cfg config.Config, a *app.App, metrics *prometheus.Registry, isDemo bool) error {
	srv := &http.Server{
		Handler: a, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: 40 * time.Second, // a long poll waits 25 s
		IdleTimeout: 60 * time.Second, MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(slog.Default().Handler(), slog.LevelDebug),
	}
	l, err := net.Listen("tcp", cfg.Addr)
	if err != nil {
		return errors.Join(fmt.Errorf("caravan: listen: %w", err), a.Stop(context.WithoutCancel(ctx)))
	}
	stopMetrics, err := serveMetrics(cfg, metrics)
	if err != nil {
		return errors.Join(err, a.Stop(context.WithoutCancel(ctx)))
	}
	defer stopMetrics()
	codes, err := a.Account.DemoCodes(context.WithoutCancel(ctx)) // none outside demo mode
	if err != nil {
		return errors.Join(err, a.Stop(context.WithoutCancel(ctx)))
	}
	announce(cfg, isDemo, codes)
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(l) }()
	select {
	case err := <-ended:
		return errors.Join(fmt.Errorf("caravan: serve: %w", err), a.Stop(context.WithoutCancel(ctx)))
	case <-ctx.Done():
	}
	slog.Info("stopping")
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 40*time.Second)
	defer cancel()
	return errors.Join(a.Drain(last), srv.Shutdown(last), a.Stop(last))
}

// serveMetrics serves figures for operators on an address of their own, if one
// is set: they are never to be seen on the site's.
func serveMetrics(cfg config.Config, metrics *prometheus.Registry) (stop func(), err error) {
	if cfg.MetricsAddr == "" {
		return func() {}, nil
	}
	l, err := net.Listen("tcp", cfg.MetricsAddr)
	if err != nil {
		return nil, fmt.Errorf("caravan: listen for metrics: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}))
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			slog.Error("caravan: metrics", "error", err)
		}
	}()
	return func() { _ = srv.Close() }, nil
}

func announce(cfg config.Config, isDemo bool, codes map[string][]string) {
	fmt.Printf("Caravan %s: %s\n", version, cfg.BaseURL)
	if !isDemo {
		return
	}
	fmt.Printf("\nDemo: every clinic, person and figure is invented. Sign in with the password %s as\n", account.DemoPassword)
	for _, d := range account.DemoSignIns {
		fmt.Printf("  %-28s %s\n", d.Address(), d.Name)
	}
	fmt.Println("\nWhere a passkey is asked for, these recovery codes stand in for it, each once until the next start:")
	for _, d := range account.DemoSignIns {
		name := d.Address()
		for two := range slices.Chunk(codes[d.Address()], 2) {
			fmt.Printf("  %-28s %s\n", name, strings.Join(two, "  "))
			name = ""
		}
	}
	fmt.Printf("Mails are shown at %s/demo/mail. Ctrl-C stops.\n", cfg.BaseURL)
}
