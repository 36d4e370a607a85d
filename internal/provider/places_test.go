package provider

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/guard"
)

// TestPlaceErrors: each mistake in a block has its error, given whole.
func TestPlaceErrors(t *testing.T) {
	for _, tt := range []struct {
		name   string
		blocks []given
		want   []string
	}{
		{"all kinds, whole", []given{
			sshTo("vpc-a", map[string]any{argPort: 2222, argTimeout: "10s", argVia: "office", argResolve: "vantage"}),
			socksAt("office", map[string]any{argUsername: "u", argPassword: secret}),
			proxyAt("proxy", map[string]any{argVia: "vpc-a"}),
			exporterAt("eu-west", map[string]any{argVia: "proxy", argBearerToken: secret, argHeaders: map[string]any{"X-Scope": secret}, argModules: map[string]any{"https": "http_2xx"}}),
		}, nil},
		{"a name that is none", []given{sshTo("vpc a", nil)}, []string{
			`ssh[0].name: ssh[0]: name is "vpc a". Expected a name of at most 100 letters, digits, "-", "_" and ".".`}},
		{"an empty name", []given{socksAt("", nil)}, []string{
			`socks5[0].name: socks5[0]: name is "". Expected a name of at most 100 letters, digits, "-", "_" and ".".`}},
		{"this machine's name", []given{socksAt("local", nil)}, []string{
			`socks5[0].name: socks5[0]: name is "local". Expected another name: "local" is this machine.`}},
		{"one name twice", []given{sshTo("a", nil), socksAt("b", nil), socksAt("a", nil)}, []string{
			`socks5[1].name: socks5[1]: name is "a", and ssh[0] has that name too. Expected a name that no other block has.`}},
		{"a host that is none", []given{sshTo("a", map[string]any{argHost: "bastion:22"})}, []string{
			`ssh[0].host: ssh "a": host is "bastion:22". Expected a host name or an address, such as "bastion.example.com", but a host is written without a port.`}},
		{"an empty host", []given{sshTo("a", map[string]any{argHost: ""})}, []string{
			`ssh[0].host: ssh "a": host is "". Expected a host name or an address, such as "bastion.example.com", but it is empty.`}},
		{"a port that is none", []given{sshTo("a", map[string]any{argPort: 65536})}, []string{
			`ssh[0].port: ssh "a": port is "65536". Expected a whole number from 1 to 65535.`}},
		{"a time-out that is none", []given{sshTo("a", map[string]any{argTimeout: "30"})}, []string{
			`ssh[0].timeout: ssh "a": timeout is "30". Expected a duration from 1s to 10m0s, such as "5s" or "500ms".`}},
		{"an empty secret", []given{sshTo("a", map[string]any{argPassword: ""})}, []string{
			`ssh[0].name: ssh "a": password is "". Expected a value, or null to leave the argument out.`}},
		{"another way to resolve", []given{sshTo("a", map[string]any{argResolve: "remote"})}, []string{
			`ssh[0].resolve: ssh "a": resolve is "remote". Expected one of "local", "vantage".`}},
		{"nothing to know the host by", []given{sshTo("a", map[string]any{argHostKey: nil})}, []string{
			`ssh[0].name: ssh "a": neither host_key nor known_hosts is set. Expected at least one of them.`}},
		{"no credentials", []given{sshTo("a", map[string]any{argPassword: nil, argAgent: false})}, []string{
			`ssh[0].name: ssh "a": neither password nor private_key nor agent is set. Expected at least one of them.`}},
		{"a certificate without its key", []given{sshTo("a", map[string]any{argCertificate: "ssh-ed25519-cert AAAA"})}, []string{
			`ssh[0].certificate: ssh "a": certificate is set without private_key or agent. Expected it together with private_key or agent.`}},
		{"a key of no agent", []given{sshTo("a", map[string]any{argAgentIdentity: "me"})}, []string{
			`ssh[0].agent_identity: ssh "a": agent_identity is set without agent. Expected it together with agent.`}},
		{"what the place itself refuses", []given{sshTo("a", map[string]any{argHostKey: "broken"}), socksAt("b", map[string]any{argVia: "a"})}, []string{
			`ssh[0].host_key: ssh "a": host_key is not a public key. Expected a line such as "ssh-ed25519 AAAA…".`}},
		{"an address without a port", []given{socksAt("a", map[string]any{argAddress: "proxy"})}, []string{
			`socks5[0].address: socks5 "a": address is "proxy". Expected HOST:PORT, such as "proxy.example.com:1080" or "[2001:db8::1]:1080".`}},
		{"half of the credentials", []given{socksAt("a", map[string]any{argUsername: "u"}), proxyAt("b", map[string]any{argPassword: secret})}, []string{
			`socks5[0].username: socks5 "a": username is set without password. Expected it together with password.`,
			`http_proxy[0].name: http_proxy "b": password is set without username. Expected it together with username.`}},
		{"a proxy with a path", []given{proxyAt("a", map[string]any{argURL: "http://proxy.example.com/x"})}, []string{
			`http_proxy[0].url: http_proxy "a": url is "http://proxy.example.com/x". Expected a URL of scheme, host and port alone, such as "http://proxy.example.com:3128".`}},
		{"a proxy without a scheme", []given{proxyAt("a", map[string]any{argURL: "proxy:3128"})}, []string{
			`http_proxy[0].url: http_proxy "a": url is "proxy:3128". Expected a URL, such as "http://proxy.example.com:3128".`}},
		{"a URL that is none", []given{exporterAt("a", map[string]any{argURL: "blackbox:9115"})}, []string{
			`blackbox[0].url: blackbox "a": url is "blackbox:9115". Expected a URL, such as "https://blackbox.example.com:9115".`}},
		{"a URL with credentials", []given{exporterAt("a", map[string]any{argURL: "https://me:" + secret + "@blackbox.example.com"})}, []string{
			`blackbox[0].name: blackbox "a": url is not shown here. Expected a URL without credentials, which have arguments of their own.`}},
		{"a broken URL with credentials", []given{exporterAt("a", map[string]any{argURL: "https://me:" + secret + "%zz@blackbox.example.com"})}, []string{
			`blackbox[0].name: blackbox "a": url is not shown here. Expected a URL, such as "https://blackbox.example.com:9115".`}},
		{"two credentials", []given{exporterAt("a", map[string]any{argBearerToken: secret, argUsername: "u", argPassword: secret})}, []string{
			`blackbox[0].name: blackbox "a": both bearer_token and username are set. Expected one of them.`}},
		{"an empty header", []given{exporterAt("a", map[string]any{argHeaders: map[string]any{"X-Scope": ""}})}, []string{
			`blackbox[0].name: blackbox "a": headers is empty at "X-Scope". Expected a map whose keys and values are not empty.`}},
		{"no certificate", []given{exporterAt("a", map[string]any{attrCAPEM: "ca.pem"})}, []string{
			`blackbox[0].ca_pem: blackbox "a": ca_pem is "ca.pem". Expected certificates in PEM, such as file("ca.pem") gives, but it has no certificate.`}},
		{"half of a client", []given{exporterAt("a", map[string]any{argClientKeyPEM: secret})}, []string{
			`blackbox[0].name: blackbox "a": client_key_pem is set without client_cert_pem. Expected it together with client_cert_pem.`}},
		{"a way over nobody", []given{sshTo("a", map[string]any{argVia: "b"})}, []string{
			`ssh[0].via: ssh "a": via is "b", and no block has that name. Expected no via: there is no other ssh, socks5 or http_proxy block.`}},
		{"a way over another", []given{sshTo("a", map[string]any{argVia: "x"}), socksAt("b", nil), proxyAt("c", nil), exporterAt("d", nil)}, []string{
			`ssh[0].via: ssh "a": via is "x", and no block has that name. Expected one of "b", "c".`}},
		{"a way over this machine", []given{sshTo("a", map[string]any{argVia: "local"})}, []string{
			`ssh[0].via: ssh "a": via is "local". Expected another name: "local" is this machine.`}},
		{"a way over an exporter", []given{sshTo("a", map[string]any{argVia: "b"}), exporterAt("b", nil)}, []string{
			`ssh[0].via: ssh "a": via is "b", and nothing can be reached through a blackbox block. Expected no via: there is no other ssh, socks5 or http_proxy block.`}},
		{"a way over itself", []given{sshTo("a", map[string]any{argVia: "a"})}, []string{
			`ssh[0].via: ssh "a": via is "a", which leads round in a circle: a -> a. Expected a way that ends at this machine.`}},
		{"a circle", []given{sshTo("a", map[string]any{argVia: "c"}), socksAt("b", map[string]any{argVia: "a"}), proxyAt("c", map[string]any{argVia: "b"}), exporterAt("d", map[string]any{argVia: "c"})}, []string{
			`ssh[0].via: ssh "a": via is "c", which leads round in a circle: a -> c -> b -> a. Expected a way that ends at this machine.`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, diags := placesOf(t.Context(), configOf(t, tt.blocks...), simply, guard.Policy{})
			if diff := cmp.Diff(append([]string{}, tt.want...), told(diags)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if said := fmt.Sprint(diags); strings.Contains(said, secret) {
				t.Errorf("a secret is told: %s", said)
			}
		})
	}
}

// TestPlacesNotKnownYet: an unknown argument is not refused, and shuts the gate of
// the objects that look from there.
func TestPlacesNotKnownYet(t *testing.T) {
	unknown := tftypes.UnknownValue
	d := &providerData{settings: defaultSettings}
	read := func(blocks ...given) {
		t.Helper()
		var diags diag.Diagnostics
		d.places, diags = placesOf(t.Context(), configOf(t, blocks...), simply, guard.Policy{})
		if len(diags) > 0 {
			t.Fatal(diags)
		}
		d.scanners = d.settings.scanners(d.places, guard.Policy{})
	}
	holds := func(why string, from ...string) {
		t.Helper()
		if g := d.gateTo(from); g.why != why || g.unsure != (why != "") {
			t.Errorf("%v: %+v", from, g)
		}
	}

	read(sshTo("a", map[string]any{argHost: unknown, argPassword: unknown}), socksAt("b", map[string]any{argVia: "a"}), socksAt("c", nil))
	holds("", endpoint.Local)
	holds("", "c", endpoint.Local)
	holds(`The place to look from is not known yet: ssh "a": host, password.`, "a")
	holds(`The place to look from is not known yet: ssh "a": host, password.`, "c", "b", "a")
	if d.scanners["c"] == nil || d.scanners["a"] != nil || d.scanners["b"] != nil || len(d.scanners) != 2 {
		t.Errorf("scanners %v", d.scanners)
	}
	if diags := d.placed([]string{"a", "x"}, nil); len(diags) != 1 || told(diags)[0] !=
		`from[1]: Element 1 of from is "x", and no block of the provider has that name. Expected "local" or one of "a", "b", "c".` {
		t.Error(told(diags))
	}
	if said := told(d.places.notYet()); len(said) != 1 || said[0] != `: ssh "a": host, password. Nothing is probed from these places before they are known. `+
		`State stays as it is. Outputs that have no value yet are null, or known after apply.` {
		t.Error(said)
	}

	// A block of a for_each whose keys are not known stands for any number.
	read(exporterAt(unknown, map[string]any{argURL: unknown}), sshTo("a", map[string]any{argVia: "z"}), sshTo("b", map[string]any{argVia: unknown}))
	holds(`The place to look from is not known yet: whether a block is called "eu-west".`, "eu-west")
	holds(`The place to look from is not known yet: ssh "a": the block that via names.`, "a")
	holds(`The place to look from is not known yet: ssh "b": via.`, "b")
	if diags := d.placed([]string{"eu-west"}, nil); len(diags) > 0 {
		t.Error(diags)
	}

	read(given{kind: kindBlackbox})
	holds(`The place to look from is not known yet: whether a block is called "eu-west".`, "eu-west")
	if said := told(d.places.notYet()); len(said) != 1 || !strings.HasPrefix(said[0], ": how many blackbox blocks there are. Nothing is probed") {
		t.Error(said)
	}

	// No combination is refused while it may still come right.
	read(sshTo("a", map[string]any{argHostKey: nil, argKnownHosts: unknown, argPassword: nil, argAgent: unknown}),
		exporterAt("b", map[string]any{argHeaders: map[string]any{"X": unknown}}))
	holds(`The place to look from is not known yet: blackbox "b": headers.`, "b")
}

// TestUnseen: an endpoint that a place cannot look at is refused.
func TestUnseen(t *testing.T) {
	d := &providerData{settings: defaultSettings}
	d.places, _ = placesOf(t.Context(), configOf(t, sshTo("a", nil), exporterAt("b", nil)), simply, guard.Policy{})
	d.scanners = d.settings.scanners(d.places, guard.Policy{})
	got := told(d.placed([]string{endpoint.Local, "a", "b"}, declared(t, "53/udp", "22")))
	got = append(got, told(d.placed([]string{"b"}, declared(t, "443/https", "22")))...)
	if diff := cmp.Diff([]string{
		`from[1]: udp://web:53 is declared, and ssh "a" cannot look at udp endpoints. Expected ports that this place can look at, or another place.`,
		`from[2]: udp://web:53 is declared, and blackbox "b" cannot look at udp endpoints. Expected ports that this place can look at, or another place.`,
		`from[0]: https://web:443 is declared, and blackbox "b" cannot look at https endpoints. Expected a module of the exporter for it, such as modules = { https = "NAME" }, or another place.`,
	}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestFrom: each mistake in from has its error, given whole.
func TestFrom(t *testing.T) {
	for _, tt := range []struct {
		from []string
		want string
	}{
		{nil, ""},
		{[]string{"local", "vpc-a"}, ""},
		{[]string{}, ""},
		{[]string{"a", "b", "a"}, `from[2]: Element 2 of from is "a", which is in the list already. Expected each name once.`},
		{[]string{"vpc a"}, `from[0]: Element 0 of from is "vpc a". Expected "local", or the name of one of the provider's blocks.`},
	} {
		object := arguments{}
		if tt.from != nil {
			object[attrFrom] = tt.from
		}
		names, state, diags := fromIn(context.Background(), object)
		if got := strings.Join(told(diags), "\n"); got != tt.want {
			t.Errorf("%q: %s", tt.from, got)
		}
		if empty := tt.from != nil && len(tt.from) == 0; tt.want == "" && (state == isUnknown || (len(names) == 0) != empty) {
			t.Errorf("%q: %q, %v", tt.from, names, state)
		}
	}
	_, _, diags := fromOne(t.Context(), arguments{attrFrom: []string{"a", "b"}})
	if got := told(diags); len(got) != 1 || got[0] != `from: from has the names "a" and "b". Expected one name: a scan for open ports is made from one place.` {
		t.Error(got)
	}
}
