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
// Two large datagrams fill the queue: the first leaves at once, the second when as many
// bytes may leave again, after 1.3 s. So the SYN is dropped when it is sent again after a
// second, and not half a second later.
func TestCongested(t *testing.T) {
	const size, rate = 1472, "9200bit"
	lab := porttest.NewLab(t)
	open, silent := netip.AddrPortFrom(porttest.ServerAddr(1), 80), netip.AddrPortFrom(porttest.ServerAddr(1), 81)
	lab.Listen(open, porttest.AcceptClose)
	lab.Set(porttest.Router, silent, porttest.Drop)
	conn, err := net.ListenUDP("udp", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for at, want := range map[netip.AddrPort]look.State{open: look.Open, silent: look.Filtered} {
		tc(t, "replace dev prober0 root tbf rate "+rate+" burst 1600 limit 1560")
		for range 2 {
			if _, err := conn.WriteTo(make([]byte, size), net.UDPAddrFromAddrPort(at)); err != nil {
				t.Fatal(err)
			}
		}
		r := probe.Prober{}.Look(t.Context(), look.Target{Scheme: endpoint.TCP, Addr: at}, 1150*time.Millisecond)
		if r.State != want {
			t.Errorf("%s: %s, want %s", at, said(r), want)
		}
		tc(t, "del dev prober0 root")
	}
}

func tc(t *testing.T, arguments string) {
	t.Helper()
	command := porttest.Program(t, "tc") + " qdisc " + arguments
	if out, err := exec.CommandContext(t.Context(), "sh", "-c", command).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
}
