// Package proc reads the processor time and the memory of processes from /proc,
// so that a measurement can say who spent what: the program under test, its
// database, the generator, or somebody else on the machine.
package proc

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// tick is the unit of /proc/*/stat on every Linux that Go runs on (USER_HZ 100).
const tick = 10 * time.Millisecond

// Tree returns the process pid and all its descendants; nil for pid 0.
func Tree(pid int) []int {
	if pid <= 0 {
		return nil
	}
	want := map[int]bool{pid: true}
	parent := parents()
	for grew := true; grew; {
		grew = false
		for n, p := range parent {
			if want[p] && !want[n] {
				want[n], grew = true, true
			}
		}
	}
	out := make([]int, 0, len(want))
	for n := range want {
		out = append(out, n)
	}
	return out
}

func parents() map[int]int {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	parent := map[int]int{}
	for _, e := range entries {
		n, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if f := stat(n); len(f) > 1 {
			parent[n], _ = strconv.Atoi(f[1])
		}
	}
	return parent
}

// stat returns the fields of /proc/n/stat behind the name of the program:
// [0] state, [1] parent, [11] to [14] user and system time, own and of children
// that ended.
func stat(n int) []string {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(n) + "/stat")
	if err != nil {
		return nil
	}
	s := string(b)
	return strings.Fields(s[strings.LastIndexByte(s, ')')+1:])
}

// CPU returns the user plus system time of the process pid, in steps of 10 ms,
// without its children: a private database is one.
func CPU(pid int) time.Duration { return spent(pid, 13) }

// TreeCPU is the same for pid and all its descendants, also those that ended: a
// database is many processes.
func TreeCPU(pid int) time.Duration {
	var t time.Duration
	for _, n := range Tree(pid) {
		t += spent(n, 15)
	}
	return t
}

// spent sums the times of process n from field 11 to before field end.
func spent(n, end int) time.Duration {
	f := stat(n)
	if n <= 0 || len(f) < end {
		return 0
	}
	var t time.Duration
	for _, v := range f[11:end] {
		u, _ := strconv.ParseInt(v, 10, 64)
		t += time.Duration(u) * tick
	}
	return t
}

// Own returns the user plus system time of this process without its children.
func Own() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// RSS returns the resident bytes of the process pid without its children; 0 when
// there is none.
func RSS(pid int) int64 {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
	if err != nil {
		return 0
	}
	f := strings.Fields(string(b))
	if len(f) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(f[1], 10, 64)
	return pages * int64(os.Getpagesize())
}

// Machine returns the busy and the total processor time of the whole machine.
func Machine() (busy, total time.Duration) {
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, 0
	}
	line, _, _ := strings.Cut(string(b), "\n")
	f := strings.Fields(line)
	if len(f) < 9 {
		return 0, 0
	}
	const idle, iowait = 3, 4
	for i, v := range f[1:9] {
		n, _ := strconv.ParseInt(v, 10, 64)
		total += time.Duration(n) * tick
		if i != idle && i != iowait {
			busy += time.Duration(n) * tick
		}
	}
	return busy, total
}

// Usage is what a stretch of time cost. Others is the share of the machine, 0 to
// 1, that neither the program, its database nor this generator used: above
// about 0.05 the run was not quiet.
type Usage struct {
	App, DB, Generator time.Duration
	Others             float64
}

// Meter takes the counters now; the function it returns takes them again and
// gives the difference. app is one process, db one with its children; a pid of 0
// counts nothing.
func Meter(app, db int) func() Usage {
	app0, db0, own0 := CPU(app), TreeCPU(db), Own()
	busy0, total0 := Machine()
	return func() Usage {
		u := Usage{App: CPU(app) - app0, DB: TreeCPU(db) - db0, Generator: Own() - own0}
		busy1, total1 := Machine()
		if total := total1 - total0; total > 0 {
			rest := (busy1 - busy0) - u.App - u.DB - u.Generator
			u.Others = max(0, float64(rest)/float64(total))
		}
		return u
	}
}
