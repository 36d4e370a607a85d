package endpoint_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

func TestSweep(t *testing.T) {
	declared, problems := endpoint.Sweep{
		Hosts: list("b.example.", "192.0.2.0/30", "B.example"),
		Ports: list("443", "22-23", "53/udp"),
	}.Resolve()
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
	if declared.OpenCount != 0 || declared.ClosedCount != len(want) {
		t.Errorf("%d open, %d closed", declared.OpenCount, declared.ClosedCount)
	}
}

func TestSweepUnknown(t *testing.T) {
	for name, unknown := range map[string]endpoint.Sweep{
		"hosts":  {Hosts: soon, Ports: list("1")},
		"a host": {Hosts: partlyHosts, Ports: list("1")},
		"ports":  {Hosts: list("a"), Ports: soon},
		"a port": {Hosts: list("a"), Ports: partly},
		"all":    {Hosts: soon, Ports: soon},
	} {
		if declared, problems := unknown.Resolve(); declared != nil || len(problems) > 0 {
			t.Errorf("%s: declared %v, problems %v", name, declared, problems)
		}
	}
}

func TestSweepErrors(t *testing.T) {
	tests := []struct {
		name string
		in   endpoint.Sweep
		want []endpoint.Problem
	}{
		{
			name: "bad host and bad port",
			in:   endpoint.Sweep{Hosts: list("a", "10.0.0.5/24"), Ports: list("http")},
			want: []endpoint.Problem{
				{
					Attribute: "hosts",
					Index:     1,
					Summary:   "Invalid host",
					Detail: `Element 1 of hosts: "10.0.0.5/24" has host bits set.` +
						` Expected the network "10.0.0.0/24" or the address "10.0.0.5".`,
				}, {
					Attribute: "ports",
					Index:     0,
					Summary:   "Invalid port",
					Detail:    `Element 0 of ports: "http" is not a port. Expected "80".`,
				},
			},
		}, {
			name: "service",
			in:   endpoint.Sweep{Hosts: list("a"), Ports: list("443/https")},
			want: problem("ports", 0, "Invalid port", `Element 0 of ports: "443/https"`+expectedPlain+`"443".`),
		}, {
			name: "too much",
			in:   endpoint.Sweep{Hosts: list("10.0.0.0/24"), Ports: list("1-65535")},
			want: problem("hosts", -1, "Too many endpoints", "Hosts times ports makes 16645890 endpoints."+
				" Expected at most 1000000 in one object; split it, or declare fewer hosts or ports."),
		}, {
			name: "too much, whatever the ports",
			in:   endpoint.Sweep{Hosts: list("10.0.0.0/8"), Ports: soon},
			want: problem("hosts", -1, "Too many endpoints", "Hosts times ports makes 16777214 endpoints."+
				" Expected at most 1000000 in one object; split it, or declare fewer hosts or ports."),
		},
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

// TestEmptySweep: an empty attribute is no mistake.
func TestEmptySweep(t *testing.T) {
	declared, problems := endpoint.Sweep{Hosts: list(), Ports: list()}.Resolve()
	if len(problems) > 0 || !declared.Nothing() {
		t.Fatal(declared, problems)
	}
	want := slices.Concat(
		problem("hosts", -1, "Empty declaration: hosts", "hosts is empty, so nothing is scanned."),
		problem("ports", -1, "Empty declaration: ports", "ports is empty, so nothing is scanned."),
	)
	if diff := cmp.Diff(want, declared.Empty); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestBatches(t *testing.T) {
	d, problems := endpoint.Sweep{Hosts: list("10.0.0.0/29", "a."), Ports: list("1-3", "5")}.Resolve()
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var got []string
	for batch := range d.Batches(3) {
		got = append(got, fmt.Sprintf("%d of %s", batch.ClosedCount, batch.Query(batch.Hosts[0].Host)))
	}
	if want := []string{"12 of 10.0.0.1", "12 of 10.0.0.4", "4 of a."}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	for range d.Batches(1) {
		break
	}
}
