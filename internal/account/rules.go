package account

import (
	"net/mail"
	"strings"
	"time"

	"golang.org/x/net/idna"

	"caravan/internal/access"
	"caravan/internal/errs"
	"caravan/internal/text"
)

// life is how long a session lasts without use, and at most.
type life struct{ idle, absolute time.Duration }

// The more an account may do, the sooner its sessions end.
var (
	memberLife = life{14 * 24 * time.Hour, 30 * 24 * time.Hour}
	staffLife  = life{time.Hour, 12 * time.Hour}
	deskLife   = life{30 * time.Minute, 12 * time.Hour}
)

// lifeOf is the life of a session of somebody with these rights.
func lifeOf(desk, staff bool) life {
	switch {
	case desk:
		return deskLife
	case staff:
		return staffLife
	}
	return memberLife
}

// mostSessions is how many sessions an account has at once; the one that was
// unused for longest makes room.
func mostSessions(desk bool) int {
	if desk {
		return 2
	}
	return 10
}

// StepUpLife is how long a repeated password counts, or what stands in for it.
const StepUpLife = 5 * time.Minute

// NeedStepUp refuses unless a has shown, within StepUpLife, that it is them: by
// the password or by signing in, and by a passkey or a recovery code where
// Ways.NeedsSecond says so.
func NeedStepUp(a access.Actor, now time.Time) error {
	if !a.SteppedUp.IsZero() && now.Sub(a.SteppedUp) < StepUpLife {
		return nil
	}
	return errs.New(errs.Forbidden, "account.step_up_first")
}

// trustOf derives the trust level: a second identity counts once the account is
// older than a newcomer's.
func trustOf(confirmed, second bool, created, now time.Time) int {
	switch {
	case !confirmed:
		return 0
	case second && now.Sub(created) >= access.Newness:
		return 2
	}
	return 1
}

// tellingHandle warns of a handle that looks like a real name, or says what
// stands before the @ of an address, or a word of it: by that friends know
// people, and strangers could guess how to reach them.
func tellingHandle(handle, address string) error {
	if text.LooksLikeName(handle) {
		return errs.Field("handle", handleLikeName)
	}
	local, _, _ := strings.Cut(address, "@")
	for _, l := range text.Leaks(handle, text.LeakContext{OwnNames: []string{local}}) {
		if l.Class == text.LeakOwnName {
			return errs.Field("handle", handleLikeAddress)
		}
	}
	return nil
}

// What tellingHandle warns of. The page asks about either once.
const (
	handleLikeName    = "account.handle_like_name"
	handleLikeAddress = "account.handle_like_address"
)

// maxAddress is the longest e-mail address, by RFC 5321.
const maxAddress = 254

// cleanAddress returns an e-mail address in the one form in which it is kept
// and compared: small letters, the host in ASCII.
func cleanAddress(s string) (string, error) {
	wrong := errs.Field("email", "account.email_wrong")
	s, err := text.Clean(s)
	if err != nil || len(s) > maxAddress || strings.ContainsAny(s, " \t\n\"<>(),;:\\[]") {
		return "", wrong
	}
	local, host, ok := strings.Cut(strings.ToLower(s), "@")
	if !ok || len(local) > 64 || !strings.Contains(strings.Trim(host, "."), ".") {
		return "", wrong
	}
	if host, err = idna.Lookup.ToASCII(host); err != nil {
		return "", wrong
	}
	for _, r := range local {
		if r <= ' ' || r > '~' {
			return "", wrong
		}
	}
	if a, err := mail.ParseAddress(local + "@" + host); err != nil || a.Address != local+"@"+host {
		return "", wrong
	}
	return local + "@" + host, nil
}

// device names the family of browser and system behind a User-Agent header, as
// "Firefox, Android": enough to know one's own sessions by, and nothing finer.
func device(agent string) string {
	if len(agent) > 1000 {
		agent = agent[:1000]
	}
	browser := firstOf(agent, []string{"Edg", "Edge", "OPR", "Opera", "SamsungBrowser", "Samsung Internet", "Firefox", "Firefox", "FxiOS", "Firefox", "CriOS", "Chrome", "Chrome", "Chrome", "Safari", "Safari"})
	system := firstOf(agent, []string{"Android", "Android", "iPhone", "iPhone", "iPad", "iPad", "Windows", "Windows", "Mac OS X", "macOS", "CrOS", "ChromeOS", "Linux", "Linux"})
	switch {
	case browser == "":
		return system
	case system == "":
		return browser
	}
	return browser + ", " + system
}

// firstOf returns the name of the first sign that stands in s; signs and names
// alternate in pairs.
func firstOf(s string, pairs []string) string {
	for i := 0; i < len(pairs); i += 2 {
		if strings.Contains(s, pairs[i]) {
			return pairs[i+1]
		}
	}
	return ""
}
