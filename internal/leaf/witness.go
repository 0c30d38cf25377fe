package leaf

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Witness signs heads of logs that only ever grow (c2sp.org/tlog-witness). Of
// each log it remembers the last head that it signed, and that is all.
type Witness struct {
	Signer *Cosigner
	Logs   map[string]note.Verifier // by origin
	Memory Memory
	Now    func() time.Time
}

// Memory keeps the last head of each log. Update hands the last one to f and
// keeps what f returns, before anybody else can look; nothing is kept if f
// fails. The zero Head stands for a log that was never signed.
type Memory interface {
	Update(origin string, f func(last Head) (Head, error)) error
}

// Said is the answer of a witness.
type Said struct {
	Status int
	Type   string // of the content
	Body   []byte
}

// refusal is an answer that is no signature.
type refusal struct{ Said }

// Error is the sentence that the witness answers with.
func (r refusal) Error() string { return string(r.Body) }

func refuse(status int, why string) error {
	return refusal{Said{status, "text/plain; charset=utf-8", []byte(why + "\n")}}
}

// maxProof is how many hashes a proof has at most.
const maxProof = 63

// AddCheckpoint takes a head with the proof that it grew out of the last one,
// and signs it. An error means that the witness could not remember it: then it
// has not signed.
func (w *Witness) AddCheckpoint(body []byte) (Said, error) {
	line, err := w.add(body)
	var r refusal
	if errors.As(err, &r) {
		return r.Said, nil
	}
	if err != nil {
		return Said{}, err
	}
	return Said{http.StatusOK, "text/plain; charset=utf-8", line}, nil
}

func (w *Witness) add(body []byte) (line []byte, err error) {
	old, proof, checkpoint, err := splitRequest(body)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, err.Error())
	}
	origin, _, _ := strings.Cut(string(checkpoint), "\n")
	log := w.Logs[origin]
	if log == nil {
		return nil, refuse(http.StatusNotFound, "this log is not known here")
	}
	n, err := note.Open(checkpoint, note.VerifierList(log))
	if err != nil {
		return nil, refuse(http.StatusForbidden, "no valid signature of the log")
	}
	head, err := ParseHead(n.Text)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, err.Error())
	}
	if old > head.Size {
		return nil, refuse(http.StatusBadRequest, "the old size is larger than the new one")
	}
	err = w.Memory.Update(origin, func(last Head) (Head, error) {
		if err := follows(last, old, proof, head); err != nil {
			return last, err
		}
		line = w.Signer.Cosign(head, w.Now())
		return head, nil
	})
	return line, err
}

// follows checks that a head grew out of the last one.
func follows(last Head, old int64, proof []tlog.Hash, head Head) error {
	if last.Size != old {
		return refusal{Said{http.StatusConflict, "text/x.tlog.size", []byte(strconv.FormatInt(last.Size, 10) + "\n")}}
	}
	if old == head.Size && last.Origin != "" && last.Root != head.Root {
		return refuse(http.StatusUnprocessableEntity, "another root for the same size")
	}
	if old == 0 || old == head.Size {
		if len(proof) > 0 {
			return refuse(http.StatusUnprocessableEntity, "a proof where there is nothing to prove")
		}
		return nil
	}
	if err := tlog.CheckTree(proof, head.Size, head.Root, old, last.Root); err != nil {
		return refuse(http.StatusUnprocessableEntity, "the proof does not lead from the last head to this one")
	}
	return nil
}

// splitRequest reads the body of add-checkpoint.
func splitRequest(body []byte) (old int64, proof []tlog.Hash, checkpoint []byte, err error) {
	head, rest, ok := bytes.Cut(body, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	size, isOld := strings.CutPrefix(lines[0], "old ")
	old, err = strconv.ParseInt(size, 10, 64)
	if !ok || !isOld || err != nil || old < 0 || strconv.FormatInt(old, 10) != size {
		return 0, nil, nil, errors.New("the first line is: old and a size; an empty line comes before the checkpoint")
	}
	if len(lines)-1 > maxProof {
		return 0, nil, nil, fmt.Errorf("a proof has at most %d lines", maxProof)
	}
	for _, l := range lines[1:] {
		b, err := base64.StdEncoding.DecodeString(l)
		if err != nil || len(b) != tlog.HashSize {
			return 0, nil, nil, errors.New("a line of the proof is no hash")
		}
		proof = append(proof, tlog.Hash(b))
	}
	return old, proof, rest, nil
}

// WitnessRequest is the body with which a log asks for a signature.
func WitnessRequest(old int64, proof []tlog.Hash, checkpoint []byte) []byte {
	b := fmt.Appendf(nil, "old %d\n", old)
	for _, h := range proof {
		b = append(b, h.String()+"\n"...)
	}
	return append(append(b, '\n'), checkpoint...)
}
