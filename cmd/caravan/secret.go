package main

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"caravan/internal/config"
)

// settings reads the settings and looks at the kept secret, before anything is
// started or made: all that is wrong is said at once.
func settings(getenv func(string) string, demo bool) (config.Config, error) {
	cfg, err := config.Load(getenv, demo)
	if cfg.SecretKey == "" && cfg.StateDir != "" {
		_, wrong := readSecret(secretFile(cfg))
		if errors.Is(wrong, fs.ErrNotExist) {
			wrong = nil // it will be made
		}
		err = errors.Join(err, wrong)
	}
	return cfg, err
}

func secretFile(cfg config.Config) string { return filepath.Join(cfg.StateDir, "secret") }

// secretBytes is how long a kept secret is.
const secretBytes = 32

// secret is the key out of which all keys are derived: the operator's, or one
// that is made once and kept for the owner alone.
func secret(cfg config.Config) ([]byte, error) {
	if cfg.SecretKey != "" {
		sum := sha256.Sum256([]byte(cfg.SecretKey))
		return sum[:], nil
	}
	name := secretFile(cfg)
	if b, err := readSecret(name); !errors.Is(err, fs.ErrNotExist) {
		return b, err
	}
	if err := makeSecret(name); err != nil && !errors.Is(err, fs.ErrExist) { // another start was quicker
		return nil, fmt.Errorf("caravan: keep secret: %w", err)
	}
	return readSecret(name)
}

// readSecret reads a kept secret that nobody else can have read.
func readSecret(name string) ([]byte, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("caravan: read secret: %w", err)
	}
	st, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, fmt.Errorf("caravan: read secret: %w", err)
	case st.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("caravan: %s can be read by others; chmod 600 it, or delete it to have a new one (everybody is signed out)", name)
	case len(b) != secretBytes:
		return nil, fmt.Errorf("caravan: %s does not hold %d bytes; restore it, or delete it to have a new one (everybody is signed out)", name, secretBytes)
	}
	return b, nil
}

// makeSecret keeps a new secret under the name, unless there is one. The file
// gets its name when it is whole and on disk: a start that is killed here, or
// that another one overtakes, leaves no half of it.
func makeSecret(name string) error {
	f, err := os.CreateTemp(filepath.Dir(name), "secret-*") // with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	b := make([]byte, secretBytes)
	rand.Read(b)
	_, err = f.Write(b)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Link(f.Name(), name)
}
