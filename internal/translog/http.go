package translog

import (
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strconv"

	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/leaf"
	"caravan/internal/live"
	"caravan/internal/wording"
	"caravan/web"
)

// Routes are the feature's addresses.
func (s *Service) Routes() []httpd.Route {
	return append(s.files(),
		httpd.Route{Method: http.MethodGet, Path: "/log", Gate: access.Anyone, Do: s.showLog, Cache: httpd.Public()},
		httpd.Route{Method: http.MethodGet, Path: "/log/check", Gate: access.Anyone, Do: s.check},
		httpd.Route{Method: http.MethodGet, Path: "/log/removed", Gate: access.Anyone, Do: s.showRemoved, Cache: httpd.Public("clinic", "before")},
		httpd.Route{Method: http.MethodGet, Path: "/log/of/:kind/:ref", Gate: access.Anyone, Do: s.showThing, Cache: httpd.Public()},
	)
}

// Topics: the log has no channels of its own.
func (s *Service) Topics() []live.Topic { return nil }

func (s *Service) showLog(c echo.Context) error { return s.logPage(c, "", nil) }

// logPage shows the front of the log, with what was typed into its form.
func (s *Service) logPage(c echo.Context, typed string, wrong error) error {
	ctx, lang := c.Request().Context(), httpd.Lang(c)
	v := LogView{Origin: s.origin, Typed: typed, Command: "trustlog verify --url " + httpd.BaseURL(c) + " --state caravan.state"}
	h, err := s.Published(ctx)
	switch {
	case errors.Is(err, errNoLog):
	case err != nil:
		return err
	default:
		v.Begun, v.Head, v.Origin = true, s.stateView(h), h.Origin
	}
	kinds, err := s.Kinds(ctx)
	if err != nil {
		return err
	}
	for _, k := range kinds {
		key := sentenceOf(leaf.Entry{Kind: k.What})
		if k.What == leaf.ModDecision {
			key = "translog.kind_mod_decision"
		}
		v.Kinds = append(v.Kinds, CountView{Label: wording.Text(lang, key), N: k.N})
	}
	rows, counts, err := s.Removed(ctx, "", 0, 5)
	if err != nil {
		return err
	}
	if v.Removed, err = s.entryViews(c, rows); err != nil {
		return err
	}
	if v.Clinics, v.MoreCount, err = s.countViews(c, counts); err != nil {
		return err
	}
	return httpd.Page(c, logPage, httpd.Head{Title: httpd.Say(c, "translog.title"), Description: httpd.Say(c, "translog.description"), Place: "log", Err: wrong,
		Crumbs: []web.Crumb{{Label: httpd.Say(c, "translog.title")}}}, v)
}

func (s *Service) stateView(h *Head) StateView {
	now := s.db.Now()
	trouble := s.Trouble()
	return StateView{Size: int(h.Size), Root: short(h.Root), SignedAt: h.SignedAt, Witnessed: h.WitnessedAt, Alone: h.AloneSince, Nobody: len(s.askers) == 0, Demo: s.demo,
		Stale: now.Sub(h.SignedAt) > staleAfter, Behind: !trouble.Behind.IsZero(),
		AloneLong: h.AloneSince != nil && len(s.askers) > 0 && now.Sub(*h.AloneSince) >= aloneLong}
}

func (s *Service) countViews(c echo.Context, counts []Count) (out []CountView, all int, err error) {
	var slugs []string
	for _, x := range counts {
		slugs = append(slugs, x.What)
	}
	names, err := listNames(s.db.Read(c.Request().Context()), slugs)
	if err != nil {
		return nil, 0, err
	}
	for _, x := range counts {
		all += x.N
		if x.What != "" {
			out = append(out, CountView{Label: nameOf(names, x.What), Path: wording.Path(httpd.Lang(c), "/log/removed?clinic="+url.QueryEscape(x.What)), N: x.N})
		}
	}
	return out, all, nil
}

// entryViews says entries in the language of a request.
func (s *Service) entryViews(c echo.Context, rows []leafRow) ([]EntryView, error) {
	openings, err := s.openingsFor(c.Request().Context(), rows)
	if err != nil {
		return nil, err
	}
	var slugs []string
	for _, r := range rows {
		slugs = append(slugs, r.Clinic)
	}
	names, err := listNames(s.db.Read(c.Request().Context()), slugs)
	if err != nil {
		return nil, err
	}
	var out []EntryView
	for _, r := range rows {
		v, err := entryView(httpd.Lang(c), r, names)
		if err != nil {
			return nil, err
		}
		e, err := leaf.ReadEntry(r.Body)
		if err != nil {
			return nil, err
		}
		if kind, ref, version, ok := e.Opened(); ok {
			if o := openings[thing{kind, ref}][version]; o != nil {
				v.State = o.State
				if kind == leaf.Decision {
					v.State, v.Sealed = "", sealedStatement(o)
					v.SealedHead = shortRef(v.Sealed)
				} else if o.State == StateOpen {
					v.Words = "/log/opening/" + kind + "/" + ref + "/" + strconv.Itoa(version)
				}
			}
		}
		out = append(out, v)
	}
	return out, nil
}

var anyID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// check leads from the address of an experience to what the log holds of it.
func (s *Service) check(c echo.Context) error {
	var in struct {
		Q string `query:"q"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	id := anyID.FindString(in.Q)
	if id == "" {
		return s.logPage(c, in.Q, errs.Field("q", "translog.check_what"))
	}
	return httpd.SeeOther(c, HistoryPath(leaf.Experience, id))
}

func (s *Service) showThing(c echo.Context) error {
	kind, ref, lang := c.Param("kind"), c.Param("ref"), httpd.Lang(c)
	t, told, err := s.History(c.Request().Context(), kind, ref)
	if err != nil {
		return err
	}
	if !told {
		return errNoEntry
	}
	v := ThingView{Title: thingLabel(lang, kind, ref), Path: pathOf(kind, ref), Waits: len(t.Rows) == 0}
	if kind == leaf.Experience || kind == leaf.Reply {
		v.Receipt = "/log/receipt/" + kind + "/" + ref
		v.Command = "trustlog prove --policy policy *.receipt *.tlog-proof *.opening"
	}
	if v.Entries, err = s.entryViews(c, t.Rows); err != nil {
		return err
	}
	title := httpd.Say(c, "translog.thing_title")
	return httpd.Page(c, thingPage, httpd.Head{Title: title, Place: "log", Crumbs: []web.Crumb{{Label: httpd.Say(c, "translog.title"), Path: "/log"}, {Label: title}}}, v)
}

func (s *Service) showRemoved(c echo.Context) error {
	var in struct {
		Clinic string `query:"clinic"`
		Before int64  `query:"before"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	rows, counts, err := s.Removed(c.Request().Context(), in.Clinic, in.Before, removedPageSize+1)
	if err != nil {
		return err
	}
	v := RemovedView{}
	if len(rows) > removedPageSize {
		rows = rows[:removedPageSize]
		q := url.Values{"before": {strconv.FormatInt(rows[len(rows)-1].Idx, 10)}}
		if in.Clinic != "" {
			q.Set("clinic", in.Clinic)
		}
		v.Next = "/log/removed?" + q.Encode()
	}
	if v.Entries, err = s.entryViews(c, rows); err != nil {
		return err
	}
	if v.Clinics, _, err = s.countViews(c, counts); err != nil {
		return err
	}
	if in.Clinic != "" {
		names, err := listNames(s.db.Read(c.Request().Context()), []string{in.Clinic})
		if err != nil {
			return err
		}
		v.Clinic, v.All = nameOf(names, in.Clinic), "/log/removed"
	}
	title := httpd.Say(c, "translog.removed_title")
	return httpd.Page(c, removedPage, httpd.Head{Title: title, Description: httpd.Say(c, "translog.removed_description"), Place: "log",
		Crumbs: []web.Crumb{{Label: httpd.Say(c, "translog.title"), Path: "/log"}, {Label: title}}}, v)
}
