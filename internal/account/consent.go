package account

import (
	"context"
	"slices"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
)

// Purposes for which people's data are used. Each is asked for by itself; the
// first two are needed to have an account at all.
const (
	PurposeTerms  = "terms"  // the rules of the site and how it keeps data
	PurposeHealth = "health" // what people write about their health, shown to others
	PurposeMails  = "mails"  // mails that say there is news
)

// Purposes are all purposes in the order in which they are asked.
var Purposes = []string{PurposeTerms, PurposeHealth, PurposeMails}

// neededPurposes are those without which there is no account.
var neededPurposes = []string{PurposeTerms, PurposeHealth}

// consentVersions are the present versions of the texts. A text that changes in
// meaning gets the next number.
var consentVersions = map[string]int{PurposeTerms: 1, PurposeHealth: 1, PurposeMails: 1}

// checkConsents says what is missing or unknown among the purposes that
// somebody agreed to.
func checkConsents(given []string) (missing []errs.FieldMsg) {
	for _, p := range neededPurposes {
		if !slices.Contains(given, p) {
			missing = append(missing, errs.FieldMsg{Name: p, Msg: errs.Msg{Key: "account.need_" + p}})
		}
	}
	for _, p := range given {
		if !slices.Contains(Purposes, p) {
			missing = append(missing, errs.FieldMsg{Name: "consents", Msg: errs.Msg{Key: "account.purpose_unknown"}})
			break
		}
	}
	return missing
}

// storeConsents keeps the first answers of a new account: what was not agreed
// to is kept as not given.
func storeConsents(tx *db.Tx, accountID int64, given []string) error {
	for _, p := range Purposes {
		if err := insertConsent(tx, accountID, p, slices.Contains(given, p)); err != nil {
			return err
		}
	}
	return nil
}

// Consents are a's last answers, in the order of Purposes.
func (s *Service) Consents(ctx context.Context, a access.Actor) ([]Consent, error) {
	all, err := listConsents(s.db.Read(ctx), a.AccountID)
	slices.SortFunc(all, func(x, y Consent) int { return slices.Index(Purposes, x.Purpose) - slices.Index(Purposes, y.Purpose) })
	return all, err
}

// Wants reports whether an account has agreed to be mailed when there is news.
// Mails about the account itself do not ask.
func (s *Service) Wants(q *db.Tx, accountID int64) (bool, error) {
	all, err := listConsents(q, accountID)
	if err != nil {
		return false, err
	}
	i := slices.IndexFunc(all, func(c Consent) bool { return c.Purpose == PurposeMails })
	return i >= 0 && all[i].Given, nil
}

// Consent changes the answer to a purpose that an account can do without. The
// needed ones are withdrawn by closing the account.
func (s *Service) Consent(ctx context.Context, a access.Actor, purpose string, given bool) error {
	if !slices.Contains(Purposes, purpose) || slices.Contains(neededPurposes, purpose) {
		return errs.New(errs.Invalid, "account.purpose_unknown")
	}
	return s.db.Write(ctx, func(tx *db.Tx) error { return insertConsent(tx, a.AccountID, purpose, given) })
}

// Remove takes away everything by which an account is known: its sessions,
// addresses, passwords, passkeys, linked sign-ins and name. What stays is a number.
// It is the last part of leaving, which package departure asks for and waits with.
func (s *Service) Remove(tx *db.Tx, accountID int64) error { return s.close(tx, accountID, false) }

func (s *Service) close(tx *db.Tx, accountID int64, freeHandle bool) error {
	if err := s.tell(s.closed, tx, accountID); err != nil {
		return err
	}
	if err := s.endOthers(tx, accountID, ""); err != nil {
		return err
	}
	return closeAccount(tx, accountID, freeHandle)
}
