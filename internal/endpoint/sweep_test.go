package endpoint_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

func TestSweep(t *testing.T) {
	declared, problems := endpoint.Sweep{Hosts: list("b.example.", "192.0.2.0/30", "B.example"), Ports: list("443", "22-23", "53/udp")}.Resolve()
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var got []string
	for e, want := range declared.All() {
		got = append(got, string(want)+" "+e.String())
	}
	var want []string
	for _, host := range []string{"192.0.2.1", "192.0.2.2", "b.example"} {
		for _, port := range []string{"tcp://%:22", "tcp://%:23", "tcp://%:443", "udp://%:53"} {
			before, after := port[:6], port[7:]
			want = append(want, "closed "+before+host+after)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for _, unknown := range []endpoint.Sweep{{Hosts: soon, Ports: list("1")}, {Hosts: list("a"), Ports: soon}} {
		if declared, problems := unknown.Resolve(); declared != nil || len(problems) > 0 {
			t.Errorf("unknown: declared %v, problems %v", declared, problems)
		}
	}
}

func TestSweepErrors(t *testing.T) {
	tests := []struct {
		name string
		in   endpoint.Sweep
		want []endpoint.Problem
	}{
		{"bad host and bad port", endpoint.Sweep{Hosts: list("a", "10.0.0.5/24"), Ports: list("http")}, []endpoint.Problem{
			{Attribute: "hosts", Index: 1, Summary: "Invalid host", Detail: `Element 1 of hosts: "10.0.0.5/24" has host bits set. Expected the network "10.0.0.0/24" or the address "10.0.0.5".`},
			{Attribute: "ports", Index: 0, Summary: "Invalid port", Detail: `Element 0 of ports: "http" is not a port. Expected PORT[-PORT][/SCHEME] with ports from 1 to 65535, such as "443", "8000-8010" or "53/udp".`},
		}},
		{"service", endpoint.Sweep{Hosts: list("a"), Ports: list("443/https")}, []endpoint.Problem{
			{Attribute: "ports", Index: 0, Summary: "Invalid port", Detail: `Element 0 of ports: "443/https" names a service, and a service cannot be given here: any port that accepts connections counts as open. Expected "443".`},
		}},
		{"nothing", endpoint.Sweep{Hosts: list(), Ports: list()}, []endpoint.Problem{
			{Attribute: "hosts", Index: -1, Summary: "Incomplete declaration", Detail: "hosts is empty, so nothing would be scanned. Expected at least one host."},
			{Attribute: "ports", Index: -1, Summary: "Incomplete declaration", Detail: "ports is empty, so nothing would be scanned. Expected at least one port."},
		}},
		{"too much", endpoint.Sweep{Hosts: list("10.0.0.0/24"), Ports: list("1-65535")}, []endpoint.Problem{
			{Attribute: "hosts", Index: -1, Summary: "Too many endpoints", Detail: "Hosts times ports makes 16645890 endpoints. Expected at most 1000000 in one object; split it, or declare fewer hosts or ports."},
		}},
	}
	for _, tt := range tests {
		declared, problems := tt.in.Resolve()
		if declared != nil {
			t.Errorf("%s: declares %v", tt.name, declared)
		}
		if diff := cmp.Diff(tt.want, problems); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.name, diff)
		}
	}
}
