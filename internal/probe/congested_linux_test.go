package probe_test

import (
	"net"
	"net/netip"
	"os/exec"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
)

// TestCongested: a queue of this machine that is full for a moment is no packet filter.
// The SYN is dropped when it is sent again after a second, and not half a second later.
func TestCongested(t *testing.T) {
	lab := porttest.NewLab(t)
	host := porttest.ServerAddr(5)
	open, silent := netip.AddrPortFrom(host, 80), netip.AddrPortFrom(host, 81)
	lab.Listen(open, porttest.AcceptClose)
	lab.Set(porttest.Router, silent, porttest.Drop)
	conn, err := net.ListenUDP("udp", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for at, want := range map[netip.AddrPort]look.State{open: look.Open, silent: look.Filtered} {
		var r look.Result
		for range 3 { // a busy machine may be late
			fill(t, conn, at)
			r = probe.Prober{}.Look(t.Context(), look.Target{Scheme: endpoint.TCP, Addr: at}, 1150*time.Millisecond)
			tc(t, "qdisc del dev prober0 root")
			if r.State == want {
				break
			}
		}
		if r.State != want {
			t.Errorf("%s: %s, want %s", at, said(r), want)
		}
	}
}

// fill makes a queue for the host of at alone, and fills it: connections of other tests
// live on, and send. The first datagram leaves at once, the second when as many bytes may
// leave again, after 1.3 s.
func fill(t *testing.T, conn *net.UDPConn, at netip.AddrPort) {
	t.Helper()
	for _, command := range []string{
		"qdisc add dev prober0 root handle 1: htb default 1",
		"class add dev prober0 parent 1: classid 1:1 htb rate 1gbit quantum 60000",
		"class add dev prober0 parent 1: classid 1:2 htb rate 1gbit quantum 60000",
		"qdisc add dev prober0 parent 1:2 tbf rate 9200bit burst 1600 limit 1560",
		"filter add dev prober0 parent 1: protocol ip u32 match ip dst " + at.Addr().String() + "/32 flowid 1:2",
	} {
		tc(t, command)
	}
	for range 2 {
		if _, err := conn.WriteTo(make([]byte, 1472), net.UDPAddrFromAddrPort(at)); err != nil {
			t.Fatal(err)
		}
	}
}

func tc(t *testing.T, arguments string) {
	t.Helper()
	command := porttest.Program(t, "tc") + " " + arguments
	if out, err := exec.CommandContext(t.Context(), "sh", "-c", command).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
}
