package localpg

import "syscall"

// attributes keep the terminal's Ctrl-C from the server, since this process
// ends it in order, and shut it down when this process is killed.
func attributes(c *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: c, Setpgid: true, Pdeathsig: syscall.SIGINT}
}
