package notify

import (
	"embed"
	"io/fs"
	"sort"
	"strconv"
	"strings"
	"time"

	"caravan/internal/wording"
	"caravan/web"
)

//go:embed views/*.html
var viewFiles embed.FS

var (
	views, _          = fs.Sub(viewFiles, "views")
	notificationsPage = web.Page[NotificationsView](views, "notifications")
)

// NotificationsView is what notifications.page.html shows.
type NotificationsView struct {
	Items  []ItemView
	Unread int
	Older  string // address of the next page; empty on the last
	Newer  bool   // this is not the first page
}

// ItemView is one notification, ready to print.
type ItemView struct {
	ID   int64
	Text string
	Open string // address that marks it read and leads on
	At   time.Time
	New  bool
}

func notificationsView(lang string, rows []notification) (v NotificationsView, err error) {
	if len(rows) > pageSize {
		rows = rows[:pageSize]
		v.Older = "/me/notifications?before=" + strconv.FormatInt(rows[pageSize-1].ID, 10)
	}
	for _, n := range rows {
		values, err := n.values()
		if err != nil {
			return v, err
		}
		v.Items = append(v.Items, ItemView{
			ID: n.ID, Text: sentence(lang, n, values), At: n.CreatedAt, New: n.ReadAt == nil,
			Open: "/me/notifications/" + strconv.FormatInt(n.ID, 10) + "/open",
		})
	}
	return v, nil
}

// sentence says n in lang. See Notice for what a name that ends in _key means.
func sentence(lang string, n notification, values map[string]string) string {
	args := []any{"count", n.Count}
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		value := values[name]
		if short, ok := strings.CutSuffix(name, "_key"); ok {
			name, value = short, wording.Text(lang, value)
		}
		args = append(args, name, value)
	}
	return wording.Text(lang, "notify."+n.Kind, args...)
}
