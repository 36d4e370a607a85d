package probe

import (
	"encoding/hex"
	"net/netip"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// captured are control messages as Linux 6.18 gave them on amd64 in the lab.
var captured = []struct {
	control string
	want    look.ICMP
}{
	{
		"3000000000000000000000000b0000007100000002030d00000000000000000002000000c00002fe0000000000000000",
		look.ICMP{Type: 3, Code: 13, From: netip.MustParseAddr("192.0.2.254")},
	}, {
		"3c0000000000000029000000190000006f0000000301040000000000000000000a0000000000000020010db80002000000000000000000010000000000000000",
		look.ICMP{Type: 1, Code: 4, From: netip.MustParseAddr("2001:db8:2::1")},
	},
}

func TestParseErrorQueue(t *testing.T) {
	for _, c := range captured {
		control, err := hex.DecodeString(c.control)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := parseErrorQueue(control); !ok || got != c.want {
			t.Errorf("%s: %+v, %v, want %+v", c.control, got, ok, c.want)
		}
		const origin = 16 + 4 // after the header of the control message and ee_errno
		control[origin] = 1   // SO_EE_ORIGIN_LOCAL
		if got, ok := parseErrorQueue(control); ok {
			t.Errorf("a local error is taken for ICMP: %+v", got)
		}
	}
}

func FuzzParseErrorQueue(f *testing.F) {
	for _, c := range captured {
		if control, err := hex.DecodeString(c.control); err == nil {
			f.Add(control)
		}
	}
	f.Fuzz(func(t *testing.T, control []byte) {
		if icmp, ok := parseErrorQueue(control); ok && !icmp.From.IsValid() {
			t.Fatalf("%x gives an error from nobody: %+v", control, icmp)
		}
	})
}
