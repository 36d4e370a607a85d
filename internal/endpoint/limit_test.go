package endpoint_test

import (
	"strconv"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// TestLimit: a declaration may have a million endpoints and not one more.
func TestLimit(t *testing.T) {
	tests := []struct {
		name string
		in   endpoint.Declaration
		open int // 0: too many
	}{
		{
			name: "hosts times ports",
			in:   endpoint.Declaration{Hosts: list(numbered(1000)...), Open: list("1-1000")},
			open: 1_000_000,
		}, {
			name: "one more, of a baseline",
			in: endpoint.Declaration{
				Hosts:    list(numbered(1000)...),
				Open:     list("1-1000"),
				Baseline: map[string]endpoint.List{"a": list("1")},
			},
		}, {
			name: "open and closed make one set of ports",
			in:   endpoint.Declaration{Hosts: list(numbered(1000)...), Open: list("1-1000"), Closed: list("500-1000")},
			open: 1_000_000,
		}, {
			name: "one more, declared closed",
			in:   endpoint.Declaration{Hosts: list(numbered(1000)...), Open: list("1-1000"), Closed: list("500-1001")},
		}, {
			name: "a host that is in both counts twice",
			in: endpoint.Declaration{
				Hosts:    list(numbered(1000)...),
				Open:     list("1-1000"),
				Baseline: map[string]endpoint.List{"h1.example": list("1")},
			},
		},
	}
	for _, tt := range tests {
		declared, problems := tt.in.Resolve()
		if tt.open == 0 {
			if declared != nil || len(problems) != 1 || problems[0].Summary != "Too many endpoints" {
				t.Errorf("%s: problems %v", tt.name, problems)
			}
			continue
		}
		if declared == nil || declared.OpenCount+declared.ClosedCount != tt.open || len(problems) > 0 {
			t.Errorf("%s: problems %v", tt.name, problems)
		}
	}
}

// numbered returns n names of hosts.
func numbered(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = "h" + strconv.Itoa(i) + ".example"
	}
	return names
}

// manyHosts is a baseline of n hosts with one port.
func manyHosts(n int) map[string]endpoint.List {
	hosts := map[string]endpoint.List{}
	for _, name := range numbered(n) {
		hosts[name] = list("22")
	}
	return hosts
}

func TestTooMany(t *testing.T) {
	tests := []struct {
		name      string
		in        endpoint.Declaration
		attribute string
		count     string
	}{
		{
			name:      "hosts",
			in:        endpoint.Declaration{Hosts: list("10.0.0.0/16"), Open: list("1-20")},
			attribute: "hosts",
			count:     "1310680",
		}, {
			name:      "hosts, while the ports are unknown",
			in:        endpoint.Declaration{Hosts: list("2001:db8::/32"), Open: soon},
			attribute: "hosts",
			count:     "79228162514264337593543950335",
		}, {
			name:      "much of IPv4 and of IPv6",
			in:        endpoint.Declaration{Hosts: list("2000::/3", "16.0.0.0/4"), Open: list("1-10")},
			attribute: "hosts",
			count:     "425352958651173079329218259292394618850",
		}, {
			name:      "hosts and baseline",
			in:        endpoint.Declaration{Hosts: list(numbered(15)...), Closed: list("1-65535"), Baseline: manyHosts(1)},
			attribute: "hosts",
			count:     "1048560",
		}, {
			name:      "baseline",
			in:        endpoint.Declaration{Baseline: manyHosts(16), Closed: list("1-65535")},
			attribute: "baseline",
			count:     "1048560",
		}, {
			name:      "baseline, of ports that are not closed",
			in:        endpoint.Declaration{Baseline: manyHosts(16), Closed: list("1-21", "23-65535")},
			attribute: "baseline",
			count:     "1048560",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			detail := "Hosts times ports makes " + tt.count + " endpoints." +
				" Expected at most 1000000 in one object; split it, or declare fewer hosts or ports."
			refused(t, tt.in, problem(tt.attribute, -1, "Too many endpoints", detail))
		})
	}
}
