package ledgertest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// inNamespace tells a test that it runs where it may mount.
const inNamespace = "ASSIZE_TEST_NAMESPACE"

// SmallDisk mounts a file system of so many bytes for the test. Where the user may
// not mount, it runs the test once more as a process in a user namespace, in which
// he may; then ok is false, and the test is over.
func SmallDisk(t *testing.T, bytes int) (dir string, ok bool) {
	t.Helper()
	dir, err := os.MkdirTemp("", "assize-disk-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	err = syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d,mode=0755", bytes))
	if err == nil {
		t.Cleanup(func() {
			if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
				t.Errorf("unmount %s: %v", dir, err)
			}
		})
		return dir, true
	}
	if !errors.Is(err, syscall.EPERM) || os.Getenv(inNamespace) != "" {
		t.Fatalf("mount a small file system: %v; run the tests as root, or where user namespaces are allowed", err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+strings.ReplaceAll(t.Name(), "/", "$/^")+"$", "-test.v")
	cmd.Env = append(os.Environ(), inNamespace+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("in a user namespace: %v\n%s", err, out)
	}
	return "", false
}

// Ballast takes up all but so many bytes of a small disk; removing the file gives
// them back.
func Ballast(t *testing.T, dir string, leave uint64) (path string) {
	t.Helper()
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		t.Fatal(err)
	}
	free := st.Bavail * uint64(st.Bsize)
	path = filepath.Join(dir, "ballast")
	if free <= leave {
		t.Fatalf("%s has %d bytes left", dir, free)
	}
	if err := os.WriteFile(path, make([]byte, free-leave), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
