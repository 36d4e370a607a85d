package endpoint_test

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// TestKeys: each endpoint has one key, which reads back as the same endpoint.
func TestKeys(t *testing.T) {
	tests := []struct {
		want string
		e    endpoint.Endpoint
	}{
		{"tcp://web.example.com:443", endpoint.Endpoint{Scheme: "tcp", Host: "web.example.com", Port: 443}},
		{"udp://192.0.2.1:53", endpoint.Endpoint{Scheme: "udp", Host: "192.0.2.1", Port: 53}},
		{"tcp://[2001:db8::1]:1", endpoint.Endpoint{Scheme: "tcp", Host: "2001:db8::1", Port: 1}},
		{"ssh://[fe80::1%eth0]:22", endpoint.Endpoint{Scheme: "ssh", Host: "fe80::1%eth0", Port: 22}},
		{"dns-tcp://a:65535", endpoint.Endpoint{Scheme: "dns-tcp", Host: "a", Port: 65535}},
	}
	for _, tt := range tests {
		if got := tt.e.String(); got != tt.want {
			t.Errorf("%+v: %s, want %s", tt.e, got, tt.want)
		}
		if got, err := endpoint.ParseEndpoint(tt.want); err != nil || got != tt.e {
			t.Errorf("%s: %+v, %v", tt.want, got, err)
		}
	}
}

// TestEveryKeyReadsBack does it for all schemes, with hosts of all kinds.
func TestEveryKeyReadsBack(t *testing.T) {
	hosts := []endpoint.Host{
		"a", "xn--bcher-kva.example", "_x.y", "192.0.2.1", "255.255.255.255",
		"::", "::1", "2001:db8::ffff", "fe80::1%eth0", "64:ff9b::c000:201",
	}
	random := rand.New(rand.NewPCG(3, 4))
	keys := map[string]endpoint.Endpoint{}
	for _, scheme := range endpoint.Schemes() {
		for _, host := range hosts {
			for _, port := range []uint16{1, uint16(2 + random.IntN(65533)), 65535} {
				e := endpoint.Endpoint{Scheme: scheme, Host: host, Port: port}
				if got, err := endpoint.ParseEndpoint(e.String()); err != nil || got != e {
					t.Errorf("%s: %+v, %v", e, got, err)
				}
				if other, twice := keys[e.String()]; twice {
					t.Errorf("%+v and %+v have the same key", e, other)
				}
				keys[e.String()] = e
			}
		}
	}
}

// TestParseEndpointNormalises: a key that a user wrote is the canonical one.
func TestParseEndpointNormalises(t *testing.T) {
	for in, want := range map[string]string{
		"tcp://WEB.example.com.:443":     "tcp://web.example.com:443",
		"tcp://[2001:DB8:0::1]:22":       "tcp://[2001:db8::1]:22",
		"tcp://[::ffff:192.0.2.1]:22":    "tcp://192.0.2.1:22",
		"https://[::FFFF:c000:0201]:443": "https://192.0.2.1:443",
	} {
		if got, err := endpoint.ParseEndpoint(in); err != nil || got.String() != want {
			t.Errorf("%s: %s, %v, want %s", in, got, err, want)
		}
	}
}

func TestParseEndpointErrors(t *testing.T) {
	const (
		expected = `. Expected SCHEME://HOST:PORT, such as "tcp://web.example.com:443"`
		noScheme = "it has no scheme"
		noPort   = "it has no port"
		brackets = "brackets belong around IPv6 addresses, and only there"
		port     = " is not a port from 1 to 65535"
	)
	tests := []struct{ in, why string }{
		{"", noScheme},
		{"a:1", noScheme},
		{"tcp:a:1", noScheme},
		{"tcp:/a:1", noScheme},
		{"foo://a:1", `not a known scheme: "foo", known: ` + known},
		{"TCP://a:1", `schemes are lower case: "tcp://"`},
		{"://a:1", `not a known scheme: "", known: ` + known},
		{"tcp://", noPort},
		{"tcp://a", noPort},
		{"tcp://[::1]", noPort},
		{"tcp://::1:22", brackets},
		{"tcp://::ffff:192.0.2.1:22", brackets},
		{"tcp://[a]:1", brackets},
		{"tcp://[192.0.2.1]:1", brackets},
		{"tcp://[::1:22", "a bracket is not closed"},
		{"tcp://::1]:22", "it has colons as an IPv6 address does, but is not one"},
		{"tcp://[[::1]]:22", "an IPv6 address is written without brackets here"},
		{"tcp://:1", "it is empty"},
		{"tcp://[]:1", "it is empty"},
		{"tcp://a b:1", "' ' does not belong in a host name"},
		{"tcp://tcp://a:1", "a host is written without a scheme"},
		{"tcp://a:80:1", "a host is written without a port"},
		{"tcp://10.0.0.0/8:1", "'/' does not belong in a host name"},
		{"tcp://a:0", `"0"` + port},
		{"tcp://a:65536", `"65536"` + port},
		{"tcp://a:", `""` + port},
		{"tcp://[::1]:", `""` + port},
		{"tcp://a:080", `"080"` + port},
		{"tcp://a:https", `"https"` + port},
		{"tcp://a:1-2", `"1-2"` + port},
		{"tcp://a:1/", `"1/"` + port},
		{" tcp://a:1", `not a known scheme: " tcp", the nearest is "tcp://", known: ` + known},
		{"tcp://a:1 ", `"1 "` + port},
	}
	for _, tt := range tests {
		got, err := endpoint.ParseEndpoint(tt.in)
		want := strconv.Quote(tt.in) + " is not an endpoint: " + tt.why + expected
		if err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", tt.in, err, want)
		}
		if got != (endpoint.Endpoint{}) {
			t.Errorf("%s: %v beside an error", tt.in, got)
		}
	}
}

// TestCompare: endpoints come by host, then scheme, then number; addresses by
// number before names by letter, IPv4 before IPv6.
func TestCompare(t *testing.T) {
	want := []string{
		"tcp://9.0.0.1:80",
		"tcp://10.0.0.1:9",
		"tcp://10.0.0.1:80",
		"tcp://10.0.0.1:443",
		"udp://10.0.0.1:53",
		"tcp://[::1]:80",
		"tcp://[2001:db8::9]:80",
		"tcp://[2001:db8::10]:80",
		"tcp://10.example:80",
		"https://a:443",
		"tcp://a:80",
		"udp://a:80",
		"tcp://b:1",
	}
	var all []endpoint.Endpoint
	for _, key := range want {
		e, err := endpoint.ParseEndpoint(key)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	for i, a := range all {
		for j, b := range all {
			if got := a.Compare(b); got < 0 != (i < j) || got > 0 != (i > j) {
				t.Errorf("%s and %s compare as %d", a, b, got)
			}
		}
	}
	rand.New(rand.NewPCG(5, 6)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	slices.SortFunc(all, endpoint.Endpoint.Compare)
	var got []string
	for _, e := range all {
		got = append(got, e.String())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestAddrPort: the port of an endpoint is looked at at an address of its host.
func TestAddrPort(t *testing.T) {
	e := endpoint.Endpoint{Scheme: endpoint.HTTPS, Host: "web", Port: 8443}
	for addr, want := range map[string]string{
		"192.0.2.1":   "192.0.2.1:8443",
		"2001:db8::1": "[2001:db8::1]:8443",
	} {
		if got := e.AddrPort(netip.MustParseAddr(addr)).String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
