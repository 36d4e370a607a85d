package endpoint_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// list is a list attribute with these values.
func list(values ...string) endpoint.List {
	l := endpoint.List{Elements: []endpoint.Element{}}
	for _, v := range values {
		l.Elements = append(l.Elements, endpoint.Element{Value: v})
	}
	return l
}

var (
	left = endpoint.List{Null: true} // an attribute that was left out
	null = endpoint.List{Elements: []endpoint.Element{{Null: true}}}
	soon = endpoint.List{Unknown: true}
)

func TestResolve(t *testing.T) {
	tests := []struct {
		name string
		in   endpoint.Declaration
		want []string // endpoint, what is declared, attribute
	}{
		{
			"each host by each port, ranges merged, named twice is one",
			endpoint.Declaration{Hosts: list("B.example.com.", "b.example.com", "::FFFF:192.0.2.1", "192.0.2.1"), Open: list("443", "80-81", "81/tcp"), Closed: left},
			[]string{
				"tcp://192.0.2.1:80 open open", "tcp://192.0.2.1:81 open open", "tcp://192.0.2.1:443 open open",
				"tcp://b.example.com:80 open open", "tcp://b.example.com:81 open open", "tcp://b.example.com:443 open open",
			},
		}, {
			"open wins over closed, baseline too",
			endpoint.Declaration{
				Hosts: list("192.0.2.9"), Open: list("2"), Closed: list("1-3"),
				Baseline: map[string]endpoint.List{"192.0.2.10": list("3"), "192.0.2.9": list("1")},
			},
			[]string{
				"tcp://192.0.2.9:1 open baseline", "tcp://192.0.2.9:2 open open", "tcp://192.0.2.9:3 closed closed",
				"tcp://192.0.2.10:3 open baseline", "tcp://192.0.2.10:1 closed closed", "tcp://192.0.2.10:2 closed closed",
			},
		}, {
			"usable addresses of networks",
			endpoint.Declaration{Hosts: list("192.0.2.0/30", "198.51.100.4/31", "203.0.113.7/32", "2001:db8::/126", "2001:db8:1::/127"), Open: list("1")},
			[]string{
				"tcp://192.0.2.1:1 open open", "tcp://192.0.2.2:1 open open",
				"tcp://198.51.100.4:1 open open", "tcp://198.51.100.5:1 open open", "tcp://203.0.113.7:1 open open",
				"tcp://[2001:db8::1]:1 open open", "tcp://[2001:db8::2]:1 open open", "tcp://[2001:db8::3]:1 open open",
				"tcp://[2001:db8:1::]:1 open open", "tcp://[2001:db8:1::1]:1 open open",
			},
		}, {
			"the end of the address space",
			endpoint.Declaration{Hosts: list("255.255.255.254/31"), Open: list("65535")},
			[]string{"tcp://255.255.255.254:65535 open open", "tcp://255.255.255.255:65535 open open"},
		}, {
			"a baseline host without ports, closed applies",
			endpoint.Declaration{Baseline: map[string]endpoint.List{"a": list()}, Closed: list("7")},
			[]string{"tcp://a:7 closed closed"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			declared, problems := tt.in.Resolve()
			if len(problems) > 0 {
				t.Fatalf("problems: %v", problems)
			}
			var got []string
			open := 0
			for e, want := range declared.All() {
				got = append(got, e.String()+" "+string(want)+" "+declared.Attribute(e, want))
				if want == endpoint.WantOpen {
					open++
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if declared.Open != open || declared.Closed != len(got)-open {
				t.Errorf("counts %d open, %d closed; want %d, %d", declared.Open, declared.Closed, open, len(got)-open)
			}
		})
	}
}

func TestResolveUnknown(t *testing.T) {
	tests := map[string]endpoint.Declaration{
		"hosts":            {Hosts: soon, Open: list("1")},
		"a host":           {Hosts: endpoint.List{Elements: []endpoint.Element{{Value: "a"}, {Unknown: true}}}, Open: list("1")},
		"open of a /8":     {Hosts: list("10.0.0.0/16"), Open: soon},
		"baseline":         {BaselineUnknown: true, Closed: list("1")},
		"a baseline's":     {Baseline: map[string]endpoint.List{"a": soon}},
		"baseline or what": {BaselineUnknown: true, Hosts: list("a"), Open: left, Closed: list("1")},
	}
	for name, d := range tests {
		t.Run(name, func(t *testing.T) {
			declared, problems := d.Resolve()
			if declared != nil || len(problems) > 0 || d.Known() {
				t.Errorf("declared %v, problems %v, known %v", declared, problems, d.Known())
			}
		})
	}
}

func TestProblems(t *testing.T) {
	hosts := func(values ...string) endpoint.Declaration {
		return endpoint.Declaration{Hosts: list(values...), Open: list("1")}
	}
	open := func(values ...string) endpoint.Declaration {
		return endpoint.Declaration{Hosts: list("a"), Open: list(values...)}
	}
	const host = ` Expected a host name such as "db.example.com", an address or a CIDR.`
	const port = ` Expected PORT[-PORT][/SCHEME] with ports from 1 to 65535, such as "443", "8000-8010" or "53/udp".`
	tests := []struct {
		name string
		in   endpoint.Declaration
		want string // where: summary: detail
	}{
		{"null host", endpoint.Declaration{Hosts: null, Open: list("1")}, `hosts[0]: Invalid host: Element 0 of hosts is null.` + host},
		{"empty host", hosts("a", ""), `hosts[1]: Invalid host: Element 1 of hosts: "" is not a host: it is empty.` + host},
		{"host with scheme", hosts("http://a"), `hosts[0]: Invalid host: Element 0 of hosts: "http://a" is not a host: a host is written without a scheme.` + host},
		{"host with port", hosts("a:80"), `hosts[0]: Invalid host: Element 0 of hosts: "a:80" is not a host: a host is written without a port.` + host},
		{"host in brackets", hosts("[::1]"), `hosts[0]: Invalid host: Element 0 of hosts: "[::1]" is not a host: an IPv6 address is written without brackets here.` + host},
		{"host with space", hosts("a b"), `hosts[0]: Invalid host: Element 0 of hosts: "a b" is not a host: ' ' does not belong in a host name.` + host},
		{"umlaut", hosts("bücher.example"), `hosts[0]: Invalid host: Element 0 of hosts: "bücher.example" is not a host: 'ü' is not an ASCII character; give the name's ASCII form (xn--…).` + host},
		{"two dots", hosts("a..b"), `hosts[0]: Invalid host: Element 0 of hosts: "a..b" is not a host: a part between two dots is empty.` + host},
		{"hyphen", hosts("-a"), `hosts[0]: Invalid host: Element 0 of hosts: "-a" is not a host: a part between two dots neither begins nor ends with a hyphen.` + host},
		{"not quite an address", hosts("192.0.2.256"), `hosts[0]: Invalid host: Element 0 of hosts: "192.0.2.256" is not a host: it ends in a number as an address does, but is not an IPv4 address.` + host},
		{"long label", hosts(strings.Repeat("a", 64)), `hosts[0]: Invalid host: Element 0 of hosts: "` + strings.Repeat("a", 64) + `" is not a host: a part between two dots has at most 63 characters, this one 64.` + host},
		{"bad CIDR", hosts("10.0.0.0/33"), `hosts[0]: Invalid host: Element 0 of hosts: "10.0.0.0/33" is not a CIDR.` + host},
		{"host bits", hosts("10.0.0.5/24"), `hosts[0]: Invalid host: Element 0 of hosts: "10.0.0.5/24" has host bits set. Expected the network "10.0.0.0/24" or the address "10.0.0.5".`},
		{"zone", hosts("fe80::1%a]b"), `hosts[0]: Invalid host: Element 0 of hosts: "fe80::1%a]b" is not a host: the zone after the % is not an interface's name.` + host},
		{"null port", endpoint.Declaration{Hosts: list("a"), Open: null}, `open[0]: Invalid port: Element 0 of open is null.` + port},
		{"empty port", open(""), `open[0]: Invalid port: Element 0 of open: "" is not a port.` + port},
		{"port 0", open("22", "0"), `open[1]: Invalid port: Element 1 of open: "0" is not a port.` + port},
		{"port too high", open("65536"), `open[0]: Invalid port: Element 0 of open: "65536" is not a port.` + port},
		{"named port", open("https"), `open[0]: Invalid port: Element 0 of open: "https" is not a port.` + port},
		{"range to nowhere", open("80-"), `open[0]: Invalid port: Element 0 of open: "80-" is not a port.` + port},
		{"signs", open("+1"), `open[0]: Invalid port: Element 0 of open: "+1" is not a port.` + port},
		{"wrong way round", open("8010-8000"), `open[0]: Invalid port: Element 0 of open: "8010-8000" is a range the wrong way round. Expected "8000-8010".`},
		{"scheme", open("80/htp"), `open[0]: Invalid port: Element 0 of open: "80/htp": not a known scheme: "htp", known: ` + known + `.`},
		{"scheme in capitals", open("53/UDP"), `open[0]: Invalid port: Element 0 of open: "53/UDP": not a known scheme: "UDP", known: ` + known + `.`},
		{"service declared closed", endpoint.Declaration{Hosts: list("a"), Closed: list("443-444/https")}, `closed[0]: Invalid port: Element 0 of closed: "443-444/https" names a service, and a service cannot be given here: any port that accepts connections counts as open. Expected "443-444".`},
		{"UDP service declared closed", endpoint.Declaration{Hosts: list("a"), Closed: list("53/dns")}, `closed[0]: Invalid port: Element 0 of closed: "53/dns" names a service, and a service cannot be given here: any port that accepts connections counts as open. Expected "53/udp".`},
		{"empty scheme", open("53/"), `open[0]: Invalid port: Element 0 of open: "53/": not a known scheme: "", known: ` + known + `.`},
		{"closed", endpoint.Declaration{Hosts: list("a"), Closed: list("x")}, `closed[0]: Invalid port: Element 0 of closed: "x" is not a port.` + port},
		{"baseline host", endpoint.Declaration{Baseline: map[string]endpoint.List{"a/8": list("1")}}, `baseline["a/8"]: Invalid host: Key "a/8" of baseline is not a host: '/' does not belong in a host name. Expected a host name such as "db.example.com" or an address.`},
		{"baseline null", endpoint.Declaration{Baseline: map[string]endpoint.List{"a": left}}, `baseline["a"]: Invalid port: The ports of "a" in baseline are null. Expected a list, empty if nothing was open.`},
		{"baseline null port", endpoint.Declaration{Baseline: map[string]endpoint.List{"a": null}}, `baseline["a"]: Invalid port: Element 0 of "a" in baseline is null.` + port},
		{"baseline port", endpoint.Declaration{Baseline: map[string]endpoint.List{"a": list("1", "b")}}, `baseline["a"]: Invalid port: Element 1 of "a" in baseline: "b" is not a port.` + port},
		{"nothing", endpoint.Declaration{Hosts: left, Open: left, Closed: left}, `: Incomplete declaration: Nothing is declared. Expected at least one host in hosts (with open or closed) or in baseline.`},
		{"no hosts", endpoint.Declaration{Hosts: list(), Open: list("1")}, `: Incomplete declaration: Nothing is declared. Expected at least one host in hosts (with open or closed) or in baseline.`},
		{"no ports", endpoint.Declaration{Hosts: list("a"), Open: list(), Closed: left}, `hosts: Incomplete declaration: hosts without ports declares nothing. Expected open, closed or both beside hosts.`},
		{"open without hosts", endpoint.Declaration{Open: list("1"), Baseline: map[string]endpoint.List{"a": list("1")}}, `open: Incomplete declaration: open applies to hosts, but there are none. Expected hosts beside open; what a baseline holds needs no open.`},
		{"empty baseline", endpoint.Declaration{Baseline: map[string]endpoint.List{"a": list()}}, `baseline: Incomplete declaration: Nothing is declared: no host in baseline has a port, and closed is empty. Expected a port somewhere.`},
		{"too many", endpoint.Declaration{Hosts: list("10.0.0.0/16"), Open: list("1-20")}, `hosts: Too many endpoints: Hosts times ports makes 1310680 endpoints. Expected at most 1000000 in one object; split it, or declare fewer hosts or ports.`},
		{"far too many", endpoint.Declaration{Hosts: list("2001:db8::/32"), Open: soon}, `hosts: Too many endpoints: Hosts times ports makes 79228162514264337593543950335 endpoints. Expected at most 1000000 in one object; split it, or declare fewer hosts or ports.`},
		{"too many in baseline", endpoint.Declaration{Baseline: manyHosts(16), Closed: list("1-65535")}, `baseline: Too many endpoints: Hosts times ports makes 1048560 endpoints. Expected at most 1000000 in one object; split it, or declare fewer hosts or ports.`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			declared, problems := tt.in.Resolve()
			if declared != nil || len(problems) != 1 {
				t.Fatalf("declared %v, problems %v", declared, problems)
			}
			p := problems[0]
			where := p.Attribute
			if p.Index >= 0 {
				where += "[" + strconv.Itoa(p.Index) + "]"
			}
			if p.Key != "" {
				where += "[" + strconv.Quote(p.Key) + "]"
			}
			if diff := cmp.Diff(tt.want, where+": "+p.Summary+": "+p.Detail); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func manyHosts(n int) map[string]endpoint.List {
	hosts := map[string]endpoint.List{}
	for i := range n {
		hosts["h"+strconv.Itoa(i)+".example"] = list("22")
	}
	return hosts
}

func TestManyProblemsAreCut(t *testing.T) {
	_, problems := endpoint.Declaration{Hosts: list("a"), Open: list(slices.Repeat([]string{"x"}, 100)...)}.Resolve()
	if len(problems) != 20 || !strings.HasSuffix(problems[19].Detail, "\n\nThere are 80 more mistakes like these.") {
		t.Errorf("%d problems, the last %q", len(problems), problems[len(problems)-1].Detail)
	}
}

func TestMinus(t *testing.T) {
	tests := []struct{ p, q, want endpoint.Ports }{
		{endpoint.NewPorts(endpoint.Range{1, 65535}), endpoint.NewPorts(endpoint.Range{1, 1}, endpoint.Range{65535, 65535}, endpoint.Range{80, 90}), endpoint.Ports{{2, 79}, {91, 65534}}},
		{endpoint.NewPorts(endpoint.Range{5, 6}, endpoint.Range{7, 9}), nil, endpoint.Ports{{5, 9}}},
		{endpoint.NewPorts(endpoint.Range{5, 6}), endpoint.NewPorts(endpoint.Range{1, 9}), nil},
	}
	for _, tt := range tests {
		got := tt.p.Minus(tt.q)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s minus %s (-want +got)\n%s", tt.p, tt.q, diff)
		}
		for port := range 65536 {
			p := uint16(port)
			if got.Contains(p) != (tt.p.Contains(p) && !tt.q.Contains(p)) {
				t.Fatalf("%s minus %s is wrong about %d", tt.p, tt.q, port)
			}
		}
	}
}

func TestParseEndpointErrors(t *testing.T) {
	const expected = `. Expected SCHEME://HOST:PORT, such as "tcp://web.example.com:443"`
	for in, why := range map[string]string{
		"a:1":           "it has no scheme",
		"foo://a:1":     `not a known scheme: "foo", known: ` + known,
		"tcp://a":       "it has no port",
		"tcp://[::1]":   "it has no port",
		"tcp://::1:22":  "brackets belong around IPv6 addresses, and only there",
		"tcp://[::1:22": "a bracket is not closed",
		"tcp://[a]:1":   "brackets belong around IPv6 addresses, and only there",
		"tcp://a:0":     `"0" is not a port from 1 to 65535`,
		"tcp://:1":      "it is empty",
	} {
		_, err := endpoint.ParseEndpoint(in)
		if want := strconv.Quote(in) + " is not an endpoint: " + why + expected; err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", in, err, want)
		}
	}
}

// known is the list of schemes in messages.
const known = "amqp, amqps, dns, dns-tcp, ftp, ftps, grpc, grpcs, http, https, imap, imaps, kafka, ldap, ldaps, memcached, mongodb, mqtt, mqtts, mssql, mysql, nats, ntp, pop3, pop3s, postgres, rdp, redis, rediss, smtp, smtps, ssh, submission, tcp, tls, udp"

func TestTransports(t *testing.T) {
	for _, info := range endpoint.Infos {
		if info.Transport != endpoint.TCP && info.Transport != endpoint.UDP || info.Sends == "" || info.Speaks == "" {
			t.Errorf("%+v", info)
		}
		if s := info.Scheme; s.Transport() != info.Transport || s.HasCertificate() != info.Certificate || s.Service() != (s != endpoint.TCP && s != endpoint.UDP) {
			t.Errorf("%s: transport %s, certificate %v, service %v", s, s.Transport(), s.HasCertificate(), s.Service())
		}
	}
}

// A port that is declared open as a service is not declared closed with the
// ports around it.
func TestServiceWins(t *testing.T) {
	d, problems := endpoint.Declaration{
		Hosts: list("a"), Open: list("2/https", "3/dns"), Closed: list("1-3", "2-3/udp"),
		Baseline: map[string]endpoint.List{"a": list("1/ssh")},
	}.Resolve()
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var got []string
	for e, want := range d.All() {
		got = append(got, string(want)+" "+e.String())
	}
	want := []string{"open https://a:2", "open ssh://a:1", "open dns://a:3", "closed tcp://a:3", "closed udp://a:2"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func BenchmarkResolve100k(b *testing.B) {
	d := endpoint.Declaration{Hosts: list(), Open: list("22"), Closed: list("1-1000"), Baseline: map[string]endpoint.List{}}
	for i := range 50_000 {
		d.Baseline["h"+strconv.Itoa(i)+".example.com"] = list("22", "443")
	}
	d.Closed = left
	d.Open = left
	for b.Loop() {
		if declared, problems := d.Resolve(); declared == nil || declared.Open != 100_000 {
			b.Fatal(problems)
		}
	}
}
