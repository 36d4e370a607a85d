package porttest

import (
	"fmt"
	"net/netip"
	"os/exec"
	"strings"
	"testing"
)

// TestNetworks: a rule by source tells two networks apart, and what runs there is
// the account's.
func TestNetworks(t *testing.T) {
	bash := Program(t, "bash")
	lab := NewLab(t)
	dst := netip.AddrPortFrom(ServerAddr(1), 5432)
	lab.Listen(dst, AcceptClose)
	web, app := lab.AddNetwork(), lab.AddNetwork()
	lab.Set(Router, dst, Rule(fmt.Sprintf("ip saddr %s reject", web.Prefix)))
	const account = 7
	for _, n := range []*Network{web, app} {
		cmd := exec.Command(bash, "-c", fmt.Sprintf("id -u; exec 3<>/dev/tcp/%s/%d", dst.Addr(), dst.Port()))
		var said strings.Builder
		cmd.Stdout = &said
		if err := n.Run(cmd, account); (err == nil) != (n == app) {
			t.Errorf("connect from %s: %v", n.Addr, err)
		}
		if got := said.String(); got != "7\n" {
			t.Errorf("from %s the account is %q", n.Addr, got)
		}
	}
	if web.Prefix.String() != "203.0.113.0/28" || app.Addr.String() != "203.0.113.17" {
		t.Errorf("the networks are %s and %s", web.Prefix, app.Addr)
	}
}
