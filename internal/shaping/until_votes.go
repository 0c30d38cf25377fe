package shaping

import (
	"context"

	"caravan/internal/access"
	"caravan/internal/db"
)

// This file gives way to the votes: whoever brings Vote, CarryVotes, DropVotes
// and CarryInterests removes it.

// Vote is not there yet.
func (s *Service) Vote(context.Context, access.Actor, Ballot) (Voted, error) { return Voted{}, nil }

// CarryVotes is not there yet.
func CarryVotes(*db.Tx, Package, []Change, int64) error { return nil }

// DropVotes is not there yet.
func DropVotes(*db.Tx, int64) error { return nil }

// CarryInterests is not there yet.
func CarryInterests(*db.Tx, Package, []Change, int64, int64) error { return nil }
