package main

import (
	"context"
	"errors"
	"fmt"

	"caravan/internal/account"
	"caravan/internal/db"
	"caravan/internal/demo"
)

// printSessions prints cookies of signed-in demo people for programs that drive
// the site from outside.
func printSessions(ctx context.Context, getenv func(string) string, n int) (err error) {
	cfg, err := settings(getenv, true)
	if err != nil {
		return err
	}
	h, err := open(ctx, cfg, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	cookies, err := demo.Sessions(ctx, h.db, n)
	if err != nil {
		return err
	}
	for _, c := range cookies {
		fmt.Println("s=" + c)
	}
	return nil
}

// grant gives the account with a confirmed e-mail address a role. It serves
// nobody, so settings that only a demo may have do not stop it.
func grant(ctx context.Context, getenv func(string) string, role, email string) (err error) {
	cfg, err := settings(getenv, true)
	if err != nil {
		return err
	}
	h, err := open(ctx, cfg, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	return h.db.Write(ctx, func(tx *db.Tx) error { return account.Grant(tx, role, email) })
}
