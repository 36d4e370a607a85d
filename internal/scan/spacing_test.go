package scan

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// TestSpacing: however many looks at an SSH server begin together, their penalties
// never add up to what OpenSSH turns an address away for. Others are not spaced.
func TestSpacing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s spacing
		start, penalty := time.Now(), time.Duration(0)
		ssh := look.Target{Scheme: endpoint.SSH, Addr: netip.MustParseAddrPort("192.0.2.1:22")}
		last := start
		for range 40 {
			if err := s.wait(t.Context(), nil, ssh); err != nil {
				t.Fatal(err)
			}
			penalty = max(0, penalty-time.Since(last)) + time.Second
			last = time.Now()
			if penalty >= 15*time.Second {
				t.Fatalf("after %s the penalty is %s", time.Since(start), penalty)
			}
		}
		if took := time.Since(start); took < 35*time.Second {
			t.Errorf("40 looks began in %s", took)
		}
		begin := time.Now()
		for port := range uint16(40) {
			other := ssh
			other.Addr = netip.AddrPortFrom(ssh.Addr.Addr(), 2200+port)
			web := look.Target{Scheme: endpoint.HTTPS, Addr: netip.MustParseAddrPort("192.0.2.1:443")}
			if s.wait(t.Context(), nil, other) != nil || s.wait(t.Context(), nil, web) != nil {
				t.Fatal("cancelled")
			}
		}
		if took := time.Since(begin); took != 0 {
			t.Errorf("looks at 40 servers, and 40 at one that is no SSH server, took %s", took)
		}
	})
}
