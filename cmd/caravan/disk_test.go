package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestAFullDiskIsSaidAndPasses fills the file system under the database while
// replies come in, and makes room again. It needs a file system of its own,
// which only root can have, and is part of the long run.
func TestAFullDiskIsSaidAndPasses(t *testing.T) {
	if !long() || os.Geteuid() != 0 {
		return
	}
	from, err := filled()
	if err != nil {
		t.Fatal(err)
	}
	p := fresh(t)
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=320m,mode=0711", "tmpfs", p.dir).CombinedOutput(); err != nil {
		t.Fatalf("mount: %v %s", err, out)
	}
	t.Cleanup(func() {
		p.clear()
		if out, err := exec.Command("umount", p.dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v %s", err, out)
		}
	})
	copyFolder(t, from, p.dir)
	p.start()
	people := p.people(5)
	questions := []asked{people[0].ask(1)}

	// All that is left but a little, so that the log of the database meets the
	// end of the disk.
	ballast := filepath.Join(p.dir, "ballast")
	out, err := exec.Command("sh", "-c", fmt.Sprintf("fallocate -l $(( $(df --output=avail -B1 %s | tail -1) - 3000000 )) %s", p.dir, ballast)).CombinedOutput()
	if err != nil {
		t.Fatalf("fallocate: %v %s", err, out)
	}
	var o outage
	var all journal
	long := strings.Repeat("Words that take room on a disk. ", 300)
	full := within(patience, func() bool {
		n := len(all.read())
		e := entry{key: fmt.Sprintf("disk-0123456789abcdef-%d", n), body: fmt.Sprintf("Reply disk %d %s, nothing more.", n, long), question: questions[0], by: people[n%5]}
		e.send()
		all.add(e)
		o.note("reply", answer{e.status, http.Header{"Retry-After": {e.retry}}, e.text}, nil, http.StatusCreated, http.StatusInsufficientStorage)
		return n > 200 && !e.acked()
	})
	if !full {
		t.Fatalf("the disk does not fill: %v", o.statuses)
	}
	for range 20 {
		a, err := person{at: p}.send("GET", "/questions", "")
		o.note("/questions", a, err, http.StatusOK)
		a, err = people[0].send("GET", questions[0].Path, "")
		o.note("/questions/1", a, err, http.StatusOK)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	p.ready()
	for _, w := range o.wrong {
		t.Error(w)
	}
	t.Logf("answers by status: %v", o.statuses)
	p.judge(all.read())
	p.interrupt()
}
