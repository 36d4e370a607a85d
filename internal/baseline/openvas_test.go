package baseline_test

import (
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/baseline"
)

func TestOpenVAS(t *testing.T) {
	text := read(t, "testdata/openvas.xml")
	byIP := baseline.Baseline{"192.0.2.10": {"80", "443"}, "192.0.2.11": {"53/udp"}, "2001:db8::10": {"22"}, "192.0.2.14": {"9100"}}
	parser(openvasByIP).is(t, text, byIP)
	parser(openvasByName).is(t, text, baseline.Baseline{"web.example.com": {"80", "443"}, "ns.example.com": {"53/udp"}, "2001:db8::10": {"22"}, "192.0.2.14": {"9100"}})
	inner := text[strings.Index(text, "<report id=\"11111111-0000-4000-8000-000000000001\">"):strings.LastIndex(text, "</report>")]
	parser(openvasByIP).is(t, inner, byIP)
	parser(openvasByIP).is(t, "<get_reports_response status=\"200\">"+text[strings.Index(text, "<report"):]+"</get_reports_response>", byIP)
	parser(openvasByIP).is(t, text+text, byIP)
	for _, port := range []string{"443/tcp", "https (443/tcp)", "443/tcp (IANA: https)", "443/TCP (https)", "a/b (443/tcp)"} {
		parser(openvasByIP).is(t, "<report><ports><port>"+port+"<host>192.0.2.1</host></port></ports></report>", baseline.Baseline{"192.0.2.1": {"443"}})
	}
	// Two addresses of one name are one host.
	parser(openvasByName).is(t, `<report><results><result><host>192.0.2.1<hostname>web</hostname></host><port>80/tcp</port></result>
<result><host>192.0.2.2<hostname>web</hostname></host><port>81/tcp</port></result></results></report>`, baseline.Baseline{"web": {"80-81"}})
}

func TestOpenVASErrors(t *testing.T) {
	text := read(t, "testdata/openvas.xml")
	const nothing = "no port is in this report: it was exported with a filter or without its results, or the scan found nothing." +
		" Expected a report with all results, those of the level Log too"
	tests := []struct{ name, text, want string }{
		{"cut off", text[:strings.Index(text, "<tls_certificates>")],
			"line 42: the text ends here and is not complete (whole hosts before: 2): the scan was interrupted, or the file is cut. Give the file of a scan that finished"},
		{"not done", strings.Replace(text, ">Done<", "> Stopped <", 1), `line 9: the scan of this report is not done, but "Stopped". Give the report of a scan that is done`},
		{"delta", `<report type="delta"><report><delta><report id="x"/></delta></report></report>`,
			"line 1: this is a delta report, the difference between two scans. Expected the report of one"},
		{"nothing in it", "<report><report><ports><count>4</count></ports><results/></report></report>", nothing},
		{"another format, in base64", "<report content_type=\"application/pdf\">JVBERi0xLjQK</report>", nothing},
		{"bad port", strings.Replace(text, "443/tcp", "99999/tcp", 1), `line 13: "99999" is not a port. Expected a number from 1 to 65535`},
		{"bad host", strings.Replace(text, "<host>192.0.2.10</host>443", "<host>192.0.2.</host>443", 1),
			`line 13: "192.0.2." is not a host: it ends in a number as an address does, but is not an IPv4 address. Expected an address or a host name`},
		{"no host", "<report><results><result><port>443/tcp</port></result></results></report>",
			`line 1: "" is not a host: it is empty. Expected an address or a host name`},
		{"too deep", strings.Repeat("<report>", 1_000_000), "line 1: there are more than 1000 elements in each other. Expected a report of Greenbone or OpenVAS in its format XML"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { parser(openvasByIP).fails(t, test.text, test.want) })
	}
}
