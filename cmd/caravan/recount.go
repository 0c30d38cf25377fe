package main

import (
	"context"
	"fmt"
	"io"

	"caravan/internal/question"
	"caravan/internal/shaping"
)

// recount makes all sums of votes anew from the votes themselves and prints how
// many were wrong. It fails if any was, so that a timer notices.
func recount(ctx context.Context, getenv func(string) string, out io.Writer) error {
	return visit(ctx, getenv, func(h *house) error {
		replies, err := question.New(question.Tools{DB: h.db}).Recount(ctx)
		if err != nil {
			return err
		}
		packages, err := shaping.RecountIn(ctx, h.db)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(out, "replies: %d wrong\npackages: %d wrong\n", replies, packages); err != nil {
			return err
		}
		if wrong := replies + packages; wrong > 0 {
			return fmt.Errorf("recount: %d sums were wrong; they are right now", wrong)
		}
		return nil
	})
}
