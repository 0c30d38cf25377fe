package proc

import (
	"os"
	"testing"
	"time"
)

func TestThisProcessHasMemoryAndIsInItsOwnTree(t *testing.T) {
	pid := os.Getpid()
	if got := RSS(pid); got < 1<<20 {
		t.Errorf("RSS of a running Go program: got %d bytes, want more than 1 MB", got)
	}
	found := false
	for _, n := range Tree(pid) {
		found = found || n == pid
	}
	if !found {
		t.Errorf("Tree(%d) = %v, want it to hold the process itself", pid, Tree(pid))
	}
}

func TestMeterCountsWorkOfThisProcessAsTheGenerators(t *testing.T) {
	stop := Meter(0, 0)
	before, deadline := Own(), time.Now().Add(10*time.Second)
	for n := 0; Own()-before < 30*time.Millisecond && time.Now().Before(deadline); n++ {
	}
	u := stop()
	if u.Generator < 30*time.Millisecond {
		t.Errorf("generator time %v, want at least the 30 ms just spent", u.Generator)
	}
	if u.App != 0 || u.DB != 0 {
		t.Errorf("pid 0 cost %v and %v, want nothing", u.App, u.DB)
	}
}

func TestNoProcessHasNoTree(t *testing.T) {
	if got := Tree(0); got != nil {
		t.Errorf("Tree(0) = %v, want nil", got)
	}
}
