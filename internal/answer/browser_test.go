package answer_test

import (
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"testing"
	"testing/fstest"
	"time"

	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/internal/answer"
	"caravan/internal/db"
	"caravan/internal/httpd"
	"caravan/internal/testkit"
	"caravan/web"
)

// stage shows the answer to an experience as its page does.
func (w ward) stage(t *testing.T) httpd.Route {
	t.Helper()
	part, err := fs.ReadFile(answer.Views, "answer.part.html")
	if err != nil {
		t.Fatal(err)
	}
	page := web.Page[answer.View](fstest.MapFS{
		"answer.part.html": {Data: part},
		"tale.page.html":   {Data: []byte(`{{define "main"}}<h1>Tale</h1>{{template "answer" .Page}}{{end}}`)},
	}, "tale")
	return httpd.Route{Method: http.MethodGet, Path: "/experiences/:id", Gate: access.Anyone, Do: func(c echo.Context) error {
		ctx := c.Request().Context()
		e, err := w.tales.Subject(ctx, c.Param("id"))
		if err != nil {
			return err
		}
		v, err := answer.Of(w.d.Read(ctx), httpd.Lang(c), e.ID, w.d.Now())
		if err != nil {
			return err
		}
		return httpd.Page(c, page, httpd.Head{Title: e.Title}, *v)
	}}
}

func TestPagesHaveNoBarriersOnPhonesAndFromRightToLeft(t *testing.T) {
	w := newWard(t)
	ctx := context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	publicID, _ := w.answered(t, "I eat apples again")
	var changes []int64
	for _, n := range []int{5, 40} {
		id, err := w.Promise(ctx, w.staff, publicID, answer.Promise{Title: fmt.Sprintf("Answer swelling and fever within %d hours", n), Due: w.d.Now().AddDate(0, 0, n).Format(time.DateOnly)}, db.Key{})
		must(err)
		changes = append(changes, id)
	}
	w.clock.Move(20 * 24 * time.Hour)
	made, err := w.Promise(ctx, w.staff, publicID, answer.Promise{Title: "Discharge letters in English before the flight", Due: w.d.Now().AddDate(0, 0, 9).Format(time.DateOnly)}, db.Key{})
	must(err)
	must(w.Make(ctx, w.staff, made, "The rule is published on our page about aftercare."))
	held, _ := w.tale(t, "A tale whose answer is held", "published")
	_, err = w.Answer(ctx, w.staff, held, "We remember you, and your operation on 12 May.", db.Key{})
	must(err)
	w.tale(t, "A tale that waits for an answer", "published")
	_, later := w.tale(t, "Told later", "published")
	w.tales.later[w.reader.AccountID] = []int64{later}
	_, err = w.Edit(ctx, w.doctor, publicID, neutral+" And more.", 1)
	must(err)

	srv := testkit.Door(t, w.d, testkit.Guests{"eszter": w.staff, "reader": w.reader}, append(w.Routes(), w.stage(t)))
	paths := map[string][]string{
		"":       {"/experiences/" + publicID, "/experiences/" + publicID + "/answer/history", fmt.Sprintf("/changes/%d", changes[0])},
		"reader": {fmt.Sprintf("/changes/%d", made)},
		"eszter": {"/console/dunakert-dental/experiences", "/experiences/" + held + "/answer", "/experiences/" + publicID + "/answer", fmt.Sprintf("/changes/%d", changes[1])},
	}
	testkit.Tour(t, srv.URL, paths)
}
