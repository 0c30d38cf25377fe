package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/mod/sumdb/note"

	"caravan/internal/leaf"
)

// maxRequest is more than a head with its proof has.
const maxRequest = 64 << 10

func witnessCommand(ctx context.Context, args []string, out, errs io.Writer) error {
	flags := flag.NewFlagSet("witness", flag.ContinueOnError)
	flags.SetOutput(errs)
	listen := flags.String("listen", "", "address to listen on")
	dir := flags.String("dir", "", "folder for the key and what was seen")
	name := flags.String("name", "", "name of this witness, such as witness.example/w1")
	logs := map[string]note.Verifier{}
	flags.Func("log", "public key of a log to sign for", func(s string) error {
		v, err := leaf.NewVerifier(s)
		if err == nil {
			logs[v.Name()] = v
		}
		return err
	})
	if err := flags.Parse(args); err != nil || *listen == "" || *dir == "" || *name == "" || len(logs) == 0 || flags.NArg() > 0 {
		return errors.New("usage: trustlog witness --listen ADDRESS --dir FOLDER --name NAME --log KEY [--log KEY …]")
	}
	signer, err := witnessKey(*dir, *name)
	if err != nil {
		return err
	}
	w := &leaf.Witness{Signer: signer, Logs: logs, Memory: &leaf.Folder{Dir: *dir}, Now: time.Now}
	l, err := net.Listen("tcp", *listen)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "witness %s\nhttp://%s/add-checkpoint\n", signer.Public(), l.Addr())
	srv := &http.Server{Handler: handleWitness(w, errs), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: 15 * time.Second}
	stop := context.AfterFunc(ctx, func() {
		last, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = srv.Shutdown(last)
	})
	defer stop()
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// witnessKey reads the witness's key, or makes it at the first start.
func witnessKey(dir, name string) (*leaf.Cosigner, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "witness.key")
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		secret, _, err := leaf.NewWitnessKey(name)
		if err != nil {
			return nil, err
		}
		if err := leaf.Keep(path, []byte(secret+"\n")); err != nil {
			return nil, err
		}
		return leaf.NewCosigner(secret)
	}
	if err != nil {
		return nil, err
	}
	return leaf.NewCosigner(string(b))
}

// handleWitness answers add-checkpoint.
func handleWitness(w *leaf.Witness, errs io.Writer) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /add-checkpoint", func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, maxRequest))
		if err != nil {
			http.Error(rw, "the request is too large", http.StatusRequestEntityTooLarge)
			return
		}
		said, err := w.AddCheckpoint(body)
		if err != nil {
			fmt.Fprintln(errs, "trustlog: witness:", err)
			http.Error(rw, "what was seen cannot be kept", http.StatusInternalServerError)
			return
		}
		rw.Header().Set("Content-Type", said.Type)
		rw.WriteHeader(said.Status)
		_, _ = rw.Write(said.Body)
	})
	return mux
}
