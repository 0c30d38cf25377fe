package account

import (
	"strings"
	"unicode/utf8"

	"github.com/ccojocar/zxcvbn-go"
	"github.com/ccojocar/zxcvbn-go/frequency"
	"github.com/ccojocar/zxcvbn-go/matching"

	"caravan/internal/errs"
)

// A password is all that guards an account, so it must be long. What is in it
// is up to its owner: no rules about kinds of characters, and never a change
// for its age (NIST SP 800-63B-4).
const (
	minPassword   = 15  // characters
	maxPassword   = 128 // bytes, compared exactly as they are
	judged        = 64  // characters at whose strength we look
	leastStrength = 3   // of 0 to 4: more than 10^8 guesses
)

// siteWords are what people think of first on this site.
var siteWords = []string{
	"caravan", "demo", "clinic", "hospital", "patient", "question", "answer", "travel", "treatment", "doctor", "surgery", "dental", "hair", "transplant",
	"istanbul", "budapest", "bangkok", "tijuana", "turkey", "sign-in",
}

// commonPasswords are those that every list of leaked ones begins with.
var commonPasswords = func() map[string]bool {
	m := map[string]bool{}
	for _, p := range frequency.Lists["Passwords"].List {
		m[strings.ToLower(p)] = true
	}
	return m
}()

// checkPassword says what is wrong with a new password; own are words that
// somebody who knows the person would try, such as the handle and the address.
func checkPassword(password string, own ...string) error {
	refuse := func(key string) error { return errs.Field("password", key) }
	switch {
	case !utf8.ValidString(password) || strings.ContainsRune(password, 0):
		return errs.New(errs.Malformed, "common.not_text")
	case utf8.RuneCountInString(password) < minPassword:
		return refuse("account.password_short")
	case len(password) > maxPassword:
		return refuse("account.password_long")
	case oneCommonWord(password):
		return refuse("account.password_common")
	case strength(password, own) < leastStrength:
		return refuse("account.password_guessable")
	}
	return nil
}

// oneCommonWord reports a password that is a common one, possibly written
// several times or with figures and signs around.
func oneCommonWord(password string) bool {
	s := strings.ToLower(password)
	bare := strings.Trim(s, "0123456789 !?.-_*#")
	for _, core := range []string{s, bare, plainLetters(s), plainLetters(bare)} {
		for n := 1; n <= len(core)/3; n++ {
			part := core[:len(core)/n]
			if len(core)%n == 0 && strings.Repeat(part, n) == core && commonPasswords[part] {
				return true
			}
		}
	}
	return false
}

// strength is 0 (guessed at once) to 4. The library's own look at letters that
// are written as figures takes seconds on hostile input, so it is switched off
// and done here, once and simply.
func strength(password string, own []string) int {
	words := append([]string(nil), siteWords...)
	for _, w := range own {
		words = append(words, strings.FieldsFunc(strings.ToLower(w), func(r rune) bool { return r == ' ' || r == '-' || r == '_' || r == '.' || r == '@' })...)
		words = append(words, strings.ToLower(w))
	}
	if r := []rune(password); len(r) > judged {
		password = string(r[:judged])
	}
	least := 4
	for _, p := range []string{password, plainLetters(strings.ToLower(password))} {
		least = min(least, zxcvbn.PasswordStrength(p, words, matching.FilterL33tMatcher).Score)
	}
	return least
}

var plainLetters = strings.NewReplacer("4", "a", "@", "a", "8", "b", "3", "e", "1", "i", "!", "i", "0", "o", "5", "s", "$", "s", "7", "t", "+", "t").Replace
