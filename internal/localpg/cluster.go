package localpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// prepare makes the cluster unless there is one, and returns the folder of
// the server programs that can open it.
func (h home) prepare(ctx context.Context, o Options) (bin string, err error) {
	version, err := os.ReadFile(filepath.Join(h.data, "PG_VERSION"))
	if err == nil {
		if bin, err = findBinaries(leadingNumber(string(version))); err != nil {
			return "", fmt.Errorf("the data in %s need PostgreSQL %s: %w", h.data, strings.TrimSpace(string(version)), err)
		}
		return bin, nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	if bin, err = findBinaries(0); err != nil {
		return "", err
	}
	return bin, h.initialise(ctx, bin, o)
}

// initialise makes the cluster beside its place and moves it there when it is
// whole, so that a process killed in the middle leaves nothing half made.
func (h home) initialise(ctx context.Context, bin string, o Options) error {
	raw := h.data + ".new"
	if err := os.RemoveAll(raw); err != nil {
		return err
	}
	if err := os.Mkdir(raw, 0o700); err != nil {
		return err
	}
	if err := h.give(raw); err != nil {
		return err
	}
	args := []string{"-D", raw, "-U", superuser, "-A", "trust", "--data-checksums", "--encoding=UTF8",
		"--locale-provider=icu", "--icu-locale=und", "--locale=C.UTF-8", "--no-instructions"}
	if o.Throwaway {
		args = append(args, "--no-sync")
	}
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), args...)
	cmd.Dir, cmd.Env = h.dir, environment()
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: h.cred}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	return os.Rename(raw, h.data)
}

// environment is what the server programs get: nothing of ours, since PG…
// variables would change what they do and secrets are none of their business.
func environment() []string {
	return []string{"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC"}
}
