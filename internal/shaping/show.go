package shaping

import (
	"cmp"
	"context"
	"html/template"
	"slices"
	"strconv"
	"time"

	"caravan/internal/chart"
	"caravan/internal/money"
	"caravan/internal/wording"
)

// What a package's page shows to every reader alike. What differs by reader is
// made in show_own.go and stands in place of marks.

// say is a sentence of this page.
func say(lang, key string, args ...any) string {
	return wording.Text(lang, "shaping.read_"+key, args...)
}

// knownOf is what is known of a package, read again when something changed.
func (s *Service) knownOf(ctx context.Context, h standpoint) (*known, error) {
	if k, ok := s.kept.known.Look(h.ID); ok && (k.Package.Version != h.Version || k.seq != h.Seq) {
		s.forgetPackage(h.ID)
	}
	return s.kept.known.Take(ctx, h.ID, func(ctx context.Context) (*known, error) {
		k, err := findKnown(s.db.Read(ctx), h.ID)
		if err == nil {
			k.seq = h.Seq
		}
		return k, err
	})
}

// forgetPackage has a package read again by whoever has just changed something.
func (s *Service) forgetPackage(id int64) { s.kept.known.Drop(id) }

// packageView is the page but for what differs by reader.
func (s *Service) packageView(lang string, k *known, f *figures, now time.Time) PackageView {
	p, _ := s.provider.ProcedureByID(k.ProcedureID)
	v := PackageView{
		Reviews: reviewLines(lang, k.reviews),

		Path: packagePath(k.Slug), Slug: k.Slug, Title: k.Title, Lang: k.Lang, Summary: template.HTML(k.SummaryHTML), // #nosec G203: came out of text.Markdown
		Call: k.Proposer == ByPatients, Place: s.placeName(lang, k.City, k.Country), Treatment: p.Name(lang), Caution: p.Caution(lang),
		Version: len(k.versions), Phase: s.phaseWords(lang, k, now), Why: k.Why, Verbs: mark("verbs", ""), Stages: k.stages(lang, now),
		ComparePath: "/packages/compare?p=" + k.Slug, CanChange: k.State == Shaping || k.State == Call,
	}
	if k.OrgSlug != "" {
		v.By, v.ByPath, v.Kind = k.OrgName, orgPath(k.OrgKind, k.OrgSlug), say(lang, "by_"+string(k.Proposer))
	}
	if minor, ok := k.newest.Price(); ok {
		v.Price = money.Amount{Minor: minor, Currency: k.Currency}.Format(lang)
	}
	if l, ok := k.newest.Find("price.basis"); ok {
		v.Basis = l.Item.Spec().Print(lang, l.Value)
	}
	if k.running(now) {
		v.Left, v.Closes = leftWords(lang, *k.EndsAt, now), closesWords(lang, *k.EndsAt, k.Zone)
	}
	v.Took = tookWords(lang, k.shown(OnPackage, k.ID, false, false))
	if granted, of := k.grantedOf(); of > 0 && !v.Call {
		v.Granted = say(lang, "granted", "count", of, "granted", wording.Number(lang, granted))
	}
	if n := k.unansweredCount(); n > 0 {
		v.Missed = say(lang, "missed_count", "count", n)
	}
	v.Sections, v.Lines = k.sections(lang, f)
	v.NewCount = len(k.newWishes())
	if v.NewCount > 0 {
		v.New = mark("wishes", "+")
	}
	v.PriceLines = k.priceLines(lang)
	v.IfAll = k.ifAllGranted(lang)
	s.past(lang, k, &v)
	v.Signed = k.signedView(lang)
	v.Lineage, v.OffersPath = s.lineageViews(lang, k), k.offersPath()
	v.Stays = s.stayViews(lang, p.Code, k)
	if l, ok := k.newest.Find(SuitabilityKey); ok && l.Value.Number != 0 {
		v.Suitability = l.Item.Spec().Name(lang)
	}
	f.into(lang, k, &v)
	return v
}

// orgPath is where an organisation has its page; only clinics have one.
func orgPath(kind, slug string) string {
	if kind == "clinic" {
		return "/clinics/" + slug
	}
	return ""
}

// placeName is a city with its country in lang.
func (s *Service) placeName(lang, city, country string) string {
	d, ok := s.provider.Destination(country)
	switch {
	case !ok:
		return city
	case city == "":
		return d.Name(lang)
	}
	return city + wording.Text(lang, "common.comma") + d.Name(lang)
}

// phaseWords is what goes on now, in a sentence.
func (s *Service) phaseWords(lang string, k *known, now time.Time) string {
	args := []any{"round", wording.Number(lang, k.Round)}
	switch k.State {
	case Committed, Reporting, Exhausted, Ended, Suspended, Breached:
		if c := k.commitment; c != nil {
			args = append(args, "name", c.SignerName, "day", wording.Day(lang, c.ValidUntil), "capacity", wording.Number(lang, c.Capacity))
		} else if k.State == Suspended {
			return say(lang, "phase_suspended_before", args...)
		}
	case Call:
		args = append(args, "count", len(k.offers()))
	}
	return say(lang, "phase_"+string(k.State), args...)
}

// offers are the offers that answer a call.
func (k *known) offers() []lineage {
	return slices.DeleteFunc(slices.Clone(k.lineage), func(l lineage) bool { return l.Relation != "offer" })
}

// stages are the bar of stages.
func (k *known) stages(lang string, now time.Time) []StageView {
	order := []State{Shaping, Answering, FinalVote, AwaitingCommitment, Committed, Reporting}
	state := k.voteState()
	switch state {
	case Exhausted, Ended, Breached:
		state = Committed
	case Archived:
		state = Reporting
	}
	if k.Proposer == ByPatients {
		order = []State{Call}
	}
	at := slices.Index(order, state)
	first := StageView{Name: say(lang, "stage_draft"), Done: true}
	out := []StageView{first}
	for i, st := range order {
		x := StageView{Name: say(lang, "stage_"+string(st)), Done: i < at || k.reached(st) && i != at, Current: i == at && !k.State.Closed()}
		if st == Shaping && k.Round > 0 && (i == at || i+1 == at) {
			x.Name = say(lang, "stage_round", "round", wording.Number(lang, k.Round))
		}
		switch {
		case x.Current && k.running(now):
			x.Note = leftWords(lang, *k.EndsAt, now)
		case x.Done || x.Current:
		case st == Answering:
			x.Note = say(lang, "stage_days", "count", AnsweringDays)
		case st == FinalVote:
			x.Note = say(lang, "stage_days", "count", FinalDays)
		}
		out = append(out, x)
	}
	if k.Proposer == ByPatients {
		out = append(out, StageView{Name: say(lang, "stage_offers", "count", len(k.offers())), Done: len(k.offers()) > 0})
	}
	if k.State.Closed() && k.State != Ended && k.State != Archived {
		out = append(out, StageView{Name: say(lang, "state_"+string(k.State)), Current: true})
	}
	return out
}

// reached reports whether the package has ever been in a state and left it for
// good: rounds come again.
func (k *known) reached(st State) bool {
	if st == Shaping || st == Answering || st == FinalVote {
		return k.commitment != nil || slices.ContainsFunc(k.steps, func(t Taken) bool { return t.ToState == AwaitingCommitment })
	}
	return slices.ContainsFunc(k.steps, func(t Taken) bool { return t.ToState == st })
}

// grantedOf is how many of the wishes that were answered became part of the
// offer.
func (k *known) grantedOf() (granted, of int) {
	for _, w := range k.wishes {
		if len(k.answers[w.ID]) == 0 {
			continue
		}
		of++
		if w.State.Granted() || w.State == Merged {
			granted++
		}
	}
	return granted, of
}

// standing is the provider's answer that stands, nil before the first.
func (k *known) standing(wish int64) *answerRow {
	all := k.answers[wish]
	if len(all) == 0 {
		return nil
	}
	return &all[len(all)-1]
}

// credit is who changed a line in a version, in words: the author of a wish, or
// the provider alone with its reason.
func (k *known) credit(lang string, amendment int64, reason string, version int) (who, why, delta string) {
	for _, w := range k.wishes {
		if w.ID != amendment {
			continue
		}
		by := w.author(w.AuthorRole).Byline(lang)
		who = say(lang, "credit_wish", "version", wording.Number(lang, version), "name", by.Name)
		if w.HiddenWhy == "" {
			why = w.Reason
		}
		if a := k.standing(w.ID); a != nil && a.PriceDeltaMinor != nil {
			delta = deltaWords(lang, *a.PriceDeltaMinor, k.Currency)
		}
		return who, why, delta
	}
	if reason == "" {
		return "", "", ""
	}
	return say(lang, "credit_own", "version", wording.Number(lang, version)), reason, ""
}

// sections are the lines of the newest version under their headings.
func (k *known) sections(lang string, f *figures) (out []SectionView, n int) {
	for _, head := range append(Sections(), Section{}) {
		sec := SectionView{ID: "s-" + head.Begins, Name: head.Name(lang)}
		if head.Begins == "" {
			sec.ID, sec.Name = "s-more", say(lang, "section_more")
		}
		for _, l := range k.newest {
			if SectionOf(l.Item.Key).Begins != head.Begins || l.Value.None() && len(k.wishesOn(l.Item.Key, true)) == 0 && l.AmendmentID == 0 && l.Reason == "" {
				continue
			}
			sec.Lines = append(sec.Lines, k.lineView(lang, l, f))
			n++
		}
		if len(sec.Lines) > 0 {
			sec.ID = anchorOf(sec.ID)
			sec.sum(lang)
			out = append(out, sec)
		}
	}
	return out, n
}

// sum says in the heading what goes on below it, and opens what people came for:
// the price, wishes, and what has just changed. The price of all stands first.
func (sec *SectionView) sum(lang string) {
	changed, wished := 0, 0
	slices.SortStableFunc(sec.Lines, func(a, b LineView) int {
		return cmp.Compare(map[bool]int{false: 1}[a.Key == PriceKey], map[bool]int{false: 1}[b.Key == PriceKey])
	})
	for _, l := range sec.Lines {
		wished += l.Open
		if l.Credit != "" {
			changed++
		}
		sec.Open = sec.Open || l.Wishes != ""
		sec.Open = sec.Open || l.Key == PriceKey
	}
	sec.Open = sec.Open || changed+wished > 0
	switch {
	case wished > 0:
		sec.Note = say(lang, "open_wishes", "count", wished)
	case changed > 0:
		sec.Note = say(lang, "changed_lines", "count", changed)
	}
}

// lineView is one line of the ledger.
func (k *known) lineView(lang string, l Line, f *figures) LineView {
	spec, version := l.Item.Spec(), len(k.versions)
	v := LineView{Key: l.Item.Key, Anchor: anchorOf(l.Item.Key), Clinical: !l.Item.Votable, Long: long(l.Value), Lang: langOf(l.Value, k.Lang)}
	v.Name, v.NameLang = nameOf(lang, l.Item, k.Lang)
	v.Value = one(lang, spec, l.Value)
	was := k.before.Value(l.Item.Key)
	if (l.AmendmentID != 0 || l.Reason != "") && version > 1 && !was.Equal(l.Value) {
		v.Value = pieces(lang, spec, was, l.Value)
		v.Credit, v.CreditReason, v.Delta = k.credit(lang, l.AmendmentID, l.Reason, version)
		if e := spec.Effect(was, l.Value); e == Better || e == Worse {
			v.Effect, v.EffectName = string(e), say(lang, "effect_"+string(e))
		}
	}
	v.Past = f.past(l.Item)
	v.Poll = mark("poll", itoa(l.Item.ID))
	if open := k.wishesOn(l.Item.Key, true); len(open) > 0 {
		for _, w := range open {
			if w.State.Live() {
				v.Open++
			}
		}
		v.Wishes, v.WishTitle = mark("wishes", l.Item.Key), say(lang, "wishes_on", "count", len(open))
		v.Group = mark("group", l.Item.Key)
	}
	if done := k.wishesOn(l.Item.Key, false); len(done) > 0 {
		v.Earlier, v.EarlierTitle = mark("earlier", l.Item.Key), say(lang, "wishes_before", "count", len(done))
	}
	return v
}

// askPath is where people ask about what is not voted on.
func (k *known) askPath() string {
	if k.OrgKind == "clinic" {
		return "/questions/ask?clinic=" + k.OrgSlug
	}
	return "/questions/ask"
}

// wishesOn are the wishes on a line: those that wait or were answered in this
// round, or those that were settled before.
func (k *known) wishesOn(key string, open bool) (out []wishRow) {
	_, there := k.newest.Find(key)
	for _, w := range k.wishes {
		now := w.State.Live() || w.State.Granted() || w.Round == k.Round && !k.State.Closed() && (w.State == Rejected || w.State == ClinicallyBarred)
		if w.ItemKey == key && now == open && (there || w.Op != Add) {
			out = append(out, w)
		}
	}
	return out
}

// newWishes are wishes for lines that are not in the offer yet.
func (k *known) newWishes() (out []wishRow) {
	for _, w := range k.wishes {
		if _, there := k.newest.Find(w.ItemKey); !there && w.Op == Add && (w.State.Live() || w.State.Granted()) {
			out = append(out, w)
		}
	}
	return out
}

// priceLines are all amounts of the offer. The whole price comes first: under
// the others it would read as their sum.
func (k *known) priceLines(lang string) (out []PriceLine) {
	if l, ok := k.newest.Find(PriceKey); ok {
		out = append(out, PriceLine{Name: l.Item.Spec().Name(lang), Amount: l.Item.Spec().Print(lang, l.Value), Whole: true})
	}
	for _, l := range k.newest.held() {
		if l.Item.Kind == Money && l.Item.Key != PriceKey {
			name, _ := nameOf(lang, l.Item, k.Lang)
			out = append(out, PriceLine{Name: name, Amount: l.Item.Spec().Print(lang, l.Value)})
		}
	}
	return out
}

// ifAllGranted is the price if every waiting wish that the provider has put a
// price on became part of the offer; empty where that changes nothing.
func (k *known) ifAllGranted(lang string) string {
	price, ok := k.newest.Price()
	var extra int64
	for _, w := range k.wishes {
		if a := k.standing(w.ID); a != nil && a.PriceDeltaMinor != nil && (a.Answer == Accept || a.Answer == Counter) && (w.State.Live() || w.State.Granted()) {
			extra += *a.PriceDeltaMinor
		}
	}
	if !ok || extra == 0 {
		return ""
	}
	return money.Amount{Minor: price + extra, Currency: k.Currency}.Format(lang)
}

// past adds the versions and what the newest one changed.
func (s *Service) past(lang string, k *known, v *PackageView) {
	v.Versions = k.versionMarks(lang)
	n := len(k.versions)
	if n < 2 {
		return
	}
	line := chart.Versions{ID: "d-versions"}
	for _, m := range k.versions {
		line.Marks = append(line.Marks, chart.VersionMark{Number: m.Number, Day: m.PublishedAt, Changed: m.Changed})
	}
	line.Next = k.State == Shaping || k.State == Answering
	d := line.Draw(lang)
	v.Timeline = &d
	v.Changes = k.changeRows(lang, Diff(k.before, k.newest), n)
	v.LastChange = say(lang, "changes_caption", "from", wording.Number(lang, n-1), "to", wording.Number(lang, n), "count", len(v.Changes))
	if a, ok := k.before.Price(); ok {
		if b, _ := k.newest.Price(); b != a {
			v.LastChange += say(lang, "changes_sum", "delta", deltaWords(lang, b-a, k.Currency))
		}
	}
}

func (k *known) versionMarks(lang string) (out []VersionMark) {
	path := packagePath(k.Slug)
	for i, m := range k.versions {
		x := VersionMark{Number: m.Number, Path: path + "/versions/" + strconv.Itoa(m.Number), Date: m.PublishedAt, Reason: m.Reason, Hash: hashWords(m.ContentHash), Current: i == len(k.versions)-1}
		if i > 0 {
			x.Changes = path + "/changes?from=" + strconv.Itoa(m.Number-1) + "&to=" + strconv.Itoa(m.Number)
			x.Changed = say(lang, "changed_lines", "count", m.Changed)
		}
		x.Signed = k.commitment != nil && k.commitment.VersionID == m.ID
		out = append(out, x)
	}
	slices.Reverse(out)
	return out
}

// changeRows are the changes up to a version, each with whose it is.
func (k *known) changeRows(lang string, changes []Change, version int) (out []ChangeRow) {
	for _, c := range changes {
		spec := c.Item.Spec()
		r := ChangeRow{Value: pieces(lang, spec, c.Old, c.New), Lang: langOf(c.New, k.Lang), Own: c.AmendmentID == 0}
		if c.New.None() {
			r.Lang = langOf(c.Old, k.Lang)
		}
		r.Name, r.NameLang = nameOf(lang, c.Item, k.Lang)
		if c.Effect == Better || c.Effect == Worse {
			r.Effect, r.EffectName = string(c.Effect), say(lang, "effect_"+string(c.Effect))
		}
		r.Credit, r.CreditReason, r.Delta = k.credit(lang, c.AmendmentID, c.Reason, version)
		if a := k.standing(c.AmendmentID); a != nil && a.HiddenAnswer == "" {
			r.Answer = a.Reason
		}
		out = append(out, r)
	}
	return out
}

// inShort is the package in a sentence, for those who have not opened it yet.
func (k *known) inShort(lang string) string {
	price := ""
	if l, ok := k.newest.Find(PriceKey); ok {
		price = l.Item.Spec().Print(lang, l.Value)
	}
	if k.Proposer == ByPatients {
		return say(lang, "short_call", "title", k.Title)
	}
	return say(lang, "short_offer", "title", k.Title, "name", k.OrgName, "price", price)
}
