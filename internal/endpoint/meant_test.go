package endpoint_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// TestMeantHosts: of what other programs take for a host, the error has the right form.
func TestMeantHosts(t *testing.T) {
	name := strings.Repeat("a", 50) + ".example"
	for in, want := range map[string]string{
		"web.example.com:443":                        `"web.example.com"`,
		"https://web.example.com":                    `"web.example.com"`,
		"https://user:pw@web.example.com:8443/a?b#c": `"web.example.com"`,
		"https://[2001:db8::1]:8443/":                `"2001:db8::1"`,
		"//web.example.com/a":                        `"web.example.com"`,
		"web.example.com/a/24":                       `"web.example.com"`,
		"user@web.example.com":                       `"web.example.com"`,
		"10.0.0.1:22/tcp":                            `"10.0.0.1"`,
		"[2001:db8::1]:22":                           `"2001:db8::1"`,
		"[2001:db8::1]":                              `"2001:db8::1"`,
		" 10.0.0.1\r\n":                              `"10.0.0.1"`,
		"\ufeffa":                                    `"a"`,
		"10.0.0.1,10.0.0.2":                          `"10.0.0.1", "10.0.0.2"`,
		"a, https://b/ ; 10.0.0.*":                   `"a", "b", "10.0.0.0/24"`,
		"10.0.0.9/255.255.255.252":                   `"10.0.0.8/30"`,
		"10.0.*.*":                                   `"10.0.0.0/16"`,
		"a,":                                         `"a"`,
		name + "/" + name:                            `"` + name + `"`,

		"10.0.0.0/33": "", "10.0.0.0/": "", "a/24": "", "/24": "", "10.0.0.1/0.0.0.255": "", "10.*.0.1": "", "*.*.*.*": "", "1.2.3.4.5.*": "", "1.2.3.4.*": "", "10.*": "", "*.example": "",
		"http://": "", "http://0.0.0.0/": "", "fe80::1": "", "http://[fe80::1]/": "", "a:b:c": "", "a b": "", "bücher.example": "", "80/tcp": "", ",": "", "a,b,c,d,e": "", "224.0.0.*": "",
		strings.Repeat("a.", 40) + "example:1": "", "-----BEGIN A-----,a": "",
	} {
		if want == "" {
			want = strings.TrimPrefix(expectedHost, " Expected ")
		} else {
			want += "."
		}
		d := endpoint.Declaration{Hosts: list(in), Open: list("1")}
		_, problems := d.Resolve()
		if len(problems) != 1 || !strings.HasSuffix(problems[0].Detail, ". Expected "+want) {
			t.Errorf("%q: %v, want %s", in, problems, want)
		}
	}
	for in, want := range map[string]string{"a:1": `"a".`, "10.0.0.0/24": `a host name such as "db.example.com" or an address.`, "10.0.0.*": `a host name such as "db.example.com" or an address.`} {
		_, problems := endpoint.Declaration{Baseline: map[string]endpoint.List{in: list("1")}}.Resolve()
		if len(problems) != 1 || !strings.HasSuffix(problems[0].Detail, ". Expected "+want) {
			t.Errorf("baseline %q: %v, want %s", in, problems, want)
		}
	}
}

// FuzzMeant: a form that an error offers is one that is taken.
func FuzzMeant(f *testing.F) {
	for _, s := range []string{
		"https://user:pw@a.example:1/b?c#d", "[::1]:2", "a, b;c", "10.0.0.9/255.255.255.252", "10.0.*.*", "10.0.0.0/08", "user@a", "fe80::1%25a/b", "0.0.0.0/1", "1.2.3.4.5.*", "1.2.3.4/0.0.0.0", "::/128",
		"tcp/443", "U:53", "https", "0-65536", "80..81", "80 - 81", "*", "1,2/udp, any", "99999:1", "-1:-2", "dns/53", "tcp:tcp",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		declared := func(attribute, text string) []endpoint.Problem {
			d := endpoint.Declaration{Hosts: list("a"), Open: list("1"), BaselineUnknown: true} // nothing is written out
			*d.List(attribute) = list(text)
			_, problems := d.Resolve()
			return problems
		}
		for _, attribute := range []string{"hosts", "open", "unfiltered", "filtered", "closed"} {
			for _, p := range declared(attribute, s) {
				_, offered, _ := strings.Cut(p.Detail, `. Expected "`)
				offered = `"` + offered
				for quoted, err := strconv.QuotedPrefix(offered); err == nil; quoted, err = strconv.QuotedPrefix(offered) {
					text, _ := strconv.Unquote(quoted)
					// A network may be offered that is too large.
					if again := declared(attribute, text); len(again) > 0 && again[0].Summary != "Too many endpoints" {
						t.Errorf("%s: %q has %s, and that %s", attribute, s, p.Detail, again[0].Detail)
					}
					offered = strings.TrimPrefix(offered[len(quoted):], ", ")
				}
			}
		}
	})
}
