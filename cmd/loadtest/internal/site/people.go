package site

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// Password is the one that all demo people share.
const Password = "caravan-demo-sign-in"

// Person is a signed-in person; the zero Person is a visitor.
type Person struct {
	Email  string
	Cookie string // the value of the session cookie
}

// Header is the value of the Cookie header.
func (p Person) Header() string { return CookieName + "=" + p.Cookie }

// DemoEmail is the address of the n-th invented person, n from 1.
func DemoEmail(n int) string { return fmt.Sprintf("demo-%03d@demo.example", n) }

// SignIn signs in by the API.
func (s *Site) SignIn(ctx context.Context, email, password string) (Person, error) {
	in := map[string]string{"email": email, "password": password}
	h, err := s.do(ctx, call{method: "POST", path: "/api/v1/session", in: in}, nil)
	if err != nil {
		return Person{}, fmt.Errorf("site: sign in: %w", err)
	}
	for _, c := range (&http.Response{Header: h}).Cookies() {
		if c.Name == CookieName && c.Value != "" {
			return Person{Email: email, Cookie: c.Value}, nil
		}
	}
	return Person{}, fmt.Errorf("site: sign in: no cookie %q in the answer", CookieName)
}

// SignInDemo signs in the first n invented people.
func (s *Site) SignInDemo(ctx context.Context, n int) ([]Person, error) {
	people := make([]Person, 0, n)
	for i := 1; i <= n; i++ {
		p, err := s.SignIn(ctx, DemoEmail(i), Password)
		if err != nil {
			return nil, fmt.Errorf("demo person %d: %w", i, err)
		}
		people = append(people, p)
	}
	return people, nil
}

// ParseSessions reads what `caravan sessions` prints: one cookie per line, with
// or without its name.
func ParseSessions(output string) ([]Person, error) {
	var people []Person
	for line := range strings.Lines(output) {
		if line = strings.TrimSpace(line); line != "" {
			people = append(people, Person{Cookie: strings.TrimPrefix(line, CookieName+"=")})
		}
	}
	if len(people) == 0 {
		return nil, errors.New("site: no sessions in the output of caravan sessions")
	}
	return people, nil
}
