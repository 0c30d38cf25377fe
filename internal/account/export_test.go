package account

import (
	"context"
	"time"
)

// SetPause lets a test see how long somebody would wait.
func (s *Service) SetPause(f func(ctx context.Context, d time.Duration) error) { s.pause = f }

// Slow is the wait before a try to sign in.
func (s *Service) Slow(ctx context.Context, email string) error { return s.slow(ctx, email) }
