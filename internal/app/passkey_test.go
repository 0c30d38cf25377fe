package app_test

import (
	"testing"

	"caravan/internal/testkit"
)

// TestClinicStaffSignTheirCodes has somebody at a clinic register a passkey
// where the page of the codes leads to, and make codes that it signs.
func TestClinicStaffSignTheirCodes(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	clinic := testkit.Organisation(t, d, "clinic", "Galata Dental")
	s := startOn(t, d, nil, nil)
	_, origin := s.Account.PasskeyHost()
	r := s.signedIn(reader{t, testkit.Tab(t, testkit.Browser(t)), origin, ""}, testkit.Person(t, d, "Selin", testkit.StaffOf(clinic, "staff")))
	testkit.Authenticator(t, r.ctx)
	const codes = "/console/galata-dental/codes"
	r.open(codes)
	r.click(`.note-box a[href="/me/passkeys"]`)
	r.at("/me/passkeys")
	r.write("#name", "the desk's")
	r.click("form[data-passkey=create] button")
	r.see("The passkey is registered")
	r.open(codes)
	r.see("Your passkey signs")
	testkit.Axe(t, r.ctx)
	testkit.Shot(t, r.ctx, "codes-signing")
	r.choose("#codes", "3")
	r.click(`form[action$="/codes"] button.main`)
	r.see("This batch was signed by a passkey.")
	testkit.Shot(t, r.ctx, "codes-signed")
	r.open(codes)
	r.see("by a key")
	testkit.Shot(t, r.ctx, "codes-list")
	var n int
	if err := d.Pool().QueryRow(t.Context(), `SELECT count(*) FROM visit_batches WHERE signature IS NOT NULL AND codes = 3`).Scan(&n); err != nil || n != 1 {
		t.Errorf("%d signed batches, %v", n, err)
	}
	// What the page cannot send well, the server says as it would without a key.
	r.choose("#codes", "99")
	r.click(`form[action$="/codes"] button.main`)
	r.see("Please choose between 1 and 50 codes.")
}
