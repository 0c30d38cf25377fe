// Package testkit gives tests the real parts to run against: a database of
// their own, people who act, a clock that stands still, a browser. Only tests
// import it, and those of package db and job from outside (package db_test).
//
//	server.go        one private PostgreSQL server for each test program, gone with it
//	db.go            DB: a copy of a migrated database for each test
//	stock.go         Stock: the same, filled once with what several tests begin with
//	folder.go        StateDir: a folder for a program that runs its own database
//	person.go        Person: an account with its rights, as the actor it is
//	organisation.go  Organisation: where people work
//	clock.go         Clock
//	passkey.go       Passkey: an authenticator that can lie
//	judge.go         Judge: a verifier of public logs that others wrote
//	door.go          Door, Visit: routes over real HTTP, and a browser without scripts
//	browser.go       Browser, WholeBrowser, Tab: Chromium, and a tab that fails the test on page errors
//	trouble.go       what goes wrong on a page while a tab is open
//	axe.go           Axe: no accessibility violation on the page shown
//	shot.go          Shot: a picture of the page, on request
//	inspect.go       SignIn, Inspect, Tour: pages as people of all kinds see them
package testkit
