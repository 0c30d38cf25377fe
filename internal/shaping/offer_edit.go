package shaping

import (
	"html/template"
	"slices"
	"strconv"
	"strings"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/provider"
	"caravan/internal/text"
	"caravan/internal/wording"
)

// blank is a new draft, with the currency and the clock of its country.
func (s *Service) blank(q *db.Tx, lang string, a access.Actor, t typed) (d Proposal, err error) {
	d = Proposal{Title: t.one("title"), Lang: lang, Procedure: t.one("procedure"), Currency: firstCurrency, Zone: firstZone, RoundDays: UsualRoundDays, Organisation: t.one("organisation")}
	for _, w := range offerers(a) {
		if w.Slug == d.Organisation {
			d.Currency, d.Zone, err = s.usualOf(q, w.OrganisationID)
		}
	}
	return d, err
}

// proposalOf is what a draft holds, as a form would hand it in.
func (s *Service) proposalOf(q *db.Tx, p Package) (d Proposal, err error) {
	pr, _ := s.provider.ProcedureByID(p.ProcedureID)
	d = Proposal{Title: p.Title, Summary: p.Summary, Lang: p.Lang, Procedure: pr.Code, Currency: p.Currency, Zone: p.Zone, RoundDays: p.RoundDays,
		Lines: slices.Clone(p.Draft), Steps: p.Steps, StayAnswers: map[string]string{}}
	for k, v := range p.StayAnswers {
		d.StayAnswers[k] = v
	}
	if p.OrganisationID != nil {
		o, err := s.provider.FindOrganisation(q, *p.OrganisationID)
		if err != nil {
			return d, err
		}
		d.Organisation = o.Slug
	}
	return d, nil
}

// overlay lays what a page of the editor says over a draft. What cannot be read
// is told by its field and leaves the draft as it was there.
func (d *Proposal) overlay(x part, lang string, t typed) (wrong []errs.FieldMsg) {
	switch x.name {
	case partAbout:
		return d.overlayAbout(lang, t)
	case partOwn:
		d.Lines, wrong = readOwn(d.Lines, lang, d.Currency, t)
	case partSteps:
		steps, wrong := readSteps(t)
		if len(wrong) == 0 {
			d.Steps = steps
		}
		return wrong
	default:
		d.Lines, wrong = readLines(d.Lines, x.specs, lang, d.Currency, t)
		for _, spec := range x.specs {
			if said, ok := t[stayField(spec.Key)]; ok {
				clean, err := text.Clean(strings.Join(said, "\n"))
				if err != nil {
					wrong = append(wrong, errs.FieldMsg{Name: stayField(spec.Key), Msg: errs.Of(err).Msg})
					continue
				}
				d.StayAnswers[spec.Key] = clean
			}
		}
	}
	return wrong
}

func (d *Proposal) overlayAbout(lang string, t typed) (wrong []errs.FieldMsg) {
	d.Title, d.Summary, d.Lang, d.Zone = t.one("title"), t.one("summary"), t.one("lang"), t.one("zone")
	if code := t.one("currency"); code != d.Currency {
		d.Currency = code
		otherCurrency(d.Lines, code)
	}
	n, err := readFigure(Count, lang, t.one("round_days"))
	if err != nil || n < MinRoundDays || n > MaxRoundDays {
		return append(wrong, errs.FieldMsg{Name: "round_days", Msg: errs.Msg{Key: "shaping.round_days", Args: []any{"least", MinRoundDays, "most", MaxRoundDays}}})
	}
	d.RoundDays = int(n)
	return nil
}

// unansweredStays are the warnings of a page to which nothing was said.
func (s *Service) unansweredStays(p Package, x part) (wrong []errs.FieldMsg) {
	pr, _ := s.provider.ProcedureByID(p.ProcedureID)
	for _, short := range Short(pr.Code, NewContent(p.Draft...)) {
		inPart := slices.ContainsFunc(x.specs, func(spec Spec) bool { return spec.Key == short.Item })
		if inPart && p.Proposer != ByPatients && strings.TrimSpace(p.StayAnswers[short.Item]) == "" {
			wrong = append(wrong, errs.FieldMsg{Name: stayField(short.Item), Msg: errs.Msg{Key: "shaping.offer_stay_unanswered"}})
		}
	}
	return wrong
}

// partView draws one page of the editor: what the draft holds, over it what was
// typed and is not in the draft.
func (s *Service) partView(q *db.Tx, lang string, p Package, all []part, at int, t typed, wrong error) (v OfferPartView, err error) {
	pr, _ := s.provider.ProcedureByID(p.ProcedureID)
	c := NewContent(p.Draft...)
	v = OfferPartView{Slug: p.Slug, Name: p.Title, Heading: all[at].label(lang), Action: partPath(p.Slug, all[at].name), Look: packagePath(p.Slug) + "/publish",
		Treatment: pr.Name(lang), Call: p.Proposer == ByPatients, Discard: packagePath(p.Slug) + "/withdraw",
		At: wording.Text(lang, "shaping.offer_at", "n", strconv.Itoa(at+1), "of", strconv.Itoa(len(all)))}
	if at > 0 {
		v.Back = partPath(p.Slug, all[at-1].name)
	}
	if v.By, err = s.byLine(q, lang, p); err != nil {
		return v, err
	}
	v.Parts, v.Missing = partLinks(lang, p, all, at, c)
	x := offerAsker{lang: lang, currency: p.Currency, t: t, wrong: wrongBy(lang, wrong)}
	if err := s.fillPart(q, &v, x, p, all[at]); err != nil {
		return v, err
	}
	return v, s.aside(q, lang, &v, p, pr, c)
}

// fillPart adds the questions of a page.
func (s *Service) fillPart(q *db.Tx, v *OfferPartView, x offerAsker, p Package, at part) (err error) {
	switch at.name {
	case partAbout:
		v.About, err = s.about(q, x, p)
		return err
	case partOwn:
		if x.t == nil {
			x.t = ownPlaces(p.Draft, x.lang)
		}
		v.Own = x.own()
	case partSteps:
		if x.t == nil {
			x.t = typed{}
			for i, step := range p.Steps {
				x.t[stepName(i, "people")], x.t[stepName(i, "gives")] = []string{strconv.Itoa(step.People)}, []string{step.Gives}
			}
		}
		v.Steps = x.steps()
	default:
		if x.t == nil {
			x.t = typedOf(p.Draft, x.lang)
			for key, said := range p.StayAnswers {
				x.t[stayField(key)] = []string{said}
			}
		}
		s.items(v, x, p, at)
	}
	return nil
}

// items asks for the items of a section.
func (s *Service) items(v *OfferPartView, x offerAsker, p Package, at part) {
	pr, _ := s.provider.ProcedureByID(p.ProcedureID)
	short := Short(pr.Code, NewContent(p.Draft...))
	for _, spec := range at.specs {
		a := x.ask(spec, spec.Key)
		for _, warn := range short {
			if warn.Item == spec.Key && p.Proposer != ByPatients {
				a.Stay = x.stay(warn)
			}
		}
		if p.Proposer == ByPatients {
			a.Must = false // a call asks for what it likes
		}
		if a.Must {
			v.Must = append(v.Must, a)
			continue
		}
		v.More = append(v.More, a)
		v.Open = v.Open || a.Error != "" || len(x.t.filled(spec.Key)) > 0 || a.Stay != nil
	}
}

// about asks what the offer is.
func (s *Service) about(q *db.Tx, x offerAsker, p Package) (*AboutAsk, error) {
	v := &AboutAsk{Title: p.Title, Summary: p.Summary, RoundDays: strconv.Itoa(p.RoundDays), MinDays: MinRoundDays, MaxDays: MaxRoundDays}
	lang, currency, zone := p.Lang, p.Currency, p.Zone
	if x.t != nil {
		v.Title, v.Summary, v.RoundDays = x.t.one("title"), x.t.one("summary"), x.t.one("round_days")
		lang, currency, zone = x.t.one("lang"), x.t.one("currency"), x.t.one("zone")
	}
	for _, l := range wording.Langs {
		v.Langs = append(v.Langs, provider.Choice{Value: l, Label: wording.Names[l], Chosen: l == lang})
	}
	v.Zones = zoneChoices(zone)
	rows, err := listCurrencies(q, x.lang)
	for _, r := range rows {
		v.Currencies = append(v.Currencies, provider.Choice{Value: r.Code, Label: r.Code + " · " + r.Name, Chosen: r.Code == currency})
	}
	return v, err
}

// byLine says who offers a package.
func (s *Service) byLine(q *db.Tx, lang string, p Package) (string, error) {
	if p.OrganisationID == nil {
		return wording.Text(lang, "shaping.offer_call"), nil
	}
	o, err := s.provider.FindOrganisation(q, *p.OrganisationID)
	return o.Name, err
}

// partLinks lists the pages of the editor with what they hold and lack.
func partLinks(lang string, p Package, all []part, at int, c Content) (links []PartLink, missing int) {
	for i, x := range all {
		l := PartLink{Label: x.label(lang), Path: partPath(p.Slug, x.name), Now: i == at}
		for _, spec := range x.specs {
			switch _, ok := c.Find(spec.Key); {
			case ok:
				l.Held++
			case spec.Mandatory && p.Proposer != ByPatients:
				l.Missing++
			}
		}
		missing += l.Missing
		links = append(links, l)
	}
	return links, missing
}

// wrongBy is what is wrong, in words, by field.
func wrongBy(lang string, err error) map[string]string {
	by := map[string]string{}
	for _, f := range errs.Of(err).Fields {
		by[f.Name] = strings.TrimSpace(by[f.Name] + " " + wording.Text(lang, f.Key, f.Args...))
	}
	return by
}

// aside adds what stands beside the form: the crowd's standard and packages for
// the same treatment.
func (s *Service) aside(q *db.Tx, lang string, v *OfferPartView, p Package, pr provider.Procedure, c Content) (err error) {
	if v.Usual, v.UsualMissing, err = s.standard(q, lang, p, c); err != nil {
		return err
	}
	rows, err := listSimilar(q, p.ProcedureID, p.ID, 5)
	for _, r := range rows {
		by := r.Organisation
		if r.OrganisationID == nil {
			by = wording.Text(lang, "shaping.offer_call")
		}
		v.Similar = append(v.Similar, SimilarRow{Path: packagePath(r.Slug), Title: r.Title, Lang: r.Lang, By: by, State: wording.Text(lang, "shaping.state_"+string(r.State))})
	}
	return err
}

// standard holds a draft against what accepted wishes asked of earlier packages
// for the treatment: "9 of 12 usual items", and the pages where the others are.
func (s *Service) standard(q *db.Tx, lang string, p Package, c Content) (says string, missing []PartLink, err error) {
	usual, err := listUsual(q, p.ProcedureID)
	if err != nil || len(usual) == 0 {
		return "", nil, err
	}
	has, lacks := Standard(usual, c)
	for _, key := range lacks {
		if spec, ok := SpecOf(key); ok {
			missing = append(missing, PartLink{Label: spec.Name(lang), Path: partPath(p.Slug, strings.TrimSuffix(SectionOf(key).Begins, ".")) + "#" + key})
		}
	}
	return wording.Text(lang, "shaping.offer_usual_n", "count", len(usual), "has", strconv.Itoa(has)), missing, nil
}

// progress is what a script puts into the page while a draft is saved, by the id
// of its place.
func (s *Service) progress(q *db.Tx, lang string, p Package) (map[string]string, error) {
	pr, _ := s.provider.ProcedureByID(p.ProcedureID)
	c := NewContent(p.Draft...)
	usual, _, err := s.standard(q, lang, p, c)
	says := map[string]string{"offer-usual": usual}
	if p.Proposer != ByPatients {
		says["offer-missing"] = wording.Text(lang, "shaping.offer_whole")
		if n := len(Lacking(pr.Code, c)); n > 0 {
			says["offer-missing"] = wording.Text(lang, "shaping.offer_missing_all", "count", n)
		}
	}
	return says, err
}

// lookView is the last look at a draft: how it will stand there, what still
// keeps it from being published, and what publishing means.
func (s *Service) lookView(q *db.Tx, lang string, p Package, wrong error) (v OfferLookView, err error) {
	pr, _ := s.provider.ProcedureByID(p.ProcedureID)
	c := NewContent(p.Draft...)
	v = OfferLookView{Slug: p.Slug, Title: p.Title, Lang: p.Lang, Treatment: pr.Name(lang), Call: p.Proposer == ByPatients, Edit: partPath(p.Slug, partAbout),
		Action: packagePath(p.Slug) + "/publish", Summary: template.HTML(text.Markdown(p.Summary)), // #nosec G203: text.Markdown lets no foreign tag through
		Sections: offerLedger(lang, p.Lang, c), Steps: p.Steps, RoundDays: p.RoundDays, Count: len(c.held())}
	if l, ok := c.Find(PriceKey); ok {
		v.Price = l.Item.Spec().Print(lang, l.Value)
	}
	if v.By, err = s.byLine(q, lang, p); err != nil {
		return v, err
	}
	if zone, err := Zone(p.Zone); err == nil {
		v.Ends = clockText(lang, PhaseEnd(q.Now, p.RoundDays, zone), p.Zone)
	}
	v.Wrong = wrongRows(lang, p, errs.Of(s.unfit(q, p, wrong)).Fields)
	for _, short := range Short(pr.Code, c) {
		l, _ := c.Find(short.Item)
		v.Stays = append(v.Stays, StaySaid{Item: l.Item.Spec().Name(lang), Value: l.Item.Spec().Print(lang, l.Value), Says: short.Say(lang), Publisher: short.Source.Publisher,
			URL: short.Source.URL, Answer: p.StayAnswers[short.Item], Path: itemPath(p.Slug, stayField(short.Item))})
	}
	v.Usual, v.UsualMissing, err = s.standard(q, lang, p, c)
	return v, err
}

// unfit is all that keeps a draft from being published: what the rules find, and
// what was refused just now.
func (s *Service) unfit(_ *db.Tx, p Package, wrong error) error {
	pr, _ := s.provider.ProcedureByID(p.ProcedureID)
	c := NewContent(p.Draft...)
	all := errs.Of(CheckDraft(p, pr.Code, c)).Fields
	all = append(all, errs.Of(CheckSteps(p.Steps)).Fields...)
	for _, x := range partsOf(pr.Code) {
		all = append(all, s.unansweredStays(p, x)...)
	}
	for _, f := range stayNamed(errs.Of(wrong).Fields) {
		if !slices.ContainsFunc(all, func(g errs.FieldMsg) bool { return g.Name == f.Name }) {
			all = append(all, f)
		}
	}
	return errs.Fields(all...)
}

// stayNamed names what is wrong with an answer to a warning by its own field.
func stayNamed(fields []errs.FieldMsg) []errs.FieldMsg {
	out := slices.Clone(fields)
	for i := range out {
		if out[i].Key == "shaping.stay_answer" {
			out[i].Name = stayField(out[i].Name)
		}
	}
	return out
}

// wrongRows says what is wrong, and where to mend it.
func wrongRows(lang string, p Package, fields []errs.FieldMsg) (rows []WrongRow) {
	for _, f := range fields {
		r := WrongRow{Label: wording.Text(lang, "shaping.offer_part_about"), Path: itemPath(p.Slug, f.Name), What: wording.Text(lang, f.Key, f.Args...)}
		key := strings.TrimPrefix(f.Name, stayField(""))
		if l := slices.IndexFunc(p.Draft, func(l Line) bool { return l.Item.Key == key }); l >= 0 {
			r.Label = p.Draft[l].Item.Spec().Name(lang)
		} else if spec, ok := SpecOf(key); ok {
			r.Label = spec.Name(lang)
		} else if key == partSteps {
			r.Label = wording.Text(lang, "shaping.offer_part_steps")
		}
		for _, limit := range Broken(NewContent(p.Draft...)) {
			if limit.Left == key && f.Key == "shaping.limit_broken" {
				r.What = limit.Say(lang)
			}
		}
		rows = append(rows, r)
	}
	return rows
}

// itemPath is where a field of a draft is filled in.
func itemPath(slug, field string) string {
	key := strings.TrimPrefix(field, stayField(""))
	switch s := SectionOf(key); {
	case key == partSteps:
		return partPath(slug, partSteps)
	case strings.HasPrefix(key, Own):
		return partPath(slug, partOwn)
	case s.Begins != "":
		return partPath(slug, strings.TrimSuffix(s.Begins, ".")) + "#" + field
	}
	return partPath(slug, partAbout) + "#" + field
}
