package httpd

import (
	"strings"

	"caravan/internal/config"
)

// headerSet is what every answer carries. Nothing is loaded from elsewhere, no
// script but our own files runs, HTML is only made through one Trusted Types
// policy, and no other site may frame or read us.
func headerSet(cfg config.Config) [][2]string {
	ws := strings.Replace(cfg.BaseURL.String(), "http", "ws", 1)
	forms := "'self'"
	for _, issuer := range signInOrigins(cfg) {
		forms += " " + issuer
	}
	csp := "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self' " + ws +
		"; media-src 'self'; manifest-src 'self'; worker-src 'self'; form-action " + forms +
		"; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types caravan-fragment"
	set := [][2]string{
		{"Content-Security-Policy", csp},
		{"X-Content-Type-Options", "nosniff"},
		{"Referrer-Policy", "no-referrer"},
		{"Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()"},
		{"Cross-Origin-Opener-Policy", "same-origin"},
		{"Cross-Origin-Resource-Policy", "same-origin"},
	}
	if cfg.BaseURL.Scheme == "https" {
		set = append(set, [2]string{"Strict-Transport-Security", "max-age=63072000; includeSubDomains; preload"})
	}
	return set
}

// signInOrigins are the origins to which a sign-in form may lead on: browsers
// apply form-action to the redirects after a form, too.
func signInOrigins(cfg config.Config) (out []string) {
	if cfg.Google.ID != "" {
		out = append(out, "https://accounts.google.com")
	}
	if cfg.OIDC.ID != "" {
		scheme, rest, ok := strings.Cut(cfg.OIDC.Issuer, "://")
		host, _, _ := strings.Cut(rest, "/")
		if ok {
			out = append(out, scheme+"://"+host)
		}
	}
	return out
}
