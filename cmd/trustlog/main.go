// Trustlog checks the public log from outside: it needs the site's address and
// what was seen of the log before, and trusts neither.
package main

import (
	"fmt"
	"os"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: trustlog verify|prove|witness")
		os.Exit(1)
	}
}
