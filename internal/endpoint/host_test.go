package endpoint_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// longName is a name of n characters, in labels of 63 and a rest.
func longName(n int) string {
	return strings.Repeat(strings.Repeat("a", 63)+".", n/64) + strings.Repeat("b", n%64)
}

// TestParseHost: each host has one canonical form, however it is written.
func TestParseHost(t *testing.T) {
	tests := []struct{ in, want string }{
		{"web", "web"},
		{"10-0-0-5", "10-0-0-5"},
		{"10-0-0-5.default.pod.cluster.local", "10-0-0-5.default.pod.cluster.local"},
		{"192.0.2.1-static.example.net", "192.0.2.1-static.example.net"},
		{"192.0.2.1-10.example.net", "192.0.2.1-10.example.net"},
		{"0x1.example", "0x1.example"},
		{"0xyz", "0xyz"},
		{"Web.EXAMPLE.com", "web.example.com"},
		{"web.example.com.", "web.example.com"},
		{"db-1.example.com", "db-1.example.com"},
		{"3com.example", "3com.example"},
		{"10.example", "10.example"},
		{"a.1b", "a.1b"},
		{"_sip._tcp.example.com", "_sip._tcp.example.com"},
		{"xn--bcher-kva.example", "xn--bcher-kva.example"},
		{"XN--BCHER-KVA.example", "xn--bcher-kva.example"},
		{strings.Repeat("a", 63), strings.Repeat("a", 63)},
		{longName(253), longName(253)},
		{longName(253) + ".", longName(253)},

		{"192.0.2.1", "192.0.2.1"},
		{"::1", "::1"},
		{"2001:DB8:0:0::1", "2001:db8::1"},
		{"2001:db8:0:0:0:0:0:1", "2001:db8::1"},
		{"::ffff:192.0.2.1", "192.0.2.1"},
		{"::FFFF:c000:0201", "192.0.2.1"},
		{"64:ff9b::192.0.2.1", "64:ff9b::c000:201"},
		{"::192.0.2.1", "::c000:201"},
		{"fe80::1%eth0", "fe80::1%eth0"},
		{"FE80::1%eth0.100", "fe80::1%eth0.100"},
		{"fe80::1%Wi-Fi_2", "fe80::1%Wi-Fi_2"}, // the names of interfaces keep their case
		{"fe80::1%3", "fe80::1%3"},
	}
	for _, tt := range tests {
		got, err := endpoint.ParseHost(tt.in)
		if err != nil || string(got) != tt.want {
			t.Errorf("%q: %q, %v, want %q", tt.in, got, err, tt.want)
		}
	}
}

func TestParseHostErrors(t *testing.T) {
	const (
		empty       = "it is empty"
		emptyLabel  = "a part between two dots is empty"
		hyphen      = "a part between two dots neither begins nor ends with a hyphen"
		aRange      = `it is a range of addresses. Write a CIDR, such as "10.0.0.0/28", or each address`
		hexadecimal = "it ends in a hexadecimal number, which some programs take for an address and others for a name"
		scheme      = "a host is written without a scheme"
		port        = "a host is written without a port"
		brackets    = "an IPv6 address is written without brackets here"
		notIPv4     = "it ends in a number as an address does, but is not an IPv4 address"
		notIPv6     = "it has colons as an IPv6 address does, but is not one"
		zone        = "the zone after the % is not an interface's name"
		notASCII    = " is not an ASCII character; give the name's ASCII form (xn--…)"
		notInAName  = " does not belong in a host name"
		longLabel64 = "a part between two dots has at most 63 characters, this one 64"
		longName254 = "a name has at most 253 characters, this one 254"
	)
	tests := []struct{ in, want string }{
		{"", empty},
		{".", empty},
		{"a..", emptyLabel},
		{".a", emptyLabel},
		{"a..b", emptyLabel},
		{"-a", hyphen},
		{"a-", hyphen},
		{"a.-b.c", hyphen},
		{"a.b-.c", hyphen},
		{strings.Repeat("a", 64), longLabel64},
		{"a." + strings.Repeat("b", 64) + ".c", longLabel64},
		{longName(254), longName254},
		{"http://a", scheme},
		{"tcp://[::1]:80", scheme},
		{"a:80", port},
		{"192.0.2.1:80", port},
		{"[::1]", brackets},
		{"[::1]:80", brackets},
		{"a b", "' '" + notInAName},
		{" a", "' '" + notInAName},
		{"a\n", `'\n'` + notInAName},
		{"a/b", "'/'" + notInAName},
		{"a*", "'*'" + notInAName},
		{"a\x7f", `'\x7f'` + notInAName}, // the last of ASCII
		{"a\u0080", `'\u0080'` + notASCII},
		{"bücher.example", "'ü'" + notASCII},
		{"BÜCHER.example", "'Ü'" + notASCII}, // as it was written
		{"\u212aube.example", "'\u212a'" + notASCII},
		{"a。b", "'。'" + notASCII},
		{"a\xff", "'\ufffd'" + notASCII},
		{"7", notIPv4},
		{"a.7", notIPv4},
		{"1.2.3", notIPv4},
		{"192.0.2.256", notIPv4},
		{"192.0.2.01", notIPv4},
		{"192.0.2.1.", notIPv4},
		{"192.0.2.1.5", notIPv4},
		{"10.0.0.1-10", aRange},
		{"10.0.0.1-10.", aRange},
		{"10.0.0.1-10.0.0.9", aRange},
		{"10.0.0.1 - 10.0.0.9", aRange},
		{"2001:db8::1-2001:db8::a", aRange},
		{"10.0.0-5.1", aRange},
		{"10.0-1.0.0-255", aRange},
		{"2001:db8::1-9", aRange},
		{"0x7f000001", hexadecimal},
		{"0X7F000001", hexadecimal},
		{"0x7f.0x1", hexadecimal},
		{"127.0x1.", hexadecimal},
		{"0x", hexadecimal},
		{"2130706433", notIPv4},
		{"0177.0.0.1", notIPv4},
		{"2001:db8:::1", notIPv6},
		{"2001:db8::12345", notIPv6},
		{"1:2:3:4:5:6:7", notIPv6},
		{"::ffff:192.0.2.256", notIPv6},
		{"fe80::1%", notIPv6},
		{"fe80::1%a]b", zone},
		{"fe80::1%a b", zone},
		{"fe80::1%ü", zone},
		{"fe80::1%\u212a", zone},
	}
	for _, tt := range tests {
		if got, err := endpoint.ParseHost(tt.in); err == nil || err.Error() != tt.want || got != "" {
			t.Errorf("%q: %q, %v, want %q", tt.in, got, err, tt.want)
		}
	}
}

// TestAddr tells addresses from names that look like them.
func TestAddr(t *testing.T) {
	for host, want := range map[endpoint.Host]bool{
		"":                 false,
		"web":              false,
		"web1":             false,
		"10.example":       false,
		"abcd.ef":          false,
		"192.0.2.1":        true,
		"255.255.255.250":  true,
		"::":               true,
		"::1":              true,
		"2001:db8::a":      true,
		"fe80::1%eth0":     true,
		"fe80::1%Ethernet": true,
	} {
		addr, isAddr := host.Addr()
		if isAddr != want || addr.IsValid() != want {
			t.Errorf("%q: %v, %v", host, addr, isAddr)
		}
		if want && addr.String() != string(host) {
			t.Errorf("%q: %s", host, addr)
		}
	}
}

func TestInURL(t *testing.T) {
	for host, want := range map[endpoint.Host]string{
		"web.example.com": "web.example.com",
		"192.0.2.1":       "192.0.2.1",
		"2001:db8::1":     "[2001:db8::1]",
		"fe80::1%eth0":    "[fe80::1%eth0]",
	} {
		if got := host.InURL(); got != want {
			t.Errorf("%s: %s, want %s", host, got, want)
		}
	}
}

// TestNetworks: a network stands for the addresses in it that hosts can have.
func TestNetworks(t *testing.T) {
	tests := []struct {
		name string
		in   []string
		want []string
	}{
		{
			name: "IPv4: neither the network nor its broadcast address",
			in:   []string{"192.0.2.8/29"},
			want: []string{
				"192.0.2.9", "192.0.2.10", "192.0.2.11", "192.0.2.12", "192.0.2.13", "192.0.2.14",
			},
		}, {
			name: "/30 has two",
			in:   []string{"192.0.2.0/30"},
			want: []string{"192.0.2.1", "192.0.2.2"},
		}, {
			name: "/31 is a line between two (RFC 3021)",
			in:   []string{"192.0.2.4/31"},
			want: []string{"192.0.2.4", "192.0.2.5"},
		}, {
			name: "/32 is one",
			in:   []string{"192.0.2.7/32"},
			want: []string{"192.0.2.7"},
		}, {
			name: "IPv6: not the subnet-router anycast address, but the last one",
			in:   []string{"2001:DB8::/126"},
			want: []string{"2001:db8::1", "2001:db8::2", "2001:db8::3"},
		}, {
			name: "/127 is a line between two (RFC 6164)",
			in:   []string{"2001:db8::/127"},
			want: []string{"2001:db8::", "2001:db8::1"},
		}, {
			name: "/128 is one",
			in:   []string{"2001:db8::7/128"},
			want: []string{"2001:db8::7"},
		}, {
			name: "the end of IPv4's hosts",
			in:   []string{"223.255.255.252/30", "223.255.255.254/31", "223.255.255.255/32"},
			want: []string{"223.255.255.253", "223.255.255.254", "223.255.255.255"},
		}, {
			name: "the end of IPv6's hosts",
			in:   []string{"feff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127"},
			want: []string{
				"feff:ffff:ffff:ffff:ffff:ffff:ffff:fffe",
				"feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
			},
		}, {
			name: "networks that overlap, and an address in both",
			in:   []string{"192.0.2.0/30", "192.0.2.2", "192.0.2.2/31", "::ffff:192.0.2.1"},
			want: []string{"192.0.2.1", "192.0.2.2", "192.0.2.3"},
		}, {
			name: "addresses by number, IPv4 first, then names by letter",
			in:   []string{"b", "2001:db8::1", "a", "192.0.2.10", "192.0.2.9", "10.example"},
			want: []string{"192.0.2.9", "192.0.2.10", "2001:db8::1", "10.example", "a", "b"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, h := range resolve(t, endpoint.Declaration{Hosts: list(tt.in...), Open: list("1")}).Hosts {
				got = append(got, string(h.Host))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestLargeNetworks: the number of hosts that the limit goes by is that of the
// hosts that there are.
func TestLargeNetworks(t *testing.T) {
	for network, want := range map[string]int{
		"10.0.0.0/16":     1<<16 - 2,
		"2001:db8::/112":  1<<16 - 1,
		"198.51.100.0/24": 254,
	} {
		d := resolve(t, endpoint.Declaration{Hosts: list(network), Open: list("1")})
		if d.OpenCount != want || len(d.Hosts) != want {
			t.Errorf("%s: %d hosts, %d endpoints, want %d", network, len(d.Hosts), d.OpenCount, want)
		}
		hosts := slices.Collect(func(yield func(endpoint.Host) bool) {
			for _, h := range d.Hosts {
				if !yield(h.Host) {
					return
				}
			}
		})
		if !slices.IsSortedFunc(hosts, endpoint.CompareHosts) {
			t.Errorf("%s: not in order", network)
		}
	}
}
