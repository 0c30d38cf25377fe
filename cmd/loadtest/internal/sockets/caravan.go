package sockets

import (
	"context"
	"fmt"
	"time"

	"caravan/cmd/loadtest/internal/site"
	"caravan/cmd/loadtest/internal/wire"
)

// Question is the target for sockets of visitors that each subscribe to one
// question of the site, at the top of its channel as it is now.
func Question(ctx context.Context, s *site.Site, id int64) (Target, error) {
	page, err := s.Replies(ctx, site.Person{}, id, 0, 1)
	if err != nil {
		return Target{}, fmt.Errorf("sockets: read question %d: %w", id, err)
	}
	return Target{
		Addr: s.Addr, Origin: s.Base, Path: wire.Path, Protocol: wire.Protocol,
		Steps: []Step{
			{string(wire.Hello("idle")), `"welcome"`},
			{string(wire.Subscribe(1, site.Channel(id), page.Top, page.Epoch)), `"sub_ok"`},
		},
		Ping: `"t":"ping"`, Pong: string(wire.Pong()),
	}, nil
}

// Asked asks a new question and returns how to publish a reply to it.
func Asked(ctx context.Context, s *site.Site, who site.Person) (id int64, publish Publish, err error) {
	q, err := s.Ask(ctx, who, site.Draft{
		Title:       "Who is reading along right now, on how many screens?",
		Body:        "This question was asked by a program that measures how fast a reply reaches many readers.",
		Procedure:   "den.implant.single",
		Destination: "TR",
	}, fmt.Sprintf("fan-%d", time.Now().UnixNano()))
	if err != nil {
		return 0, nil, err
	}
	return q.ID, func(ctx context.Context, token string) error {
		_, err := s.Reply(ctx, who, q.ID, Body(token), "fan-"+token)
		return err
	}, nil
}

// Body is a reply of about 300 characters that holds token.
func Body(token string) string {
	return token + " gentle words about how the treatment went for me and what I would do next time, told in about three hundred characters " +
		"so that every measurement moves the same: the driver came on time, the nurse explained the drops twice, and the letter for my own doctor was ready"
}
