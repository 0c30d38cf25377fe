package provider

import (
	"embed"
	"io/fs"
	"net/url"
	"strconv"
	"time"

	"caravan/internal/wording"
	"caravan/web"
)

//go:embed views/*.html
var viewFiles embed.FS

// Views are the templates of this feature; a page that shows a clinic's facts
// among other things parses its part clinic_facts from here.
var Views, _ = fs.Sub(viewFiles, "views")

// Parts of a clinic's page: who it is; what was looked up; what it offers and
// who works there.
var (
	HeadPart  = web.Part[Facts](Views, "clinic_head")
	FactsPart = web.Part[Facts](Views, "clinic_facts")
	OfferPart = web.Part[Facts](Views, "clinic_offer")
)

var (
	clinicsPage    = web.Page[ClinicsView](Views, "clinics")
	addPage        = web.Page[AddView](Views, "add")
	staffPage      = web.Page[StaffView](Views, "staff")
	invitedPage    = web.Page[InvitedView](Views, "invited")
	invitationPage = web.Page[InvitationView](Views, "invitation")
)

// Choice is one option of a list; ChoiceGroup several under a heading.
type Choice struct {
	Value, Label string
	Chosen       bool
}

// ChoiceGroup is a heading with its options.
type ChoiceGroup struct {
	Label   string
	Choices []Choice
}

// ProcedureChoices are all procedures for a form, specialty by specialty; their
// values are codes.
func (s *Service) ProcedureChoices(lang, chosen string) (out []ChoiceGroup) {
	for _, p := range s.Procedures() {
		label := p.SpecialtyName(lang)
		if len(out) == 0 || out[len(out)-1].Label != label {
			out = append(out, ChoiceGroup{Label: label})
		}
		g := &out[len(out)-1]
		g.Choices = append(g.Choices, Choice{p.Code, p.Name(lang), p.Code == chosen})
	}
	return out
}

// DestinationChoices are all destinations for a form, by name; their values are
// ISO codes.
func (s *Service) DestinationChoices(lang, chosen string) (out []Choice) {
	for _, d := range s.DestinationsIn(lang) {
		out = append(out, Choice{d.ISO, d.Name(lang), d.ISO == chosen})
	}
	return out
}

// ClinicsView is what clinics.page.html shows.
type ClinicsView struct {
	Text, Country, Procedure, Sort string
	Countries                      []Choice
	Procedures                     []ChoiceGroup
	Caution                        string // what stands beside the chosen procedure
	Count                          int
	Filtered                       bool
	Rows                           []ClinicRow
	Pages                          []PageLink
	Previous, Next                 string // addresses; empty where there is none
}

// ClinicRow is a clinic in the list.
type ClinicRow struct {
	Name, Path, Kind, City, Country string
	Languages                       string
	Procedures, Staff               int
	AnsweredAt                      *time.Time
	Told                            string // what patients told, in one line
}

// PageLink is a numbered page of a list; its Path is empty for the present one,
// and Gap says that pages are left out before it.
type PageLink struct {
	N    int
	Path string
	Gap  bool
}

func (s *Service) clinicsView(lang string, in clinicsQuery, f Filter, rows []clinicRow, count int) ClinicsView {
	v := ClinicsView{
		Text: in.Text, Country: in.Country, Procedure: in.Procedure, Sort: in.Sort, Count: count,
		Filtered:  in.Text != "" || in.Country != "" || in.Procedure != "",
		Countries: s.DestinationChoices(lang, in.Country), Procedures: s.ProcedureChoices(lang, in.Procedure),
	}
	if p, ok := s.ProcedureByID(f.Procedure); ok {
		v.Caution = p.Caution(lang)
	}
	for _, r := range rows {
		country, _ := s.Destination(r.Country)
		v.Rows = append(v.Rows, ClinicRow{Name: r.Name, Path: r.Path(), Kind: facilityName(lang, r.Facility), City: r.City, Country: country.Name(lang),
			Languages: languageNames(lang, r.Languages), Procedures: r.Procedures, Staff: r.Staff, AnsweredAt: r.AnsweredAt, Told: r.told(lang)})
	}
	v.Pages, v.Previous, v.Next = in.pages(count)
	return v
}

// told says what patients told in one line, each figure with what it is out of.
func (r Ranked) told(lang string) string {
	const enough = 5
	if r.Verified == 0 {
		return wording.Text(lang, "provider.told_none")
	}
	s := wording.Text(lang, "provider.told", "count", r.Verified)
	if r.Goals >= enough {
		s += " " + wording.Text(lang, "provider.told_goal", "k", wording.Number(lang, r.Reached), "n", wording.Number(lang, r.Goals))
	} else {
		s += " " + wording.Text(lang, "provider.told_few", "n", wording.Number(lang, r.Goals))
	}
	if r.Due >= enough {
		s += " " + wording.Text(lang, "provider.told_known", "k", wording.Number(lang, r.Known), "n", wording.Number(lang, r.Due))
	}
	return s
}

// pages are the numbered pages around the present one, with the first and last.
func (in clinicsQuery) pages(count int) (links []PageLink, previous, next string) {
	last := max(1, (count+pageSize-1)/pageSize)
	if last == 1 {
		return nil, "", ""
	}
	before := 0
	for n := 1; n <= last; n++ {
		if n != 1 && n != last && (n < in.Page-2 || n > in.Page+2) {
			continue
		}
		l := PageLink{N: n, Gap: n > before+1}
		if n != in.Page {
			l.Path = in.address(n)
		}
		links, before = append(links, l), n
	}
	if in.Page > 1 {
		previous = in.address(in.Page - 1)
	}
	if in.Page < last {
		next = in.address(in.Page + 1)
	}
	return links, previous, next
}

// address is the list with the same filters at page n.
func (in clinicsQuery) address(n int) string {
	q := url.Values{}
	for name, v := range map[string]string{"q": in.Text, "country": in.Country, "procedure": in.Procedure, "sort": in.Sort} {
		if v != "" {
			q.Set(name, v)
		}
	}
	if n > 1 {
		q.Set("page", strconv.Itoa(n))
	}
	if len(q) == 0 {
		return "/clinics"
	}
	return "/clinics?" + q.Encode()
}

// AddView is what add.page.html shows.
type AddView struct {
	Draft
	Countries []Choice
	Bodies    []string // names to choose from
	Alike     []Alike
}

func (s *Service) addView(lang string, d Draft, alike []Alike) AddView {
	v := AddView{Draft: d, Countries: s.DestinationChoices(lang, d.Country), Alike: alike}
	for _, b := range s.Bodies() {
		if !b.Meta && b.Code != "national" {
			v.Bodies = append(v.Bodies, b.Name)
		}
	}
	return v
}

// StaffView is what staff.page.html shows.
type StaffView struct {
	Name        string
	Base, Path  string // of the clinic, and of this page
	Colleagues  []ColleagueRow
	Invitations []InvitationRow
	MayManage   bool
	Invitee
}

// ColleagueRow is somebody who works there.
type ColleagueRow struct {
	ID           int64
	Handle, Role string
	Title        string
	Since        time.Time
	MayEnd, Self bool
}

// InvitationRow is an invitation that can still be accepted.
type InvitationRow struct {
	ID          int64
	Email, Role string
	Title       string
	Expires     time.Time
}

// InvitedView is what invited.page.html shows: the link, this once.
type InvitedView struct {
	Email, Link, Back string // Link is the whole address; empty if it was shown before
}

// InvitationView is what invitation.page.html shows to who is invited.
type InvitationView struct {
	Token           string
	Name, Role, Job string
	Expires         time.Time
}

func roleName(lang, role string) string { return wording.Text(lang, "provider.role_"+role) }
