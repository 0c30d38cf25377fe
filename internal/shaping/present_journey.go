package shaping

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"caravan/internal/chart"
	"caravan/internal/db"
	"caravan/internal/money"
	"caravan/internal/wording"
)

// underView names a commitment in lang.
func (s *Service) underView(q *db.Tx, lang string, p Package, c Commitment, v Version, says Content) (u UnderView, err error) {
	o, err := s.provider.FindOrganisation(q, c.OrganisationID)
	if err != nil {
		return u, err
	}
	u = UnderView{Title: p.Title, Lang: p.Lang, PackagePath: "/packages/" + p.Slug, VersionPath: "/packages/" + p.Slug + "/versions/" + strconv.Itoa(v.Number),
		Provider: o.Name, Version: v.Number, Fingerprint: hashWords(c.ContentHash), Signer: c.SignerName, SignerTitle: c.SignerTitle,
		SignedAt: c.SignedAt, ValidUntil: c.ValidUntil, PriceUntil: c.PriceLockedUntil}
	if o.Kind == "clinic" {
		u.ProviderPath = "/clinics/" + o.Slug
	}
	if minor, ok := says.Price(); ok {
		u.Price = money.Amount{Minor: minor, Currency: p.Currency}.Format(lang)
	}
	return u, nil
}

func remedies(lang string, c Commitment, says Content) (all []RemedyView) {
	for _, l := range says.held() {
		if r := c.Remedies[l.Item.Key]; r != "" {
			all = append(all, RemedyView{l.Item.Spec().Name(lang), r})
		}
	}
	return all
}

// typedJourney is what was typed into the forms of a journey's page.
type typedJourney struct {
	sayings  map[string]Saying // by key
	day      string
	price    string
	changing bool
	wrong    map[string]string // what is wrong, by field
}

// journeyView is the page of one's own journey.
func (s *Service) journeyView(q *db.Tx, lang string, u underway, in typedJourney) (v JourneyView, err error) {
	v = JourneyView{Path: journeyPath(u.PublicID), Stage: u.Stage, Currency: u.Package.Currency, EnrolledAt: u.EnrolledAt, Day: in.day, Today: q.Now.UTC().Format(time.DateOnly),
		Proven: u.Proven, Linked: u.Linked, Changing: in.changing, Typed: in.price, Remedies: remedies(lang, u.Commitment, u.Content),
		CanLeave: u.Stage == StageEnrolled, Closed: May(u.Package.State, Tell, []Role{Treated}) != nil}
	if v.UnderView, err = s.underView(q, lang, u.Package, u.Commitment, u.Version, u.Content); err != nil {
		return v, err
	}
	if u.DischargedOn != nil {
		v.Discharged = *u.DischargedOn
	}
	known, err := s.experienceOf(q, u, &v)
	if err != nil {
		return v, err
	}
	v.promises(lang, u, in, known, DayAfter(q.Now.UTC(), 0))
	if err := v.replies(q, lang, u); err != nil {
		return v, err
	}
	return v, s.needs(q, lang, u, &v)
}

// experienceOf says what the own experience knows already of what is promised,
// by item.
func (s *Service) experienceOf(q *db.Tx, u underway, v *JourneyView) (map[string]Value, error) {
	if u.Stage == StageLeft {
		return nil, nil
	}
	id, _, _, ok, err := s.followedBy(q, u.Journey, u.Commitment.OrganisationID, u.Package.ProcedureID)
	if err != nil {
		return nil, err
	}
	if !ok {
		o, err := s.provider.FindOrganisation(q, u.Commitment.OrganisationID)
		if err != nil {
			return nil, err
		}
		p, _ := s.provider.ProcedureByID(u.Package.ProcedureID)
		v.Tell = "/experiences/tell?clinic=" + o.Slug + "&procedure=" + p.Code
		return nil, nil
	}
	t, err := findToldOf(q, id)
	if err != nil {
		return nil, err
	}
	v.Experience = "/experiences/" + t.PublicID
	return t.values(q, u.Package.Currency)
}

// values are what an experience says, as values of the items of packages. An
// amount in another currency is converted at the last rates.
func (t toldRow) values(q *db.Tx, currency string) (map[string]Value, error) {
	all := map[string]Value{}
	if t.PaidMinor != nil && t.PaidCurrency != nil {
		minor, ok, err := exchanged(q, money.Amount{Minor: *t.PaidMinor, Currency: *t.PaidCurrency}, currency)
		if err != nil {
			return nil, err
		}
		if ok {
			all[PriceKey] = Value{Kind: Money, Number: minor, Currency: currency}
		}
	}
	for key, typed := range map[string]string{"stay.hospital_nights": t.Hospital, "stay.hotel_nights": t.Hotel} {
		if n, err := strconv.ParseInt(typed, 10, 64); err == nil {
			all[key] = Value{Kind: Count, Number: n}
		}
	}
	if t.Operator == "yes" || t.Operator == "no" {
		all[surgeonKey] = Value{Kind: Bool}
		if t.Operator == "yes" {
			all[surgeonKey] = Value{Kind: Bool, Number: 1}
		}
	}
	return all, nil
}

// surgeonKey is the item that names who operates.
const surgeonKey = "team.surgeon"

// promises sorts what is promised by when it can be judged.
func (v *JourneyView) promises(lang string, u underway, in typedJourney, known map[string]Value, today time.Time) {
	for _, l := range u.Content.held() {
		verdict, asked := u.Verdicts[l.Item.ID]
		if !asked {
			continue
		}
		spec := l.Item.Spec()
		name, says := spec.Name(lang), spec.Print(lang, l.Value)
		told := verdict.Verdict != "" && verdict.Verdict != TooEarly
		switch {
		case verdict.DueOn.After(today):
			v.Later = append(v.Later, LaterView{name, says, verdict.DueOn})
			continue
		case told:
			x := SaidView{Name: name, Promised: says, Verdict: verdict.Verdict, Says: sayWords(lang, "verdict", l.Item.Key, verdict.Verdict)}
			if !verdict.Delivered.None() {
				x.Got = spec.Print(lang, verdict.Delivered)
			}
			v.Said = append(v.Said, x)
		}
		if (!told || in.changing) && !v.Closed {
			v.ask(lang, l, askView(lang, u, l, verdict, in, known))
		}
		if l.Item.Key == PriceKey && told {
			v.freeExit(lang, u, verdict.Delivered)
		}
	}
	slices.SortStableFunc(v.Later, func(a, b LaterView) int { return a.On.Compare(b.On) })
	v.orderSections()
}

// ask puts a question below its heading.
func (v *JourneyView) ask(lang string, l Line, a AskView) {
	name := SectionOf(l.Item.Key).Name(lang)
	if name == "" {
		name = wording.Text(lang, "shaping.own_items")
	}
	v.AskedCount++
	i := slices.IndexFunc(v.Asking, func(s AskSection) bool { return s.Name == name })
	if i < 0 {
		i, v.Asking = len(v.Asking), append(v.Asking, AskSection{Name: name})
	}
	v.Asking[i].Items = append(v.Asking[i].Items, a)
}

// orderSections puts the headings in the order of the ledger: they were met in
// the order of keys.
func (v *JourneyView) orderSections() {
	slices.SortStableFunc(v.Asking, func(a, b AskSection) int { return sectionPlace(a) - sectionPlace(b) })
	for i := range v.Asking {
		wrong := slices.ContainsFunc(v.Asking[i].Items, func(a AskView) bool { return a.ErrVerdict != "" || a.ErrGot != "" })
		v.Asking[i].Open = i == 0 || wrong || v.AskedCount <= fewAsked
	}
}

// fewAsked is how many questions stand open on one page; of more than that each
// section is opened by its heading.
const fewAsked = 8

func sectionPlace(s AskSection) int {
	for i, x := range sections {
		if strings.HasPrefix(s.Items[0].Key, x.Begins) {
			return i
		}
	}
	return len(sections)
}

// shownVerdicts are the verdicts in the order in which they are offered.
var shownVerdicts = []Verdict{Kept, BetterThan, WorseThan, NotDelivered, TooEarly, NotApplicable}

// verdictsOn are the verdicts that are offered on an item. Whether a treatment
// was planned anew after the examination is neither better nor worse than
// promised: it is asked as what happened.
func verdictsOn(key string) []Verdict {
	if key == SuitabilityKey {
		return []Verdict{Kept, WorseThan, TooEarly, NotApplicable}
	}
	return shownVerdicts
}

// sayWords is a verdict on an item in words.
func sayWords(lang, as, key string, v Verdict) string {
	if key == SuitabilityKey && (v == Kept || v == WorseThan) {
		return wording.Text(lang, "shaping.plan_"+string(v))
	}
	return wording.Text(lang, "shaping."+as+"_"+string(v))
}

// askView is the question about one promise: with what was typed, else what was
// said before, else what the own experience knows.
func askView(lang string, u underway, l Line, before ItemVerdict, in typedJourney, known map[string]Value) AskView {
	spec := l.Item.Spec()
	key := l.Item.Key
	a := AskView{Key: key, Name: spec.Name(lang), Question: spec.Question(lang), Promised: spec.Print(lang, l.Value), AskMattered: l.Item.Votable,
		ErrVerdict: in.wrong["verdict."+key], ErrGot: in.wrong["got."+key]}
	x, typed := in.sayings[key]
	switch {
	case typed:
	case before.Verdict != "" && before.Verdict != TooEarly:
		x = Saying{Verdict: before.Verdict, Got: writeGot(before.Delivered)}
		if before.Mattered != nil {
			x.Mattered = Weights[1-*before.Mattered]
		}
	default:
		x, a.Known = knownSaying(spec, l.Value, known[key], u.Tolerance)
	}
	for _, verdict := range verdictsOn(key) {
		a.Verdicts = append(a.Verdicts, ChoiceView{string(verdict), sayWords(lang, "say", key, verdict), verdict == x.Verdict})
	}
	for _, w := range Weights {
		a.Mattered = append(a.Mattered, ChoiceView{w, wording.Text(lang, "shaping.mattered_"+w), w == x.Mattered})
	}
	a.gotField(lang, l.Item, u.Package.Currency, x.Got)
	return a
}

// gotField is the field for what was delivered, where a figure can be held
// against the promise.
func (a *AskView) gotField(lang string, it Item, currency, got string) {
	if !measured(it) {
		return
	}
	a.Got = got
	switch {
	case it.Kind == Money:
		a.GotKind, a.Currency = "amount", currency
	case it.Kind == Enum:
		a.GotKind = "word"
		a.Words = append(a.Words, ChoiceView{Label: wording.Text(lang, "shaping.got_none")})
		for _, o := range it.Spec().Options {
			a.Words = append(a.Words, ChoiceView{o.Value, it.Spec().option(lang, o.Value), o.Value == got})
		}
	default:
		a.GotKind = "number"
	}
}

// knownSaying is what the own experience says of a promise: nobody is asked
// twice, one tap takes it over.
func knownSaying(s Spec, promised, known Value, tol Tolerance) (x Saying, ok bool) {
	switch {
	case known.None():
		return x, false
	case s.Key == surgeonKey && known.Number != 0:
		return Saying{Verdict: Kept}, true
	case s.Key == surgeonKey:
		return Saying{Verdict: NotDelivered}, true
	case known.Kind != s.Kind:
		return x, false
	}
	fits, _ := Judge(s, promised, known, tol)
	return Saying{Verdict: fits, Got: writeGot(known)}, true
}

// writeGot writes a value as people type it: amounts without the currency.
func writeGot(v Value) string {
	switch {
	case v.None() || v.Unmeasured:
		return ""
	case v.Kind == Enum:
		return v.Text
	case v.Kind == Money:
		s := money.Amount{Minor: v.Number, Currency: v.Currency}.Format("en")
		return strings.ReplaceAll(strings.TrimPrefix(s, v.Currency+"\u00a0"), ",", "")
	case v.Kind == Percent:
		return strconv.FormatFloat(float64(v.Number)/100, 'f', -1, 64)
	}
	return strconv.FormatInt(v.Number, 10)
}

// freeExit says so where a price is more than 8 % above its promise.
func (v *JourneyView) freeExit(lang string, u underway, asked Value) {
	l, ok := u.Content.Find(PriceKey)
	if !ok || asked.None() || asked.Currency != l.Value.Currency || asked.Number*100 <= l.Value.Number*(100+flagPercent) {
		return
	}
	v.FreeExit = &FreeExitView{Promised: l.Item.Spec().Print(lang, l.Value), Asked: l.Item.Spec().Print(lang, asked),
		Percent: chart.Gap(lang, float64(asked.Number)/float64(max(1, l.Value.Number))), CanLeave: u.Stage == StageEnrolled}
}

// holdPrice says what a price that is asked for now is against the promise.
func (v *JourneyView) holdPrice(lang string, u underway, l Line, asked Value) {
	v.freeExit(lang, u, asked)
	fits, _ := Judge(l.Item.Spec(), l.Value, asked, u.Tolerance)
	v.TypedSays = wording.Text(lang, "shaping.price_"+string(fits), "gap", chart.Gap(lang, float64(asked.Number)/float64(max(1, l.Value.Number))))
}

// replies are what the provider said to promises of this version.
func (v *JourneyView) replies(q *db.Tx, lang string, u underway) error {
	all, err := listReplies(q, u.Package.ID)
	if err != nil {
		return err
	}
	for _, l := range u.Content.held() {
		for _, r := range all[replyOn{u.Version.ID, l.Item.ID}] {
			v.Replies = append(v.Replies, RepliedView{l.Item.Spec().Name(lang), r})
		}
	}
	return nil
}

// needs asks about refused wishes, half a year after the treatment.
func (s *Service) needs(q *db.Tx, lang string, u underway, v *JourneyView) error {
	refused, said, err := u.refused(q)
	if err != nil {
		return err
	}
	for _, r := range refused {
		n := NeedView{ID: r.ID, Name: r.item().Spec().Name(lang), Wish: wishText(lang, r.item(), r.Op, r.NewValue), Lang: r.Lang, Code: codeText(lang, r.ReasonCode)}
		if r.HiddenWhy == "" {
			n.Why = r.Why
		}
		if needed, ok := said[r.ID]; ok {
			n.Needed, n.NotNeeded = needed, !needed
		}
		v.Needs = append(v.Needs, n)
	}
	return nil
}

// refused are the refused wishes that a journey's patient is asked about, and what
// was said of them, by wish; none before the time has come.
func (u underway) refused(q *db.Tx) (rows []refusedRow, said map[int64]bool, err error) {
	if May(u.Package.State, Tell, []Role{Treated}) != nil || u.Stage != StageTreated || u.DischargedOn == nil || q.Now.Before(askNeeds(*u.DischargedOn)) {
		return nil, nil, nil
	}
	if rows, err = listRefused(q, u.Package.ID, mostRefused); err != nil {
		return nil, nil, err
	}
	said, err = listNeeds(q, u.ID)
	return rows, said, err
}
