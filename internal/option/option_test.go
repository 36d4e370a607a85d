package option

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// mapOf returns the map called name.
func mapOf(t *testing.T, name string) Map {
	t.Helper()
	for _, m := range Maps() {
		if m.Name == name {
			return m
		}
	}
	t.Fatalf("no map is called %s", name)
	return Map{}
}

// known makes values that are all known.
func known(options map[string]string) map[string]Value {
	values := map[string]Value{}
	for name, text := range options {
		values[name] = Value{Text: text}
	}
	return values
}

// declare declares open ports on web.example.com and 192.0.2.1.
func declare(t *testing.T, open ...string) *endpoint.Declared {
	t.Helper()
	var ports endpoint.List
	for _, port := range open {
		ports.Elements = append(ports.Elements, endpoint.Element{Value: port})
	}
	declared, problems := endpoint.Declaration{
		Hosts: endpoint.List{Elements: []endpoint.Element{{Value: "web.example.com"}, {Value: "192.0.2.1"}}},
		Open:  ports, Closed: endpoint.List{Null: true},
	}.Resolve()
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return declared
}

var everything = []string{"80/ws", "443/wss", "80/http", "443/https", "8000-8010/http", "443/tls", "25/smtp", "587/submission", "143/imap", "110/pop3", "21/ftp", "389/ldap", "5432/postgres", "53/dns", "53/dns-tcp", "50051/grpc", "443/grpcs"}

// TestOptions: what options say reaches the targets that they are for.
func TestOptions(t *testing.T) {
	ca := porttest.NewCA(t)
	cert, key := ca.Issue(t, time.Now(), time.Now().Add(time.Hour), "client")
	at := func(scheme endpoint.Scheme) look.Target { return look.Target{Scheme: scheme} }
	tests := []struct {
		attribute, key string
		options        map[string]string
		endpoint       string
		want           func(*look.Target)
	}{
		{"http", "443/https", map[string]string{"path": "/healthz?deep=1", "method": "OPTIONS", "status": "200-299, 401", "host": "www.example.com:8080"}, "https://web.example.com:443", func(t *look.Target) {
			t.HTTP = &look.HTTP{Path: "/healthz?deep=1", Method: "OPTIONS", Host: "www.example.com:8080", Status: []look.StatusRange{{First: 200, Last: 299}, {First: 401, Last: 401}}}
		}},
		{"http", "8005-8007/http", map[string]string{"request_headers": "Authorization: Bearer a:b\r\nX-Empty:\n", "contains": "up", "matches": `"status": *"up"`, "response_header": "Content-Type: json"}, "http://192.0.2.1:8006", func(t *look.Target) {
			t.HTTP = &look.HTTP{
				Headers:  []look.HTTPHeader{{Name: "Authorization", Value: "Bearer a:b"}, {Name: "X-Empty"}},
				Contains: "up", Matches: regexp.MustCompile(`"status": *"up"`), Header: &look.HTTPHeader{Name: "Content-Type", Value: "json"},
			}
		}},
		{"http", "8005/http", map[string]string{}, "http://192.0.2.1:8006", func(*look.Target) {}},
		{"http", "https://web.example.com:443", map[string]string{}, "https://web.example.com:443", func(t *look.Target) { t.HTTP = &look.HTTP{} }},
		{"http", "https://web.example.com:443", map[string]string{}, "https://192.0.2.1:443", func(*look.Target) {}},
		{"tls", "443/tls", map[string]string{"min_days": "14"}, "tls://web.example.com:443", func(t *look.Target) {
			t.TLS = &look.TLS{Verify: look.VerifyNames, MinDays: 14, ServerName: "all.example.com"}
		}},
		{"tls", "443/tls", map[string]string{"verify": "true", "server_name": "WWW.example.com"}, "tls://web.example.com:443", func(t *look.Target) {
			t.TLS = &look.TLS{Verify: look.VerifyAlways, MinDays: 3, ServerName: "www.example.com"}
		}},
		{"tls", "5432/postgres", map[string]string{"verify": "false", "ca_pem": ca.PEM}, "postgres://web.example.com:5432", func(t *look.Target) {
			t.TLS = &look.TLS{Verify: look.VerifyNever, MinDays: 3, ServerName: "all.example.com", Roots: ca.Pool}
		}},
		{"tls", "25/smtp", map[string]string{"starttls": "true"}, "smtp://web.example.com:25", func(t *look.Target) {
			t.TLS = &look.TLS{Verify: look.VerifyNames, MinDays: 3, ServerName: "all.example.com", StartTLS: true}
		}},
		{"tls", "443/grpcs", map[string]string{"client_cert_pem": cert, "client_key_pem": key}, "grpcs://web.example.com:443", func(t *look.Target) {
			t.TLS = &look.TLS{Verify: look.VerifyNames, MinDays: 3, ServerName: "all.example.com", Client: &look.ClientCertificate{}}
		}},
		{"postgres", "5432/postgres", map[string]string{"user": "probe", "database": "app"}, "postgres://web.example.com:5432", func(t *look.Target) { t.Postgres = &look.Postgres{User: "probe", Database: "app"} }},
		{"dns", "53/dns", map[string]string{"name": "_sip._tcp.example.com", "type": "SRV", "rcode": "NOERROR, NXDOMAIN"}, "dns://192.0.2.1:53", func(t *look.Target) {
			t.DNS = &look.DNS{Name: "_sip._tcp.example.com.", Type: 33, Codes: []look.RCode{0, 3}}
		}},
		{"dns", "53/dns-tcp", map[string]string{"name": "example.com."}, "dns-tcp://192.0.2.1:53", func(t *look.Target) { t.DNS = &look.DNS{Name: "example.com.", Type: 1} }},
		{"dns", "53/dns", map[string]string{"rcode": "REFUSED"}, "dns://192.0.2.1:53", func(t *look.Target) { t.DNS = &look.DNS{Name: ".", Type: 2, Codes: []look.RCode{5}} }},
		{"grpc", "50051/grpc", map[string]string{"service": "shop.v1.Cart"}, "grpc://192.0.2.1:50051", func(t *look.Target) { t.GRPC = &look.GRPC{Service: "shop.v1.Cart"} }},
	}
	for _, tt := range tests {
		var given Given
		if err := given.Add(mapOf(t, tt.attribute), tt.key, known(tt.options), declare(t, everything...)); err != nil {
			t.Errorf("%v", err)
		}
		if wrong := given.Finish(t.Context(), look.TLS{ServerName: "all.example.com", MinDays: 3}); len(wrong) > 0 {
			t.Errorf("%v", wrong)
		}
		e, err := endpoint.ParseEndpoint(tt.endpoint)
		if err != nil {
			t.Fatal(err)
		}
		got, want := at(e.Scheme), at(e.Scheme)
		given.Ask(e, &got)
		tt.want(&want)
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(look.Target{}, "Addr"), cmpopts.IgnoreFields(look.ClientCertificate{}, "Chain", "Key"),
			cmp.Comparer(func(a, b *regexp.Regexp) bool {
				return (a == nil) == (b == nil) && (a == nil || a.String() == b.String())
			})); diff != "" {
			t.Errorf("%s[%q] = %v (-want +got)\n%s", tt.attribute, tt.key, tt.options, diff)
		}
	}
}

// TestEndpointWins: the options of an endpoint stand instead of those of its port,
// whichever comes first.
func TestEndpointWins(t *testing.T) {
	for _, keys := range [][2]string{{"443/https", "https://web.example.com:443"}, {"https://web.example.com:443", "443/https"}} {
		var given Given
		for _, key := range keys {
			if err := given.Add(mapOf(t, "http"), key, known(map[string]string{"contains": key}), nil); err != nil {
				t.Fatal(err)
			}
		}
		given.Finish(t.Context(), look.TLS{})
		for host, want := range map[endpoint.Host]string{"web.example.com": "https://web.example.com:443", "192.0.2.1": "443/https"} {
			var at look.Target
			given.Ask(endpoint.Endpoint{Scheme: endpoint.HTTPS, Host: host, Port: 443}, &at)
			if at.HTTP.Contains != want {
				t.Errorf("%s is asked as %s, want %s", host, at.HTTP.Contains, want)
			}
		}
	}
}

// mistakes has each mistake that can be made, with the whole message.
func mistakes(t *testing.T) []struct {
	attribute, key string
	options        map[string]string
	want           string
} {
	ca := porttest.NewCA(t)
	_, key := ca.Issue(t, time.Now(), time.Now(), "a")
	otherCert, _ := ca.Issue(t, time.Now(), time.Now(), "b")
	const (
		path    = `. Expected a path with a query, if any, such as "/healthz"`
		status  = `. Expected status codes from 100 to 599, such as "200", "200-299" or "200-299,401"`
		host    = `. Expected what a Host header has, such as "www.example.com" or "www.example.com:8080"`
		headers = `. Expected one header a line, such as "Accept: application/json"`
		answer  = `. Expected the name of a header, such as "Strict-Transport-Security", or a header with a part of its value, such as "Content-Type: application/json"`
		re      = `. Expected a regular expression in the syntax of RE2, such as "\"status\": *\"up\""`
		pem     = `. Expected certificates in PEM, such as file("ca.pem") gives`
		private = `. Expected a private key in PEM without a passphrase`
		types   = `. Expected one of A, NS, CNAME, SOA, PTR, MX, TXT, AAAA, SRV, NAPTR, DS, SSHFP, DNSKEY, TLSA, SVCB, HTTPS, CAA`
		codes   = `. Expected response codes, such as "NOERROR" or "NOERROR,NXDOMAIN": NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED, YXDOMAIN, YXRRSET, NXRRSET, NOTAUTH, NOTZONE`
		domain  = `. Expected a name in ASCII, such as "www.example.com" or "_sip._tcp.example.com"`
	)
	one := func(name, text string) map[string]string { return map[string]string{name: text} }
	return []struct {
		attribute, key string
		options        map[string]string
		want           string
	}{
		{"http", "443/https", one("Path", "/"), `"Path" is not an option of http. Expected one of path, method, status, host, request_headers, response_header, contains, matches`},
		{"http", "443/https", one("", "/"), `"" is not an option of http. Expected one of path, method, status, host, request_headers, response_header, contains, matches`},
		{"http", "443/https", one(strings.Repeat("x", 100), "/"), `"` + strings.Repeat("x", 60) + `…" is not an option of http. Expected one of path, method, status, host, request_headers, response_header, contains, matches`},
		{"http", "443/https", one("path", "healthz"), `path does not begin with "/"` + path},
		{"http", "443/https", one("path", ""), `path is empty` + path},
		{"http", "443/https", one("path", "http://elsewhere/"), `path does not begin with "/"` + path},
		{"http", "443/https", one("path", "/a#b"), `path has a "#", and a fragment is never sent` + path},
		{"http", "443/https", one("path", "/a b"), `path has a blank or a control character; a blank is written as %20` + path},
		{"http", "443/https", one("path", "/a\r\nX: y"), `path has a blank or a control character; a blank is written as %20` + path},
		{"http", "443/https", one("path", "/a\ny"), `path has a blank or a control character; a blank is written as %20` + path},
		{"http", "443/https", one("path", "/a%zz"), `path has an escape that is none: "%" and two hexadecimal digits are one` + path},
		{"http", "443/https", one("method", "POST"), `method is "POST". Expected one of GET, HEAD, OPTIONS`},
		{"http", "443/https", one("method", "get"), `method is "get". Expected one of GET, HEAD, OPTIONS`},
		{"http", "443/https", one("status", ""), `status is empty` + status},
		{"http", "443/https", one("status", "2xx"), `status is "2xx"` + status},
		{"http", "443/https", one("status", "99"), `status is "99"` + status},
		{"http", "443/https", one("status", "200-600"), `status is "200-600"` + status},
		{"http", "443/https", one("status", "299-200"), `status is "299-200"` + status},
		{"http", "443/https", one("host", "a/b"), `host is "a/b"` + host},
		{"http", "443/https", one("host", "a b"), `host is "a b"` + host},
		{"http", "443/https", one("host", "user@a"), `host is "user@a"` + host},
		{"http", "443/https", one("host", "a\r\nX: y"), `host is "a\r\nX: y"` + host},
		{"http", "443/https", one("request_headers", "secret"), `request_headers line 1 has no colon` + headers},
		{"http", "443/https", one("request_headers", "Accept: a\nse cret: b"), `request_headers line 2 does not begin with the name of a header` + headers},
		{"http", "443/https", one("request_headers", "Accept: a\n\nX: b"), `request_headers line 2 does not begin with the name of a header` + headers},
		{"http", "443/https", one("request_headers", "Authorization: secret\x00"), `request_headers line 1 has a control character in the value of the header` + headers},
		{"http", "443/https", one("request_headers", "host: secret"), `request_headers line 1 is host, which cannot be set: the option host sets it` + headers},
		{"http", "443/https", one("request_headers", "Transfer-Encoding: secret"), `request_headers line 1 is Transfer-Encoding, which cannot be set: it is of a body, and the request has none` + headers},
		{"http", "443/https", one("request_headers", " \n"), `request_headers is not one header a line, such as "Accept: application/json" (its value is not shown)`},
		{"http", "443/https", one("response_header", "Content Type: secret"), `response_header does not begin with the name of a header` + answer},
		{"http", "443/https", one("matches", "secret("), `matches is no regular expression: missing closing )` + re},
		{"http", "443/https", one("matches", "a{1001}secret"), `matches is no regular expression: invalid repeat count` + re},
		{"http", "443/https", map[string]string{"method": "HEAD", "contains": "secret"}, `method is HEAD, whose answers have no body. Expected another method beside contains and matches`},
		{"http", "443", one("path", "/"), `its scheme is tcp. Expected one of https, http, wss, ws`},
		{"http", "80/ws", one("method", "HEAD"), `method is not for ws, which begins with GET and has no body. Expected the other options`},
		{"http", "443/wss", one("contains", "up"), `contains is not for wss, which begins with GET and has no body. Expected the other options`},
		{"http", "25/smtp", one("path", "/"), `its scheme is smtp. Expected one of https, http, wss, ws`},
		{"http", "x/https", nil, `"x/https" is not a port. Expected PORT[-PORT][/SCHEME] with ports from 1 to 65535, such as "443", "8000-8010" or "53/udp", or an endpoint such as "https://web.example.com:443"`},
		{"http", "https://web.example.com", nil, `"https://web.example.com" is not an endpoint: it has no port. Expected SCHEME://HOST:PORT, such as "tcp://web.example.com:443"`},
		{"http", "444/https", nil, `nothing of that is declared. Expected an endpoint, or ports with their scheme, that open or baseline declare`},
		{"http", "https://other.example.com:443", nil, `nothing of that is declared. Expected an endpoint, or ports with their scheme, that open or baseline declare`},

		{"tls", "80/http", one("min_days", "1"), `its scheme is http. Expected ` + oneOf(tlsMap.Schemes)},
		{"tls", "443/tls", one("verify", "yes"), `verify is "yes". Expected "true" or "false"`},
		{"tls", "443/tls", one("server_name", "10.0.0.1"), `server_name is "10.0.0.1". Expected a host name, such as "www.example.com"`},
		{"tls", "443/tls", one("min_days", "-1"), `min_days is "-1". Expected a whole number from 0 to 3650`},
		{"tls", "443/tls", one("min_days", "14d"), `min_days is "14d". Expected a whole number from 0 to 3650`},
		{"tls", "443/tls", one("ca_file", ""), `ca_file is empty. Expected a file of certificates in PEM`},
		{"tls", "443/tls", one("ca_pem", "secret"), `ca_pem has no certificate` + pem},
		{"tls", "443/tls", one("ca_pem", key), `ca_pem has no certificate; its first block is "PRIVATE KEY"` + pem},
		{"tls", "443/tls", one("ca_pem", "-----BEGIN secret"), `ca_pem has no certificate; its first block is damaged` + pem},
		{"tls", "443/tls", map[string]string{"ca_pem": ca.PEM, "ca_file": "ca.pem"}, `ca_file and ca_pem are both given. Expected one of them`},
		{"tls", "443/tls", one("client_cert_pem", ca.PEM), `client_cert_pem and client_key_pem need each other. Expected both of them, or none`},
		{"tls", "443/tls", one("client_key_pem", key), `client_cert_pem and client_key_pem need each other. Expected both of them, or none`},
		{"tls", "443/tls", map[string]string{"client_cert_pem": key, "client_key_pem": key}, `client_cert_pem has no certificate; its first block is "PRIVATE KEY". Expected certificates in PEM, such as file("client.pem") gives`},
		{"tls", "443/tls", map[string]string{"client_cert_pem": ca.PEM, "client_key_pem": ca.PEM}, `client_key_pem has no private key; its first block is "CERTIFICATE"` + private},
		{"tls", "443/tls", map[string]string{"client_cert_pem": ca.PEM, "client_key_pem": strings.ReplaceAll(key, "PRIVATE", "ENCRYPTED PRIVATE")}, `client_key_pem is a private key with a passphrase` + private},
		{"tls", "443/tls", map[string]string{"client_cert_pem": otherCert, "client_key_pem": key}, `client_cert_pem and client_key_pem do not go together: private key does not match public key. Expected a certificate and its private key`},
		{"tls", "443/tls", one("starttls", "true"), `starttls is for schemes that begin without TLS, and tls does not`},
		{"tls", "25/smtp", one("min_days", "14"), `smtp begins without TLS. Expected starttls = "true" too`},
		{"tls", "25/smtp", nil, `smtp begins without TLS. Expected starttls = "true" too`},
		{"tls", "25/smtp", one("starttls", "yes"), `starttls is "yes". Expected "true" or "false"`},
		{"tls", "25/smtp", map[string]string{"starttls": "false", "min_days": "3"}, `starttls is "false", so that no other option has a meaning. Expected starttls = "true", or no other option`},

		{"postgres", "5432/postgres", nil, `user is missing. Expected user, and database if it is called otherwise`},
		{"postgres", "5432/postgres", one("database", "app"), `user is missing. Expected user, and database if it is called otherwise`},
		{"postgres", "5432/postgres", one("user", ""), `user is empty. Expected a name of at most 63 bytes`},
		{"postgres", "5432/postgres", one("user", "secret\x00options"), `user has a control character. Expected a name of at most 63 bytes`},
		{"postgres", "5432/postgres", one("user", strings.Repeat("x", 64)), `user has 64 bytes. Expected a name of at most 63 bytes`},

		{"dns", "53/dns", one("name", "a..b"), `name is "a..b"` + domain},
		{"dns", "53/dns", one("name", ".."), `name is ".."` + domain},
		{"dns", "53/dns", one("name", "bücher.example"), `name is "bücher.example"` + domain},
		{"dns", "53/dns", one("name", strings.Repeat("x", 64)), `name is "` + strings.Repeat("x", 60) + `…"` + domain},
		{"dns", "53/dns", one("name", strings.Repeat("xxx.", 63)+"xx"), `name is "` + strings.Repeat("xxx.", 15) + `…"` + domain},
		{"dns", "53/dns", one("type", "a"), `type is "a"` + types},
		{"dns", "53/dns", one("type", "ANY"), `type is "ANY"` + types},
		{"dns", "53/dns", one("rcode", "NOERROR,"), `rcode is "NOERROR,"` + codes},

		{"grpc", "50051/grpc", nil, `service is missing. Expected the name of a service`},
		{"grpc", "50051/grpc", one("service", "a\nb"), `service is "a\nb". Expected the name of a service, such as "shop.v1.Cart"`},
		{"grpc", "50051/grpc", one("service", ""), `service is empty. Expected the name of a service, such as "shop.v1.Cart"`},
	}
}

// TestMistakes: each mistake is told, and none tells a secret.
func TestMistakes(t *testing.T) {
	declared := declare(t, everything...)
	for _, tt := range mistakes(t) {
		var given Given
		options := known(tt.options)
		err := given.Add(mapOf(t, tt.attribute), tt.key, options, declared)
		if err == nil {
			t.Errorf("%s[%q] = %v: no error, want %s", tt.attribute, tt.key, tt.options, tt.want)
			continue
		}
		if err.Detail != tt.want {
			t.Errorf("%s[%q] = %v\n%s\nwant\n%s", tt.attribute, tt.key, tt.options, err.Detail, tt.want)
		}
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("a secret is told: %s", err)
		}
	}
}

// TestTwice: two keys for the same are a mistake, of one attribute.
func TestTwice(t *testing.T) {
	for _, tt := range []struct{ attribute, first, second, want string }{
		{"http", "https://WEB.example.com:443", "https://web.example.com:443", `http["https://web.example.com:443"]: https://web.example.com:443 is also given under another key. Expected each endpoint once`},
		{"http", "8000-8010/http", "8010-8020/http", `http["8010-8020/http"]: it overlaps with "8000-8010/http". Expected each port once`},
		{"http", "443/https", "443/http", ""},
		{"http", "443/https", "https://web.example.com:443", ""},
	} {
		var given Given
		_ = given.Add(mapOf(t, tt.attribute), tt.first, known(nil), nil)
		err := given.Add(mapOf(t, tt.attribute), tt.second, known(nil), nil)
		if got := text(err); got != tt.want {
			t.Errorf("%s and %s: %q, want %q", tt.first, tt.second, got, tt.want)
		}
	}
}

func text(err *Error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestUnknown: what is not known yet is no mistake, and hides none.
func TestUnknown(t *testing.T) {
	unknown := Value{Unknown: true}
	for _, tt := range []struct {
		attribute, key string
		values         map[string]Value
		want           string
	}{
		{"postgres", "5432/postgres", nil, ""},
		{"postgres", "5432/postgres", map[string]Value{"user": unknown}, ""},
		{"postgres", "5432/postgres", map[string]Value{"user": {Null: true}}, `postgres["5432/postgres"]: user is missing. Expected user, and database if it is called otherwise`},
		{"tls", "25/smtp", map[string]Value{"starttls": unknown, "min_days": {Text: "3"}}, ""},
		{"tls", "443/tls", map[string]Value{"client_cert_pem": unknown, "client_key_pem": unknown}, ""},
		{"tls", "443/tls", map[string]Value{"client_cert_pem": unknown}, `tls["443/tls"]: client_cert_pem and client_key_pem need each other. Expected both of them, or none`},
		{"http", "443/https", map[string]Value{"path": unknown, "status": {Text: "x"}}, `http["443/https"]: status is "x". Expected status codes from 100 to 599, such as "200", "200-299" or "200-299,401"`},
		{"http", "443/https", map[string]Value{"paht": {Null: true}}, `http["443/https"]: "paht" is not an option of http. Expected one of path, method, status, host, request_headers, response_header, contains, matches`},
	} {
		var given Given
		if got := text(given.Add(mapOf(t, tt.attribute), tt.key, tt.values, nil)); got != tt.want {
			t.Errorf("%s %v: %q, want %q", tt.attribute, tt.values, got, tt.want)
		}
	}
}

// TestFiles: a file is read when everything is known, and not before.
func TestFiles(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ca.pem")
	var given Given
	if err := given.Add(mapOf(t, "tls"), "443/tls", known(map[string]string{"ca_file": file}), nil); err != nil {
		t.Fatal(err)
	}
	says := func(want string) {
		t.Helper()
		wrong := given.Finish(t.Context(), look.TLS{})
		if want == "" && len(wrong) == 0 {
			return
		}
		if len(wrong) != 1 || strings.ReplaceAll(wrong[0].Error(), endpoint.Quote(file), "FILE") != want {
			t.Errorf("%v, want %s", wrong, want)
		}
	}
	says(`tls["443/tls"]: ca_file is FILE, which cannot be read: no such file or directory. Expected a file of certificates in PEM`)
	for content, want := range map[string]string{
		"secret":              `tls["443/tls"]: ca_file is FILE, which has no certificate. Expected a file of certificates in PEM`,
		porttest.NewCA(t).PEM: "",
	} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		says(want)
	}
}

// TestTable holds the table to its own words.
func TestTable(t *testing.T) {
	for _, m := range Maps() {
		if len(m.Schemes) == 0 || m.put == nil || !strings.Contains(m.Description(), "A key is an endpoint") {
			t.Errorf("%s is not whole", m.Name)
		}
		for _, o := range m.Options {
			if o.About == "" || o.Expected == "" || o.set == nil {
				t.Errorf("%s of %s is not whole", o.Name, m.Name)
			}
			if strings.HasSuffix(o.Name, "_pem") && !o.Secret {
				t.Errorf("%s of %s may be quoted", o.Name, m.Name)
			}
		}
	}
}

// FuzzOptions: whatever is given, no secret is in an error, and what is taken is
// taken again.
func FuzzOptions(f *testing.F) {
	for i := range allMaps {
		for j := range 8 {
			f.Add(uint8(i), uint8(j), "443/https", "200-299,401")
			f.Add(uint8(i), uint8(j), "https://[::1]:443", "Name: value\nb:")
			f.Add(uint8(i), uint8(j), "25/smtp", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
		}
	}
	f.Fuzz(func(t *testing.T, which, option uint8, key, value string) {
		m := allMaps[int(which)%len(allMaps)]
		o := m.Options[int(option)%len(m.Options)]
		const secret = "s3cr3t"
		var given Given
		err := given.Add(m, strings.ReplaceAll(key, secret, ""), map[string]Value{o.Name: {Text: value + secret}}, nil)
		if err != nil && o.Secret && strings.Contains(err.Error(), secret) {
			t.Errorf("%s of %s is told: %s", o.Name, m.Name, err)
		}
		if err == nil && !o.file {
			if wrong := given.Finish(t.Context(), look.TLS{}); len(wrong) > 0 {
				t.Errorf("%v", wrong)
			}
		}
	})
}
