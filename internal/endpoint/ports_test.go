package endpoint_test

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

func ports(ranges ...endpoint.Range) endpoint.Ports { return endpoint.NewPorts(ranges...) }

func TestParsePortRange(t *testing.T) {
	tests := []struct {
		in     string
		want   endpoint.Range
		scheme endpoint.Scheme
	}{
		{"1", endpoint.Range{First: 1, Last: 1}, "tcp"},
		{"443", endpoint.Range{First: 443, Last: 443}, "tcp"},
		{"65535", endpoint.Range{First: 65535, Last: 65535}, "tcp"},
		{"8000-8010", endpoint.Range{First: 8000, Last: 8010}, "tcp"},
		{"80-80", endpoint.Range{First: 80, Last: 80}, "tcp"},
		{"1-65535", endpoint.Range{First: 1, Last: 65535}, "tcp"},
		{"22/tcp", endpoint.Range{First: 22, Last: 22}, "tcp"},
		{"53/udp", endpoint.Range{First: 53, Last: 53}, "udp"},
		{"53-54/dns-tcp", endpoint.Range{First: 53, Last: 54}, "dns-tcp"},
		{"443/https", endpoint.Range{First: 443, Last: 443}, "https"},
	}
	for _, tt := range tests {
		got, scheme, err := endpoint.ParsePortRange(tt.in)
		if err != nil || got != tt.want || scheme != tt.scheme {
			t.Errorf("%q: %v, %s, %v", tt.in, got, scheme, err)
		}
	}
}

// TestParsePortRangeErrors: the error quotes the input as it was written, and says
// what was expected.
func TestParsePortRangeErrors(t *testing.T) {
	const notAPort = " is not a port." +
		` Expected PORT[-PORT][/SCHEME] with ports from 1 to 65535, such as "443", "8000-8010" or "53/udp"`
	for _, in := range []string{
		"", "0", "00", "65536", "99999999999999999999", "-1", "+1", "1.5", "0x50", "1_000", "domain",
		"80-", "-80", "-", "80-65537", "1-2-3", "1--2", "80-+81", "80 81", "1:2:3", "9:1",
		"/tcp", "80-/tcp", "https/tcp", "tcp:udp", "١", "8\x00", ",", "1,x", "1,2,3,4,5,",
	} {
		_, _, err := endpoint.ParsePortRange(in)
		if want := strconv.Quote(in) + notAPort; err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", in, err, want)
		}
	}
	for in, want := range map[string]string{
		"8010-8000":      `"8010-8000" is a range the wrong way round. Expected "8000-8010"`,
		"2-1/udp":        `"2-1/udp" is a range the wrong way round. Expected "1-2"`,
		"80/":            `"80/": not a known scheme: "", known: ` + known,
		"80/htp":         `"80/htp": not a known scheme: "htp", the nearest is "80/http", known: ` + known,
		"53/UDP":         `"53/UDP": schemes are lower case: "53/udp"`,
		"80/tcp/udp":     `"80/tcp/udp": not a known scheme: "tcp/udp", known: ` + known,
		"80-81/ tcp":     `"80-81/ tcp": not a known scheme: " tcp", the nearest is "80-81/tcp", known: ` + known,
		"80/tcp://a:443": `"80/tcp://a:443": not a known scheme: "tcp://a:443", known: ` + known,
	} {
		if _, _, err := endpoint.ParsePortRange(in); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", in, err, want)
		}
	}
}

// TestMeantPorts: of what other programs write as ports, the error has the right form.
func TestMeantPorts(t *testing.T) {
	for in, want := range map[string]string{
		" 80": `"80"`, "80 \n": `"80"`, "080": `"80"`, "https": `"443/https"`, "HTTPS": `"443/https"`,
		"*": `"1-65535"`, "ALL": `"1-65535"`, "any": `"1-65535"`, "0-80": `"1-80"`, "80-65536": `"80-65535"`,
		"80:81": `"80-81"`, "80..81": `"80-81"`, "80–81": `"80-81"`, "80 - 81": `"80-81"`,
		"tcp/443": `"443"`, "tcp:443": `"443"`, "443:tcp": `"443"`, "443 tcp": `"443"`, "T:443": `"443"`,
		"U:53": `"53/udp"`, "udp/53-54": `"53-54/udp"`, "https:8443": `"8443/https"`,
		"80,443": `"80", "443"`, "80, 443 ; U:53": `"80", "443", "53/udp"`, "1,2,3,4": `"1", "2", "3", "4"`,
	} {
		_, _, err := endpoint.ParsePortRange(in)
		if want := strconv.Quote(in) + " is not a port. Expected " + want; err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", in, err, want)
		}
	}
	for _, tt := range []struct{ want, in, says string }{
		{"closed", "https", `"https" is not a port. Expected "443"`},
		{"closed", "U:53", `"U:53" is not a port. Expected "53/udp"`},
		{"unfiltered", "https", `"https" is not a port. Expected "443"`},
		{"filtered", "U:53", `"U:53" is not a port. Expected PORT[-PORT] with ports from 1 to 65535, such as "443" or "8000-8010"`},
		{"filtered", "x", `"x" is not a port. Expected PORT[-PORT] with ports from 1 to 65535, such as "443" or "8000-8010"`},
	} {
		d := endpoint.Declaration{Hosts: list("a")}
		*d.List(tt.want) = list(tt.in)
		refused(t, d, problem(tt.want, 0, "Invalid port", "Element 0 of "+tt.want+": "+tt.says+"."))
	}
}

// TestSpec: what Spec writes is the shortest text that ParsePortRange reads.
func TestSpec(t *testing.T) {
	tests := []struct {
		ports  endpoint.Range
		scheme endpoint.Scheme
		want   string
	}{
		{endpoint.Range{First: 443, Last: 443}, endpoint.TCP, "443"},
		{endpoint.Range{First: 80, Last: 81}, endpoint.TCP, "80-81"},
		{endpoint.Range{First: 53, Last: 53}, endpoint.UDP, "53/udp"},
		{endpoint.Range{First: 1, Last: 65535}, endpoint.HTTPS, "1-65535/https"},
	}
	for _, tt := range tests {
		got := endpoint.Spec(tt.ports, tt.scheme)
		if got != tt.want {
			t.Errorf("%v of %s: %s, want %s", tt.ports, tt.scheme, got, tt.want)
		}
		if r, scheme, err := endpoint.ParsePortRange(got); err != nil || r != tt.ports || scheme != tt.scheme {
			t.Errorf("%s is read as %v, %s, %v", got, r, scheme, err)
		}
	}
}

// TestNewPorts: a set has one form, whatever it was made of.
func TestNewPorts(t *testing.T) {
	tests := []struct {
		name string
		in   []endpoint.Range
		want endpoint.Ports
		text string
	}{
		{"nothing", nil, nil, ""},
		{"one", []endpoint.Range{{5, 5}}, endpoint.Ports{{5, 5}}, "5"},
		{"in order", []endpoint.Range{{9, 9}, {1, 2}, {5, 6}}, endpoint.Ports{{1, 2}, {5, 6}, {9, 9}}, "1-2,5-6,9"},
		{"twice", []endpoint.Range{{5, 6}, {5, 6}}, endpoint.Ports{{5, 6}}, "5-6"},
		{"overlap", []endpoint.Range{{1, 5}, {4, 9}}, endpoint.Ports{{1, 9}}, "1-9"},
		{"touch", []endpoint.Range{{6, 9}, {1, 5}}, endpoint.Ports{{1, 9}}, "1-9"},
		{"a gap of one", []endpoint.Range{{1, 5}, {7, 9}}, endpoint.Ports{{1, 5}, {7, 9}}, "1-5,7-9"},
		{"one within another", []endpoint.Range{{1, 9}, {3, 4}, {9, 10}}, endpoint.Ports{{1, 10}}, "1-10"},
		{"same first", []endpoint.Range{{1, 2}, {1, 9}, {1, 5}}, endpoint.Ports{{1, 9}}, "1-9"},
		{"the last port", []endpoint.Range{{65535, 65535}, {65534, 65535}}, endpoint.Ports{{65534, 65535}}, "65534-65535"},
		{"all", []endpoint.Range{{1, 65535}, {65535, 65535}, {1, 1}}, endpoint.Ports{{1, 65535}}, "1-65535"},
	}
	for _, tt := range tests {
		before := slices.Clone(tt.in)
		got := endpoint.NewPorts(tt.in...)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.name, diff)
		}
		if got.String() != tt.text {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.text)
		}
		if !slices.Equal(before, tt.in) {
			t.Errorf("%s: the ranges became %v", tt.name, tt.in)
		}
	}
}

func TestMinus(t *testing.T) {
	tests := []struct {
		name       string
		p, q, want endpoint.Ports
	}{
		{
			name: "the ends and a hole",
			p:    ports(endpoint.Range{1, 65535}),
			q:    ports(endpoint.Range{1, 1}, endpoint.Range{65535, 65535}, endpoint.Range{80, 90}),
			want: endpoint.Ports{{2, 79}, {91, 65534}},
		}, {
			name: "nothing",
			p:    ports(endpoint.Range{5, 6}, endpoint.Range{7, 9}),
			want: endpoint.Ports{{5, 9}},
		}, {
			name: "from nothing",
			q:    ports(endpoint.Range{5, 6}),
		}, {
			name: "more than there is",
			p:    ports(endpoint.Range{5, 6}),
			q:    ports(endpoint.Range{1, 9}),
		}, {
			name: "itself",
			p:    ports(endpoint.Range{5, 6}, endpoint.Range{9, 9}),
			q:    ports(endpoint.Range{5, 6}, endpoint.Range{9, 9}),
		}, {
			name: "neighbours",
			p:    ports(endpoint.Range{5, 6}),
			q:    ports(endpoint.Range{4, 4}, endpoint.Range{7, 7}),
			want: endpoint.Ports{{5, 6}},
		}, {
			name: "one cut over two ranges",
			p:    ports(endpoint.Range{1, 5}, endpoint.Range{8, 12}),
			q:    ports(endpoint.Range{4, 9}),
			want: endpoint.Ports{{1, 3}, {10, 12}},
		}, {
			name: "many cuts of one range",
			p:    ports(endpoint.Range{1, 9}),
			q:    ports(endpoint.Range{2, 2}, endpoint.Range{4, 5}, endpoint.Range{9, 9}),
			want: endpoint.Ports{{1, 1}, {3, 3}, {6, 8}},
		},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, tt.p.Minus(tt.q)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.name, diff)
		}
	}
}

// randomPorts returns a set and the same as a table of what is in it. Numbers are
// low, so that ranges meet, or end at the last port.
func randomPorts(random *rand.Rand) (p endpoint.Ports, in map[uint16]bool) {
	in = map[uint16]bool{}
	var ranges []endpoint.Range
	for range random.IntN(6) {
		r := endpoint.Range{First: uint16(1 + random.IntN(40))}
		r.Last = r.First + uint16(random.IntN(8))
		if random.IntN(8) == 0 {
			r = endpoint.Range{First: 65535 - uint16(random.IntN(3)), Last: 65535}
		}
		ranges = append(ranges, r)
		for port := int(r.First); port <= int(r.Last); port++ {
			in[uint16(port)] = true
		}
	}
	return endpoint.NewPorts(ranges...), in
}

// TestPortsAreSets holds sets of ports to tables of their members.
func TestPortsAreSets(t *testing.T) {
	var near []uint16 // all ports that can be in a set, and some that cannot
	for port := range uint16(60) {
		near = append(near, port)
	}
	for port := 65520; port <= 65535; port++ {
		near = append(near, uint16(port))
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		p, inP := randomPorts(random)
		q, inQ := randomPorts(random)
		for name, set := range map[string]struct {
			got  endpoint.Ports
			want func(uint16) bool
		}{
			"p":        {p, func(port uint16) bool { return inP[port] }},
			"p and q":  {p.Union(q), func(port uint16) bool { return inP[port] || inQ[port] }},
			"p less q": {p.Minus(q), func(port uint16) bool { return inP[port] && !inQ[port] }},
		} {
			var members []uint16
			for _, port := range near {
				if set.want(port) {
					members = append(members, port)
				}
				if set.got.Contains(port) != set.want(port) {
					t.Fatalf("%s of %s and %s is %s: wrong about %d", name, p, q, set.got, port)
				}
			}
			if got := slices.Collect(set.got.All()); !slices.Equal(got, members) || set.got.Len() != len(members) {
				t.Fatalf("%s of %s and %s is %s: %d ports, %v", name, p, q, set.got, set.got.Len(), got)
			}
			if again := endpoint.NewPorts(set.got...); !slices.Equal(again, set.got) {
				t.Fatalf("%s of %s and %s is %s, whose canonical form is %s", name, p, q, set.got, again)
			}
		}
	}
}

// TestPortsAllStops: who has seen enough is told no more.
func TestPortsAllStops(t *testing.T) {
	var got []uint16
	for port := range ports(endpoint.Range{65530, 65535}, endpoint.Range{7, 7}).All() {
		if got = append(got, port); port == 65531 {
			break
		}
	}
	if want := []uint16{7, 65530, 65531}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
