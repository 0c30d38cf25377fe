//go:build !linux

package localpg

import "syscall"

// attributes keep the terminal's Ctrl-C from the server, since this process
// ends it in order. When this process is killed the server runs on, and the
// next start joins it.
func attributes(c *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: c, Setpgid: true}
}
