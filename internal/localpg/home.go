package localpg

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// system is where the state of a root process goes when the folder it was
// given lies behind one that the server's user may not enter, such as /root.
const system = "/var/lib/caravan"

// socketPath is the longest folder name that leaves room for the name of the
// socket: a unix socket's path holds 107 bytes, and the name takes 20.
const socketPath = 86

// home is the settled place of one server.
type home struct {
	dir  string              // lock and log
	data string              // the cluster
	sock string              // the unix socket
	cred *syscall.Credential // user that runs the server; nil: the user of this process
}

// settle finds and makes the folders for the state in dir.
func settle(dir string) (home, error) {
	cred, err := credential()
	if err != nil {
		return home{}, err
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return home{}, err
	}
	if err := makeFolder(dir); err != nil {
		return home{}, err
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return home{}, err
	}
	if cred != nil && (len(dir)+len("/run") > socketPath || !enterable(dir, cred)) {
		if err := makeFolder(system); err != nil {
			return home{}, err
		}
		if dir = filepath.Join(system, short(dir)); !enterable(system, cred) {
			return home{}, fmt.Errorf("%s is closed to user %d, which runs PostgreSQL; choose another STATE_DIR", system, cred.Uid)
		}
	}
	h := home{dir: dir, data: filepath.Join(dir, "data"), sock: filepath.Join(dir, "run"), cred: cred}
	if len(h.sock) > socketPath {
		h.sock = filepath.Join(os.TempDir(), fmt.Sprintf("caravan-%d-%s", os.Geteuid(), short(dir)))
	}
	return h, h.makeFolders()
}

// makeFolders makes the folders that must be there before the server is. The
// socket's folder is closed to everybody else: who gets in needs no password.
func (h home) makeFolders() error {
	if err := makeFolder(h.dir); err != nil {
		return err
	}
	if err := os.Mkdir(h.sock, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	if err := h.give(h.sock); err != nil {
		return err
	}
	st, err := os.Lstat(h.sock)
	if err != nil {
		return err
	}
	owner := uint32(os.Geteuid())
	if h.cred != nil {
		owner = h.cred.Uid
	}
	if sys, ok := st.Sys().(*syscall.Stat_t); !st.IsDir() || !ok || sys.Uid != owner {
		return fmt.Errorf("%s is not a folder of user %d", h.sock, owner)
	}
	return os.Chmod(h.sock, 0o700)
}

// makeFolder makes a folder, unless it is there, that others may pass through
// but not list. Its mode does not depend on the umask.
func makeFolder(dir string) error {
	if _, err := os.Stat(dir); err == nil || !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(dir, 0o711); err != nil {
		return err
	}
	return os.Chmod(dir, 0o711)
}

// give makes the server's user the owner of a file or folder.
func (h home) give(path string) error {
	if h.cred == nil {
		return nil
	}
	return os.Lchown(path, int(h.cred.Uid), int(h.cred.Gid))
}

// lock waits until no other process is deciding about this home. The kernel
// drops the lock when its holder dies.
func (h home) lock(ctx context.Context) (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(h.dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { f.Close() }, nil
		}
		if errors.Is(err, syscall.EWOULDBLOCK) || errors.Is(err, syscall.EINTR) {
			err = pause(ctx)
		}
		if err != nil {
			f.Close()
			return nil, err
		}
	}
}

// credential picks the user that runs the server for a root process:
// PostgreSQL refuses to run as root, and initdb refuses a user id that has no
// entry in the list of users.
func credential() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		if err != nil {
			return nil, err
		}
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		if err != nil {
			return nil, err
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("running as root, and there is neither a user postgres nor a user nobody to run PostgreSQL")
}

// enterable says whether the user may pass through dir and all its parents.
func enterable(dir string, c *syscall.Credential) bool {
	for {
		st, err := os.Stat(dir)
		if err != nil {
			return false
		}
		var bit os.FileMode = 0o001
		if sys, ok := st.Sys().(*syscall.Stat_t); ok && sys.Uid == c.Uid {
			bit = 0o100
		} else if ok && sys.Gid == c.Gid {
			bit = 0o010
		}
		if st.Mode().Perm()&bit == 0 {
			return false
		}
		if dir == filepath.Dir(dir) {
			return true
		}
		dir = filepath.Dir(dir)
	}
}

// short is a name for a path that is the same in every process.
func short(path string) string {
	sum := sha256.Sum256([]byte(path))
	return hex.EncodeToString(sum[:6])
}
