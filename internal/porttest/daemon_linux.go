package porttest

import (
	"bytes"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Daemon is a server as Debian packages it, with configuration and data in a
// folder of the test's own. In Command, Setup, Files (except *.pem) and the
// values of Env, DIR stands for this folder, PORT for the port to listen on at
// 127.0.0.1, and PORT2 for one more.
type Daemon struct {
	Command string            // must stay in the foreground; split at blanks
	Setup   []string          // commands that run before it, one after another
	Env     []string          // as in exec.Cmd, beside those of the test
	Files   map[string]string // by name in DIR
	// User is the account that runs the server and owns DIR. It may have no
	// rights, such as "nobody". Empty: whoever runs the test. It takes root.
	User string
	// Needs names further programs that the server runs, besides the first
	// words of Command and Setup, such as those of a script.
	Needs []string
	// Root: the server takes root and a system with all its users. In the user
	// namespace of an ordinary user the test is skipped.
	Root bool
	// Ready is a text that the server writes once it is ready. Empty: the
	// server is ready when it accepts a connection.
	Ready string
}

// Running is a Daemon that has been started.
type Running struct {
	Addr, Addr2 netip.AddrPort // PORT and PORT2
	Dir         string
	output      *lockedBuffer
	done        chan struct{}
}

// Log returns the output of the server so far.
func (r *Running) Log() string { return r.output.String() }

// daemonStart is how long a server may take until it listens.
const daemonStart = 2 * time.Minute

// daemonStop is how long a server may take to end.
const daemonStop = 10 * time.Second

// Start starts the server for the rest of the test and waits until it is ready.
// If a program that it takes is not installed, the test is skipped, see
// [Program].
func (d Daemon) Start(tb testing.TB) *Running {
	tb.Helper()
	if (d.Root || d.User != "") && !isRoot() {
		tb.Skip("this server takes root, and a system with all its users")
	}
	for _, name := range d.programs() {
		Program(tb, name)
	}
	r := &Running{Dir: daemonDir(tb), Addr: servicePort(tb), Addr2: servicePort(tb), output: &lockedBuffer{}, done: make(chan struct{})}
	fill := strings.NewReplacer("DIR", r.Dir, "PORT2", strconv.Itoa(int(r.Addr2.Port())), "PORT", strconv.Itoa(int(r.Addr.Port())))
	for name, text := range d.Files {
		if filepath.Ext(name) != ".pem" { // base64 may have DIR in it
			text = fill.Replace(text)
		}
		writeFile(tb, filepath.Join(r.Dir, name), []byte(text))
	}
	if d.User != "" {
		owned := Daemon{}
		owned.run(tb, r, fill, "chown -R "+d.User+": DIR")
	}
	for _, setup := range d.Setup {
		d.run(tb, r, fill, setup)
	}
	cmd := d.command(tb, r, fill, d.Command)
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	go func() {
		defer close(r.done)
		_ = cmd.Wait()
	}()
	tb.Cleanup(func() {
		stopGroup(cmd.Process.Pid, r.done)
		if tb.Failed() {
			tb.Logf("%s wrote:\n%s", d.Command, r.Log())
		}
	})
	d.await(tb, r)
	return r
}

// programs returns the names of all programs that must be installed.
func (d Daemon) programs() []string {
	names := slices.Clone(d.Needs)
	for _, line := range append([]string{d.Command}, d.Setup...) {
		names = append(names, strings.Fields(line)[0])
	}
	return names
}

// run runs a command of the set-up to its end.
func (d Daemon) run(tb testing.TB, r *Running, fill *strings.Replacer, line string) {
	tb.Helper()
	if err := d.command(tb, r, fill, line).Run(); err != nil {
		tb.Fatalf("%s: %v\n%s", line, err, r.Log())
	}
}

func (d Daemon) command(tb testing.TB, r *Running, fill *strings.Replacer, line string) *exec.Cmd {
	tb.Helper()
	args := strings.Fields(line)
	if d.User != "" {
		args = append([]string{"setpriv", "--reuid=" + d.User, "--regid=" + groupOf(tb, d.User), "--init-groups"}, args...)
	}
	for i, arg := range args {
		args[i] = fill.Replace(arg)
	}
	cmd := exec.Command(Program(tb, args[0]), args[1:]...) //nolint:noctx // ended by stopGroup
	cmd.Dir = r.Dir
	cmd.Env = append(os.Environ(), "HOME="+r.Dir, "PATH="+os.Getenv("PATH")+":/usr/sbin:/sbin")
	for _, e := range d.Env {
		name, value, _ := strings.Cut(e, "=")
		cmd.Env = append(cmd.Env, name+"="+fill.Replace(value)) // the name may have PORT in it
	}
	cmd.Stdout, cmd.Stderr = r.output, r.output
	// The server gets a process group, so that stopGroup also ends what it
	// starts.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

// await waits until the server listens, and fails the test if it ends before.
func (d Daemon) await(tb testing.TB, r *Running) {
	tb.Helper()
	for end := time.Now().Add(daemonStart); time.Now().Before(end); {
		select {
		case <-r.done:
			tb.Fatalf("%s ended:\n%s", d.Command, r.Log())
		case <-time.After(20 * time.Millisecond):
		}
		if d.Ready != "" {
			if strings.Contains(r.Log(), d.Ready) {
				return
			}
			continue
		}
		if conn, err := net.DialTimeout("tcp", r.Addr.String(), time.Second); err == nil { //nolint:noctx // loopback
			_ = conn.Close()
			return
		}
	}
	tb.Fatalf("%s does not listen:\n%s", d.Command, r.Log())
}

// servicePort returns a port of 127.0.0.1 that nothing listens on. It is below
// the ports that the system gives to clients (ip_local_port_range, from 32768).
// One of those could become the port of a client that waits for the server: the
// client would connect to itself and keep the server from its port.
func servicePort(tb testing.TB) netip.AddrPort {
	tb.Helper()
	for range 100 {
		addr := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(10_000+rand.IntN(22_000)))
		if listener, err := net.Listen("tcp", addr.String()); err == nil { //nolint:noctx // loopback
			_ = listener.Close()
			return addr
		}
	}
	tb.Fatal("no port is free")
	return netip.AddrPort{}
}

// isRoot tells whether this process is root, and not only root of a user
// namespace with a single user.
func isRoot() bool {
	setgroups, err := os.ReadFile("/proc/self/setgroups")
	return os.Geteuid() == 0 && (err != nil || string(setgroups) != "deny\n")
}

// groupOf is the group of an account.
func groupOf(tb testing.TB, name string) string {
	tb.Helper()
	account, err := user.Lookup(name)
	if err != nil {
		tb.Skip(err) // the server's package brings the account
	}
	return account.Gid
}

// stopGroup ends a server and all that it has started: with SIGTERM, then with
// SIGKILL.
func stopGroup(pid int, done <-chan struct{}) {
	_ = syscall.Kill(-pid, syscall.SIGTERM)
	select {
	case <-done:
	case <-time.After(daemonStop):
	}
	_ = syscall.Kill(-pid, syscall.SIGKILL)
	<-done
}

// daemonDir makes a folder that accounts without rights can reach too.
func daemonDir(tb testing.TB) string {
	tb.Helper()
	dir, err := os.MkdirTemp("", "daemon") //nolint:usetesting // the parent of TempDir is not for others to read
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		tb.Fatal(err)
	}
	return dir
}

func writeFile(tb testing.TB, file string, data []byte) {
	tb.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o644); err != nil {
		tb.Fatal(err)
	}
}

// lockedBuffer keeps the output of a server, which a test reads while the
// server writes.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
