package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// workers is how many files are read at the same time.
const workers = 4

// maxFile is more than any file of a log has: a bundle of 256 full entries.
const maxFile = 32 << 20

// patience is how long a site that says "later" is asked again.
const patience = 5 * time.Minute

// site is a site whose log is read.
type site struct {
	base   string // without a slash at the end
	client *http.Client
}

func newSite(base string) (*site, error) {
	if !strings.HasPrefix(base, "http://") && !strings.HasPrefix(base, "https://") {
		return nil, errors.New("--url must be the address of the site, with http or https")
	}
	return &site{strings.TrimSuffix(base, "/"), &http.Client{Timeout: time.Minute}}, nil
}

// get reads a file of the site and returns it with its status. A site that asks
// to come back later is asked again when it says so. An error means that the
// site cannot be reached.
func (s *site) get(ctx context.Context, path string) (status int, body []byte, err error) {
	give := time.Now().Add(patience)
	for {
		status, body, wait, err := s.once(ctx, path)
		if err != nil {
			return 0, nil, failure{exitUnreachable, err}
		}
		if status != http.StatusTooManyRequests && status != http.StatusServiceUnavailable {
			return status, body, nil
		}
		if time.Now().Add(wait).After(give) {
			return 0, nil, fail(exitUnreachable, "%s%s answers %d", s.base, path, status)
		}
		select {
		case <-ctx.Done():
			return 0, nil, failure{exitUnreachable, ctx.Err()}
		case <-time.After(wait):
		}
	}
}

func (s *site) once(ctx context.Context, path string) (status int, body []byte, wait time.Duration, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+path, nil)
	if err != nil {
		return 0, nil, 0, err
	}
	res, err := s.client.Do(r)
	if err != nil {
		return 0, nil, 0, err
	}
	defer res.Body.Close()
	body, err = io.ReadAll(io.LimitReader(res.Body, maxFile+1))
	if err == nil && len(body) > maxFile {
		err = fmt.Errorf("%s is larger than any file of a log", path)
	}
	wait = time.Second
	if n, e := strconv.Atoi(res.Header.Get("Retry-After")); e == nil && n > 0 {
		wait = time.Duration(n) * time.Second
	}
	return res.StatusCode, body, wait, err
}

// need reads a file that must be there: without it the log is not whole.
func (s *site) need(ctx context.Context, path string) ([]byte, error) {
	status, body, err := s.get(ctx, path)
	if err != nil {
		return nil, err
	}
	if status != http.StatusOK {
		return nil, fail(exitMissing, "%s is missing: the site answers %d", path, status)
	}
	return body, nil
}

// each runs f for every number below n, several at a time, and returns the first
// error.
func each(n int, f func(i int) error) error {
	var mu sync.Mutex
	var first error
	next := 0
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for {
				mu.Lock()
				i := next
				next++
				stop := first != nil || i >= n
				mu.Unlock()
				if stop {
					return
				}
				if err := f(i); err != nil {
					mu.Lock()
					if first == nil {
						first = err
					}
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	return first
}
