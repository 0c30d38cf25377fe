package search

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"caravan/internal/access"
	"caravan/web"
)

// BenchmarkPage prints a page of 20 hits, with as many places and treatments to
// filter by as there really are.
func BenchmarkPage(b *testing.B) {
	var c Choices
	for i := range 65 {
		c.Procedures = append(c.Procedures, Choice{fmt.Sprintf("den.%d", i), fmt.Sprintf("Crown & bridge %d", i), int64(i)})
	}
	for i := range 40 {
		c.Countries = append(c.Countries, Choice{Value: fmt.Sprintf("%02d", i), Label: fmt.Sprintf("Country %d", i)})
	}
	s := &Service{}
	s.Offer(func(string) Choices { return c })
	body := strings.Repeat("The swelling of my nose was gone after four months, it's fine & well. ", 20)
	p := Page{Total: 400, Capped: true, Next: "abcdefgh"}
	now := time.Now()
	for i := range int64(20) {
		p.Entries = append(p.Entries, Entry{Kind: Reply, Ref: i, Lang: "en", Title: "How long does the swelling last?", Context: "Clinic · City · 03", Country: "03", Path: fmt.Sprintf("/questions/%d/how-long", i),
			Snippet: snippet(body, termsOf([]string{"swelling", "nose"})), Author: access.Author{Handle: "Quiet Heron"}, At: now.Add(-time.Hour * time.Duration(i*100)), Texts: 3})
	}
	b.ReportAllocs()
	for b.Loop() {
		v, err := s.view("en", searchInput{Q: "swelling nose"}, p, false, now)
		if err != nil {
			b.Fatal(err)
		}
		f := web.Frame[SearchView]{Lang: "en", Dir: "ltr", Title: "Search", Path: "/search?q=swelling+nose", Now: now, Page: v}
		if err := searchPage.Write(io.Discard, f); err != nil {
			b.Fatal(err)
		}
	}
}
