package baseline_test

import (
	"context"
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/baseline"
)

func TestNessus(t *testing.T) {
	text := read(t, "testdata/scan.nessus")
	parser(nessusSkipping).is(t, text, baseline.Baseline{
		"192.0.2.10":   {"80-81", "443", "161/udp"},
		"2001:db8::10": {"22"},
		"192.0.2.12":   {"25"},
	})
	parser(nessusByName).is(t, text, baseline.Baseline{
		"web.example.com": {"25", "80-81", "443", "161/udp"},
		"2001:db8::10":    {"22"},
	})
	// The order of a host's elements does not matter.
	host := `<ReportHost name="a"><ReportItem port="1" protocol="TCP" pluginID="11219"/><HostProperties><tag name="host-ip"> 192.0.2.1<x>y</x> </tag></HostProperties></ReportHost>`
	parser(nessusByIP).is(t, "<NessusClientData_v2><Report>"+host+"</Report></NessusClientData_v2>", baseline.Baseline{"192.0.2.1": {"1"}})
}

// nessusSkipping leaves enumerated hosts out.
func nessusSkipping(ctx context.Context, text string) (baseline.Baseline, error) {
	return baseline.Nessus(ctx, text, baseline.NessusIP, true)
}

// nessusReport is a file with one host and its items, each "port/plugin".
func nessusReport(properties string, items ...string) string {
	var b strings.Builder
	b.WriteString(`<NessusClientData_v2><Report><ReportHost name="192.0.2.1"><HostProperties>` + properties + `</HostProperties>`)
	for _, item := range items {
		port, plugin, _ := strings.Cut(item, "/")
		b.WriteString(`<ReportItem port="` + port + `" svc_name="www" protocol="tcp" severity="0" pluginID="` + plugin + `"/>`)
	}
	b.WriteString("</ReportHost></Report></NessusClientData_v2>")
	return b.String()
}

func TestNessusFiles(t *testing.T) {
	tests := []struct {
		name  string
		parse parser
		text  string
		want  baseline.Baseline
	}{
		{"Nessus 4", nessusByIP, nessusReport("", "22/0", "0/0", "80/10107"), baseline.Baseline{"192.0.2.1": {"22"}}},
		{"a name that cannot be declared", nessusByName, nessusReport(`<tag name="host-ip">192.0.2.9</tag><tag name="host-fqdn">printer (2nd floor).example.com</tag>`, "80/11219"),
			baseline.Baseline{"192.0.2.9": {"80"}}},
		{"a name that cannot be declared, no address", nessusByName, nessusReport(`<tag name="host-fqdn">printer (2nd floor)</tag>`, "80/11219"),
			baseline.Baseline{"192.0.2.1": {"80"}}},
		{"a ReportHost that cannot be declared", nessusByName, strings.Replace(nessusReport(`<tag name="host-fqdn">web</tag>`, "80/11219"), `"192.0.2.1"`, `"my web"`, 1),
			baseline.Baseline{"web": {"80"}}},
		{"enumerated once, found once", nessusByIP, strings.Replace(nessusReport("", "22/14272"), "</Report>", `<ReportHost name="192.0.2.1"><ReportItem port="23" protocol="tcp" pluginID="11219"/></ReportHost></Report>`, 1),
			baseline.Baseline{"192.0.2.1": {"23"}}},
		{"control characters", nessusByIP, strings.Replace(nessusReport("", "80/11219"), "www", "&#x1;\x02", 1), baseline.Baseline{"192.0.2.1": {"80"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.parse.is(t, test.text, test.want) })
	}
}

func TestNessusErrors(t *testing.T) {
	text := read(t, "testdata/scan.nessus")
	begin := strings.Index(text, `<ReportHost name="inside.example.com">`)
	enumerated := "<NessusClientData_v2><Report>" + text[begin:]
	const nothing, because = "no port scanner found an open port in this file ", ". The scan was exported with a filter," +
		" had no port scanner (such as a scan of web applications), or found nothing. Expected a scan with a network port scanner (SYN, TCP or UDP)"
	tests := []struct{ name, text, want string }{
		{"cut off", text[:begin+500],
			"line 72: the text ends here and is not complete (whole hosts before: 3): the scan was interrupted, or the file is cut. Give the file of a scan that finished"},
		{"all enumerated", enumerated,
			"all 3 open ports in this file were enumerated on the hosts themselves (netstat, SNMP), which does not show that they can be reached." +
				" Expected a scan with a network port scanner (SYN, TCP or UDP)"},
		{"some hosts enumerated", text,
			"the open ports of 192.0.2.13 were only enumerated on the host itself (netstat, SNMP), which does not show that they can be reached." +
				` Scan them with a network port scanner too, or leave such hosts out with "skip-enumerated"`},
		{"no port scanner", nessusReport("", "443/51192"), nothing + "(hosts in it: 1)" + because},
		{"no host", "<NessusClientData_v2></NessusClientData_v2>", nothing + "(hosts in it: 0)" + because},
		{"bad port", strings.Replace(text, `"443"`, `"https"`, 1), `line 29: "https" is not a port. Expected a number from 1 to 65535`},
		{"bad host", strings.Replace(text, "2001:db8::10</tag>", "2001:db8::g</tag>", 1),
			`line 53: "2001:db8::g" is not a host: it has colons as an IPv6 address does, but is not one. Expected an address or a host name`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { parser(nessusByIP).fails(t, test.text, test.want) })
	}
}
