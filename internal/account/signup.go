package account

import (
	"context"
	"math/rand/v2"
	"time"

	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/mail"
	"caravan/internal/text"
	"caravan/internal/wording"
)

// Draft is what somebody fills in to have an account.
type Draft struct {
	Email, Password, Handle string
	Consents                []string // purposes that were agreed to
	Adult                   bool
	NameIsFine              bool // they know that the handle looks like a real name
	Lang                    string
	Address                 string // where they come from, blurred, for the limit
	Device                  string
	NoSession               bool // of programs: they sign in when the address is confirmed
}

// signUpRate is how many accounts one address may make.
var signUpRate = httpd.Rate{N: 3, Per: time.Hour}

// clean is what a Draft becomes.
type clean struct {
	newAccount
	email, password string
	consents        []string
}

// clean checks everything at once, in the order of the form. With a provider
// there is no password, and the address may be known already.
func (d Draft) clean(withPassword bool) (clean, error) {
	out := clean{password: d.Password, consents: d.Consents}
	var wrong []errs.FieldMsg
	note := func(err error) {
		if err == nil {
			return
		}
		e := errs.Of(err)
		if len(e.Fields) == 0 {
			e.Fields = []errs.FieldMsg{{Msg: e.Msg}}
		}
		wrong = append(wrong, e.Fields...)
	}
	var err error
	out.Handle, out.HandleKey, err = text.Handle(d.Handle)
	note(err)
	if err == nil && !d.NameIsFine {
		note(tellingHandle(out.Handle, d.Email))
	}
	out.email, err = cleanAddress(d.Email)
	note(err)
	if withPassword {
		note(checkPassword(d.Password, d.Handle, d.Email))
	}
	if !d.Adult {
		note(errs.Field("adult", "account.need_adult"))
	}
	wrong = append(wrong, checkConsents(d.Consents)...)
	if out.Lang = d.Lang; !wording.Known(d.Lang) {
		out.Lang = wording.Langs[0]
	}
	return out, errs.Fields(wrong...)
}

// SignUp makes an account, opens its first session, and mails the link that
// confirms its address. If the address belongs to somebody already, everything
// looks the same from outside, but the mail tells its owner, and the account
// can never be confirmed: the same answer in the same time tells nobody who has
// an account here.
func (s *Service) SignUp(ctx context.Context, d Draft, k db.Key) (o Opened, err error) {
	c, err := d.clean(true)
	if err != nil {
		return o, err
	}
	if err := s.limits.Take(ctx, "sign-up", "ip"+d.Address, signUpRate); err != nil {
		return o, err
	}
	hash, err := s.hashes.hash(ctx, c.password)
	if err != nil {
		return o, err
	}
	k = s.blur(k)
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		kept, err := db.Once(tx, k)
		if err != nil {
			return err
		}
		if kept != nil {
			return s.first(tx, kept.ID, d, &o)
		}
		id, err := s.store(tx, c)
		if err != nil {
			return err
		}
		if err := setPassword(tx, id, hash); err != nil {
			return err
		}
		if err := s.askToConfirm(tx, id, c.email); err != nil {
			return err
		}
		db.Keep(tx, k, id, "")
		return s.first(tx, id, d, &o)
	})
	return o, err
}

// first opens the session in which a new account begins.
func (s *Service) first(tx *db.Tx, id int64, d Draft, o *Opened) (err error) {
	if !d.NoSession {
		*o, err = s.open(tx, id, d.Device, byPassword)
	}
	return err
}

// store adds the account itself and its consents.
func (s *Service) store(tx *db.Tx, c clean) (int64, error) {
	id, err := insertAccount(tx, c.newAccount)
	if err != nil {
		return 0, err
	}
	return id, storeConsents(tx, id, c.consents)
}

// askToConfirm adds an address to a new account and mails its link, or tells
// the owner of the address; both take the same steps.
func (s *Service) askToConfirm(tx *db.Tx, accountID int64, email string) error {
	owner, err := findIdentity(tx, "email", email)
	if err != nil {
		return err
	}
	i := Identity{AccountID: accountID, Provider: "email", UID: email}
	if err := insertIdentity(tx, &i); err != nil {
		return err
	}
	raw := random(cookieBytes)
	if err := insertToken(tx, i, tokenConfirm, raw); err != nil {
		return err
	}
	l := mail.Letter{AccountID: accountID, Kind: "confirm", Pending: true, Values: map[string]string{"link": "/confirm?token=" + raw}}
	if owner != 0 {
		l = mail.Letter{AccountID: owner, Kind: "exists", Values: map[string]string{"link": "/sign-in"}}
	}
	return s.mail.Queue(tx, l)
}

// SuggestHandle returns a pseudonym that nobody has yet.
func (s *Service) SuggestHandle(ctx context.Context) (string, error) {
	q := s.db.Read(ctx)
	r := rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	for range 20 {
		shown, key, err := text.Handle(text.Suggest(r))
		if err != nil {
			continue // a combination that is kept for others
		}
		taken, err := handleTaken(q, key)
		if err != nil || !taken {
			return shown, err
		}
	}
	return "", nil // they will think of one
}
