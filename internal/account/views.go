package account

import (
	"embed"
	"io/fs"
	"time"

	"caravan/internal/httpd"
	"caravan/internal/mail"
	"caravan/web"
)

//go:embed views/*.html
var viewFiles embed.FS

var (
	views, _        = fs.Sub(viewFiles, "views")
	signUpPage      = web.Page[SignUpView](views, "sign_up")
	finishPage      = web.Page[SignUpView](views, "finish")
	sentPage        = web.Page[SentView](views, "sent")
	confirmPage     = web.Page[ConfirmView](views, "confirm")
	signInPage      = web.Page[SignInView](views, "sign_in")
	keptPage        = web.Page[KeptView](views, "kept")
	resetPage       = web.Page[ResetView](views, "reset")
	newPasswordPage = web.Page[ConfirmView](views, "new_password")
	mePage          = web.Page[MeView](views, "me")
	emailPage       = web.Page[EmailView](views, "email")
	passwordPage    = web.Page[PasswordView](views, "password")
	stepUpPage      = web.Page[StepUpView](views, "step_up")
	sessionsPage    = web.Page[SessionsView](views, "sessions")
	passkeysPage    = web.Page[PasskeysView](views, "passkeys")
	codesPage       = web.Page[CodesView](views, "codes")
	boxPage         = web.Page[BoxView](views, "box")
)

// ProviderView is a button that leads to a provider.
type ProviderView struct{ Name, Label string }

// SignUpView is what sign_up.page.html and finish.page.html show.
type SignUpView struct {
	Handle, Email               string
	Suggested                   bool   // the handle is ours
	NameSeen                    string // a handle that looks like a real name, once they know
	Adult, Terms, Health, Mails bool
	Next                        string
	SignIn                      string // path of the other page, with next
	Providers                   []ProviderView
	Ticket                      string // of somebody whom a provider knows
	Guest                       Guest
}

// SentView is what sent.page.html shows.
type SentView struct {
	Next     string
	SignedUp bool // else a new password was asked for
	Box      bool // mails are in the demo box
}

// ConfirmView is what pages behind a mailed link show.
type ConfirmView struct{ Link string }

// SignInView is what sign_in.page.html shows.
type SignInView struct {
	Next, Email                   string
	SignUp                        string // path of the other page, with next
	Providers                     []ProviderView
	Kept                          []httpd.KeptField
	KeptJSON, KeptAction, KeptKey string
	Demo                          []DemoSignIn // empty outside demo mode
	DemoPassword                  string
	Key                           KeyView
}

// KeyView is what a form needs to ask for a passkey. Both are empty where there
// can be none.
type KeyView struct{ Host, Origin string }

// KeptView is what kept.page.html shows.
type KeptView struct {
	Action, Key string
	Fields      []httpd.KeptField
}

// ResetView is what reset.page.html shows.
type ResetView struct{ Email string }

// MeView is what me.page.html shows.
type MeView struct {
	Handle           string
	Since            time.Time
	Trust, Unread    int
	Email, Pending   string
	HasPassword      bool
	Ways             Ways
	Lang             string
	Langs            []LangView
	Moderator, Admin bool
	Works            []WorkView
	Links            []LinkView
	Providers        []ProviderView // that could be linked
	Consents         []ConsentView
	Box              bool
}

// WorkView is a tie to an organisation.
type WorkView struct {
	Name, Role, Slug string
	Clinic           bool
}

// LinkView is a provider by which somebody can sign in, since when.
type LinkView struct {
	ID    int64
	Label string
	Since time.Time
}

// LangView is a language to choose.
type LangView struct{ Lang, Name string }

// ConsentView is an answer and what can be done about it.
type ConsentView struct {
	Purpose       string
	Given, Needed bool
	At            time.Time
}

// EmailView is what email.page.html shows.
type EmailView struct {
	Present, Pending, Email string
	HasPassword             bool
}

// PasswordView is what password.page.html shows.
type PasswordView struct{ HasPassword bool }

// StepUpView is what step_up.page.html shows.
type StepUpView struct {
	Next                          string
	Ways                          Ways
	Key                           KeyView
	Demo                          bool
	Kept                          []httpd.KeptField // a text that waits behind the step-up
	KeptJSON, KeptAction, KeptKey string
}

// PasskeysView is what passkeys.page.html shows.
type PasskeysView struct {
	Passkeys []Passkey
	Ways     Ways
	Key      KeyView
	Name     string // as typed
	Fresh    bool   // within StepUpLife
	Full     bool   // no more can be registered
	Stays    bool   // the only one cannot go
}

// CodesView is what codes.page.html shows: the codes, this once.
type CodesView struct{ Codes []string }

// SessionsView is what sessions.page.html shows.
type SessionsView struct{ Sessions []Session }

// BoxView is what box.page.html shows.
type BoxView struct {
	Mails []BoxMail
	Sent  bool // mails go out by SMTP, so there is nothing here
}

// BoxMail is a mail of the box.
type BoxMail struct {
	mail.BoxLetter
	Paragraphs []string
}
