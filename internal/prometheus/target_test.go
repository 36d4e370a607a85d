package prometheus

import (
	"fmt"
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

func TestEndpoint(t *testing.T) {
	schemes, err := ParseSchemes(map[string]string{"starttls": "submission", "plain": "tcp", "if_mib": "udp", "web_tls": "tls"})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ module, address, want string }{
		{"http_2xx", "https://web.example.com", "https://web.example.com:443"},
		{"http_2xx", "https://web.example.com./health?token=x", "https://web.example.com.:443"},
		{"anything", "http://WEB.example.com:8080/", "http://web.example.com:8080"},
		{"http_2xx", "https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"},
		{"http_post_2xx", "web.example.com", "http://web.example.com:80"},
		{"http_2xx", "web.example.com:8080", "http://web.example.com:8080"},
		{"web_tls", "https://web.example.com", "tls://web.example.com:443"},
		{"tcp_connect", "10.0.3.7:5432", "tcp://10.0.3.7:5432"},
		{"tcp_connect", "[2001:DB8::1]:22", "tcp://[2001:db8::1]:22"},
		{"tls_connect", "10.0.3.7", "tls://10.0.3.7:443"},
		{"starttls", "mail.example.com", "submission://mail.example.com:587"},
		{"ssh_banner", "bastion", "ssh://bastion:22"},
		{"dns_soa", "10.0.3.53", "dns://10.0.3.53:53"},
		{"dns_tcp_example", "[::1]:5353", "dns-tcp://[::1]:5353"},
		{"grpc", "10.0.3.7:50051", "grpcs://10.0.3.7:50051"},
		{"if_mib", "10.0.3.7:161", "udp://10.0.3.7:161"},
		{"icmp", "10.0.3.7", string(LooksAtNoPort)},
		{"icmp_ttl5", "10.0.3.7:80", string(LooksAtNoPort)},
		{"our_own", "10.0.3.7:80", string(UnknownModule)},
		{"tcp_connect", "10.0.3.7", string(NoEndpoint)},
		{"tcp_connect", "10.0.3.7:0", string(NoEndpoint)},
		{"tcp_connect", "10.0.3.7:http", string(NoEndpoint)},
		{"tcp_connect", "10.0.3.0/24:80", string(NoEndpoint)},
		{"tcp_connect", "0.0.0.0:80", string(NoEndpoint)},
		{"http_2xx", "ftp://web.example.com", string(NoEndpoint)},
	}
	for _, tt := range tests {
		target := Target{Module: tt.module, Address: tt.address, usual: true}
		e, why := target.Endpoint(schemes)
		got := string(why)
		if why == "" {
			got = e.String()
		}
		if got != tt.want {
			t.Errorf("%s of %s is %q, want %q", tt.address, tt.module, got, tt.want)
		}
	}
	if _, why := (Target{Module: "if_entity", Address: "10.0.3.7"}).Endpoint(schemes); why != Foreign {
		t.Errorf("an exporter for SNMP: %q", why)
	}
}

func TestParseSchemes(t *testing.T) {
	_, err := ParseSchemes(map[string]string{"ours": "htps"})
	if want := `module "ours" has the scheme "htps". Expected a scheme, such as "tcp", "https" or "smtp"`; fmt.Sprint(err) != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestShown(t *testing.T) {
	for address, want := range map[string]string{
		"10.0.3.7:80":                       "10.0.3.7:80",
		"https://user:secret@web/?a=secret": "web/",
		"https://web/p#secret":              "https://web/p",
		"a\nb":                              `a\nb`,
	} {
		if got := (Target{Address: address}).Shown(); got != want {
			t.Errorf("%q is shown as %q, want %q", address, got, want)
		}
	}
}

func FuzzParseTargets(f *testing.F) {
	for _, s := range []string{answered(target("j", "http://e:9115/probe?module=tcp_connect&target=10.0.3.7%3A22")), `{"status":"success","data":{}}`, `{"data":{"activeTargets":[{"scrapeUrl":":"}]}}`, "null", ""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		targets, err := parseTargets(text)
		if err != nil && len(targets) > 0 {
			t.Fatalf("%v and targets", err)
		}
		for _, target := range targets {
			e, why := target.Endpoint(nil)
			if shown := target.Shown(); strings.ContainsAny(shown, "@?\n") {
				t.Errorf("%q is shown as %q", target.Address, shown)
			}
			if why != "" {
				continue
			}
			if again, err := endpoint.ParseEndpoint(e.String()); err != nil || again.Port != e.Port || again.Scheme != e.Scheme {
				t.Fatalf("%q is %s, which gives %s, %v", target.Address, e, again, err)
			}
		}
	})
}
