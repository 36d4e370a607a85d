package endpoint_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

func TestByScheme(t *testing.T) {
	set := func(scheme endpoint.Scheme, ranges ...endpoint.Range) endpoint.ByScheme {
		return endpoint.NewByScheme(map[endpoint.Scheme][]endpoint.Range{scheme: ranges})
	}
	tcp, udp := set(endpoint.TCP, endpoint.Range{First: 1, Last: 5}, endpoint.Range{First: 4, Last: 9}), set(endpoint.UDP, endpoint.Range{First: 53, Last: 53})
	tests := []struct {
		name      string
		got, want endpoint.ByScheme
	}{
		{"ranges that overlap", tcp, endpoint.ByScheme{endpoint.TCP: {{First: 1, Last: 9}}}},
		{"union", tcp.Union(udp), endpoint.ByScheme{endpoint.TCP: {{First: 1, Last: 9}}, endpoint.UDP: {{First: 53, Last: 53}}}},
		{"union of nothing", endpoint.ByScheme(nil).Union(udp), udp},
		{"union with nothing", udp.Union(nil), udp},
		{"another scheme", tcp.Minus(udp), tcp},
		{"a part", tcp.Minus(set(endpoint.TCP, endpoint.Range{First: 3, Last: 3})), endpoint.ByScheme{endpoint.TCP: {{First: 1, Last: 2}, {First: 4, Last: 9}}}},
		{"all", tcp.Union(udp).Minus(tcp), udp},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, tt.got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.name, diff)
		}
	}
	if diff := cmp.Diff(endpoint.ByScheme{endpoint.TCP: {{First: 1, Last: 9}}}, tcp); diff != "" {
		t.Errorf("a set was changed (-want +got)\n%s", diff)
	}
}

func TestInURL(t *testing.T) {
	for host, want := range map[endpoint.Host]string{"web.example.com": "web.example.com", "192.0.2.1": "192.0.2.1", "2001:db8::1": "[2001:db8::1]"} {
		if got := host.InURL(); got != want {
			t.Errorf("%s: %s, want %s", host, got, want)
		}
	}
}
