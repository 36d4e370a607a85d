package provider

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/scan"
)

// TestLookFields: what came from the network does not reach a terminal as it is.
func TestLookFields(t *testing.T) {
	look := scan.Look{Endpoint: endpoint.Endpoint{Scheme: endpoint.TCP, Host: "web.example.com", Port: 443}}
	look.State, look.Reason, look.RTT = "unresponsive", "bad\x1b[2J\r\nline é", 1234567*time.Nanosecond
	look.Local, look.Remote = netip.MustParseAddrPort("192.0.2.1:40312"), netip.MustParseAddrPort("198.51.100.1:443")
	want := map[string]any{
		"endpoint": "tcp://web.example.com:443", "attempt": 2, "state": "unresponsive", "reason": `bad\x1b[2J\r\nline \u00e9`,
		"local": "192.0.2.1:40312", "remote": "198.51.100.1:443", "rtt_ms": 1.234,
	}
	if diff := cmp.Diff(want, lookFields(look, 2)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
