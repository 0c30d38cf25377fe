package main

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// A process that has nothing to do is small: what work left behind is given back
// to the system when a second passes in which hardly anything is allocated, and
// enough was since the last time. Under load it is not looked for more often
// than garbage says.
const (
	restEvery  = time.Second
	hardlyAny  = 4 << 20 // bytes in restEvery
	worthwhile = 8 << 20 // bytes
)

// giveBack gives memory back whenever the process rests, until ctx ends.
func giveBack(ctx context.Context) {
	tick := time.NewTicker(restEvery)
	defer tick.Stop()
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	var r resting
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		metrics.Read(sample)
		if r.due(sample[0].Value.Uint64()) {
			debug.FreeOSMemory()
		}
	}
}

// resting is what was allocated since the process started: until it was looked at
// last, and until memory was given back last, in bytes.
type resting struct{ seen, given uint64 }

// due reports whether memory is to be given back now that so much was allocated.
func (r *resting) due(allocated uint64) bool {
	quiet := allocated-r.seen < hardlyAny
	r.seen = allocated
	if !quiet || allocated-r.given < worthwhile {
		return false
	}
	r.given = allocated
	return true
}
