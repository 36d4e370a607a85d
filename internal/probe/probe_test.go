package probe_test

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
	"github.com/portcheck/terraform-provider-portcheck/internal/target"
)

func look(t *testing.T, p probe.Prober, addr netip.AddrPort) probe.Result {
	t.Helper()
	return p.Look(t.Context(), probe.Target{Scheme: target.TCP, Addr: addr}, 5*time.Second)
}

func listen(t *testing.T, network, address string) netip.AddrPort {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Skipf("no %s here: %v", network, err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().(*net.TCPAddr).AddrPort()
}
