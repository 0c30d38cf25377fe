//go:build !race

package live_test

// raceDetector says that memory is not what it is otherwise.
const raceDetector = false
