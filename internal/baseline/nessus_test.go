package baseline_test

import (
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/baseline"
)

func TestNessus(t *testing.T) {
	text := read(t, "testdata/scan.nessus")
	parser(nessusByIP).is(t, text, baseline.Baseline{
		"192.0.2.10":   {"80-81", "443", "161/udp"},
		"2001:db8::10": {"22"},
		"192.0.2.12":   {"25"},
	})
	parser(nessusByName).is(t, text, baseline.Baseline{
		"web.example.com": {"25", "80-81", "443", "161/udp"},
		"2001:db8::10":    {"22"},
	})
	parser(nessusByIP).is(t, "<NessusClientData_v2></NessusClientData_v2>", baseline.Baseline{})
	// The order of a host's elements does not matter.
	host := `<ReportHost name="a"><ReportItem port="1" protocol="TCP" pluginID="11219"/><HostProperties><tag name="host-ip"> 192.0.2.1<x>y</x> </tag></HostProperties></ReportHost>`
	parser(nessusByIP).is(t, "<NessusClientData_v2><Report>"+host+"</Report></NessusClientData_v2>", baseline.Baseline{"192.0.2.1": {"1"}})
}

func TestNessusErrors(t *testing.T) {
	text := read(t, "testdata/scan.nessus")
	begin := strings.Index(text, `<ReportHost name="inside.example.com">`)
	enumerated := "<NessusClientData_v2><Report>" + text[begin:]
	tests := []struct{ name, text, want string }{
		{"cut off", text[:begin+500],
			"line 72: the text ends here and is not complete (whole hosts before: 3): the scan was interrupted, or the file is cut. Give the file of a scan that finished"},
		{"all enumerated", enumerated,
			"all 3 open ports in this file were enumerated on the hosts themselves (netstat, SNMP), which does not show that they can be reached." +
				" Expected a scan with a network port scanner (SYN, TCP or UDP)"},
		{"bad port", strings.Replace(text, `"443"`, `"https"`, 1), `line 29: "https" is not a port. Expected a number from 1 to 65535`},
		{"bad host", strings.Replace(text, "2001:db8::10</tag>", "2001:db8::g</tag>", 1),
			`line 53: "2001:db8::g" is not a host: it has colons as an IPv6 address does, but is not one. Expected an address or a host name`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { parser(nessusByIP).fails(t, test.text, test.want) })
	}
}
