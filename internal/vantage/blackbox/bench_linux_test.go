package blackbox

import (
	"net/netip"
	"sync"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
	"github.com/portcheck/terraform-provider-portcheck/internal/scan"
)

// An exporter is a place to look from.
var _ = scan.From(&Exporter{})

// BenchmarkLooks takes 10,000 looks at refused ports of loopback, as many at once as
// an exporter is asked to, from here and through the exporter of Debian.
func BenchmarkLooks(b *testing.B) {
	e, err := New(Config{URL: "http://" + exporter(b, "", nil).Addr.String()})
	if err != nil {
		b.Fatal(err)
	}
	v, err := e.Open(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = v.Close() }()
	places := []struct {
		name string
		view scan.View
	}{
		{"direct", probe.Prober{}},
		{"exporter", v},
	}
	for _, place := range places {
		b.Run(place.name, func(b *testing.B) {
			for b.Loop() {
				look10000(b, place.view)
			}
		})
	}
}

func look10000(b *testing.B, view scan.View) {
	b.Helper()
	ports := make(chan uint16)
	var looks sync.WaitGroup
	for range capacity {
		looks.Go(func() {
			for port := range ports {
				at := look.Target{Scheme: endpoint.TCP, Addr: netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 2}), port)}
				if r := view.Look(b.Context(), at, labTimeout); r.State != look.Closed {
					b.Errorf("%+v", r)
				}
			}
		})
	}
	for port := range uint16(10_000) {
		ports <- port + 1
	}
	close(ports)
	looks.Wait()
}
