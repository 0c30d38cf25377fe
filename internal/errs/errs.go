// Package errs holds the errors that are answers to people. Every other error
// is for the operator: it is logged once, and the person sees an apology.
//
// An answer names a sentence of package wording and the values to fill it
// with, so that one error reads well in every language and in every form
// (page, JSON, socket).
package errs

import (
	"errors"
	"time"
)

// Kind says what went wrong in a way that any front can answer. The zero Kind
// is Internal, so a forgotten Kind never leaks a message.
type Kind uint8

// The kinds, with the HTTP status that package httpd answers them with.
const (
	Internal    Kind = iota // 500, ours
	Malformed               // 400, cannot be understood
	SignIn                  // 401, nobody is signed in
	Forbidden               // 403, this person may not
	NotFound                // 404, absent, or not for this person
	Conflict                // 409, another state than expected
	Gone                    // 410, was here once
	Invalid                 // 422, understood and not acceptable
	TooMany                 // 429, a limit
	Unavailable             // 503, a part is down
	Full                    // 507, no room left
)

// Msg is a sentence of package wording with its values.
type Msg struct {
	Key  string
	Args []any // name, value, name, value …
}

// FieldMsg is what is wrong with one field of a form.
type FieldMsg struct {
	Name string
	Msg
}

// Error is an answer to a person.
type Error struct {
	Kind Kind
	Msg
	Fields     []FieldMsg    // for Invalid, in the order of the form
	RetryAfter time.Duration // for TooMany and Unavailable; zero says nothing
}

// Error names the sentence, for logs and tests; people read it through wording.
func (e *Error) Error() string { return e.Key }

// New returns an answer of kind k that says the sentence key.
func New(k Kind, key string, args ...any) error {
	return &Error{Kind: k, Msg: Msg{key, args}}
}

// Wait returns an answer of kind k that asks to come back after d.
func Wait(k Kind, d time.Duration, key string, args ...any) error {
	return &Error{Kind: k, Msg: Msg{key, args}, RetryAfter: d}
}

// Field returns an Invalid answer about one form field.
func Field(name, key string, args ...any) error {
	return Fields(FieldMsg{name, Msg{key, args}})
}

// Fields returns an Invalid answer about the given fields, nil without any.
func Fields(f ...FieldMsg) error {
	if len(f) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Msg: Msg{Key: "common.check_fields"}, Fields: f}
}

// Of returns the answer inside err, or an Internal one with an apology. It is
// never nil.
func Of(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Kind: Internal, Msg: Msg{Key: "common.apology"}}
}

// Is reports whether err is an answer of kind k.
func Is(err error, k Kind) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Kind == k
}
