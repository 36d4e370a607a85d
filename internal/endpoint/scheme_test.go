package endpoint_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// known is the list of schemes in messages.
const known = "ajp, amqp, amqps, cassandra, cassandras, dns, dns-tcp, ftp, ftps, grpc, grpcs, http, https, imap, imaps, kafka, kafkas, ldap, ldaps, " +
	"memcached, memcacheds, mongodb, mongodbs, mqtt, mqtts, mssql, mssqls, mysql, mysqls, nats, natss, ntp, pop3, pop3s, postgres, rdp, redis, rediss, rsync, sip, sips, smb, smtp, " +
	"smtps, socks5, ssh, submission, tcp, tls, udp, vnc, ws, wss, xmpp, xmpps, zookeeper"

// TestSchemes: the schemes are those of Infos, TCP first, and each once.
func TestSchemes(t *testing.T) {
	if first := endpoint.Schemes()[0]; first != endpoint.TCP {
		t.Errorf("the default is %s", first)
	}
	var listed []string
	for i, info := range endpoint.Infos() {
		if endpoint.Schemes()[i] != info.Scheme {
			t.Errorf("%s is in the place of %s", endpoint.Schemes()[i], info.Scheme)
		}
		listed = append(listed, string(info.Scheme))
	}
	slices.Sort(listed)
	if diff := cmp.Diff(known, strings.Join(listed, ", ")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestInfos(t *testing.T) {
	for _, info := range endpoint.Infos() {
		if info.Transport != endpoint.TCP && info.Transport != endpoint.UDP || info.Sends == "" || info.Speaks == "" {
			t.Errorf("%+v", info)
		}
		s := info.Scheme
		if s.Transport() != info.Transport || s.HasCertificate() != info.Certificate {
			t.Errorf("%s: transport %s, certificate %v", s, s.Transport(), s.HasCertificate())
		}
		plain := s == endpoint.TCP || s == endpoint.UDP
		if s.Service() == plain {
			t.Errorf("%s: a service %v", s, s.Service())
		}
		if plain != (info.Port == 0) {
			t.Errorf("%s: its usual port is %d", s, info.Port)
		}
		if plain && info.Certificate {
			t.Errorf("%s has a certificate", s)
		}
	}
}

// TestTransport: a service stands on the port that its clients connect to.
func TestTransport(t *testing.T) {
	for scheme, want := range map[endpoint.Scheme]endpoint.Scheme{
		endpoint.TCP:      endpoint.TCP,
		endpoint.UDP:      endpoint.UDP,
		endpoint.HTTPS:    endpoint.TCP,
		endpoint.Postgres: endpoint.TCP,
		endpoint.DNS:      endpoint.UDP,
		endpoint.DNSTCP:   endpoint.TCP,
		endpoint.NTP:      endpoint.UDP,
	} {
		if got := scheme.Transport(); got != want {
			t.Errorf("%s over %s, want %s", scheme, got, want)
		}
	}
}

func TestByScheme(t *testing.T) {
	set := func(scheme endpoint.Scheme, ranges ...endpoint.Range) endpoint.ByScheme {
		return endpoint.NewByScheme(map[endpoint.Scheme][]endpoint.Range{scheme: ranges})
	}
	tcp := set(endpoint.TCP, endpoint.Range{First: 1, Last: 5}, endpoint.Range{First: 4, Last: 9})
	udp := set(endpoint.UDP, endpoint.Range{First: 53, Last: 53})
	tests := []struct {
		name      string
		got, want endpoint.ByScheme
	}{
		{
			name: "ranges that overlap",
			got:  tcp,
			want: endpoint.ByScheme{endpoint.TCP: {{First: 1, Last: 9}}},
		}, {
			name: "union",
			got:  tcp.Union(udp),
			want: endpoint.ByScheme{
				endpoint.TCP: {{First: 1, Last: 9}},
				endpoint.UDP: {{First: 53, Last: 53}},
			},
		}, {
			name: "union within one scheme",
			got:  tcp.Union(set(endpoint.TCP, endpoint.Range{First: 10, Last: 10})),
			want: endpoint.ByScheme{endpoint.TCP: {{First: 1, Last: 10}}},
		}, {
			name: "union of nothing",
			got:  endpoint.ByScheme(nil).Union(udp),
			want: udp,
		}, {
			name: "union with nothing",
			got:  udp.Union(nil),
			want: udp,
		}, {
			name: "another scheme",
			got:  tcp.Minus(udp),
			want: tcp,
		}, {
			name: "a part",
			got:  tcp.Minus(set(endpoint.TCP, endpoint.Range{First: 3, Last: 3})),
			want: endpoint.ByScheme{endpoint.TCP: {{First: 1, Last: 2}, {First: 4, Last: 9}}},
		}, {
			name: "all",
			got:  tcp.Union(udp).Minus(tcp),
			want: udp,
		}, {
			name: "from nothing",
			got:  endpoint.ByScheme(nil).Minus(udp),
			want: endpoint.ByScheme{},
		}, {
			name: "nothing, of a set with an empty scheme",
			got:  endpoint.ByScheme{endpoint.TCP: nil, endpoint.SSH: {{First: 22, Last: 22}}}.Minus(nil),
			want: endpoint.ByScheme{endpoint.SSH: {{First: 22, Last: 22}}},
		},
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

// randomSet returns ports of a few schemes.
func randomSet(random *rand.Rand) endpoint.ByScheme {
	set := endpoint.ByScheme{}
	for _, scheme := range []endpoint.Scheme{endpoint.TCP, endpoint.UDP, endpoint.SSH} {
		if ports, _ := randomPorts(random); len(ports) > 0 {
			set[scheme] = ports
		}
	}
	return set
}

// TestBySchemeLaws: unions and differences keep the laws of sets, and leave the
// sets that they are made of alone.
func TestBySchemeLaws(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	for range 300 {
		a, b, c := randomSet(random), randomSet(random), randomSet(random)
		before := endpoint.ByScheme{}
		for scheme, ports := range a {
			before[scheme] = slices.Clone(ports)
		}
		both := a.Minus(a.Minus(b)) // what a and b have in common
		for _, law := range []struct {
			name        string
			left, right endpoint.ByScheme
		}{
			{"a + a = a", a.Union(a), a},
			{"a + b = b + a", a.Union(b), b.Union(a)},
			{"(a + b) + c = a + (b + c)", a.Union(b).Union(c), a.Union(b.Union(c))},
			{"a - a = 0", a.Minus(a), endpoint.ByScheme{}},
			{"a - 0 = a", a.Minus(endpoint.ByScheme{}), a},
			{"(a + b) - b = a - b", a.Union(b).Minus(b), a.Minus(b)},
			{"a - (b + c) = (a - b) - c", a.Minus(b.Union(c)), a.Minus(b).Minus(c)},
			{"(a - b) + (a & b) = a", a.Minus(b).Union(both), a},
			{"a & b = b & a", both, b.Minus(b.Minus(a))},
		} {
			if diff := cmp.Diff(law.left, law.right); diff != "" {
				t.Fatalf("%s is broken by a = %v, b = %v, c = %v (-left +right)\n%s", law.name, a, b, c, diff)
			}
		}
		if diff := cmp.Diff(before, a); diff != "" {
			t.Fatalf("a set was changed (-want +got)\n%s", diff)
		}
	}
}

func TestSpecs(t *testing.T) {
	ports := endpoint.ByScheme{
		endpoint.UDP: endpoint.NewPorts(endpoint.Range{First: 54, Last: 54}, endpoint.Range{First: 53, Last: 53}),
		endpoint.TCP: endpoint.NewPorts(endpoint.Range{First: 443, Last: 443}, endpoint.Range{First: 8000, Last: 8009},
			endpoint.Range{First: 8010, Last: 8010}, endpoint.Range{First: 22, Last: 22}, endpoint.Range{First: 65535, Last: 65535}),
	}
	if got := strings.Join(ports.Specs(), " "); got != "22 443 8000-8010 65535 53-54/udp" {
		t.Error(got)
	}
	if got := endpoint.ByScheme(nil).Specs(); got == nil || len(got) != 0 {
		t.Errorf("%#v", got)
	}
}
