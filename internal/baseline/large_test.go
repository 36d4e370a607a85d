package baseline_test

import (
	"fmt"
	"strings"

	"github.com/portcheck/terraform-provider-portcheck/internal/baseline"
)

type largeFile struct {
	name  string
	parse parser
	make  func(bytes int) string
}

// largeFiles makes a file of about so many bytes for each parser, as its scanner
// would write it.
var largeFiles = []largeFile{
	{"Nmap", nmapByAddress, func(bytes int) string {
		return generate(bytes, nmapRun()[:strings.Index(nmapRun(), "<runstats>")], "<runstats><finished/></runstats></nmaprun>", func(b *strings.Builder, host int) {
			var ports strings.Builder
			for port := range 1_000 {
				ports.WriteString(nmapPort("tcp", fmt.Sprint(2*port+1), "open"))
			}
			b.WriteString(nmapHost("reset", address(host), ports.String()))
		})
	}},
	{"Nessus", nessusByIP, func(bytes int) string {
		return generate(bytes, "<NessusClientData_v2><Report>", "</Report></NessusClientData_v2>", func(b *strings.Builder, host int) {
			fmt.Fprintf(b, "<ReportHost name=%q><HostProperties><tag name=\"host-ip\">%s</tag></HostProperties>\n", address(host), address(host))
			for port := range 50 {
				fmt.Fprintf(b, "<ReportItem port=\"%d\" svc_name=\"www\" protocol=\"tcp\" severity=\"0\" pluginID=\"11219\" pluginName=\"Nessus SYN scanner\">\n"+
					"<description>%s</description>\n<plugin_output>Port %[1]d/tcp was found to be open</plugin_output>\n</ReportItem>\n",
					2*port+1, strings.Repeat("Text about a finding, of &quot;some&quot; length.\n", 20))
			}
			b.WriteString("</ReportHost>\n")
		})
	}},
	{"OpenVAS", openvasByIP, func(bytes int) string {
		return generate(bytes, "<report><report>", "</report></report>", func(b *strings.Builder, host int) {
			b.WriteString("<results>\n")
			for port := range 50 {
				fmt.Fprintf(b, "<result id=\"%d\"><name>x</name><host>%s<asset asset_id=\"\"/><hostname/></host><port>%[1]d/tcp</port><nvt oid=\"1\"/>\n<description>%s</description></result>\n",
					2*port+1, address(host), strings.Repeat("Text about a finding, of &quot;some&quot; length.\n", 20))
			}
			b.WriteString("</results>\n")
		})
	}},
	{"masscan JSON", baseline.Masscan, func(bytes int) string {
		return generate(bytes, "[\n", "]\n", func(b *strings.Builder, host int) {
			fmt.Fprintf(b, "{   \"ip\": %q,   \"timestamp\": \"1600000000\", \"ports\": [ {\"port\": %d, \"proto\": \"tcp\", \"status\": \"open\", \"reason\": \"syn-ack\", \"ttl\": 63} ] },\n",
				address(host%1_000), host/1_000+1)
		})
	}},
	{"masscan list", baseline.Masscan, func(bytes int) string {
		return generate(bytes, "#masscan\n", "# end\n", func(b *strings.Builder, host int) {
			fmt.Fprintf(b, "open tcp %d %s 1600000000\n", host/10_000+1, address(host%10_000))
		})
	}},
	{"naabu", baseline.Naabu, func(bytes int) string {
		return generate(bytes, "", "", func(b *strings.Builder, host int) {
			fmt.Fprintf(b, "{\"ip\":%q,\"timestamp\":\"2026-11-23T12:00:00Z\",\"port\":%d,\"protocol\":\"tcp\",\"tls\":false}\n", address(host%1_000), host/1_000+1)
		})
	}},
}

// generate calls more, with 0, 1, 2, …, until there is enough.
func generate(bytes int, before, after string, more func(b *strings.Builder, n int)) string {
	var b strings.Builder
	b.Grow(bytes + bytes/4)
	b.WriteString(before)
	for n := 0; b.Len() < bytes; n++ {
		more(&b, n)
	}
	b.WriteString(after)
	return b.String()
}

func address(n int) string { return fmt.Sprintf("10.%d.%d.%d", n>>16&255, n>>8&255, n&255) }
