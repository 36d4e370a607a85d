package scan

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
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
host-record=meta.example,169.254.169.254
host-record=meta6.example,fd00:ec2::254
host-record=both.example,198.51.100.1
host-record=both.example,198.51.100.2
host-record=web.corp.example,198.51.100.2
cname=www.example,db.example
cname=far.example,www.example
cname=inside.example,web.corp.example
cname=cloud.example,meta.example
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
		guardInLab(t)
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

// guardInLab resolves names that lead where the operator's rules refuse to go, some of
// them by aliases.
func guardInLab(t *testing.T) {
	const (
		deny     = `denied by "198.51.100.0/31" in the environment variable PORTCHECK_DENY`
		unasked  = ". Such an address is probed only if it is declared itself, in place of a name"
		metadata = "a link-local address, among which clouds have the metadata and credentials of their machines" + unasked
	)
	for _, tt := range []struct{ allow, deny, hosts, want string }{
		{"", "198.51.100.0/31", "db.example.", "db.example resolves to 198.51.100.1, which is " + deny},
		{"", "198.51.100.0/31", "www.example.", "www.example resolves to 198.51.100.1, which is " + deny},
		{"", "198.51.100.0/31", "far.example.", "far.example resolves to 198.51.100.1, which is " + deny},
		{"", "198.51.100.0/31", "both.example.", "both.example resolves to 198.51.100.1, which is " + deny},
		{"", "198.51.100.0/31", "db.example. far.example. x.corp.example.", "db.example resolves to 198.51.100.1, which is " + deny + " (and 1 more of the hosts are refused)"},
		{"", "198.51.100.0/31", "198.51.100.1", "198.51.100.1 is " + deny},
		{"", "198.51.100.0/31", "x.corp.example.", ""},
		{"", ".corp.example", "inside.example.", `inside.example is an alias of web.corp.example, which is denied by ".corp.example" in the environment variable PORTCHECK_DENY`},
		{"", ".corp.example", "db.example", `db.example is an alias of db.example.corp.example, which is denied by ".corp.example" in the environment variable PORTCHECK_DENY`}, // by the search list
		{"", ".corp.example", "far.example.", ""},
		{"", "web.corp.example", "none.example.", ""}, // it leads nowhere
		{"198.51.100.2", "", "far.example.", "far.example resolves to 198.51.100.1, which is not in the environment variable PORTCHECK_ALLOW (it has 198.51.100.2)"},
		{"198.51.100.1", "", "far.example.", ""},
		{".far.example", "", "far.example.", ""},
		{"db.example", "", "far.example.", "far.example is not in the environment variable PORTCHECK_ALLOW (it has db.example)"}, // who owns an alias may point it elsewhere
		{"", "", "meta.example.", "meta.example resolves to 169.254.169.254, which is " + metadata},
		{"", "", "cloud.example.", "cloud.example resolves to 169.254.169.254, which is " + metadata},
		{"0.0.0.0/0 .example", "", "cloud.example.", "cloud.example resolves to 169.254.169.254, which is " + metadata},
		{"", "", "meta6.example.", "meta6.example resolves to fd00:ec2::254, which is where a cloud keeps the metadata and credentials of its machines" + unasked},
	} {
		looks := &counted{}
		ours := New(Config{Vantage: looks, Limits: DefaultLimits, Guard: operated(t, tt.allow, tt.deny)})
		o := defaults
		o.Rechecks = 0
		_, err := ours.Run(t.Context(), declare(t, tt.hosts, "80 443/https", "53/udp"), o)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("allow %q, deny %q: %s (-want +got)\n%s", tt.allow, tt.deny, tt.hosts, diff)
		}
		if n := looks.n.Load(); (n == 0) != (tt.want != "" || tt.hosts == "none.example.") {
			t.Errorf("allow %q, deny %q: %s: %d looks", tt.allow, tt.deny, tt.hosts, n)
		}
	}
}

// counted is this machine, and counts its looks.
type counted struct {
	probe.Prober
	n atomic.Int64
}

func (c *counted) Open(context.Context) (View, error) { return c, nil }

func (c *counted) Look(ctx context.Context, t look.Target, timeout time.Duration) look.Result {
	c.n.Add(1)
	return c.Prober.Look(ctx, t, timeout)
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
