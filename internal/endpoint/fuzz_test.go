package endpoint_test

import (
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

func FuzzParsePortRange(f *testing.F) {
	for _, s := range []string{
		"443", "8000-8010", "443/tcp", "53/udp", "443-444/https", "443/TCP", "443/htps", "5432/postgress", "1/ſsh", "", "0", "-", "1-", "65536", "1-2-3", "2-1", "22/", "١",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, scheme, err := endpoint.ParsePortRange(s)
		if err != nil {
			return
		}
		if r.First == 0 || r.First > r.Last {
			t.Fatalf("%q gives %v", s, r)
		}
		again, scheme2, err := endpoint.ParsePortRange(endpoint.Ports{r}.String() + "/" + string(scheme))
		if err != nil || again != r || scheme2 != scheme {
			t.Fatalf("%q gives %v, then %v, %v", s, r, again, err)
		}
		spec := endpoint.Spec(r, scheme)
		if again, scheme2, err := endpoint.ParsePortRange(spec); err != nil || again != r || scheme2 != scheme {
			t.Fatalf("%q is %s, which gives %v of %s, %v", s, spec, again, scheme2, err)
		}
	})
}

func FuzzParseHost(f *testing.F) {
	for _, s := range []string{
		"a", "A.b.", "192.0.2.1", "::1", "::ffff:192.0.2.1", "::ffff:192.0.2.1%eth0", "fe80::1%eth0", "1.2.3", "a:1", "",
		"xn--a", "_x.y", "\u212a", "a..", "192.0.2.1.", "1::2::3",
		"10.0.0.1-10", "10.0.0.1-10.0.0.9", "2001:db8::1-9", "0x7f000001", "0x", "fe80::1", "fe80::1%abcdefghijklmnop", "0.0.0.0",
		"::ffff:0.0.0.0", "255.255.255.255", "ff02::1%eth0", "a.123", "1-2.3",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		host, err := endpoint.ParseHost(s)
		if err != nil {
			return
		}
		again, err := endpoint.ParseHost(string(host))
		if err != nil || again != host {
			t.Fatalf("%q gives %q, then %q, %v", s, host, again, err)
		}
		if addr, ok := host.Addr(); ok && addr.String() != string(host) {
			t.Fatalf("%q is not canonical: %s", host, addr)
		}
		if strings.ContainsAny(string(host), " /[]\n\"") || strings.ContainsFunc(s, func(r rune) bool { return r > 127 }) {
			t.Fatalf("%q got through as %q", s, host)
		}
		e := endpoint.Endpoint{Scheme: endpoint.TCP, Host: host, Port: 65535}
		if back, err := endpoint.ParseEndpoint(e.String()); err != nil || back != e {
			t.Fatalf("%q: %v, %v", e, back, err)
		}
	})
}

func FuzzParseEndpoint(f *testing.F) {
	for _, s := range []string{
		"tcp://a:1", "tcp://[::1]:22", "tcp://192.0.2.1:65535", "://:", "tcp://[fe80::1%eth0]:1", "tcp://A.:1",
		"TCP://a:1", "htps://a:1", "tcp://0x7f000001:1", "tcp://10.0.0.1-10:1", "tcp://[::ffff:192.0.2.1]:1", "tcp://::ffff:192.0.2.1:1", "tcp://[::1]22:1", "https://[::1]:", "udp://[a]:1",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e, err := endpoint.ParseEndpoint(s)
		if err != nil {
			return
		}
		if again, err := endpoint.ParseEndpoint(e.String()); err != nil || again != e {
			t.Fatalf("%q gives %s, then %v, %v", s, e, again, err)
		}
	})
}
