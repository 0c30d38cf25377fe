package httpd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/wording"
)

// Operation describes one operation of the JSON API, as OpenAPI shows it.
type Operation struct {
	Method, Path string // parameters as {id}
	ID           string
	Summary      string
	Tag          string
	Status       int   // of success; 200 when zero
	Errors       []int // besides 400, 401, 422, 429, which all may answer
	Limits       []Limit
	NeedKey      bool // creates something: the header Idempotency-Key is required
	Resting      bool // as of Route
}

type operation struct {
	Operation
	body reflect.Type // of the JSON body; nil without one
	join func(s *Server, api huma.API, op huma.Operation)
}

// API makes the route of an operation, the only way to have one. In holds path
// and query parameters and a Body by huma's tags; Out holds a Body. The JSON is
// read strictly before huma sees it.
func API[In, Out any](o Operation, gate access.Gate, do func(ctx context.Context, a access.Actor, in *In) (*Out, error)) Route {
	op := &operation{Operation: o, body: bodyOf(reflect.TypeFor[In]())}
	op.join = func(s *Server, api huma.API, h huma.Operation) {
		huma.Register(api, h, func(ctx context.Context, in *In) (*Out, error) {
			c, _ := ctx.Value(apiKey{}).(echo.Context)
			out, err := do(ctx, Actor(c), in)
			if err != nil {
				return nil, s.apiError(c, err)
			}
			return out, nil
		})
	}
	return Route{Method: o.Method, Path: echoPath(o.Path), Gate: gate, Body: JSONBody, Limits: o.Limits, Resting: o.Resting, operation: op}
}

func bodyOf(in reflect.Type) reflect.Type {
	if f, ok := in.FieldByName("Body"); ok {
		return f.Type
	}
	return nil
}

func echoPath(p string) string {
	return strings.NewReplacer("{", ":", "}", "").Replace(p)
}

type apiKey struct{}

// apiDoors holds huma's side: a router of its own that is never served, out of
// which each operation's handler is taken and put behind our front door.
type apiDoors struct {
	huma  huma.API
	inner *echo.Echo
}

func newAPI(s *Server) *apiDoors {
	cfg := huma.DefaultConfig("Caravan", "1")
	cfg.CreateHooks = nil // no $schema links in answers
	written := huma.Format{Marshal: writeJSON, Unmarshal: json.Unmarshal}
	cfg.Formats = map[string]huma.Format{"application/json": written, "json": written}
	cfg.OpenAPIPath, cfg.DocsPath, cfg.SchemasPath = "", "", ""
	cfg.Info.Description = "Questions and live answers for people who travel abroad for treatment. Errors are problems by RFC 9457. What creates something takes an Idempotency-Key."
	cfg.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"session": {Type: "apiKey", In: "cookie", Name: s.cookieName("s")}}
	inner := echo.New()
	d := &apiDoors{inner: inner, huma: humaecho.New(inner, cfg)}
	huma.NewErrorWithContext = humaError
	s.Add(Route{Method: http.MethodGet, Path: "/openapi.json", Gate: access.Anyone, Do: func(c echo.Context) error {
		b, err := json.Marshal(d.huma.OpenAPI())
		if err != nil {
			return err
		}
		c.Response().Header().Set("Access-Control-Allow-Origin", "*")
		return c.JSONBlob(http.StatusOK, b)
	}})
	return d
}

// Ready is a Body that writes its own JSON, exactly as encoding/json would
// write it, because most of it is kept as bytes.
type Ready interface{ AppendJSON(b []byte) []byte }

var bodies = sync.Pool{New: func() any { return new([]byte) }}

// writeJSON writes a body of an answer.
func writeJSON(w io.Writer, v any) error {
	ready, ok := v.(Ready)
	if !ok {
		return huma.DefaultJSONFormat.Marshal(w, v)
	}
	b := bodies.Get().(*[]byte)
	defer bodies.Put(b)
	*b = append(ready.AppendJSON((*b)[:0]), '\n')
	_, err := w.Write(*b)
	return err
}

// register gives the operation to huma and takes its handler back.
func (o *operation) register(s *Server, r *Route) {
	h := huma.Operation{
		Method: o.Method, Path: o.Path, OperationID: o.ID, Summary: o.Summary, DefaultStatus: o.Status,
		Errors: append([]int{400, 422, 429}, o.Errors...), BodyReadTimeout: -1,
	}
	if o.Tag != "" {
		h.Tags = []string{o.Tag}
	}
	if r.Gate != access.Anyone {
		h.Errors = append(h.Errors, 401)
		h.Security = []map[string][]string{{"session": {}}}
	}
	if o.NeedKey {
		h.Parameters = append(h.Parameters, &huma.Param{Name: "Idempotency-Key", In: "header", Required: false,
			Description: "16 to 64 characters of A-Z a-z 0-9 _ -, required: the same key with the same body acts once.", Schema: &huma.Schema{Type: "string"}})
	}
	o.join(s, s.api.huma, h)
	found := s.api.inner.NewContext(nil, nil)
	s.api.inner.Router().Find(o.Method, r.Path, found)
	handle := found.Handler()
	r.Do = func(c echo.Context) error {
		key := db.Key{}
		if o.body != nil {
			raw, err := readJSON(c.Request(), o.body)
			if err != nil {
				return err
			}
			key = db.Key{Scope: scope(c), Route: c.Request().Method + " " + c.Request().URL.Path, Value: c.Request().Header.Get("Idempotency-Key"), Hash: hashOf(raw)}
		}
		if o.NeedKey && !validKey(key.Value) {
			return errs.New(errs.Malformed, "common.idempotency_key_missing")
		}
		ctx := context.WithValue(c.Request().Context(), apiKey{}, c)
		ctx = context.WithValue(ctx, keyOfDeed{}, key)
		c.SetRequest(c.Request().WithContext(ctx))
		setCaching(c)
		return handle(c)
	}
}

type keyOfDeed struct{}

// APIKey is the idempotency key of the operation that ctx belongs to.
func APIKey(ctx context.Context) db.Key {
	k, _ := ctx.Value(keyOfDeed{}).(db.Key)
	return k
}

// APIContext is the exchange behind an operation, for those that set cookies.
func APIContext(ctx context.Context) echo.Context {
	c, _ := ctx.Value(apiKey{}).(echo.Context)
	return c
}

// readJSON reads a JSON body strictly and puts it back for huma.
func readJSON(r *http.Request, into reflect.Type) ([]byte, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return nil, echo.ErrUnsupportedMediaType
	}
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		if tooLarge(err) {
			return nil, echo.ErrStatusRequestEntityTooLarge
		}
		return nil, errs.New(errs.Malformed, "common.malformed")
	}
	if err := strictJSON(raw, into); err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(raw))
	r.ContentLength = int64(len(raw))
	return raw, nil
}

// apiProblem is a Problem as huma wants errors to be.
type apiProblem struct {
	Problem
	headers http.Header
}

// Error is the key of the sentence.
func (p *apiProblem) Error() string { return p.Code }

// GetStatus is the HTTP status to answer with.
func (p *apiProblem) GetStatus() int { return p.Status }

// GetHeaders are headers of the answer, such as Retry-After.
func (p *apiProblem) GetHeaders() http.Header { return p.headers }

// ContentType is that of problems (RFC 9457), whatever was asked for.
func (p *apiProblem) ContentType(string) string { return "application/problem+json" }

// MarshalJSON writes the Problem alone.
func (p *apiProblem) MarshalJSON() ([]byte, error) { return json.Marshal(p.Problem) }

// ErrorDetail is the sentence, where huma makes one answer of many errors.
func (p *apiProblem) ErrorDetail() *huma.ErrorDetail { return &huma.ErrorDetail{Message: p.Detail} }
func newProblem(lang, id string, e *errs.Error, status int) *apiProblem {
	p := &apiProblem{Problem: Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: wording.Text(lang, e.Key, e.Args...), Code: e.Key, ID: id}}
	for _, f := range e.Fields {
		p.Errors = append(p.Errors, ProblemField{f.Name, wording.Text(lang, f.Key, f.Args...), f.Key})
	}
	return p
}

func (s *Server) apiError(c echo.Context, err error) error {
	e, status := translate(err)
	in := exchangeOf(c)
	in.code = e.Key
	report(c, status, err)
	retryAfter(c, e)
	return newProblem(Lang(c), in.id, e, status)
}

// humaError is what huma itself finds wrong with a request: the schema says
// what is allowed.
func humaError(ctx huma.Context, status int, msg string, found ...error) huma.StatusError {
	p := &apiProblem{Problem: Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: msg, Code: "common.schema"}}
	if ctx != nil {
		if c, ok := ctx.Context().Value(apiKey{}).(echo.Context); ok {
			p.ID = exchangeOf(c).id
		}
	}
	for _, err := range found {
		var d huma.ErrorDetailer
		if errors.As(err, &d) {
			x := d.ErrorDetail()
			p.Errors = append(p.Errors, ProblemField{Field: strings.TrimPrefix(x.Location, "body."), Detail: x.Message, Code: "common.schema"})
		} else if status < 500 {
			p.Errors = append(p.Errors, ProblemField{Detail: err.Error(), Code: "common.schema"})
		}
	}
	return p
}
