package provider_test

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestAccDeclarationErrors makes every kind of mistake at once and reads where
// and how the CLI reports it, before anything is probed.
func TestAccDeclarationErrors(t *testing.T) {
	mistakes := []struct{ arguments, want string }{
		{`hosts = ["198.51.100.1", null]
 open = ["80"]`, `hosts = ["198.51.100.1", null]: Invalid host: Element 1 of hosts is null. Expected a host name such as "db.example.com", an address or a CIDR.`},
		{`hosts = ["10.0.0.5/24"]
 open = ["80"]`, `hosts = ["10.0.0.5/24"]: Invalid host: Element 0 of hosts: "10.0.0.5/24" has host bits set. Expected the network "10.0.0.0/24" or the address "10.0.0.5".`},
		{`hosts = ["a"]
 open = ["80", "8010-8000"]`, `open = ["80", "8010-8000"]: Invalid port: Element 1 of open: "8010-8000" is a range the wrong way round. Expected "8000-8010".`},
		{`hosts = ["a"]
 open = ["53/upd"]`, `open = ["53/upd"]: Invalid port: Element 0 of open: "53/upd": not a known scheme: "upd", the nearest is "53/udp", known: ajp, amqp, amqps, cassandra, cassandras, dns, dns-tcp, ftp, ftps, grpc, grpcs, http, https, imap, imaps, kafka, kafkas, ldap, ldaps, memcached, memcacheds, mongodb, mongodbs, mqtt, mqtts, mssql, mssqls, mysql, mysqls, nats, natss, ntp, pop3, pop3s, postgres, rdp, redis, rediss, rsync, sip, sips, smb, smtp, smtps, socks5, ssh, submission, tcp, tls, udp, vnc, ws, wss, xmpp, xmpps, zookeeper.`},
		{`hosts = ["a"]
 closed = [for p in [80, 0] : p]`, `closed = [for p in [80, 0] : p]: Invalid port: Element 1 of closed: "0" is not a port. Expected PORT[-PORT][/SCHEME] with ports from 1 to 65535, such as "443", "8000-8010" or "53/udp".`},
		{`baseline = { "a:1" = ["80"] }`, `baseline = { "a:1" = ["80"] }: Invalid host: Key "a:1" of baseline is not a host: a host is written without a port. Expected "a".`},
		{`hosts = ["0.0.0.0"]
 open = ["80"]`, `hosts = ["0.0.0.0"]: Invalid host: Element 0 of hosts: "0.0.0.0" is not a host: it is the unspecified address, which a system takes for itself. Expected a host name such as "db.example.com", an address or a CIDR.`},
		{`hosts = ["10.0.0.1-10"]
 open = ["80"]`, `hosts = ["10.0.0.1-10"]: Invalid host: Element 0 of hosts: "10.0.0.1-10" is not a host: it is a range of addresses. Write a CIDR, such as "10.0.0.0/28", or each address. Expected a host name such as "db.example.com", an address or a CIDR.`},
		{`baseline = provider::portcheck::masscan_parse("open tcp 22 fe80::1 1600000000\n#end\n")`, `baseline = provider::portcheck::masscan_parse("open tcp 22 fe80::1 1600000000\n#end\n"): Invalid host: Key "fe80::1" of baseline is not a host: a link-local address needs its zone, the interface that leads to it, such as "fe80::1%eth0". Expected a host name such as "db.example.com" or an address.`},
		{`hosts = ["a"]
 open = ["443/TCP"]`, `open = ["443/TCP"]: Invalid port: Element 0 of open: "443/TCP": schemes are lower case: "443/tcp".`},
		{`hosts = [join("", range(1000))]
 open = ["80"]`, `hosts = [join("", range(1000))]: Invalid host: Element 0 of hosts: "012345678910111213141516171819202122232425262728293031323334…" is not a host: a name has at most 253 characters, this one 2890. Expected a host name such as "db.example.com", an address or a CIDR.`},
		{`closed = ["22"]`, `resource: Incomplete declaration: Nothing is declared. Expected at least one host in hosts (with open, unfiltered, filtered or closed) or in baseline.`},
		{`hosts = ["10.0.0.0/8"]
 open = ["80"]`, `hosts = ["10.0.0.0/8"]: Too many endpoints: Hosts times ports makes 16777214 endpoints. Expected at most 1000000 in one object; split it, or declare fewer hosts or ports.`},
		{`hosts = ["a"]
 open = ["80"]
 checks_read_timeout = "5"`, `checks_read_timeout = "5": Invalid value: checks_read_timeout is "5". Expected a duration from 1ms to 10m0s, such as "5s" or "500ms".`},
		{`hosts = ["a"]
 open = ["80"]
 rechecks = 11`, `rechecks = 11: Invalid value: rechecks is "11". Expected a whole number from 0 to 5.`},
		{`hosts = ["a"]
 open = ["80"]
 rechecks = 1.5`, `rechecks = 1.5: Invalid value: rechecks is "1.5". Expected a whole number from 0 to 5.`},
		{`hosts = ["a"]
 open = ["80"]
 ip_version = "5"`, `ip_version = "5": Invalid value: ip_version is "5". Expected one of "any", "4", "6".`},
		{`hosts = ["a"]
 closed = ["443/https"]`, `closed = ["443/https"]: Invalid port: Element 0 of closed: "443/https" names a service, and a service cannot be given here: any port that accepts connections counts as open. Expected "443".`},
		{`hosts = ["a"]
 open = ["443/https"]
 http = { "443/https" = { paht = "/" } }`, `http = { "443/https" = { paht = "/" } }: Invalid value: http["443/https"]: "paht" is not an option of http. Expected one of path, method, status, host, request_headers, response_header, contains, matches.`},
		{`hosts = ["a"]
 open = ["443/https"]
 http = { "https://a:444" = { path = "/" } }`, `http = { "https://a:444" = { path = "/" } }: Invalid value: http["https://a:444"]: nothing of that is declared. Expected an endpoint, or ports with their scheme, that open or baseline declare.`},
		{`hosts = ["a"]
 open = ["443/https"]
 http = { "https://A:443" = { path = "/x" }, "https://a:443" = {} }`, `http = { "https://A:443" = { path = "/x" }, "https://a:443" = {} }: Invalid value: http["https://a:443"]: https://a:443 is also given under another key. Expected each endpoint once.`},
		{`hosts = ["a"]
 open = ["443/https"]
 ca_pem = "x"`, `ca_pem = "x": Invalid value: ca_pem is wrong. Expected certificates in PEM, such as file("ca.pem") gives, but it has no certificate.`},
		{`hosts = ["a"]
 open = ["443/https"]
 server_name = "10.0.0.1"`, `server_name = "10.0.0.1": Invalid value: server_name is "10.0.0.1". Expected a host name, such as "www.example.com".`},
	}
	onEachCLI(t, func(t *testing.T, w *workspace) {
		var config strings.Builder
		config.WriteString(header)
		var want []string
		for i, m := range mistakes {
			fmt.Fprintf(&config, "resource \"portcheck_check\" \"m%02d\" {\n %s\n}\n", i, m.arguments)
			fmt.Fprintf(&config, "data \"portcheck\" \"m%02d\" {\n %s\n}\n", i, m.arguments)
			where := strings.Replace(m.want, "resource: ", fmt.Sprintf("resource \"portcheck_check\" \"m%02d\": ", i), 1)
			dataWhere := strings.Replace(m.want, "resource: ", fmt.Sprintf("data \"portcheck\" \"m%02d\": ", i), 1)
			want = append(want, where, dataWhere)
		}
		w.write(config.String())
		r := w.run("validate", "-json").exits(1)
		var answer struct {
			Diagnostics []struct {
				Summary, Detail string
				Snippet         struct{ Code string }
			}
		}
		if err := json.Unmarshal([]byte(r.out), &answer); err != nil {
			t.Fatalf("%v\n%s", err, r.out)
		}
		var got []string
		for _, d := range answer.Diagnostics {
			if !strings.HasPrefix(d.Summary, "Provider development overrides") {
				code := strings.TrimSuffix(strings.TrimSpace(d.Snippet.Code), " {")
				got = append(got, fmt.Sprintf("%s: %s: %s", code, d.Summary, d.Detail))
			}
		}
		sort.Strings(want)
		sort.Strings(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

// TestAccFunctionAtValidate: validate calls functions, and shows their errors.
func TestAccFunctionAtValidate(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		for call, text := range map[string]string{
			`nmap_parse("scan.xml")`: `Invalid value for "xml" parameter: "scan.xml" looks like a path`,
			`report_junit(null)`:     `Invalid value for "checks" parameter: argument must not be null`,
		} {
			w.write(header + "output \"made\" { value = provider::portcheck::" + call + " }\n")
			w.run("validate").exits(1).says(text)
		}
	})
}

// TestAccVariables: what validate cannot know is found by plan.
func TestAccVariables(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.write(strings.Replace(web(""), `["80", "443"]`, `var.ports`, 1) + `variable "ports" { default = ["http"] }`)
		w.run("validate").exits(0)
		w.plan().exits(1).says(`Element 0 of open: "http" is not a port.`, "open = var.ports")
	})
}
