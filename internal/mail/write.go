package mail

import (
	"sort"
	"strings"

	"caravan/internal/wording"
)

// write gives a letter its words in lang. Every mail ends with the same lines:
// who we are, and that nobody of us asks for a password.
func (m *Mailer) write(w waiting, lang string, values map[string]string) BoxLetter {
	if !wording.Known(lang) {
		lang = wording.Langs[0]
	}
	l := BoxLetter{ID: w.ID, Lang: lang}
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	sort.Strings(names)
	var args []any
	for _, name := range names {
		link := m.link(lang, values[name])
		args = append(args, name, link)
		l.Links = append(l.Links, link)
	}
	l.Subject = wording.Text(lang, "mail."+w.Letter+".subject", args...)
	l.Body = wording.Text(lang, "mail."+w.Letter+".body", args...) + "\n\n-- \n" + wording.Text(lang, "mail.foot", "link", m.link(lang, "/")) + "\n"
	return l
}

// link makes a path a whole address, in the language of the mail.
func (m *Mailer) link(lang, v string) string {
	if !strings.HasPrefix(v, "/") {
		return v
	}
	return m.base.Scheme + "://" + m.base.Host + wording.Path(lang, v)
}
