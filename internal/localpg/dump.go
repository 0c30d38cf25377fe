package localpg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Dump writes a whole database, of any server, in pg_dump's custom format: one
// moment of it, while others go on writing.
func Dump(ctx context.Context, url string, w io.Writer) error {
	if err := client(ctx, w, "pg_dump", "--format=custom", "--no-owner", "--dbname="+url); err != nil {
		return fmt.Errorf("localpg: dump: %w", err)
	}
	return nil
}

// Load puts what Dump wrote into a database that is empty, all of it or nothing.
// The roles that the dump gives rights to must be there.
func Load(ctx context.Context, url, file string) error {
	var list bytes.Buffer
	if err := client(ctx, &list, "pg_restore", "--list", file); err != nil {
		return fmt.Errorf("localpg: read dump: %w", err)
	}
	dir, err := os.MkdirTemp("", "caravan-load-")
	if err != nil {
		return fmt.Errorf("localpg: load: %w", err)
	}
	defer os.RemoveAll(dir)
	rest, defaults := filepath.Join(dir, "rest"), filepath.Join(dir, "defaults")
	if err := split(list.String(), rest, defaults); err != nil {
		return fmt.Errorf("localpg: load: %w", err)
	}
	if err := client(ctx, nil, "pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", "--use-list="+rest, "--dbname="+url, file); err != nil {
		return fmt.Errorf("localpg: load: %w", err)
	}
	return loadDefaults(ctx, url, file, defaults)
}

// split sorts the entries of a dump into the rights of tables to come, which
// name the owner they were given by, and everything else.
func split(list, rest, defaults string) error {
	var others, rights strings.Builder
	for line := range strings.Lines(list) {
		if strings.Contains(line, " DEFAULT ACL ") {
			rights.WriteString(line)
		} else {
			others.WriteString(line)
		}
	}
	return errors.Join(os.WriteFile(rest, []byte(others.String()), 0o600), os.WriteFile(defaults, []byte(rights.String()), 0o600))
}

var byOwner = regexp.MustCompile(`ALTER DEFAULT PRIVILEGES FOR ROLE \S+ `)

// loadDefaults gives the rights of tables to come by whoever owns them here.
func loadDefaults(ctx context.Context, url, file, defaults string) error {
	var sql bytes.Buffer
	if err := client(ctx, &sql, "pg_restore", "--no-owner", "--use-list="+defaults, "--file=-", file); err != nil {
		return fmt.Errorf("localpg: load rights: %w", err)
	}
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("localpg: load rights: %w", err)
	}
	defer conn.Close(ctx)
	for line := range strings.Lines(sql.String()) {
		if !byOwner.MatchString(line) {
			continue
		}
		if _, err := conn.Exec(ctx, byOwner.ReplaceAllString(line, "ALTER DEFAULT PRIVILEGES ")); err != nil {
			return fmt.Errorf("localpg: load rights: %w", err)
		}
	}
	return nil
}

// client runs one of PostgreSQL's client programs, the newest that is there: it
// reads and writes every older server's data.
func client(ctx context.Context, out io.Writer, program string, args ...string) error {
	bin, err := findBinaries(0)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, filepath.Join(bin, program), args...)
	var wrong bytes.Buffer
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = "/", environment(), out, &wrong
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", program, err, firstLine(wrong.String()))
	}
	return nil
}
