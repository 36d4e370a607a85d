package scan

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// TestRunNoHosts: an answer that no host can have as its address is inconclusive,
// and nothing is looked at. So it is of an answer that is none in part, unless one
// address is enough, or the other family is asked for.
func TestRunNoHosts(t *testing.T) {
	nothing := []string{}
	one := func(o *Options) { o.OneIsEnough = true }
	version := func(v int) func(*Options) { return func(o *Options) { o.IPVersion = v } }
	open := answers{"192.0.2.1:80": {"open"}, "[2001:db8::1]:80": {"open"}}
	asks := func(addrs ...string) *network { return &network{names: answers{"web": addrs}, ports: open} }
	const blocked, none = "tcp://web:80 open unknown unspecified-address not-resolvable", "tcp://web:80 open unknown no-host-address not-resolvable"
	tests := []runTest{
		{name: "0.0.0.0", net: asks("0.0.0.0"), want: []string{blocked}, looks: nothing},
		{name: "::", net: asks("::"), want: []string{blocked}, looks: nothing},
		{name: "both", net: asks("0.0.0.0", "::"), want: []string{blocked}, looks: nothing},
		{name: "multicast", net: asks("224.0.0.251"), want: []string{none}, looks: nothing},
		{name: "multicast, IPv6", net: asks("ff02::fb"), want: []string{none}, looks: nothing},
		{name: "broadcast", net: asks("255.255.255.255"), want: []string{none}, looks: nothing},
		{name: "reserved", net: asks("240.0.0.1"), want: []string{none}, looks: nothing},
		{name: "this network", net: asks("0.0.0.5"), want: []string{none}, looks: nothing},
		{name: "what a filter says counts", net: asks("0.0.0.0", "224.0.0.1"), want: []string{blocked}, looks: nothing},
		{name: "one of two", net: asks("192.0.2.1", "::"), want: []string{blocked}, looks: nothing},
		{name: "one of two, and one is enough", net: asks("192.0.2.1", "::"), options: one, want: []string{"tcp://web:80 open open syn-ack"}},
		{name: "none of two, and one would be enough", net: asks("0.0.0.0", "::"), options: one, want: []string{blocked}, looks: nothing},
		{name: "one of two, of the version not asked for", net: asks("192.0.2.1", "::"), options: version(4), want: []string{"tcp://web:80 open open syn-ack"}},
		{name: "one of two, of the version asked for", net: asks("192.0.2.1", "::"), options: version(6), want: []string{blocked}, looks: nothing},
	}
	for i := range tests {
		tests[i].hosts, tests[i].open = "web", "80"
	}
	testRuns(t, tests)
}

// TestRunAbsolute: a name that is written with a dot at its end is asked for so, in
// the first round and in the next, and so is that of a control endpoint.
func TestRunAbsolute(t *testing.T) {
	open := answers{"192.0.2.1:80": {"open"}, "192.0.2.53:53": {"open"}}
	control, err := endpoint.ParseControl("tcp://up.:53")
	if err != nil {
		t.Fatal(err)
	}
	testRuns(t, []runTest{
		{
			name:  "the name",
			net:   &network{names: answers{"web.": {"192.0.2.1"}, "web": {"192.0.2.2"}}, ports: open},
			hosts: "WEB.", open: "80",
			want: []string{"tcp://web:80 open open syn-ack"},
		}, {
			name:  "two spellings of it",
			net:   &network{names: answers{"web.": {"192.0.2.1"}, "web": {"192.0.2.2"}}, ports: open},
			hosts: "web web.", open: "80",
			want: []string{"tcp://web:80 open open syn-ack"},
		}, {
			name:  "tried again",
			net:   &network{names: answers{"web.": {"later", "192.0.2.1"}, "web": {"192.0.2.2"}}, ports: open},
			hosts: "web.", open: "80",
			want: []string{"tcp://web:80 open open syn-ack"},
		}, {
			name:  "control",
			net:   &network{names: answers{"up.": {"192.0.2.53"}}, ports: open},
			hosts: "192.0.2.9", open: "80", control: []endpoint.Control{control},
			want: []string{"tcp://192.0.2.9:80 open filtered no-response host-down"},
		}, {
			name:  "two spellings in control",
			net:   &network{names: answers{"up.": {"192.0.2.53"}, "up": {"192.0.2.9"}}, ports: open},
			hosts: "192.0.2.9", open: "80", control: []endpoint.Control{{Endpoint: control.Endpoint}, control, {Endpoint: control.Endpoint}},
			want: []string{"tcp://192.0.2.9:80 open filtered no-response host-down"},
		},
	})
}

// many are n addresses.
func many(n int) []string {
	addrs := make([]string, n)
	for i := range addrs {
		addrs[i] = netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}).String()
	}
	return addrs
}

// TestRunManyAddresses: who owns a name does not choose how much is looked at.
func TestRunManyAddresses(t *testing.T) {
	most, tooMany := many(endpoint.MaxAddresses), many(endpoint.MaxAddresses+1)
	ports := answers{}
	for _, addr := range tooMany {
		ports[addr+":80"] = []string{"open"}
	}
	net := func(addrs ...string) *network { return &network{names: answers{"web": addrs}, ports: ports} }
	testRuns(t, []runTest{
		{name: "as many as may be", net: net(most...), hosts: "web", open: "80", want: []string{"tcp://web:80 open open syn-ack"}},
		{name: "the same twice", net: net(slices.Concat(most, most)...), hosts: "web", open: "80", want: []string{"tcp://web:80 open open syn-ack"}},
		{name: "one of the other version is one too many", net: net(append([]string{"2001:db8::1"}, most...)...), hosts: "web", open: "80", want: []string{"tcp://web:80 open unknown too-many-addresses not-resolvable"}},
		{
			name: "unless it is not asked for", net: net(append([]string{"2001:db8::1"}, most...)...), hosts: "web", open: "80",
			options: func(o *Options) { o.IPVersion = 4 }, want: []string{"tcp://web:80 open open syn-ack"},
		},
		{name: "one more", net: net(tooMany...), hosts: "web", open: "80", want: []string{"tcp://web:80 open unknown too-many-addresses not-resolvable"}, looks: []string{}},
		{
			name: "one is enough", net: net(tooMany...), hosts: "web", open: "80", options: func(o *Options) { o.OneIsEnough = true },
			want: []string{"tcp://web:80 open unknown too-many-addresses not-resolvable"}, looks: []string{},
		},
		{
			name: "found so later", net: net(append([]string{"later"}, tooMany...)...), hosts: "web", open: "80",
			want: []string{"tcp://web:80 open unknown too-many-addresses not-resolvable"}, looks: []string{},
		},
	})
}

// TestBound: the limit to the endpoints of a declaration holds for the addresses of
// its names too, in the order of the declaration, and in later rounds.
func TestBound(t *testing.T) {
	declared := declare(t, "a b c d 192.0.2.1", "1-50000", "")
	resolved := map[endpoint.Host]Resolution{"192.0.2.1": {Addrs: make([]netip.Addr, 1)}}
	for host, n := range map[endpoint.Host]int{"a": 10, "b": 8, "c": 1, "d": 2} {
		resolved[host] = Resolution{Addrs: make([]netip.Addr, n)}
	}
	// 1,000,000 less 5 hosts of 50,000 leave 15 further addresses: 9 of a, not the 7
	// of b, and 1 of d.
	left := bound(declared, resolved)
	got := ""
	for _, host := range []endpoint.Host{"192.0.2.1", "a", "b", "c", "d"} {
		got += fmt.Sprintf("%d%s ", len(resolved[host].Addrs), resolved[host].Fault)
	}
	if want := "1 10 0too-many-addresses 1 2 "; got != want || left != 250_000 {
		t.Errorf("%s and %d left, want %s and 250000", got, left, want)
	}
}
