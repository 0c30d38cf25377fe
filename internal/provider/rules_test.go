package provider

import (
	"slices"
	"strings"
	"testing"
	"time"

	"caravan/internal/access"
	"caravan/internal/errs"
	"caravan/internal/wording"
)

func first(n int, name, city, country string) (got []string) {
	for s := range slugs(name, city, country) {
		if got = append(got, s); len(got) == n {
			break
		}
	}
	return got
}

func TestSlugsAreReadableAndNeverThoseOfOtherPages(t *testing.T) {
	for _, c := range []struct{ name, city, country, want string }{
		{"Dunakert Dental", "Budapest", "HU", "dunakert-dental dunakert-dental-budapest dunakert-dental-budapest-2"},
		{"Çınar Göz", "İzmir", "TR", "cinar-goz cinar-goz-izmir cinar-goz-izmir-2"},
		{"Add", "Riga", "LV", "add-riga add-riga-2 add-riga-3"},
		{"Compare", "Riga", "LV", "compare-riga compare-riga-2 compare-riga-3"},
		{"2000", "Riga", "LV", "2000-riga 2000-riga-2 2000-riga-3"},
		{"Clinic Riga", "Riga", "LV", "clinic-riga clinic-riga-2 clinic-riga-3"},
		{"مركز الابتسامة", "دبي", "AE", "clinic-ae clinic-ae-2 clinic-ae-3"},
	} {
		if got := strings.Join(first(3, c.name, c.city, c.country), " "); got != c.want {
			t.Errorf("%s, %s: %q, want %q", c.name, c.city, got, c.want)
		}
	}
	for _, name := range reserved {
		if slices.Contains(first(9, name, name, "LV"), name) {
			t.Errorf("a clinic called %q would take the address of a page", name)
		}
	}
}

var someBodies = []Body{{1, "jci", "Joint Commission International (JCI)", false}, {2, "temos", "Temos International", false}, {12, "national", "National programme", false}, {13, "isqua", "ISQua External Evaluation Association (ISQua EEA)", true}}

func TestOnlyBodiesThatAccreditClinicsAreTaken(t *testing.T) {
	for _, c := range []struct{ said, body, key string }{
		{"", "", ""},
		{"JCI", "jci", ""},
		{"joint commission international", "jci", ""},
		{"Temos", "temos", ""},
		{"ISQua", "", "provider.isqua"},
		{"isqua EEA", "", "provider.isqua"},
		{"ISQua-accredited", "", "provider.isqua"},
		{"IS Qua", "", "provider.isqua"},
		{"Golden Smile Award", "", "provider.body_unknown"},
	} {
		b, key := bodyNamed(c.said, someBodies)
		code := ""
		if b != nil {
			code = b.Code
		}
		if code != c.body || key != c.key {
			t.Errorf("%q: body %q, sentence %q; want %q, %q", c.said, code, key, c.body, c.key)
		}
	}
}

func TestASuggestionIsCheckedFieldByField(t *testing.T) {
	known := &catalogue{byISO: map[string]Destination{"HU": {ISO: "HU"}}, bodies: someBodies}
	good := Draft{Name: "  Duna  Dental ", City: "Pécs", Country: "HU", Website: "duna.example", Accreditation: "JCI"}
	d, body, err := cleanDraft(good, known)
	if err != nil || d.Name != "Duna Dental" || d.Website != "https://duna.example" || body == nil || body.Code != "jci" {
		t.Fatalf("%+v, %v, %v", d, body, err)
	}
	for name, c := range map[string]struct {
		change func(*Draft)
		field  string
	}{
		"no name":             {func(d *Draft) { d.Name = " " }, "name"},
		"a name of 121":       {func(d *Draft) { d.Name = strings.Repeat("a", MaxName+1) }, "name"},
		"no city":             {func(d *Draft) { d.City = "" }, "city"},
		"a country of no use": {func(d *Draft) { d.Country = "XX" }, "country"},
		"a script as website": {func(d *Draft) { d.Website = "javascript:alert(1)" }, "website"},
		"a website with user": {func(d *Draft) { d.Website = "https://a:b@duna.example" }, "website"},
		"ISQua":               {func(d *Draft) { d.Accreditation = "ISQua" }, "accreditation"},
		"a note of 1,001":     {func(d *Draft) { d.Note = strings.Repeat("ä", MaxNote+1) }, "note"},
	} {
		d := good
		c.change(&d)
		_, _, err := cleanDraft(d, known)
		if f := errs.Of(err).Fields; len(f) != 1 || f[0].Name != c.field {
			t.Errorf("%s: %v, want one about %s", name, f, c.field)
		}
	}
	for _, bad := range []string{"a\x00b", "\xff"} {
		d := good
		d.Name = bad
		if _, _, err := cleanDraft(d, known); err == nil {
			t.Errorf("the name %q was taken", bad)
		}
	}
}

func TestWhoManagesTheStaffOfAClinic(t *testing.T) {
	o := Organisation{ID: 5, Name: "Duna"}
	work := func(id int64, role string) access.Actor {
		return access.Actor{AccountID: 1, Works: []access.Work{{OrganisationID: id, Role: role}}}
	}
	for name, c := range map[string]struct {
		a           access.Actor
		see, manage bool
	}{
		"staff of it":     {work(5, "staff"), true, true},
		"doctor at it":    {work(5, "doctor"), true, false},
		"staff elsewhere": {work(6, "staff"), false, false},
		"member":          {access.Actor{AccountID: 1}, false, false},
		"moderator":       {access.Actor{AccountID: 1, Moderator: true}, false, false},
		"administrator":   {access.Actor{AccountID: 1, Admin: true}, true, true},
	} {
		if see, manage := canSeeStaff(c.a, o) == nil, canManageStaff(c.a, o) == nil; see != c.see || manage != c.manage {
			t.Errorf("%s: sees %v, manages %v; want %v, %v", name, see, manage, c.see, c.manage)
		}
	}
}

func TestWhenAnInvitationCanBeUsed(t *testing.T) {
	now := time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)
	good := Invitation{Email: "ann@duna.example", ExpiresAt: now.Add(time.Hour)}
	mine := []string{"other@x.example", "Ann@Duna.example"}
	for name, c := range map[string]struct {
		change    func(*Invitation)
		addresses []string
		want      bool
	}{
		"fresh":                  {func(*Invitation) {}, mine, true},
		"for another address":    {func(*Invitation) {}, []string{"ben@duna.example"}, false},
		"no address confirmed":   {func(*Invitation) {}, nil, false},
		"used":                   {func(i *Invitation) { i.AcceptedAt = &now }, mine, false},
		"withdrawn":              {func(i *Invitation) { i.WithdrawnAt = &now }, mine, false},
		"expired at this moment": {func(i *Invitation) { i.ExpiresAt = now }, mine, false},
		"address erased":         {func(i *Invitation) { i.Email = "" }, mine, false},
	} {
		i := good
		c.change(&i)
		if got := usable(i, c.addresses, now); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestExpiredAccreditationIsShownAsExpiredWhateverWasNoted(t *testing.T) {
	now := time.Date(2026, 5, 10, 12, 0, 0, 0, time.UTC)
	day := func(d int) *time.Time { x := time.Date(2026, 5, d, 0, 0, 0, 0, time.UTC); return &x }
	for name, c := range map[string]struct {
		a    accreditationRow
		want string
	}{
		"verified, ends today":      {accreditationRow{Status: "verified", ValidTo: day(10)}, "good"},
		"verified, ended yesterday": {accreditationRow{Status: "verified", ValidTo: day(9)}, "caution"},
		"claimed, ended":            {accreditationRow{Status: "claimed", ValidTo: day(1)}, "caution"},
		"claimed":                   {accreditationRow{Status: "claimed"}, ""},
	} {
		if got := accreditationFact("en", c.a, now); got.Tone != c.want || got.Result == "" {
			t.Errorf("%s: %+v, want tone %q", name, got, c.want)
		}
	}
}

func TestPagesOfAList(t *testing.T) {
	in := clinicsQuery{Text: "a b", Country: "HU", Page: 6}
	links, previous, next := in.pages(20 * 12)
	var got []string
	for _, l := range links {
		s := l.Path
		if l.Gap {
			s = "…" + s
		}
		got = append(got, s)
	}
	at := func(n string) string { return "/clinics?country=HU&page=" + n + "&q=a+b" }
	want := []string{"/clinics?country=HU&q=a+b", "…" + at("4"), at("5"), "", at("7"), at("8"), "…" + at("12")}
	if !slices.Equal(got, want) || previous != at("5") || next != at("7") {
		t.Errorf("%q %q %q", got, previous, next)
	}
	if links, _, _ := (clinicsQuery{Page: 1}).pages(20); links != nil {
		t.Errorf("one page has links: %v", links)
	}
}

func TestEveryFacilityCautionAndRoleHasWords(t *testing.T) {
	for _, k := range []string{
		"facility_hospital", "facility_day_surgery", "facility_dental", "facility_hair", "facility_ivf", "facility_eye", "facility_unknown",
		"caution_veneer_or_crown", "caution_bbl_risk", "caution_removal_date", "caution_months_abroad", "caution_legal_status", "role_staff", "role_doctor",
	} {
		if !wording.Has("provider." + k) {
			t.Errorf("there is no sentence provider.%s", k)
		}
	}
}
