package blackbox

import (
	"crypto/x509"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// httpAnswer is an answer of a module that speaks HTTP.
func httpAnswer(success bool, status int, msg, err, metrics string) string {
	text := answerOf(success, "")
	if msg != "" {
		text = strings.Replace(text, "probe:\n", fmt.Sprintf("probe:\ntime=2026-11-26T22:55:39.679Z level=ERROR msg=%q err=%q\n", msg, err), 1)
	}
	return strings.Replace(text, "returned:\n", fmt.Sprintf("returned:\nprobe_http_status_code %d\n%s", status, metrics), 1)
}

// TestJudgeServices: the module decides whether a service speaks, unless the target says
// more.
func TestJudgeServices(t *testing.T) {
	const dial, bad, body = "Error for HTTP request", "Invalid HTTP response status code, wanted 2xx", "Failed to read HTTP response body"
	ok200, any4xx := &look.HTTP{Status: []look.StatusRange{{First: 200, Last: 200}}}, &look.HTTP{Status: []look.StatusRange{{First: 400, Last: 499}}}
	expires := fmt.Sprintf("probe_ssl_earliest_cert_expiry %d\n", time.Now().Add(20*24*time.Hour).Unix())
	roots := x509.NewCertPool()
	const get = `Get "https://192.0.2.7:443/": `
	tests := []struct {
		name   string
		text   string
		target look.Target
		want   string
		detail string
	}{
		{"200", httpAnswer(true, 200, "", "", ""), look.Target{Scheme: endpoint.HTTP}, "open service-response", ""},
		{"204, 200 wanted", httpAnswer(true, 204, "", "", ""), look.Target{Scheme: endpoint.HTTP, HTTP: ok200}, "unresponsive status-204", ""},
		{"404", httpAnswer(false, 404, bad, "", ""), look.Target{Scheme: endpoint.HTTP}, "unresponsive status-404", ""},
		{"404 without a log", httpAnswer(false, 404, "", "", ""), look.Target{Scheme: endpoint.HTTP}, "unresponsive status-404", ""},
		{"404, 4xx wanted", httpAnswer(false, 404, bad, "", ""), look.Target{Scheme: endpoint.HTTP, HTTP: any4xx}, "open service-response", ""},
		{"404, 4xx wanted, without a log", httpAnswer(false, 404, "", "", ""), look.Target{Scheme: endpoint.HTTP, HTTP: any4xx}, "open service-response", ""},
		{"200 and a wrong body", httpAnswer(false, 200, "Body did not match regular expression", "", ""), look.Target{Scheme: endpoint.HTTP}, "unresponsive wrong-protocol", `status 200, and module "m" wants more: Body did not match regular expression`},
		{"200 and no body", httpAnswer(false, 200, body, "context deadline exceeded", ""), look.Target{Scheme: endpoint.HTTP}, "unresponsive incomplete-answer", ""},
		{"200 and half a body", httpAnswer(false, 200, body, "unexpected EOF", ""), look.Target{Scheme: endpoint.HTTP}, "unresponsive closed-early", ""},
		{"mute", httpAnswer(false, 0, dial, get+"context deadline exceeded", "probe_http_duration_seconds{phase=\"connect\"} 0.1\n"), look.Target{Scheme: endpoint.HTTP}, "unresponsive no-greeting", ""},
		{"TLS or not", httpAnswer(false, 0, dial, get+"context deadline exceeded", ""), look.Target{Scheme: endpoint.HTTPS}, "closed|filtered not-told", "silent, before TLS or in it: this version of the exporter does not tell"},
		{"redirect", httpAnswer(false, 0, dial, `Get "http://dial tcp/": dial tcp 192.0.2.9:80: connect: connection refused`, "probe_http_redirects 1\n"), look.Target{Scheme: endpoint.HTTP}, "unresponsive unavailable", "*"},
		{"enough days", httpAnswer(true, 200, "", "", expires), look.Target{Scheme: endpoint.HTTPS, TLS: &look.TLS{MinDays: 19}}, "open service-response", ""},
		{"few days", httpAnswer(true, 200, "", "", expires), look.Target{Scheme: endpoint.HTTPS, TLS: &look.TLS{MinDays: 21}}, "unresponsive tls-expires-soon", "valid until " + time.Now().Add(20*24*time.Hour).UTC().Format(time.DateOnly)},
		{"HTTP, not TLS", httpAnswer(false, 0, dial, get+"http: server gave HTTP response to HTTPS client", ""), look.Target{Scheme: endpoint.HTTPS}, "unresponsive wrong-protocol", "http: server gave HTTP response to HTTPS client"},
		{"unknown authority", httpAnswer(false, 0, dial, get+"tls: failed to verify certificate: x509: certificate signed by unknown authority", ""), look.Target{Scheme: endpoint.HTTPS, Host: "web"}, "unresponsive tls-unknown-authority", "*"},
		{"authority of ours", httpAnswer(false, 0, dial, get+"x509: certificate signed by unknown authority", ""), look.Target{Scheme: endpoint.HTTPS, Host: "web", TLS: &look.TLS{Roots: roots}}, "unknown vantage-failed", `module "m" has no tls_config.ca_file: it trusts others than you`},
		{"verified by address", httpAnswer(false, 0, dial, get+"x509: cannot validate certificate for 192.0.2.7 because it doesn't contain any IP SANs", ""), look.Target{Scheme: endpoint.HTTPS, Host: "192.0.2.7"}, "unknown vantage-failed", `module "m" verifies certificates: it lacks insecure_skip_verify`},
		{"name for address", httpAnswer(false, 0, dial, get+"x509: certificate is valid for web, not 192.0.2.7", ""), look.Target{Scheme: endpoint.HTTPS, Host: "web"}, "unknown vantage-failed", "this version of the exporter verifies an address: set tls_config.server_name"},
		{"name for name", httpAnswer(false, 0, dial, get+"x509: certificate is valid for other, not web", ""), look.Target{Scheme: endpoint.HTTPS, Host: "web"}, "unresponsive tls-wrong-name", "x509: certificate is valid for other, not web"},
		{"module", httpAnswer(false, 0, "Error generating HTTP client", "open /ca.pem: no such file", ""), look.Target{Scheme: endpoint.HTTPS}, "unknown vantage-failed", `module "m": Error generating HTTP client`},
	}
	for _, tt := range tests {
		a, err := parse(tt.text)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		var r look.Result
		tt.target.Addr = netip.MustParseAddrPort("192.0.2.7:443")
		q, err := newQuestion(module{Name: "m", Prober: proberHTTP}, tt.target, "")
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		q.judge(a, lookTimeout, &r)
		if seen(r) != tt.want || tt.detail != "*" && r.Detail != tt.detail {
			t.Errorf("%s: %s, %q, want %s, %q", tt.name, seen(r), r.Detail, tt.want, tt.detail)
		}
		if wantSpeaks := tt.name == "HTTP, not TLS"; (r.Speaks == endpoint.HTTP) != wantSpeaks {
			t.Errorf("%s: speaks %q", tt.name, r.Speaks)
		}
	}
}

// TestTold: texts that the recorded answers do not have, and some that lie.
func TestTold(t *testing.T) {
	tests := []struct{ err, want string }{
		{"dial tcp 192.0.2.7:80: connect: no route to host", "filtered host-unreach"},
		{"dial tcp 192.0.2.7:80: connectex: No connection could be made because the target machine actively refused it.", "closed conn-refused"},
		{"dial tcp 192.0.2.7:80: socket: too many open files", "unknown no-descriptor"},
		{"dial tcp 192.0.2.7:80: connect: cannot assign requested address", "unknown no-local-port"},
		{"dial tcp [2001:db8::7]:80: connect: cannot assign requested address", "unknown no-route"},
		{"dial udp [2001:db8::7]:53: connect: cannot assign requested address", "unknown no-route"},
		{"dial tcp 192.0.2.7:80: connect: operation not permitted", "unknown perm-denied"},
		{"dial tcp 192.0.2.7:80: operation was canceled", "unknown vantage-failed"},
		{"dial tcp 192.0.2.7:80: connect: something new", "closed|filtered not-told"},
		{"address 192.0.2.7: no suitable address found", "unknown no-address"},
		{"read udp 10.0.0.1:1->192.0.2.7:53: i/o timeout", "open|filtered no-response"},
		{"read udp 10.0.0.1:1->192.0.2.7:53: read: connection refused", "closed port-unreach"},
		{`Get "http://192.0.2.7:80/": EOF`, "unresponsive closed-early"},
		{`Get "http://192.0.2.7:80/": read tcp 10.0.0.1:1->192.0.2.7:80: read: connection reset by peer`, "unresponsive closed-early"},
		{`Get "http://192.0.2.7:80/": net/http: HTTP/1.x transport connection broken: malformed HTTP response "SSH-2.0-x"`, "unresponsive wrong-protocol"},
		{`Head "https://192.0.2.7:443/": remote error: tls: handshake failure`, "unresponsive tls-handshake-failure"},
		{"remote error: tls: unrecognized name", "unresponsive tls-unrecognized-name"},
		{"remote error: tls: protocol version not supported", "unresponsive tls-protocol-version"},
		{"remote error: tls: internal error", "unresponsive tls-alert"},
		{"remote error: tls: certificate required", "open service-response"},
		{"tls: server selected unsupported protocol version 301", "unresponsive tls-protocol-version"},
		{"x509: certificate has expired or is not yet valid: current time 2026-11-26T22:55:39Z is after 2026-01-01T00:00:00Z", "unresponsive tls-expired"},
		{"x509: certificate has expired or is not yet valid: current time 2026-11-26T22:55:39Z is before 2027-01-01T00:00:00Z", "unresponsive tls-not-yet-valid"},
		{"x509: certificate is not valid for any names, but wanted to match web", "unresponsive tls-wrong-name"},
		{"x509: certificate specifies an incompatible key usage", "unresponsive tls-bad-certificate"},
		// A name in a certificate, and the URL of a redirect.
		{"x509: certificate is valid for connect: connection refused, not web", "unresponsive tls-wrong-name"},
		{`Get "http://x/\": dial tcp 192.0.2.7:80: connect: connection refused": EOF`, "unresponsive closed-early"},
		{"something new", " "},
	}
	for _, tt := range tests {
		state, reason, _ := reasonOf(tt.err)
		if got := fmt.Sprintf("%s %s", state, reason); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.err, got, tt.want)
		}
	}
}

// TestShortTime: silence that lasted only as long as the module lets it says so.
func TestShortTime(t *testing.T) {
	a, err := parse(recorded(t, "0.23.0", "dropped"))
	if err != nil {
		t.Fatal(err)
	}
	var r look.Result
	question{module: module{Name: "tcp_connect"}, asked: tcpTarget}.judge(a, lookTimeout, &r)
	if want := `silent for 1.5s, the time-out of module "tcp_connect", and not 10s`; r.Detail != want || seen(r) != "filtered no-response" {
		t.Errorf("%+v, want %s", r, want)
	}
}
