package guard

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// policy reads rules as they are in the environment; an empty list is not set.
func policy(tb testing.TB, allow, deny string) Policy {
	tb.Helper()
	p, errs := FromEnvironment(func(name string) (string, bool) {
		text := map[string]string{Allow: allow, Deny: deny}[name]
		return text, text != ""
	})
	if len(errs) > 0 {
		tb.Fatal(errs)
	}
	return p
}

// said is the text of an error, which must be a Refusal about host if it is one.
func said(tb testing.TB, err error, host string) string {
	tb.Helper()
	if err == nil {
		return ""
	}
	refused, ok := errors.AsType[Refusal](err)
	if !ok || string(refused.Host) != host || !refused.Permanent() {
		tb.Errorf("%#v is no refusal of %s", err, host)
	}
	return err.Error()
}

func TestAddress(t *testing.T) {
	const (
		unasked = ". Such an address is probed only if it is declared itself, in place of a name"
		local   = "a link-local address, among which clouds have the metadata and credentials of their machines"
		cloud   = "where a cloud keeps the metadata and credentials of its machines"
	)
	tests := []struct{ allow, deny, host, addr, want string }{
		{"", "", "web.example", "192.0.2.1", ""},
		{"", "", "web.example", "127.0.0.1", ""},
		{"", "", "web.example", "169.254.169.254", "web.example resolves to 169.254.169.254, which is " + local + unasked},
		{"", "", "web.example", "fe80::a9fe:a9fe%eth0", "web.example resolves to fe80::a9fe:a9fe%eth0, which is " + local + unasked},
		{"", "", "web.example", "::ffff:169.254.169.254", "web.example resolves to ::ffff:169.254.169.254, which is " + local + unasked},
		{"", "", "web.example", "64:ff9b::a9fe:a9fe", "web.example resolves to 64:ff9b::a9fe:a9fe, which is " + local + unasked},
		{"", "", "web.example", "64:ff9b:1:fffe::a9fe:a9fe", "web.example resolves to 64:ff9b:1:fffe::a9fe:a9fe, which is " + local + unasked},
		{"", "", "web.example", "2002:a9fe:a9fe::1", "web.example resolves to 2002:a9fe:a9fe::1, which is " + local + unasked},
		{"", "", "web.example", "fd00:ec2::254", "web.example resolves to fd00:ec2::254, which is " + cloud + unasked},
		{"", "", "web.example", "fd20:ce::254", "web.example resolves to fd20:ce::254, which is " + cloud + unasked},
		{"", "", "web.example", "fd00:c1::a9fe:a9fe", "web.example resolves to fd00:c1::a9fe:a9fe, which is " + cloud + unasked},
		{"", "", "web.example", "fd00:a9fe:a9fe::1", "web.example resolves to fd00:a9fe:a9fe::1, which is " + cloud + unasked},
		{"", "", "web.example", "fd00:100::100:200", "web.example resolves to fd00:100::100:200, which is " + cloud + unasked},
		{"", "", "web.example", "100.100.100.200", "web.example resolves to 100.100.100.200, which is " + cloud + unasked},
		{"", "", "web.example", "168.63.129.16", "web.example resolves to 168.63.129.16, which is " + cloud + unasked},
		{"", "", "169.254.169.254", "169.254.169.254", ""},
		{"", "", "fd00:ec2::254", "fd00:ec2::254", ""},
		{"", "", "fe80::1%eth0", "fe80::1%eth0", ""},
		// No rule allows a name to lead there.
		{"169.254.0.0/16,web.example", "", "web.example", "169.254.169.254", "web.example resolves to 169.254.169.254, which is " + local + unasked},

		{"", "10.0.0.0/8", "10.1.2.3", "10.1.2.3", `10.1.2.3 is denied by "10.0.0.0/8" in the environment variable PORTCHECK_DENY`},
		{"", "10.0.0.0/8", "web.example", "10.1.2.3", `web.example resolves to 10.1.2.3, which is denied by "10.0.0.0/8" in the environment variable PORTCHECK_DENY`},
		{"", "10.0.0.0/8", "web.example", "11.1.2.3", ""},
		{"", "10.0.0.0/8", "64:ff9b::10.1.2.3", "64:ff9b::10.1.2.3", `64:ff9b::10.1.2.3 is denied by "10.0.0.0/8" in the environment variable PORTCHECK_DENY`},
		{"", "127.0.0.0/8", "web.example", "0.0.0.0", `web.example resolves to 0.0.0.0, which is denied by "127.0.0.0/8" in the environment variable PORTCHECK_DENY`},
		{"", "127.0.0.0/8", "web.example", "::ffff:0.0.0.0", `web.example resolves to ::ffff:0.0.0.0, which is denied by "127.0.0.0/8" in the environment variable PORTCHECK_DENY`},
		{"", "::1", "web.example", "::", `web.example resolves to ::, which is denied by "::1" in the environment variable PORTCHECK_DENY`},
		{"", "fe80::/10", "fe80::1%eth0", "fe80::1%eth0", `fe80::1%eth0 is denied by "fe80::/10" in the environment variable PORTCHECK_DENY`},
		{"", ".corp.example", "db.corp.example", "192.0.2.1", `db.corp.example is denied by ".corp.example" in the environment variable PORTCHECK_DENY`},
		{"", ".corp.example", "corp.example", "192.0.2.1", `corp.example is denied by ".corp.example" in the environment variable PORTCHECK_DENY`},
		{"", "corp.example", "db.corp.example", "192.0.2.1", ""},
		{"", ".corp.example", "evilcorp.example", "192.0.2.1", ""},
		{"", "Corp.Example.", "corp.example", "192.0.2.1", `corp.example is denied by "corp.example" in the environment variable PORTCHECK_DENY`},

		{"10.0.0.0/8", "", "10.1.2.3", "10.1.2.3", ""},
		{"10.0.0.0/8", "", "web.example", "10.1.2.3", ""},
		{"10.0.0.0/8, .corp.example", "", "192.0.2.1", "192.0.2.1", "192.0.2.1 is not in the environment variable PORTCHECK_ALLOW (it has 10.0.0.0/8, .corp.example)"},
		{"10.0.0.0/8 .corp.example", "", "web.example", "192.0.2.1", "web.example resolves to 192.0.2.1, which is not in the environment variable PORTCHECK_ALLOW (it has 10.0.0.0/8, .corp.example)"},
		{"10.0.0.0/8 .corp.example", "", "db.corp.example", "192.0.2.1", ""},
		{"10.0.0.0/8", "", "64:ff9b::10.1.2.3", "64:ff9b::10.1.2.3", "64:ff9b::10.1.2.3 is not in the environment variable PORTCHECK_ALLOW (it has 10.0.0.0/8)"},
		{"192.0.2.1", "", "::ffff:192.0.2.1", "::ffff:192.0.2.1", ""},
		{"1.1.1.1 1.1.1.2 1.1.1.3 1.1.1.4 1.1.1.5 1.1.1.6 1.1.1.7", "", "9.9.9.9", "9.9.9.9", "9.9.9.9 is not in the environment variable PORTCHECK_ALLOW (it has 1.1.1.1, 1.1.1.2, 1.1.1.3, 1.1.1.4, 1.1.1.5 and 2 more)"},

		// What is denied is denied, whatever is allowed.
		{"10.0.0.0/8", "10.9.0.0/16", "10.9.0.1", "10.9.0.1", `10.9.0.1 is denied by "10.9.0.0/16" in the environment variable PORTCHECK_DENY`},
		{".corp.example", "10.9.0.0/16", "db.corp.example", "10.9.0.1", `db.corp.example resolves to 10.9.0.1, which is denied by "10.9.0.0/16" in the environment variable PORTCHECK_DENY`},
		{".corp.example", "secret.corp.example", "secret.corp.example", "10.9.0.1", `secret.corp.example is denied by "secret.corp.example" in the environment variable PORTCHECK_DENY`},
	}
	for _, tt := range tests {
		got := said(t, policy(t, tt.allow, tt.deny).Address(endpoint.Host(tt.host), netip.MustParseAddr(tt.addr)), tt.host)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("allow %q, deny %q: %s at %s (-want +got)\n%s", tt.allow, tt.deny, tt.host, tt.addr, diff)
		}
	}
}

// TestBefore: what is known before a name is resolved, of an alias, and of a name that
// another machine resolves.
func TestBefore(t *testing.T) {
	host := func(p Policy, h endpoint.Host) error { return p.Host(h) }
	elsewhere := func(p Policy, h endpoint.Host) error { return p.Elsewhere(h) }
	alias := func(p Policy, h endpoint.Host) error { return p.Canonical(h, "db.corp.example") }
	const unseen = " is resolved by another machine, which does not tell its address, and "
	tests := []struct {
		ask                     func(Policy, endpoint.Host) error
		allow, deny, host, want string
	}{
		{host, "", "", "169.254.169.254", ""},
		{host, "", "10.0.0.0/8", "web.example", ""},
		{host, "10.0.0.0/8 .corp.example", "", "web.example", ""}, // it may have an address of 10.0.0.0/8
		{host, ".corp.example", "", "web.example", "web.example is not in the environment variable PORTCHECK_ALLOW (it has .corp.example)"},
		{host, "", ".example", "web.example", `web.example is denied by ".example" in the environment variable PORTCHECK_DENY`},
		{host, "", "10.0.0.0/8", "10.0.0.1", `10.0.0.1 is denied by "10.0.0.0/8" in the environment variable PORTCHECK_DENY`},

		{alias, "", "", "www.example", ""},
		{alias, ".example", "", "www.example", ""},
		{alias, "", ".corp.example", "www.example", `www.example is an alias of db.corp.example, which is denied by ".corp.example" in the environment variable PORTCHECK_DENY`},

		{elsewhere, "", "", "web.example", ""},
		{elsewhere, "", "", "169.254.169.254", ""},
		{elsewhere, "", "", "metadata.google.internal", "metadata.google.internal" + unseen + "by its name it is where a cloud keeps the metadata and credentials of its machines"},
		{elsewhere, "", "", "metadata", "metadata" + unseen + "by its name it is where a cloud keeps the metadata and credentials of its machines"},
		{elsewhere, "", "10.0.0.0/8", "web.example", "web.example" + unseen + "the environment variable PORTCHECK_DENY has addresses (10.0.0.0/8)"},
		{elsewhere, ".example", "10.0.0.0/8", "web.example", "web.example" + unseen + "the environment variable PORTCHECK_DENY has addresses (10.0.0.0/8)"},
		{elsewhere, "10.0.0.0/8", "", "web.example", "web.example" + unseen + "the environment variable PORTCHECK_ALLOW does not have the name (it has 10.0.0.0/8)"},
		{elsewhere, "10.0.0.0/8 web.example", ".corp.example", "web.example", ""},
		{elsewhere, "", "10.0.0.0/8", "192.0.2.1", ""},
		{elsewhere, "", "10.0.0.0/8", "10.0.0.1", `10.0.0.1 is denied by "10.0.0.0/8" in the environment variable PORTCHECK_DENY`},
	}
	for _, tt := range tests {
		got := said(t, tt.ask(policy(t, tt.allow, tt.deny), endpoint.Host(tt.host)), tt.host)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("allow %q, deny %q: %s (-want +got)\n%s", tt.allow, tt.deny, tt.host, diff)
		}
	}
}

func TestNetwork(t *testing.T) {
	tests := []struct{ allow, deny, network, want string }{
		{"", "", "10.0.0.0/24", ""},
		{"", "", "169.254.169.0/24", "169.254.169.0/24 has addresses of 169.254.0.0/16: a link-local address, among which clouds have the metadata and credentials of their machines. Such an address is probed only if it is declared itself, not in a network"},
		{"", "", "100.100.100.0/24", "100.100.100.0/24 has addresses of 100.100.100.200: where a cloud keeps the metadata and credentials of its machines. Such an address is probed only if it is declared itself, not in a network"},
		{"", "", "64:ff9b::a9fe:a900/120", "64:ff9b::a9fe:a900/120 has addresses of 169.254.0.0/16: a link-local address, among which clouds have the metadata and credentials of their machines. Such an address is probed only if it is declared itself, not in a network"},
		{"", "", "2002:a9fe:a9fe::/127", "2002:a9fe:a9fe::/127 has addresses of 169.254.0.0/16: a link-local address, among which clouds have the metadata and credentials of their machines. Such an address is probed only if it is declared itself, not in a network"},
		{"", "", "64:ff9b::c000:200/120", ""},
		{"", "192.0.2.7", "64:ff9b::c000:200/120", `64:ff9b::c000:200/120 has addresses that are denied by "192.0.2.7" in the environment variable PORTCHECK_DENY`},
		{"", "10.0.0.128/25", "10.0.0.0/24", `10.0.0.0/24 has addresses that are denied by "10.0.0.128/25" in the environment variable PORTCHECK_DENY`},
		{"", "10.0.0.0/8", "10.0.0.0/24", `10.0.0.0/24 has addresses that are denied by "10.0.0.0/8" in the environment variable PORTCHECK_DENY`},
		{"", "10.0.1.0/24 .example", "10.0.0.0/24", ""},
		{"10.0.0.0/8", "", "10.0.0.0/24", ""},
		{"10.0.0.0/25 10.0.0.128/26 10.0.0.192/26", "", "10.0.0.0/24", ""},
		{"10.0.0.0/25 10.0.0.192/26", "", "10.0.0.0/24", "10.0.0.0/24 has addresses that are not in the environment variable PORTCHECK_ALLOW (it has 10.0.0.0/25, 10.0.0.192/26), such as 10.0.0.128"},
		{".example", "", "2001:db8::/120", "2001:db8::/120 has addresses that are not in the environment variable PORTCHECK_ALLOW (it has .example), such as 2001:db8::"},
		{"2001:db8::/121 2001:db8::80/121", "", "2001:db8::/120", ""},
		{"10.0.0.1", "", "10.0.0.1/32", ""},
		{"10.0.0.1", "", "10.0.0.0/31", "10.0.0.0/31 has addresses that are not in the environment variable PORTCHECK_ALLOW (it has 10.0.0.1), such as 10.0.0.0"},
	}
	for _, tt := range tests {
		network := netip.MustParsePrefix(tt.network)
		got := said(t, policy(t, tt.allow, tt.deny).Network(network), network.Addr().String())
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("allow %q, deny %q: %s (-want +got)\n%s", tt.allow, tt.deny, tt.network, diff)
		}
	}
}

func TestMalformed(t *testing.T) {
	tests := map[string]string{
		"":                         "is set and has no rule: unset it, or give it some",
		" ,\n\t":                   "is set and has no rule: unset it, or give it some",
		"10.0.0.0/33":              `has "10.0.0.0/33": it is not a CIDR`,
		"10.0.0.1/8":               `has "10.0.0.1/8": it has host bits set, and its network is 10.0.0.0/8`,
		"::ffff:0:0/96":            `has "::ffff:0:0/96": it is an IPv4-mapped network, which is written in its IPv4 form`,
		"10.0.0.0/8, :":            `has ":": a host is written without a port`,
		"10.0.0":                   `has "10.0.0": it ends in a number as an address does, but is not an IPv4 address`,
		".10.0.0.1":                `has ".10.0.0.1": it is an address with a dot before it`,
		"fe80::1%eth0":             `has "fe80::1%eth0": it has a zone, and a rule is about an address on every interface`,
		"*.corp.example":           `has "*.corp.example": '*' does not belong in a host name`,
		"..corp.example":           `has "..corp.example": a part between two dots is empty`,
		".":                        `has ".": it is empty`,
		"10.0.0.1-10.0.0.9":        `has "10.0.0.1-10.0.0.9": it is a range of addresses. Write a CIDR, such as "10.0.0.0/28", or each address`,
		"10.0.0.0/8;::1":           `has "10.0.0.0/8;::1": it is not a CIDR`,
		"tcp://web:80":             `has "tcp://web:80": it is not a CIDR`,
		strings.Repeat("a ", 1001): "has 1001 rules, and at most 1000 are read",
	}
	for text, want := range tests {
		p, errs := FromEnvironment(func(name string) (string, bool) { return text, name == Deny })
		if len(errs) != 1 {
			t.Errorf("%q: %v, %v", text, p, errs)
			continue
		}
		want = "the environment variable PORTCHECK_DENY " + want + ". " + expectedRules
		if diff := cmp.Diff(want, errs[0].Error()); diff != "" {
			t.Errorf("%q (-want +got)\n%s", text, diff)
		}
	}
}

// FuzzRules: whatever is read as a rule is written as one that is read alike, and
// denies what it names.
func FuzzRules(f *testing.F) {
	for _, seed := range []string{"10.0.0.0/8", "::1", ".corp.example", "a, b", "fe80::/10", "169.254.169.254"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rules, err := parse(text)
		if err != nil {
			if strings.Contains(err.Error(), "\n") || len(err.Error()) > 500 {
				t.Errorf("%q: %q", text, err)
			}
			return
		}
		for _, r := range rules {
			again, err := parse(r.String())
			if err != nil || len(again) != 1 || again[0] != r {
				t.Errorf("%q: %q is read as %v, %v", text, r, again, err)
			}
			p := Policy{deny: []rule{r}}
			refused := error(nil)
			if r.ofAddresses() {
				refused = p.Network(r.prefix)
			} else {
				refused = p.Host(r.name)
			}
			if refused == nil {
				t.Errorf("%q denies nothing", r)
			}
		}
	})
}
