package tunnel

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// timeout is that of a look that is to be answered: more than any machine needs.
const timeout = 20 * time.Second

// sshd is OpenSSH's server on 127.0.0.1, in the namespace of the test.
type sshd struct {
	*porttest.Running
	config SSHConfig // with what logs in
}

// password is that of root on the server, hashed in shadow.
const password = "correct horse"

// startSSHD starts a server with more lines of sshd_config, after a few commands of
// the shell. ca.pem has the public key of an authority, if there is one, and
// caKey.pem the private one.
func startSSHD(tb testing.TB, config, shell string, ca ...string) *sshd {
	tb.Helper()
	hostKey, hostPublic := keyPair(tb)
	userKey, userPublic := keyPair(tb)
	ca = append(ca, "", "")
	server := porttest.Daemon{
		Command: "unshare --mount sh DIR/sshd.sh",
		Needs:   []string{"sshd"},
		Root:    true,
		Setup:   []string{"chmod 600 DIR/host.pem DIR/caKey.pem"},
		Files: map[string]string{
			"host.pem":       hostKey,
			"authorized.pem": userPublic,
			"ca.pem":         ca[0],
			"caKey.pem":      ca[1],
			"shadow.pem":     "root:" + passwordHash + ":19000:0:99999:7:::\nsshd:!:19000::::::\n",
			"sshd.sh": "mount -t tmpfs run /run && mkdir /run/sshd && mount --bind DIR/shadow.pem /etc/shadow || exit 1\n" +
				shell + "\nexec /usr/sbin/sshd -D -e -f DIR/sshd.conf\n",
			"sshd.conf": "ListenAddress 127.0.0.1:PORT\nHostKey DIR/host.pem\nPidFile DIR/pid\nAuthorizedKeysFile DIR/authorized.pem\n" +
				"StrictModes no\nUsePAM no\nPermitRootLogin yes\nUseDNS no\nMaxSessions 0\n" + config + "\n",
		},
		Ready: "Server listening on",
	}.Start(tb)
	return &sshd{server, SSHConfig{
		Name: "bastion", Host: server.Addr.Addr().String(), Port: server.Addr.Port(), User: "root", PrivateKey: userKey, HostKey: hostPublic,
	}}
}

// read reads one of the server's files.
func (s *sshd) read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.Dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// processes are those of the server, the sessions among them.
func (s *sshd) processes(t *testing.T) []int {
	t.Helper()
	pid, err := strconv.Atoi(strings.TrimSpace(s.read(t, "pid")))
	if err != nil {
		t.Fatal(err)
	}
	return descendants(t, pid)
}

// sessions are the processes of connections.
func (s *sshd) sessions(t *testing.T) []int { return s.processes(t)[1:] }

// descendants are a process and all that it and they have started.
func descendants(t *testing.T, pid int) []int {
	t.Helper()
	all := []int{pid}
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range stats {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(text), ") ")
		if fields := strings.Fields(rest); len(fields) < 2 || fields[1] != strconv.Itoa(pid) {
			continue
		}
		child, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, descendants(t, child)...)
	}
	return all
}

func signal(t *testing.T, pids []int, sig syscall.Signal) {
	t.Helper()
	for _, pid := range pids {
		if err := syscall.Kill(pid, sig); err != nil {
			t.Fatal(err)
		}
	}
}

// place is one of this package, for tests of them all.
type place interface {
	Dialer
	Open(ctx context.Context) (*View, error)
	String() string
}

// openView opens a place for the rest of the test.
func openView(t *testing.T, p place) *View {
	t.Helper()
	v, err := p.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := v.Close(); err != nil {
			t.Error(err)
		}
	})
	return v
}

// newSSH is a place with a good configuration.
func newSSH(tb testing.TB, c SSHConfig) *SSH {
	tb.Helper()
	s, err := NewSSH(c)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// lookAt takes one look at a port.
func lookAt(t *testing.T, v *View, addr netip.AddrPort, timeout time.Duration) look.Result {
	t.Helper()
	r := v.Look(t.Context(), look.Target{Scheme: endpoint.TCP, Addr: addr}, timeout)
	if r.Remote != addr || r.Local.IsValid() || r.Start.IsZero() || r.RTT <= 0 || r.ICMP != nil {
		t.Errorf("%s: remote %s, local %s, start %s, RTT %s, ICMP %v", addr, r.Remote, r.Local, r.Start, r.RTT, r.ICMP)
	}
	return r
}

// saw is what a result says: its state, its reason and the detail, if any.
func saw(r look.Result) string {
	return strings.TrimSpace(fmt.Sprintf("%s %s %s", r.State, r.Reason, r.Detail))
}

// passwordHash is of password (openssl passwd -6 -salt saltsalt).
const passwordHash = "$6$saltsalt$hRM5XZ86KXEw9UOmjigeVqFgULtFB2sgpC9lXQDfMib3Zgw7mEiUvBJI2EplzfAqxL5Vvwp2scFtv/uamSo5z0"
