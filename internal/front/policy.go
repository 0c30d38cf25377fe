package front

import (
	"strings"
	"time"

	"caravan/internal/leaf"
	"caravan/internal/wording"
)

// ruling are the standing pages by which is decided here. Every wording of them
// stands in the public log, before anything is decided by it.
var ruling = []string{"rules", "verification", "order", "privacy"}

// Policies are the entries of the texts that rule what is done here.
func Policies(now time.Time) (all []leaf.Entry) {
	for _, name := range ruling {
		for _, lang := range wording.Langs {
			b, err := viewFiles.ReadFile("views/" + name + "." + lang + ".page.html")
			if err != nil {
				continue // newStanding has found it, or the program would not run
			}
			text := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(string(b)), `{{define "main"}}`), "{{end}}")
			all = append(all, leaf.Policy(name, lang, text, now))
		}
	}
	return all
}
