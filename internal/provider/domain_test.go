package provider

import (
	"slices"
	"testing"
)

func TestWhichDomainsSayWhereSomebodyWorks(t *testing.T) {
	for domain, want := range map[string]bool{
		"duna.example": true, "staff.duna.example": true, "klinik.com.tr": true, "uz.gov.pl": true,
		"gmail.com": false, "yahoo.co.uk": false, "mail.yahoo.com": false, "outlook.de": false, "web.de": false, "yandex.com.tr": false,
		"com.tr": false, "co.uk": false, "example": false, "": false, "localhost": false,
	} {
		if got := speaks(domain); got != want {
			t.Errorf("%q says so: %v, want %v", domain, got, want)
		}
	}
	if len(publicMail) < 50 {
		t.Errorf("only %d public providers are known", len(publicMail))
	}
}

func TestTiesBeginAndEndByComparison(t *testing.T) {
	a, b, c := domainTie{1, 1}, domainTie{2, 1}, domainTie{2, 3}
	got := compared([]domainTie{a, b, b}, []domainTie{b, c})
	if !slices.Equal(got.begin, []domainTie{a}) || !slices.Equal(got.end, []domainTie{c}) || !slices.Equal(got.persons(), []int64{1, 2}) {
		t.Errorf("got %+v", got)
	}
}
