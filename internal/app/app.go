// Package app puts the features together into one server. It is the only
// package that knows them all, and the place where those below are introduced
// to those above: who publishes when an address is confirmed, what the
// moderation desk may hide, what the search index asks for words.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"caravan/internal/access"
	"caravan/internal/account"
	"caravan/internal/answer"
	"caravan/internal/config"
	"caravan/internal/db"
	"caravan/internal/departure"
	"caravan/internal/experience"
	"caravan/internal/feedback"
	"caravan/internal/front"
	"caravan/internal/httpd"
	"caravan/internal/job"
	"caravan/internal/live"
	"caravan/internal/mail"
	"caravan/internal/moderation"
	"caravan/internal/notify"
	"caravan/internal/provider"
	"caravan/internal/question"
	"caravan/internal/search"
	"caravan/internal/shaping"
	"caravan/internal/translog"
	"caravan/internal/visit"
	"caravan/migrations"
)

// Options are what the server is made of.
type Options struct {
	Config  config.Config
	DB      *db.DB
	Bus     live.Bus // nil starts one in this process
	Secret  []byte   // 32 bytes
	BoxDir  string   // where mails go without SMTP
	Build   string   // version, told to pages
	Metrics *prometheus.Registry
	Timing  live.Timing // zero fields take the usual value
}

// App is the whole server, ready to serve.
type App struct {
	*httpd.Server
	Hub        *live.Hub
	Jobs       *job.Runner
	Mail       *mail.Mailer
	Account    *account.Service
	Provider   *provider.Service
	Question   *question.Service
	Experience *experience.Service
	Search     *search.Service
	Moderation *moderation.Service
	Notify     *notify.Service
	Departure  *departure.Service
	Feedback   *feedback.Service
	Visit      *visit.Service
	Answer     *answer.Service
	Shaping    *shaping.Service
	Log        *translog.Service

	db       *db.DB
	ownBus   *live.NATS
	draining atomic.Bool
	policies atomic.Bool // house texts were handed to the log
	stopHub  context.CancelFunc
	hubDone  chan struct{}
	deaf     func() // ends listening for what changed at other nodes
}

// feature is what the front door asks of a feature.
type feature interface {
	Routes() []httpd.Route
	Topics() []live.Topic
}

// Migrate brings the whole schema up to date.
func Migrate(ctx context.Context, d *db.DB) error {
	if err := d.Migrate(ctx, migrations.FS); err != nil {
		return err
	}
	return job.Migrate(ctx, d)
}

// New builds the server on a database whose schema is up to date.
func New(o Options) (*App, error) {
	a := &App{db: o.DB}
	var err error
	if o.Bus == nil {
		if a.ownBus, err = live.ConnectNATS(o.Config.NATSURL, nil); err != nil {
			return nil, err
		}
		o.Bus = a.ownBus
	}
	if o.Metrics == nil {
		o.Metrics = prometheus.NewRegistry()
	}
	if err := a.tools(o); err != nil {
		return nil, err
	}
	if a.Log, err = translog.New(translog.Tools{DB: o.DB, Jobs: a.Jobs, Config: o.Config}); err != nil {
		return nil, err
	}
	limits := httpd.NewLimits(o.DB, httpd.DeriveKey(o.Secret, "address"), o.Config.LimitsOff)
	a.features(o, limits)
	a.Server = httpd.New(httpd.Options{Config: o.Config, DB: o.DB, Sessions: a.Account, Secret: o.Secret, Limits: limits, Metrics: o.Metrics, Record: a.Log.Record}, nil)
	a.Add(a.health()...)
	a.Add(httpd.LiveRoutes(a.Hub)...)
	for _, f := range a.list(o) {
		for _, r := range f.Routes() {
			a.Add(a.Provider.Watched(r))
		}
		for _, t := range f.Topics() {
			a.Hub.Add(t)
		}
	}
	a.introduce()
	a.keepTime(limits)
	return a, a.remember(o.Bus)
}

// tools builds what features work with.
func (a *App) tools(o Options) (err error) {
	if a.Jobs, err = job.New(o.DB); err != nil {
		return err
	}
	a.Mail, err = mail.New(mail.Config{SMTPURL: o.Config.SMTPURL, BoxDir: o.BoxDir, BaseURL: o.Config.BaseURL.String(), From: o.Config.MailFrom,
		Key: httpd.DeriveKey(o.Secret, "mail")}, a.Jobs)
	if err != nil {
		return err
	}
	a.Hub = live.NewHub(o.DB, o.Bus, live.Options{
		Origin: func(origin string) bool { return a.OriginAllowed(origin) }, Alive: a.alive,
		Registry: o.Metrics, Build: o.Build, LimitsOff: o.Config.LimitsOff, Timing: o.Timing,
	})
	return nil
}

func (a *App) features(o Options, limits *httpd.Limits) {
	a.Account = account.New(account.Tools{DB: o.DB, Jobs: a.Jobs, Mail: a.Mail, Limits: limits, Revoker: revoker{a.Hub}, Config: o.Config, Secret: o.Secret})
	a.Departure = departure.New(departure.Tools{DB: o.DB, Jobs: a.Jobs, Account: a.Account, Dir: o.Config.StateDir})
	a.Notify = notify.New(o.DB, a.Jobs)
	a.Search = search.New(o.DB, a.Jobs, limits)
	a.Moderation = moderation.New(moderation.Tools{DB: o.DB, Notify: a.Notify, Limits: limits, Key: httpd.DeriveKey(o.Secret, "moderators in the log")})
	a.Provider = provider.New(provider.Tools{DB: o.DB, Jobs: a.Jobs, Mail: a.Mail, Notify: a.Notify, Limits: limits, Revoke: revoker{a.Hub}.RevokeAccount,
		Key: httpd.DeriveKey(o.Secret, "consoles"), Demo: o.Config.Demo})
	a.Feedback = feedback.New(o.DB, a.Provider)
	a.Question = question.New(question.Tools{DB: o.DB, Hub: a.Hub, Limits: limits, Mail: a.Mail, Account: a.Account, Notify: a.Notify, Provider: a.Provider, Search: a.Search})
	a.Visit = visit.New(visit.Tools{DB: o.DB, Limits: limits, Provider: a.Provider, Account: a.Account, Key: httpd.DeriveKey(o.Secret, "visit codes")})
	a.Answer = answer.New(answer.Tools{DB: o.DB, Limits: limits, Notify: a.Notify, Provider: a.Provider, Moderation: a.Moderation})
	a.Experience = experience.New(experience.Tools{DB: o.DB, Jobs: a.Jobs, Mail: a.Mail, Limits: limits, Notify: a.Notify, Provider: a.Provider, Search: a.Search,
		Account: a.Account, Moderation: a.Moderation, Visit: a.Visit})
	a.Shaping = shaping.New(shaping.Tools{DB: o.DB, Hub: a.Hub, Jobs: a.Jobs, Mail: a.Mail, Limits: limits, Notify: a.Notify, Provider: a.Provider, Search: a.Search,
		Account: a.Account, Moderation: a.Moderation})
}

// list is the features in the order in which a newcomer should read them.
func (a *App) list(o Options) []feature {
	return []feature{
		a.Experience, a.Shaping, a.Question, a.Provider, a.Account, a.Moderation, a.Departure, a.Notify, a.Search, a.Feedback, a.Visit, a.Answer, a.Log,
		front.New(o.DB, a.Hub, a.Provider, a.Question, a.Experience, a.Shaping),
	}
}

// introduce tells those below of those above.
func (a *App) introduce() {
	a.Account.WhenConfirmed(a.Question.Publish)
	a.Account.WhenConfirmed(a.Experience.Confirmed)
	a.Account.WhenClosed(a.Experience.Closed)
	a.Account.WhenClosed(a.Provider.Closed)
	a.Account.WhenAddressed(a.Provider.Addressed)
	a.Account.WhenConfirmed(a.Shaping.Risen)
	a.Account.WhenLinked(a.Shaping.Risen)
	a.Account.WhenClosed(a.Shaping.Risen) // last: the ties of who left have ended
	a.Provider.WhenTied(a.Shaping.Restand)
	a.Moderation.AskBy(a.Account.AskStepUp)
	a.Departure.Introduce(a.Experience, a.Question, a.Shaping, a.Moderation, a.Notify)
	a.Visit.Introduce(a.Experience)
	a.Answer.Introduce(a.Experience)
	a.Shaping.Introduce(a.Experience)
	a.Experience.IntroducePackages(a.Shaping)
	a.Account.WhenClosed(a.Shaping.Released)
	for _, s := range slices.Concat(a.Question.Subjects(), a.Answer.Subjects(), a.Experience.Subjects(), a.Shaping.Subjects()) {
		a.Moderation.AddSubject(s)
	}
	for _, s := range slices.Concat(a.Provider.Suggestions(), a.Answer.Suggestions(), a.Experience.Suggestions(), a.Shaping.Suggestions()) {
		a.Moderation.AddSuggestion(s)
	}
	for _, s := range slices.Concat(a.Question.Sources(), a.Provider.Sources(), a.Experience.Sources(), a.Shaping.Sources(), []search.Source{a.Feedback.Source()}) {
		a.Search.Add(s)
	}
	a.Log.Hold(experience.Logged{})
	a.Log.Hold(answer.Logged{})
	a.Log.Count(experience.Logged{})
	a.Search.Offer(a.choices)
}

// choices are what searches can be narrowed to, as they are called in lang.
func (a *App) choices(lang string) (c search.Choices) {
	for _, d := range a.Provider.DestinationsIn(lang) {
		c.Countries = append(c.Countries, search.Choice{Value: d.ISO, Label: d.Name(lang)})
	}
	for _, p := range a.Provider.Procedures() {
		c.Procedures = append(c.Procedures, search.Choice{Value: p.Code, Label: p.Name(lang), ID: p.ID})
	}
	return c
}

// keepTime says what comes round, on every node by its own clock.
func (a *App) keepTime(limits *httpd.Limits) {
	a.Jobs.Every("what the log does not know", time.Minute, a.RecordAll)() // and at once
	a.Jobs.Every("scores", time.Second, a.Question.TellScores)
	a.Jobs.Every("risen votes", 10*time.Minute, a.Question.CountRisen)
	a.Jobs.Every("check-ins", time.Hour, a.Experience.Ask)
	a.Jobs.Every("drafts of experiences", 6*time.Hour, a.Experience.PurgeDrafts)
	a.Jobs.Every("risen votes on experiences", 10*time.Minute, a.Experience.CountRisen)
	a.Jobs.Every("risen votes on packages", 10*time.Minute, a.Shaping.CountRisen)
	a.Jobs.Every("interests in packages", time.Hour, a.Shaping.AgeInterests)
	a.Jobs.Every("clinic ranks", 5*time.Minute, a.Experience.RankClinics)
	a.Jobs.Every("live purge", time.Hour, func(ctx context.Context) error {
		_, err := a.Hub.Purge(ctx, a.db.Now().Add(-7*24*time.Hour))
		return err
	})
	a.Jobs.Every("keys", time.Hour, func(ctx context.Context) error {
		return a.db.Write(ctx, func(tx *db.Tx) error { _, err := db.ForgetKeys(tx); return err })
	})
	a.Jobs.Every("journeys", 10*time.Minute, a.Shaping.FollowJourneys)
	a.Jobs.Every("promises to judge", time.Hour, a.Shaping.RemindVerdicts)
	a.Jobs.Every("old notes", 24*time.Hour, a.Moderation.ForgetNotes)
	a.Jobs.Every("overdue cases", 10*time.Minute, a.Moderation.Remind)
	a.Jobs.Every("buckets", 6*time.Hour, limits.Forget)
}

// revoker closes sockets through the hub.
type revoker struct{ hub *live.Hub }

// RevokeSession closes the sockets of one session, on every node.
func (r revoker) RevokeSession(publicID string) { r.hub.Revoke(live.Revoked{Session: publicID}) }

// RevokeAccount closes all sockets of an account, on every node.
func (r revoker) RevokeAccount(id int64) { r.hub.Revoke(live.Revoked{Account: id}) }

// remember has sessions looked up anew as soon as any node says that something
// about them changed: rights that ended, or news for a person. What the bus may
// have lost is made up for by looking at everybody anew.
func (a *App) remember(bus live.Bus) (err error) {
	a.deaf, err = bus.Listen(live.Ears{
		OnControl: func(o live.Order) {
			if r, ok := o.Revoked(); ok && r.Session != "" {
				a.Account.LookAgainAtSession(r.Session)
			} else if ok {
				a.Account.LookAgain(r.Account)
			}
		},
		OnAnnounce: func(b live.Batch) {
			for _, c := range b.Changes {
				if person, ok := strings.CutPrefix(c.Channel, "user:"); ok {
					id, _ := strconv.ParseInt(person, 10, 64) // no number: nobody's
					a.Account.LookAgain(id)
				}
			}
		},
		OnGap: a.Account.LookAgainAtAll,
	})
	return err
}

// alive looks up what sessions of open sockets are worth now.
func (a *App) alive(ctx context.Context, sessions []string) (map[string]live.Standing, error) {
	found, err := a.Account.Standing(ctx, sessions)
	if err != nil {
		return nil, err
	}
	out := make(map[string]live.Standing, len(found))
	for id, s := range found {
		out[id] = live.Standing{Actor: s.Actor, Expires: s.Expires}
	}
	return out, nil
}

// health are the doors of whoever watches over the process.
func (a *App) health() []httpd.Route {
	return []httpd.Route{
		{Method: "GET", Path: "/healthz", Gate: access.Anyone, Do: func(c echo.Context) error { return c.String(http.StatusOK, "ok\n") }},
		{Method: "GET", Path: "/readyz", Gate: access.Anyone, Do: func(c echo.Context) error {
			if a.draining.Load() {
				return c.String(http.StatusServiceUnavailable, "draining\n")
			}
			ctx, cancel := context.WithTimeout(c.Request().Context(), time.Second)
			defer cancel()
			if err := a.db.Pool().Ping(ctx); err != nil {
				return c.String(http.StatusServiceUnavailable, "the database does not answer\n")
			}
			if since := a.Log.Record().ReadOnly; !since.IsZero() {
				return c.String(http.StatusOK, "ready, and takes nothing since "+since.UTC().Format(time.RFC3339)+": the public log is ahead of the database\n")
			}
			return c.String(http.StatusOK, "ready\n")
		}},
	}
}

// Start begins the work behind the pages: the live hub and the jobs.
func (a *App) Start(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx) // they end in Stop, after the pages
	if err := a.Provider.Warm(ctx); err != nil {
		return err
	}
	if err := a.Log.Look(ctx); err != nil {
		return err
	}
	// The catalogue may have grown with the schema; what is indexed already is
	// only written again.
	if err := a.db.Write(ctx, a.Provider.IndexAll); err != nil {
		return err
	}
	hub, cancel := context.WithCancel(ctx)
	a.stopHub, a.hubDone = cancel, make(chan struct{})
	go func() {
		defer close(a.hubDone)
		if err := a.Hub.Run(hub); err != nil {
			slog.Error("app: live hub", "error", err)
		}
	}()
	return a.Jobs.Start(ctx)
}

// RecordAll hands to the public log what it does not know yet: house texts that
// are new with this program, then what was there before there was a log. Where
// nothing is left it does nothing.
func (a *App) RecordAll(ctx context.Context) error {
	for _, record := range []func(context.Context) error{
		func(ctx context.Context) error {
			if a.policies.Load() {
				return nil
			}
			if err := a.Log.RecordPolicies(ctx, front.Policies(a.db.Now())); err != nil {
				return err
			}
			a.policies.Store(true)
			return nil
		},
		a.Experience.RecordMissing, a.Answer.RecordMissing, a.Shaping.RecordMissing, a.Moderation.RecordMissing,
	} {
		if err := record(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Drain sends everybody who is connected away, to come back to another node or
// to the next start.
func (a *App) Drain(ctx context.Context) error {
	a.draining.Store(true)
	return a.Hub.Drain(ctx)
}

// Stop ends what Start began.
func (a *App) Stop(ctx context.Context) error {
	if a.stopHub == nil {
		return nil
	}
	err := a.Jobs.Stop(ctx)
	a.Log.Close()
	a.stopHub()
	select {
	case <-a.hubDone:
	case <-ctx.Done():
		err = errors.Join(err, fmt.Errorf("app: live hub did not end: %w", ctx.Err()))
	}
	a.deaf()
	if a.ownBus != nil {
		a.ownBus.Close()
	}
	return err
}
