package service_test

import (
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// TestDNSOptions: a question of one's own must be answered as it should be.
func TestDNSOptions(t *testing.T) {
	named := porttest.Daemon{
		Command: "named -g -c DIR/named.conf",
		Root:    true,
		Files: map[string]string{"named.conf": `options {
	directory "DIR";
	pid-file none;
	session-keyfile none;
	listen-on port PORT { 127.0.0.1; };
	listen-on-v6 { none; };
	dnssec-validation no;
	notify no;
	recursion no;
};
zone "example.com" { type primary; file "DIR/zone"; };
zone "broken.example" { type primary; file "DIR/missing"; };
controls { };
`, "zone": `$TTL 60
@ IN SOA ns.example.com. root.example.com. 1 60 60 60 60
@ IN NS ns
@ IN MX 10 mail
ns IN A 192.0.2.1
alias IN CNAME www
away IN CNAME www.example.org.
www IN A 192.0.2.2
_sip._tcp IN SRV 0 0 5060 www
`},
		Ready: " running\n",
	}.Start(t)
	const a, aaaa, mx, srv = 1, 28, 15, 33
	for _, tt := range []struct {
		ask  look.DNS
		want string
	}{
		{look.DNS{Name: "www.example.com.", Type: a}, "open service-response"},
		{look.DNS{Name: "WWW.example.com.", Type: a}, "open service-response"},
		{look.DNS{Name: "alias.example.com.", Type: a}, "open service-response"},
		{look.DNS{Name: "alias.example.com.", Type: aaaa}, "unresponsive unexpected-answer NOERROR, but no record for AAAA alias.example.com."},
		{look.DNS{Name: "away.example.com.", Type: aaaa}, "open service-response"}, // who asks goes on elsewhere
		{look.DNS{Name: "example.com.", Type: mx}, "open service-response"},
		{look.DNS{Name: "_sip._tcp.example.com.", Type: srv}, "open service-response"},
		{look.DNS{Name: "www.example.com.", Type: aaaa}, "unresponsive unexpected-answer NOERROR, but no record for AAAA www.example.com."},
		{look.DNS{Name: "www.example.com.", Type: aaaa, Codes: []look.RCode{0}}, "open service-response"},
		{look.DNS{Name: "none.example.com.", Type: a}, "unresponsive unexpected-answer NXDOMAIN for A none.example.com."},
		{look.DNS{Name: "none.example.com.", Type: a, Codes: []look.RCode{0, 3}}, "open service-response"},
		{look.DNS{Name: "www.example.com.", Type: a, Codes: []look.RCode{3}}, "unresponsive unexpected-answer NOERROR for A www.example.com."},
		{look.DNS{Name: "www.example.org.", Type: a}, "unresponsive unexpected-answer REFUSED for A www.example.org."},
		{look.DNS{Name: "www.example.org.", Type: a, Codes: []look.RCode{5}}, "open service-response"},
		{look.DNS{Name: "broken.example.", Type: a}, "unresponsive unavailable SERVFAIL"},
		{look.DNS{Name: "broken.example.", Type: a, Codes: []look.RCode{0}}, "unresponsive unavailable SERVFAIL"},
		{look.DNS{Name: "broken.example.", Type: a, Codes: []look.RCode{2}}, "open service-response"},
	} {
		for _, scheme := range []endpoint.Scheme{endpoint.DNS, endpoint.DNSTCP} {
			if got := lookAsked(t, look.Target{Scheme: scheme, Addr: named.Addr, DNS: &tt.ask}); got != tt.want {
				t.Errorf("%s %+v: %s, want %s", scheme, tt.ask, got, tt.want)
			}
		}
	}
}
