package shaping

import (
	"context"
	"net/http"
	"slices"
	"time"

	"caravan/internal/access"
	"caravan/internal/errs"
	"caravan/internal/httpd"
)

// wishAPI are the operations of the JSON API that make a wish and answer one.
func (s *Service) wishAPI() []httpd.Route {
	return []httpd.Route{
		httpd.API(httpd.Operation{Method: http.MethodPost, Path: "/api/v1/packages/{slug}/amendments", ID: "amend-package", Tag: "Packages",
			Summary: "Wish for another value, a new item or one less; the same wish twice supports the first", Status: http.StatusCreated, NeedKey: true, Errors: []int{403, 404, 409, 410}}, access.Member, s.apiAmend),
		httpd.API(httpd.Operation{Method: http.MethodPost, Path: "/api/v1/amendments/{id}/responses", ID: "answer-amendment", Tag: "Packages",
			Summary: "Answer a wish for the provider; the last answer of a round stands", Status: http.StatusCreated, NeedKey: true, Errors: []int{403, 404, 409}}, access.Member, s.apiRespond),
		httpd.API(httpd.Operation{Method: http.MethodPost, Path: "/api/v1/amendments/{id}/steps", ID: "step-amendment", Tag: "Packages",
			Summary: "Take a wish back, be content with the part that came true, propose it anew, or take a refused one further", NeedKey: true, Errors: []int{403, 404, 409}}, access.Member, s.apiWishStep),
	}
}

// ValueJSON is a value of an item: the fields that belong to its kind.
type ValueJSON struct {
	Kind    string   `json:"kind" enum:"money,count,duration,percent,bool,enum,set,text,person,document"`
	Number  int64    `json:"number,omitempty" doc:"Minor units of the package's currency, the item's unit, or hundredths of a percent"`
	Yes     bool     `json:"yes,omitempty"`
	Unknown bool     `json:"unknown,omitempty" doc:"The figure was not measured"`
	Text    string   `json:"text,omitempty" doc:"Text, word of an enum, name, title"`
	Ref     string   `json:"ref,omitempty" doc:"Entry of a person in a register, hex SHA-256 of a document"`
	Words   []string `json:"words,omitempty" doc:"Of a set"`
}

// value is the typed value, in the package's currency. Nothing is no value.
func (j *ValueJSON) value(currency string) Value {
	if j == nil {
		return Value{}
	}
	v := Value{Kind: Kind(j.Kind), Number: j.Number, Unmeasured: j.Unknown, Text: j.Text, Ref: j.Ref, Words: slices.Compact(slices.Sorted(slices.Values(j.Words)))}
	if v.Kind == Money {
		v.Currency = currency
	}
	if v.Kind == Bool && j.Yes {
		v.Number = 1
	}
	return v
}

// ItemJSON is an item of one's own that a wish adds.
type ItemJSON struct {
	Key       string `json:"key" doc:"x. and a word"`
	Name      string `json:"name"`
	Kind      string `json:"kind"`
	Unit      string `json:"unit,omitempty"`
	Direction string `json:"direction" enum:"lower_better,higher_better,none"`
	Class     string `json:"class" enum:"commercial,service,aftercare,guarantee"`
	Verify    string `json:"verify" enum:"at_discharge,at_30d,at_180d,at_365d,document,not_verifiable"`
}

// WishJSON is a wish about one item.
type WishJSON struct {
	Op      string     `json:"op" enum:"set,add,remove"`
	Item    string     `json:"item" doc:"Key of the item"`
	Value   *ValueJSON `json:"value,omitempty" doc:"Left out to remove"`
	NewItem *ItemJSON  `json:"new_item,omitempty" doc:"Of an item that is in nobody's catalogue"`
}

type amendIn struct {
	Slug string `path:"slug"`
	Body struct {
		Op        string     `json:"op" enum:"set,add,remove"`
		Item      string     `json:"item" doc:"Key of the item"`
		Value     *ValueJSON `json:"value,omitempty" doc:"Left out to remove"`
		NewItem   *ItemJSON  `json:"new_item,omitempty" doc:"Of an item that is in nobody's catalogue"`
		Reason    string     `json:"reason" doc:"30 to 2,000 characters"`
		With      []WishJSON `json:"with,omitempty" maxItems:"2" doc:"Wishes that belong to it: all are granted or none"`
		LeaksSeen bool       `json:"leaks_seen,omitempty" doc:"You were warned of names in it and leave them; they are covered"`
		Companion bool       `json:"companion,omitempty"`
		Tie       string     `json:"tie,omitempty" enum:"none,staff,paid,family,investor,discount" doc:"Asked for once, where the wish becomes your first vote"`
	}
}

type amendOut struct {
	Status int
	Body   struct {
		ID     int64 `json:"id"`
		Joined bool  `json:"joined" doc:"Somebody had wished it already: this supports it"`
	}
}

func (s *Service) apiAmend(ctx context.Context, a access.Actor, in *amendIn) (*amendOut, error) {
	p, err := s.published(s.db.Read(ctx), in.Slug)
	if err != nil {
		return nil, err
	}
	w := WishJSON{in.Body.Op, in.Body.Item, in.Body.Value, in.Body.NewItem}.wished(p)
	w.Reason, w.LeaksSeen, w.Companion, w.Tie = in.Body.Reason, in.Body.LeaksSeen, in.Body.Companion, in.Body.Tie
	for _, x := range in.Body.With {
		w.With = append(w.With, x.wished(p))
	}
	if w.Network, err = s.meet(httpd.APIContext(ctx), a); err != nil {
		return nil, err
	}
	id, joined, err := s.Amend(ctx, a, in.Slug, w, httpd.APIKey(ctx))
	if err != nil {
		return nil, err
	}
	out := &amendOut{Status: http.StatusCreated}
	if joined {
		out.Status = http.StatusOK
	}
	out.Body.ID, out.Body.Joined = id, joined
	return out, nil
}

func (j WishJSON) wished(p Package) Wished {
	w := Wished{Op: Op(j.Op), Key: j.Item, Value: j.Value.value(p.Currency)}
	if n := j.NewItem; n != nil {
		it := n.item(p.ID)
		w.NewItem = &it
	}
	return w
}

// item is an item of nobody's catalogue, of a package (0: not stored yet).
func (n *ItemJSON) item(packageID int64) Item {
	return Item{PackageID: packageID, Key: n.Key, Name: n.Name, Kind: Kind(n.Kind), Unit: n.Unit, Direction: Direction(n.Direction), Class: Class(n.Class), Verify: Verify(n.Verify), Votable: true}
}

type respondIn struct {
	ID   int64 `path:"id"`
	Body struct {
		Answer     string     `json:"answer" enum:"accept,counter,reject,already_included,clinical,defer,need_info"`
		ReasonCode string     `json:"reason_code,omitempty" enum:"cost,capacity,law_or_licence,medical_safety,supplier,already_included,not_understood,out_of_scope"`
		Reason     string     `json:"reason" doc:"40 to 2,000 characters"`
		Counter    *ValueJSON `json:"counter,omitempty" doc:"Of a counter-offer"`
		PriceDelta *int64     `json:"price_delta_minor,omitempty" doc:"What it adds to the price, in minor units"`
		SignedBy   string     `json:"signed_by,omitempty" doc:"Name and register entry of the licensed person, for clinical answers"`
		ValidUntil string     `json:"valid_until,omitempty" format:"date-time"`
		LeaksSeen  bool       `json:"leaks_seen,omitempty"`
	}
}

type respondOut struct {
	Status int
	Body   struct {
		Amendment int64  `json:"amendment"`
		Answer    string `json:"answer"`
	}
}

func (s *Service) apiRespond(ctx context.Context, a access.Actor, in *respondIn) (*respondOut, error) {
	q := s.db.Read(ctx)
	w, err := wishByID(q, in.ID)
	if err != nil {
		return nil, err
	}
	p, err := loadByID(q, w.PackageID)
	if err != nil {
		return nil, err
	}
	b := in.Body
	r := Response{Answer: Answer(b.Answer), ReasonCode: ReasonCode(b.ReasonCode), Reason: b.Reason, CounterValue: b.Counter.value(p.Currency), PriceDeltaMinor: b.PriceDelta, SignedBy: b.SignedBy, LeaksSeen: b.LeaksSeen}
	if code, fixed := implied[r.Answer]; fixed && r.ReasonCode == "" {
		r.ReasonCode = code
	}
	if b.ValidUntil != "" {
		until, err := time.Parse(time.RFC3339, b.ValidUntil)
		if err != nil {
			return nil, errs.Field("valid_until", "shaping.desk_day")
		}
		r.ValidUntil = &until
	}
	if err := s.Respond(ctx, a, in.ID, r, httpd.APIKey(ctx)); err != nil {
		return nil, err
	}
	out := &respondOut{Status: http.StatusCreated}
	out.Body.Amendment, out.Body.Answer = in.ID, b.Answer
	return out, nil
}

type wishStepIn struct {
	ID   int64 `path:"id"`
	Body struct {
		Step string `json:"step" enum:"withdraw,enough,propose,promote" doc:"propose: as it was, on the newest version; promote: a draft of your own comes of it"`
	}
}

type wishStepOut struct {
	Body struct {
		ID    int64  `json:"id" doc:"Of the wish that stands now: another one after propose"`
		State string `json:"state" doc:"Of that wish"`
		Draft string `json:"draft,omitempty" doc:"Slug of the draft, after promote"`
	}
}

func (s *Service) apiWishStep(ctx context.Context, a access.Actor, in *wishStepIn) (*wishStepOut, error) {
	w, err := wishByID(s.db.Read(ctx), in.ID)
	if err == nil && w.State == WishDraft {
		err = errNoWish
	}
	if err != nil {
		return nil, err
	}
	now, draft, err := s.actOnWish(ctx, a, w, in.Body.Step, httpd.APIKey(ctx))
	if err != nil {
		return nil, err
	}
	if w, err = wishByID(s.db.Read(ctx), now); err != nil {
		return nil, err
	}
	s.forgetPackage(w.PackageID)
	out := &wishStepOut{}
	out.Body.ID, out.Body.State, out.Body.Draft = w.ID, string(w.State), draft
	return out, nil
}
