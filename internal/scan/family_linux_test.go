package scan

import (
	"context"
	"net"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
)

// knowing is this machine with names of its own.
type knowing struct {
	probe.Prober
	names answers
}

func (k knowing) Open(context.Context) (knowing, error) { return k, nil }

func (k knowing) Lookup(_ context.Context, name endpoint.Host) ([]netip.Addr, look.Reason) {
	var addrs []netip.Addr
	for _, a := range k.names[string(name)] {
		addrs = append(addrs, netip.MustParseAddr(a))
	}
	return addrs, ""
}

// TestFamilyWithoutAddress: names with addresses of both families are looked at
// over IPv4 where this machine cannot send over IPv6, and a name with none but
// IPv6 addresses says why it was not looked at.
func TestFamilyWithoutAddress(t *testing.T) {
	four, six := porttest.ServerAddr(1).String(), porttest.ServerAddr6(1).String()
	names := answers{"localhost": {"::1", "127.0.0.1"}, "both": {six, four}, "six": {six}}
	beyond := map[string]string{
		"tcp://both:80":      "open syn-ack ",
		"tcp://both:81":      "closed conn-refused service-down",
		"tcp://six:80":       "unknown no-route prober-offline",
		"tcp://six:81":       "unknown no-route prober-offline",
		"udp://both:82":      "closed port-unreach service-down",
		"udp://six:82":       "unknown no-route prober-offline",
		"udp://localhost:82": "closed port-unreach service-down",
		"tcp://localhost:80": "open syn-ack ",
		"tcp://localhost:81": "closed conn-refused service-down",
	}
	for name, take := range map[string]func(*porttest.Lab){
		"IPv6 is switched off":            (*porttest.Lab).DisableIPv6,
		"link-local IPv6 addresses alone": (*porttest.Lab).TakeIPv6Addresses,
	} {
		t.Run(name, func(t *testing.T) {
			lab := porttest.NewLab(t)
			lab.Listen(netip.AddrPortFrom(porttest.ServerAddr(1), 80), porttest.AcceptClose)
			here, err := net.Listen("tcp", ":80")
			if err != nil {
				t.Fatal(err)
			}
			defer here.Close()
			take(lab)
			s := New(Config{Vantage: From(knowing{names: names}), Limits: DefaultLimits})
			v, err := s.Run(t.Context(), declare(t, "localhost both six", "80 81 82/udp", ""), defaults)
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			for _, f := range v.Findings {
				got[f.Key()] = string(f.Last.State) + " " + string(f.Last.Reason) + " " + string(f.Cause)
			}
			if diff := cmp.Diff(beyond, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
