package scan

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
)

// resolvConf names in the environment the resolv.conf for the copy of this test.
const resolvConf = "PORTCHECK_TEST_RESOLV_CONF"

// zoneFile is what the name server of the lab answers: everything in corp.example is
// the second server, in which nothing listens.
const zoneFile = `address=/corp.example/198.51.100.2
host-record=db.example,198.51.100.1
address=/blocked.example/0.0.0.0
address=/blocked6.example/::
address=/mapped.example/::ffff:0.0.0.0
address=/multicast.example/224.0.0.251
address=/broadcast.example/255.255.255.255
local=/none.example/
host-record=half.example,198.51.100.1,::
`

// TestResolver resolves with a name server, a search domain and ndots, as
// Kubernetes has them. The copy of this process in which it does so has a
// resolv.conf of its own.
func TestResolver(t *testing.T) {
	if file := os.Getenv(resolvConf); file != "" {
		if err := syscall.Mount(file, "/etc/resolv.conf", "", syscall.MS_BIND, ""); err != nil {
			t.Fatal(err)
		}
		resolveInLab(t)
		return
	}
	lab := porttest.NewLab(t)
	lab.Listen(netip.AddrPortFrom(porttest.ServerAddr(1), 80), porttest.AcceptClose)
	var many strings.Builder
	for i := range endpoint.MaxAddresses + 1 {
		fmt.Fprintf(&many, "host-record=many.example,10.9.0.%d\n", i+1)
	}
	server := porttest.Daemon{
		Command: "dnsmasq --no-daemon --conf-file=DIR/zone --no-resolv --no-hosts --bind-interfaces --listen-address=127.0.0.1 --user= --group=",
		Files: map[string]string{
			"zone":        zoneFile + many.String(),
			"resolv.conf": "nameserver 127.0.0.1\nsearch corp.example\noptions ndots:5\n",
		},
		Ready: "started, version",
	}.Start(t)
	inside := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestResolver$", "-test.v")
	inside.Env = append(os.Environ(), resolvConf+"="+filepath.Join(server.Dir, "resolv.conf"))
	inside.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	if output, err := inside.CombinedOutput(); err != nil || !strings.Contains(string(output), "--- PASS: TestResolver") {
		t.Errorf("%v\n%s", err, output)
	}
}

func resolveInLab(t *testing.T) {
	control, err := endpoint.ParseControl("tcp://db.example.:80")
	if err != nil {
		t.Fatal(err)
	}
	ours := New(Config{Vantage: From(probe.Prober{}), Limits: DefaultLimits, Control: []endpoint.Control{control}})
	o := defaults
	o.Rechecks = 0
	for hosts, want := range map[string]string{
		"db.example.":            "tcp://db.example:80 open syn-ack 198.51.100.1:80",
		"DB.Example.":            "tcp://db.example:80 open syn-ack 198.51.100.1:80",
		"db.example":             "tcp://db.example:80 closed conn-refused 198.51.100.2:80", // db.example.corp.example
		"db.example db.example.": "tcp://db.example:80 open syn-ack 198.51.100.1:80",
		"blocked.example.":       "tcp://blocked.example:80 unknown unspecified-address",
		"blocked6.example.":      "tcp://blocked6.example:80 unknown unspecified-address",
		"mapped.example.":        "tcp://mapped.example:80 unknown unspecified-address",
		"half.example.":          "tcp://half.example:80 unknown unspecified-address",
		"multicast.example.":     "tcp://multicast.example:80 unknown no-host-address",
		"broadcast.example.":     "tcp://broadcast.example:80 unknown no-host-address",
		"many.example.":          "tcp://many.example:80 unknown too-many-addresses",
		"none.example.":          "tcp://none.example:80 unknown no-such-host",
		"localhost.":             "tcp://localhost:80 closed conn-refused",
	} {
		v, err := ours.Run(t.Context(), declare(t, hosts, "80", ""), o)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, f := range v.Findings {
			got += fmt.Sprintf("%s %s %s", f.Key(), f.Last.State, f.Last.Reason)
			if f.Last.Remote.IsValid() && !f.Last.Remote.Addr().IsLoopback() {
				got += " " + f.Last.Remote.String()
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", hosts, diff)
		}
	}
	// It is asked only as it is written: else nothing answers, and this place is
	// taken to be cut off.
	v, err := ours.Run(t.Context(), declare(t, "198.51.100.200", "80", ""), o)
	if err != nil || len(v.Findings) != 1 || v.Findings[0].Inconclusive() {
		t.Errorf("beside control: %v, %v", told(v), err)
	}
}
