package account

import (
	"context"
	"net/http"
	"time"

	"caravan/internal/access"
	"caravan/internal/httpd"
)

type signUpIn struct {
	Body struct {
		Email    string   `json:"email" doc:"Where the link is sent that confirms the account."`
		Password string   `json:"password" doc:"15 characters or more, at most 128 bytes."`
		Handle   string   `json:"handle" doc:"The pseudonym that others see; no real name."`
		Consents []string `json:"consents" nullable:"false" maxItems:"8" doc:"Purposes agreed to: terms and health are needed, mails is not."`
		Adult    bool     `json:"adult" doc:"The person is an adult."`
		Lang     string   `json:"lang,omitempty" doc:"Language of mails: en or ar."`
	}
}

type signUpOut struct {
	Body struct {
		Status string `json:"status" doc:"check_mail: the rest is in the mailbox, whether or not the address had an account."`
	}
}

type signInIn struct {
	Body struct {
		Email    string `json:"email"`
		Password string `json:"password"`
	}
}

// meBody is a person as they see themselves.
type meBody struct {
	Handle    string    `json:"handle"`
	Lang      string    `json:"lang"`
	Confirmed bool      `json:"confirmed" doc:"The e-mail address is confirmed; until then nothing written is shown."`
	Trust     int       `json:"trust" doc:"0 unconfirmed, 1 may write, 2 and 3 count in votes."`
	Unread    int       `json:"unread"`
	Moderator bool      `json:"moderator"`
	Admin     bool      `json:"admin"`
	Works     []workOut `json:"works"`
	Created   time.Time `json:"created_at"`
}

type workOut struct {
	Organisation string `json:"organisation"`
	Kind         string `json:"kind"`
	Slug         string `json:"slug"`
	Role         string `json:"role"`
	Title        string `json:"title,omitempty"`
}

type meOut struct{ Body meBody }

type sessionOut struct {
	Body struct {
		Handle    string    `json:"handle"`
		ExpiresAt time.Time `json:"expires_at" doc:"When the session ends at the latest."`
	}
}

// operations are the JSON side of the feature. A session travels as the same
// cookie as on pages.
func (s *Service) operations() []httpd.Route {
	const tag = "account"
	return []httpd.Route{
		httpd.API(httpd.Operation{Method: "POST", Path: "/api/v1/accounts", ID: "sign-up", Summary: "Sign up", Tag: tag, Status: http.StatusAccepted, NeedKey: true},
			access.Anyone, s.apiSignUp),
		httpd.API(httpd.Operation{Method: "POST", Path: "/api/v1/session", ID: "sign-in", Summary: "Sign in", Tag: tag, Errors: []int{401, 403, 503}, Limits: []httpd.Limit{signInLimit}, Resting: true},
			access.Anyone, s.apiSignIn),
		httpd.API(httpd.Operation{Method: "DELETE", Path: "/api/v1/session", ID: "sign-out", Summary: "Sign out", Tag: tag, Status: http.StatusNoContent, Resting: true},
			access.Member, s.apiSignOut),
		httpd.API(httpd.Operation{Method: "GET", Path: "/api/v1/me", ID: "me", Summary: "Who is signed in", Tag: tag},
			access.Member, s.apiMe),
	}
}

func (s *Service) apiSignUp(ctx context.Context, _ access.Actor, in *signUpIn) (*signUpOut, error) {
	c, b := httpd.APIContext(ctx), in.Body
	_, err := s.SignUp(ctx, Draft{
		Email: b.Email, Password: b.Password, Handle: b.Handle, Consents: b.Consents, Adult: b.Adult, Lang: b.Lang,
		NameIsFine: true, Address: httpd.AddressBucket(c), NoSession: true,
	}, httpd.APIKey(ctx))
	if err != nil {
		return nil, err
	}
	out := new(signUpOut)
	out.Body.Status = "check_mail"
	return out, nil
}

func (s *Service) apiSignIn(ctx context.Context, _ access.Actor, in *signInIn) (*sessionOut, error) {
	c := httpd.APIContext(ctx)
	o, err := s.SignIn(ctx, Credentials{in.Body.Email, in.Body.Password, agent(c), httpd.SessionCookie(c)})
	if err != nil {
		return nil, err
	}
	p, err := findProfile(s.db.Read(ctx), o.AccountID)
	if err != nil {
		return nil, err
	}
	httpd.SetSession(c, o.Cookie, o.Expires)
	out := new(sessionOut)
	out.Body.Handle, out.Body.ExpiresAt = p.Handle, o.Expires
	return out, nil
}

func (s *Service) apiSignOut(ctx context.Context, _ access.Actor, _ *struct{}) (*struct{}, error) {
	c := httpd.APIContext(ctx)
	if err := s.SignOut(ctx, httpd.SessionCookie(c)); err != nil {
		return nil, err
	}
	httpd.ClearSession(c)
	return nil, nil
}

func (s *Service) apiMe(_ context.Context, a access.Actor, _ *struct{}) (*meOut, error) {
	out := &meOut{meBody{
		Handle: a.Handle, Lang: a.Lang, Confirmed: a.Confirmed, Trust: a.Trust, Unread: a.Unread,
		Moderator: a.Moderator, Admin: a.Admin, Works: []workOut{}, Created: a.Created,
	}}
	for _, w := range a.Works {
		out.Body.Works = append(out.Body.Works, workOut{w.Name, w.Kind, w.Slug, w.Role, w.Title})
	}
	return out, nil
}
