package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWrongSettingsAreAllToldAtOnce starts with several mistakes: the program
// ends with 1 before it has done anything, names each, and prints no secret.
func TestWrongSettingsAreAllToldAtOnce(t *testing.T) {
	t.Parallel()
	const canary = "canary-3f9a"
	for name, c := range map[string]struct {
		args []string
		env  map[string]string
		want []string
	}{
		"many": {[]string{"demo"}, map[string]string{
			"ADDR": "8080", "BASE_URL": "http://far.example", "SECRET_KEY": canary, "LOG_FORMAT": "xml", "TRUSTED_PROXIES": "10.0.0.1",
			"DATABASE_URL": "postgres://u:" + canary + "@%zz/x", "SMTP_URL": "smtp://u:" + canary + "@%zz", "NATS_URL": "nats://" + canary + "@%zz",
		}, []string{"ADDR", "BASE_URL", "SECRET_KEY", "LIMITS", "LOG_FORMAT", "TRUSTED_PROXIES", "DATABASE_URL", "SMTP_URL", "NATS_URL"}},
		"a limit that is neither":      {[]string{"demo"}, map[string]string{"LIMITS": "maybe"}, []string{"LIMITS"}},
		"limits off for others to use": {[]string{"demo"}, map[string]string{"BASE_URL": "https://far.example"}, []string{"LIMITS"}},
		"limits off without demo mode": {[]string{"serve"}, nil, []string{"LIMITS"}},
		"an address with a path":       {[]string{"demo"}, map[string]string{"BASE_URL": "http://localhost/site"}, []string{"BASE_URL"}},
		"no home":                      {[]string{"demo"}, map[string]string{"STATE_DIR": "", "HOME": ""}, []string{"STATE_DIR", "HOME"}},
		"a database that is not there": {[]string{"serve"}, map[string]string{"LIMITS": "", "DATABASE_URL": "postgres://u:" + canary + "@127.0.0.1:1/x"}, []string{"db: connect"}},
		"a database by another name":   {[]string{"serve"}, map[string]string{"LIMITS": "", "DATABASE_URL": "mysql://u:" + canary + "@127.0.0.1/x"}, []string{"DATABASE_URL"}},
		"mail by another way":          {[]string{"demo"}, map[string]string{"SMTP_URL": "pigeon://u:" + canary + "@127.0.0.1:1"}, []string{"SMTP_URL"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := fresh(t)
			if name == "mail by another way" { // which is noticed when the database is there
				p = demoSite(t)
			}
			for k, v := range c.env {
				p.env[k] = v
			}
			if name == "no home" {
				p.user = ordinary(t)
			}
			out, errs, code := p.run(c.args...)
			if code != 1 {
				t.Errorf("ended with %d", code)
			}
			for _, w := range c.want {
				if !strings.Contains(errs, w) {
					t.Errorf("%s is not named", w)
				}
			}
			if strings.Contains(out+errs, canary) {
				t.Error("a secret is printed")
			}
			if t.Failed() {
				t.Logf("said:\n%s%s", out, errs)
			}
		})
	}
}

// TestASecretThatOthersCouldReadIsNotUsed looks at the file of the secret
// before anything starts, and says it together with what else is wrong.
func TestASecretThatOthersCouldReadIsNotUsed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		mode os.FileMode
		want string
	}{
		"read by others": {strings.Repeat("k", 32), 0o644, "chmod 600"},
		"cut short":      {"kk", 0o600, "32 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			p := fresh(t)
			p.env["LIMITS"] = "maybe"
			file := filepath.Join(p.dir, "secret")
			if err := os.WriteFile(file, []byte(c.text), c.mode); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(file, c.mode); err != nil {
				t.Fatal(err)
			}
			_, errs, code := p.run("demo")
			if code != 1 || !strings.Contains(errs, c.want) || !strings.Contains(errs, "LIMITS") || strings.Contains(errs, c.text) && len(c.text) > 2 {
				t.Errorf("%d %s", code, errs)
			}
			if _, err := os.Stat(filepath.Join(p.dir, "data")); err == nil {
				t.Error("a database was made before the settings were found wrong")
			}
		})
	}
}

// TestAWrongCommandEndsWithTheUsage says how the program is called.
func TestAWrongCommandEndsWithTheUsage(t *testing.T) {
	t.Parallel()
	p := fresh(t)
	for _, args := range [][]string{{}, {"run"}, {"demo", "surplus"}, {"serve", "-x"}, {"sessions", "3"}, {"grant", "moderator"}} {
		if _, errs, code := p.run(args...); code != 1 || !strings.Contains(strings.ToLower(errs), "usage") {
			t.Errorf("%q: %d %s", args, code, errs)
		}
	}
}
