package endpoint_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

const (
	notProbed   = "is the unspecified address, which a system takes for itself"
	isMulticast = "is a multicast address"
	isBroadcast = "is the broadcast address"
	isReserved  = "is a reserved address, which nobody has"
	isThisNet   = "is an address of this network, which nobody has"
	needsZone   = `a link-local address needs its zone, the interface that leads to it, such as "fe80::1%eth0"`
)

// TestNotProbed: an address that no host has, or that is not whole, is refused
// wherever endpoints are declared.
func TestNotProbed(t *testing.T) {
	for host, why := range map[string]string{
		"0.0.0.0":                       "it " + notProbed,
		"::":                            "it " + notProbed,
		"0:0:0:0:0:0:0:0":               "it " + notProbed,
		"::ffff:0.0.0.0":                "it " + notProbed,
		"::%eth0":                       "it " + notProbed,
		"0.0.0.1":                       "it " + isThisNet,
		"224.0.0.1":                     "it " + isMulticast,
		"239.255.255.250":               "it " + isMulticast,
		"::ffff:224.0.0.251":            "it " + isMulticast,
		"ff02::1%eth0":                  "it " + isMulticast,
		"ff0e::1":                       "it " + isMulticast,
		"255.255.255.255":               "it " + isBroadcast,
		"240.0.0.1":                     "it " + isReserved,
		"255.255.255.254":               "it " + isReserved,
		"fe80::1":                       needsZone,
		"FE80:0::1":                     needsZone,
		"fe80::1%" + "abcdefghijklmnop": "the zone after the % has at most 15 characters, this one 16",
	} {
		detail := fmt.Sprintf("Element 0 of hosts: %q is not a host: %s.%s", host, why, expectedHost)
		refused(t, endpoint.Declaration{Hosts: list(host), Open: list("1")}, problem("hosts", 0, "Invalid host", detail))
		_, problems := endpoint.Sweep{Hosts: list(host), Ports: list("1")}.Resolve()
		if len(problems) != 1 || problems[0].Detail != detail {
			t.Errorf("%s: %v", host, problems)
		}
		refused(t, endpoint.Declaration{Baseline: map[string]endpoint.List{host: list("1")}}, []endpoint.Problem{{
			Attribute: "baseline", Index: -1, Key: host, Summary: "Invalid host",
			Detail: fmt.Sprintf("Key %q of baseline is not a host: %s. Expected a host name such as \"db.example.com\" or an address.", host, why),
		}})
		url := "tcp://" + endpoint.Host(host).InURL() + ":1"
		if _, err := endpoint.ParseControl(url); err == nil || !strings.HasPrefix(err.Error(), fmt.Sprintf("%q cannot be looked at: %s", url, why)) {
			t.Errorf("control %s: %v", host, err)
		}
	}
	for _, host := range []string{
		"1.0.0.0", "223.255.255.255", "127.0.0.1", "169.254.169.254", "::1", "::2", "fe80::1%3", "fe80::1%abcdefghijklmno", "fec0::1", "fd00::1", "feff::1",
	} {
		resolve(t, endpoint.Declaration{Hosts: list(host), Open: list("1"), Baseline: map[string]endpoint.List{host: list("1")}})
	}
}

// TestNotProbedNetworks: nor does a network that has, or is of, such addresses.
func TestNotProbedNetworks(t *testing.T) {
	for network, why := range map[string]string{
		"0.0.0.0/0":          "0.0.0.0 " + strings.Replace(notProbed, "is", "is in it:", 1),
		"::/0":               ":: " + strings.Replace(notProbed, "is", "is in it:", 1),
		"::/126":             ":: " + strings.Replace(notProbed, "is", "is in it:", 1),
		"0.0.0.0/32":         "each of its addresses " + notProbed,
		"::/128":             "each of its addresses " + notProbed,
		"0.0.0.0/8":          "0.0.0.0 " + strings.Replace(notProbed, "is", "is in it:", 1),
		"0.1.0.0/16":         "each of its addresses " + isThisNet,
		"192.0.0.0/2":        "224.0.0.0 " + strings.Replace(isMulticast, "is", "is in it:", 1),
		"224.0.0.0/24":       "each of its addresses " + isMulticast,
		"240.0.0.0/30":       "each of its addresses " + isReserved,
		"255.255.255.0/24":   "255.255.255.255 " + strings.Replace(isBroadcast, "is", "is in it:", 1),
		"255.255.255.255/32": "each of its addresses " + isBroadcast,
		"ff02::/16":          "each of its addresses " + isMulticast,
		"fe00::/7":           "ff00:: " + strings.Replace(isMulticast, "is", "is in it:", 1),
		"fe80::/126":         `link-local addresses need the interface: name each, such as "fe80::1%eth0"`,
		"fe80::/10":          `link-local addresses need the interface: name each, such as "fe80::1%eth0"`,
	} {
		detail := fmt.Sprintf("Element 0 of hosts: %q is not a network of hosts: %s.%s", network, why, expectedHost)
		refused(t, endpoint.Declaration{Hosts: list(network), Open: list("1")}, problem("hosts", 0, "Invalid host", detail))
	}
	for _, network := range []string{"1.0.0.0/30", "223.255.255.0/24", "169.254.0.0/24", "::1/128", "feff::/126", "fec0::/126"} {
		resolve(t, endpoint.Declaration{Hosts: list(network), Open: list("1")})
	}
}

// TestNearest: a mistyped scheme is answered with the one that was meant.
func TestNearest(t *testing.T) {
	for in, want := range map[string]string{
		"443/TCP":         `: schemes are lower case: "443/tcp"`,
		"443/Https":       `: schemes are lower case: "443/https"`,
		"53-54/DNS-TCP":   `: schemes are lower case: "53-54/dns-tcp"`,
		"443/htps":        `: not a known scheme: "htps", the nearest is "443/https", known: `,
		"443/HTPS":        `: not a known scheme: "HTPS", the nearest is "443/https", known: `,
		"5432/postgress":  `: not a known scheme: "postgress", the nearest is "5432/postgres", known: `,
		"5432/postgresql": `: not a known scheme: "postgresql", the nearest is "5432/postgres", known: `,
		"27017/mongo":     `: not a known scheme: "mongo", the nearest is "27017/mongodb", known: `,
		"53/upd":          `: not a known scheme: "upd", the nearest is "53/udp", known: `,
		"22/shh":          `: not a known scheme: "shh", the nearest is "22/ssh", known: `,
		"80/web":          `: not a known scheme: "web", known: `,
		"80/":             `: not a known scheme: "", known: `,
	} {
		_, _, err := endpoint.ParsePortRange(in)
		if err == nil || !strings.HasPrefix(err.Error(), fmt.Sprintf("%q%s", in, want)) {
			t.Errorf("%s: %v", in, err)
		}
	}
}

// TestLongInputs: no message repeats more than 60 characters of an input, however
// long it is and whatever is wrong with it.
func TestLongInputs(t *testing.T) {
	for _, long := range []string{strings.Repeat("a", 100_000), strings.Repeat("ü", 50_000), strings.Repeat("\xff", 50_000), strings.Repeat("7.", 50_000), strings.Repeat("0x", 50_000)} {
		var messages []string
		add := func(err error) {
			t.Helper()
			if err == nil {
				t.Fatal("a long input is understood")
			}
			messages = append(messages, err.Error())
		}
		for _, in := range []string{long, long + ":1", "tcp://" + long, long + "://a:1", "tcp://a:" + long, "tcp://a:1 from " + long, "1-" + long, "1/" + long, long + "/1", "fe80::1%" + long} {
			_, err := endpoint.ParseEndpoint(in)
			add(err)
			_, err = endpoint.ParseKey(in)
			add(err)
			_, _, err = endpoint.ParsePortRange(in)
			add(err)
			_, err = endpoint.ParseControl(in)
			add(err)
			_, problems := endpoint.Declaration{Hosts: list("a", in), Open: list("1", in), Closed: list(in), Baseline: map[string]endpoint.List{in: left, "b": list(in)}}.Resolve()
			for _, p := range problems {
				messages = append(messages, p.Detail)
			}
		}
		for _, m := range messages {
			if n := utf8.RuneCountInString(m); n > 1000 {
				t.Errorf("%d characters: %.200s", n, m)
			}
		}
	}
	for in, want := range map[string]string{
		strings.Repeat("ü", 60): `"` + strings.Repeat("ü", 60) + `"`,
		strings.Repeat("ü", 61): `"` + strings.Repeat("ü", 60) + `…"`,
		"a\n":                   `"a\n"`,
		"":                      `""`,
	} {
		if got := endpoint.Quote(in); got != want {
			t.Errorf("%q: %s", in, got)
		}
	}
}

// TestAbsolute: a dot at the end of a name is of the question to the resolver, not
// of the host. Of two spellings the one with the dot counts.
func TestAbsolute(t *testing.T) {
	d := resolve(t, endpoint.Declaration{
		Hosts:    list("A.example.", "a.example", "b.example", "B.Example.", "c.example", "192.0.2.1"),
		Open:     list("1"),
		Baseline: map[string]endpoint.List{"c.example.": list("2"), "d.example": list("2"), "e.example.": list("2")},
	})
	if len(d.Hosts) != 6 {
		t.Errorf("hosts: %v", d.Hosts)
	}
	for host, want := range map[endpoint.Host]endpoint.Host{
		"a.example": "a.example.", "b.example": "b.example.", "c.example": "c.example.", "d.example": "d.example", "e.example": "e.example.", "192.0.2.1": "192.0.2.1",
	} {
		if got := d.Query(host); got != want {
			t.Errorf("%s is asked for as %s", host, got)
		}
	}
	one, same, other := resolve(t, endpoint.Declaration{Hosts: list("a."), Open: list("1")}), resolve(t, endpoint.Declaration{Hosts: list("a", "A."), Open: list("1")}), resolve(t, endpoint.Declaration{Hosts: list("a"), Open: list("1")})
	if !one.Equal(same) || one.Equal(other) {
		t.Error("the dot at the end of a name makes another question, and only that")
	}
	for in, want := range map[string]endpoint.Control{
		"tcp://A.example.:1": {Endpoint: endpoint.Endpoint{Scheme: endpoint.TCP, Host: "a.example", Port: 1}, Query: "a.example."},
		"tcp://a.example:1":  {Endpoint: endpoint.Endpoint{Scheme: endpoint.TCP, Host: "a.example", Port: 1}, Query: "a.example"},
		"tcp://[::1]:1":      {Endpoint: endpoint.Endpoint{Scheme: endpoint.TCP, Host: "::1", Port: 1}, Query: "::1"},
	} {
		if got, err := endpoint.ParseControl(in); err != nil || got != want {
			t.Errorf("%s: %v, %v", in, got, err)
		}
	}
}

func FuzzCheckHost(f *testing.F) {
	for _, s := range []string{"0.0.0.0", "::ffff:0.0.0.0", "fe80::1", "fe80::1%abcdefghijklmnop", "ff02::1", "240.0.0.1", "a", "0.0.0.0.", "1.2.3.4"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		host, err := endpoint.ParseHost(s)
		if err != nil {
			return
		}
		addr, isAddr := host.Addr()
		wrong := isAddr && (addr.IsMulticast() || addr.IsUnspecified() || endpoint.NoHost(netip.AddrFrom16(addr.As16())) != "" ||
			addr.Is6() && addr.IsLinkLocalUnicast() && addr.Zone() == "" || len(addr.Zone()) > 15)
		if err := endpoint.CheckHost(host); (err != nil) != wrong {
			t.Fatalf("%q: %v", s, err)
		}
	})
}
