package main

import (
	"context"
	"errors"
	"fmt"

	"caravan/internal/account"
	"caravan/internal/db"
	"caravan/internal/demo"
)

// visit opens the database that serves, or a private one for this moment, hands
// it to a command and closes it. A command serves nobody, so settings that only
// a demo may have do not stop it.
func visit(ctx context.Context, getenv func(string) string, do func(h *house) error) (err error) {
	cfg, err := settings(getenv, true)
	if err != nil {
		return err
	}
	h, err := open(ctx, cfg, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	return do(h)
}

// printSessions prints cookies of signed-in demo people for programs that drive
// the site from outside.
func printSessions(ctx context.Context, getenv func(string) string, n int) error {
	return visit(ctx, getenv, func(h *house) error {
		cookies, err := demo.Sessions(ctx, h.db, n)
		for _, c := range cookies {
			fmt.Println("s=" + c)
		}
		return err
	})
}

// grant gives the account with a confirmed e-mail address a role.
func grant(ctx context.Context, getenv func(string) string, role, email string) error {
	return visit(ctx, getenv, func(h *house) error {
		return h.db.Write(ctx, func(tx *db.Tx) error { return account.Grant(tx, role, email) })
	})
}

// dropSecond takes the passkeys and recovery codes from somebody who has lost
// them all, so that the password opens the way to new ones.
func dropSecond(ctx context.Context, getenv func(string) string, email string) error {
	return visit(ctx, getenv, func(h *house) error {
		return h.db.Write(ctx, func(tx *db.Tx) error {
			had, err := account.DropSecond(tx, email)
			if err == nil && !had {
				return errors.New("there was neither a passkey nor a recovery code")
			}
			return err
		})
	})
}
