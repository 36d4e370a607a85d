package tunnel

import (
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// port is a port of the lab's i-th server.
func port(i int, number uint16) netip.AddrPort {
	return netip.AddrPortFrom(porttest.ServerAddr(i), number)
}

func port6(i int, number uint16) netip.AddrPort {
	return netip.AddrPortFrom(porttest.ServerAddr6(i), number)
}

// truths are what ports of the lab are, and what must be seen of them through a
// server that tells the errors of its sockets.
func truths(lab *porttest.Lab) map[netip.AddrPort]string {
	const number = 1000
	want := map[netip.AddrPort]string{}
	rules := map[netip.AddrPort]porttest.Rule{}
	for i, rule := range []struct {
		rule   porttest.Rule
		v4, v6 string
	}{
		{porttest.RejectReset, "closed conn-refused", "closed conn-refused"},
		{porttest.RejectPort, "closed conn-refused", "closed conn-refused"}, // sshd cannot tell
		{porttest.RejectHost, "filtered host-unreach", "filtered host-unreach"},
		{porttest.RejectAdmin, "filtered host-unreach", "filtered admin-prohibited"},
		{porttest.RejectNet, "filtered net-unreach", "filtered net-unreach"},
		{porttest.Accept, "closed conn-refused", "closed conn-refused"},
	} {
		for addr, must := range map[netip.AddrPort]string{port(i+1, number): rule.v4, port6(i+1, number): rule.v6} {
			rules[addr], want[addr] = rule.rule, must
		}
	}
	lab.SetEach(porttest.Router, rules)
	for i, behaviour := range []porttest.Behaviour{porttest.AcceptClose, porttest.Silent, porttest.Reset, porttest.Slow, porttest.Endless} {
		for _, addr := range []netip.AddrPort{port(i+10, number), port6(i+10, number)} {
			lab.Listen(addr, behaviour)
			want[addr] = "open syn-ack"
		}
	}
	return want
}

func TestSSHTellsTheTruth(t *testing.T) {
	lab := porttest.NewLab(t)
	server := startSSHD(t, "", "")
	s := newSSH(t, server.config)
	v := openView(t, s)
	for addr, want := range truths(lab) {
		if got := saw(lookAt(t, v, addr, timeout)); got != want {
			t.Errorf("%s is %s, want %s", addr, got, want)
		}
	}
	lab.Set(porttest.Router, port(1, 2000), porttest.Drop)
	if got := saw(lookAt(t, v, port(1, 2000), 2*time.Second)); got != "filtered no-response" {
		t.Errorf("a dropped port is %s", got)
	}
	if got := saw(lookAt(t, v, netip.AddrPortFrom(porttest.DownAddr, 22), timeout)); got != "filtered host-unreach" {
		t.Errorf("a host that is down is %s", got)
	}
	lab.Unroute()
	if got := saw(lookAt(t, v, port(11, 1000), timeout)); got != "unknown vantage-failed the SSH server could not connect: no route, descriptor or permission" {
		t.Errorf("without a route a port is %s", got)
	}
	t.Log(s)
}

// TestDescriptorsAreFlat: looks leave no descriptor behind, whatever they see.
func TestDescriptorsAreFlat(t *testing.T) {
	lab := porttest.NewLab(t)
	server := startSSHD(t, "", "")
	socks := microsocks(t, "").String()
	var addrs []netip.AddrPort
	for addr := range truths(lab) {
		if a := addr.Addr(); a != porttest.ServerAddr(11) && a != porttest.ServerAddr6(11) { // whose server holds what it accepts
			addrs = append(addrs, addr)
		}
	}
	places := []place{newSSH(t, server.config), newSOCKS5(t, SOCKS5Config{Address: socks, Via: newSSH(t, server.config)})}
	count := func() int {
		t.Helper()
		open, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(open)
	}
	var before int
	for round := range 3 {
		for _, p := range places {
			v, err := p.Open(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			looks(t.Context(), v, addrs, timeout)
			if err := v.Close(); err != nil {
				t.Error(err)
			}
		}
		if round == 0 {
			before = count() // the poller's among them
		}
	}
	if after := count(); after > before {
		t.Errorf("%d descriptors, %d before", after, before)
	}
}
