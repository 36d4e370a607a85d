package scan

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
)

// TestFilteredFaults: no fault of this machine, and no host that is down, passes for a
// filter, although control endpoints answer.
func TestFilteredFaults(t *testing.T) {
	web, down := porttest.ServerAddr(1), netip.MustParseAddr("198.51.100.77")
	at := func(addr netip.Addr, port uint16) netip.AddrPort { return netip.AddrPortFrom(addr, port) }
	const ours = "filtered unknown perm-denied prober-filtered"
	tests := []struct {
		name string
		set  func(lab *porttest.Lab)
		host netip.Addr
		want []string // of port 22, then of port 443, which is declared open
	}{
		{"a filter on the way", func(lab *porttest.Lab) { lab.Set(porttest.Router, at(web, 22), porttest.Drop) }, web, []string{"open open syn-ack"}},
		{"no filter", func(*porttest.Lab) {}, web, []string{"filtered closed conn-refused not-filtered", "open open syn-ack"}},
		{"our own filter drops one port", func(lab *porttest.Lab) { lab.Set(porttest.Prober, at(web, 22), porttest.Drop) }, web, []string{ours, "open open syn-ack"}},
		{"our own filter rejects one port", func(lab *porttest.Lab) { lab.Set(porttest.Prober, at(web, 22), porttest.RejectAdmin) }, web, []string{ours, "open open syn-ack"}},
		{"our own filter drops all of the host", func(lab *porttest.Lab) { lab.SetAll(porttest.Prober, web, porttest.Drop) }, web, []string{ours, "open unknown perm-denied prober-filtered"}},
		{"a host that is down", func(*porttest.Lab) {}, down, []string{"filtered unknown host-unreach host-down", "open filtered host-unreach host-down"}},
		{"no gateway", func(lab *porttest.Lab) { lab.LoseGateway() }, web, []string{"filtered unknown gateway-unreach prober-offline", "open unknown gateway-unreach prober-offline"}},
		{"no route", func(lab *porttest.Lab) { lab.Unroute() }, web, []string{"filtered unknown no-route prober-offline", "open unknown no-route prober-offline"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			lab := porttest.NewLab(t)
			lab.Listen(at(web, 443), porttest.AcceptClose)
			lab.Listen(at(porttest.ServerAddr(2), 53), porttest.AcceptClose)
			tt.set(lab)
			control := endpoint.Endpoint{Scheme: endpoint.TCP, Host: endpoint.Host(porttest.ServerAddr(2).String()), Port: 53}
			declared := declareAll(t, tt.host.String(), map[endpoint.Want]string{endpoint.WantOpen: "443", endpoint.WantFiltered: "22"})
			var want []string
			for i, line := range tt.want {
				port := []string{":22 ", ":443 "}[i+2-len(tt.want)]
				want = append(want, "tcp://"+tt.host.String()+port+line)
			}
			s := New(Config{Vantage: From(probe.Prober{}), Limits: DefaultLimits, Control: []endpoint.Control{{Endpoint: control}}})
			// The last router says after three seconds that a host is down.
			v, err := s.Run(t.Context(), declared, Options{Timeout: 4 * time.Second})
			if err != nil {
				t.Fatal(err)
			}
			got := told(v)
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
