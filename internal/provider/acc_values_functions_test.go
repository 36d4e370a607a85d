package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
)

// scanned is what Nmap says of a server on which 80 and 8080 are open.
const scanned = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nmaprun>
<nmaprun scanner="nmap" version="7.93" xmloutputversion="1.05">
<host><status state="up" reason="echo-reply" reason_ttl="63"/>
<address addr="198.51.100.1" addrtype="ipv4"/>
<ports><extraports state="closed" count="998"><extrareasons reason="reset" count="998"/></extraports>
<port protocol="tcp" portid="80"><state state="open" reason="syn-ack" reason_ttl="63"/></port>
<port protocol="tcp" portid="8080"><state state="open" reason="syn-ack" reason_ttl="63"/></port>
</ports></host>
<runstats><finished time="1795474554" exit="success"/></runstats>
</nmaprun>
`

// file writes a file for a configuration to read, and returns the call that does.
func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return `file("` + filepath.ToSlash(path) + `")`
}

// held holds the lab's first server to what a function made of a file.
func held(call string) string {
	return fast + `
locals { baseline = provider::portcheck::` + call + ` }
data "portcheck" "web" {
  baseline = local.baseline
  closed   = ["1-100", "8000-8099"]
}
output "baseline" { value = local.baseline }
`
}

// TestAccFunctions: a function makes a baseline of a scanner's file, and a data
// source holds the hosts to it.
func TestAccFunctions(t *testing.T) {
	onValues(t, func(t *testing.T, s scene) []resource.TestStep {
		servers := s.serve(80, 8080)
		config := held(`nmap_parse(` + file(t, "scan.xml", scanned) + `)`)
		first := applied(config, has(theData, "passed", true), has(theData, "failures", map[string]any{}))
		first.ConfigPlanChecks = beforeApply(
			plancheck.ExpectKnownOutputValue("baseline", exactly(map[string]any{"198.51.100.1": ports("80", "8080")})))
		return []resource.TestStep{
			first,
			when(func() {
				if err := servers[1].Close(); err != nil {
					t.Fatal(err)
				}
				s.serve(8081)
			}, applied(config, has(theData, "failures", map[string]any{
				"tcp://198.51.100.1:8080": failure("open", "closed", "conn-refused", "service-down"),
				"tcp://198.51.100.1:8081": failure("closed", "open", "syn-ack", "unexpected-open"),
			}))),
		}
	})
}

// TestAccFunctionsAgree: the same scan in the formats of five scanners is the same
// baseline.
func TestAccFunctionsAgree(t *testing.T) {
	formats := map[string]string{
		"nmap": scanned,
		"openvas": `<report id="1" format_id="a994b278-1f62-11e1-96ac-406186ea4fc5"><report id="1"><scan_run_status>Done</scan_run_status>
<ports start="1" max="-1"><count>2</count><port><host>198.51.100.1</host>80/tcp<severity>0.0</severity><threat>Log</threat></port></ports>
<results start="1" max="-1"><result id="2"><name>Services</name><host>198.51.100.1<asset asset_id=""/></host><port>8080/tcp</port></result></results>
</report></report>
`,
		"masscan": `[
{"ip":"198.51.100.1","timestamp":"1700000000","ports":[{"port":80,"proto":"tcp","status":"open","reason":"syn-ack","ttl":63}]},
{"ip":"198.51.100.1","timestamp":"1700000000","ports":[{"port":8080,"proto":"tcp","status":"open","reason":"syn-ack","ttl":63}]}
]
`,
		"naabu": `{"ip":"198.51.100.1","port":80,"protocol":"tcp"}
{"ip":"198.51.100.1","port":8080,"protocol":"tcp"}
`,
		"nessus": `<?xml version="1.0" ?>
<NessusClientData_v2><Report name="r"><ReportHost name="198.51.100.1"><HostProperties>
<tag name="HOST_END">Mon Nov 23 12:00:00 2026</tag><tag name="host-ip">198.51.100.1</tag></HostProperties>
<ReportItem port="80" svc_name="www" protocol="tcp" severity="0" pluginID="11219" pluginName="Nessus SYN scanner"></ReportItem>
<ReportItem port="8080" svc_name="www" protocol="tcp" severity="0" pluginID="11219" pluginName="Nessus SYN scanner"></ReportItem>
</ReportHost></Report></NessusClientData_v2>
`,
	}
	onValues(t, func(t *testing.T, _ scene) []resource.TestStep {
		config := header
		var checks []plancheck.PlanCheck
		for name, text := range formats {
			config += fmt.Sprintf("output %q { value = provider::portcheck::%s_parse(%s) }\n", name, name, file(t, name, text))
			checks = append(checks, plancheck.ExpectKnownOutputValue(name, exactly(map[string]any{"198.51.100.1": ports("80", "8080")})))
		}
		return []resource.TestStep{drifts(config, checks...)}
	})
}

// TestAccFunctionErrors: a file that is not the right one is an error that says
// so, before anything is probed.
func TestAccFunctionErrors(t *testing.T) {
	onValues(t, func(t *testing.T, s scene) []resource.TestStep {
		server := s.serve(80)[0]
		t.Cleanup(func() {
			if server.Accepted() != 0 {
				t.Error("something was probed")
			}
		})
		xml := file(t, "scan.xml", scanned)
		normal := file(t, "scan.nmap", "# Nmap 7.93 scan initiated Mon Nov 23 12:00:00 2026 as: nmap -oN scan.nmap 198.51.100.1\n")
		var steps []resource.TestStep
		for _, tt := range []struct{ call, want string }{
			{`nmap_parse(` + normal + `)`, `Invalid value for "xml" parameter: this is Nmap's normal output; give Nmap's XML, nmap -oX.`},
			{`nmap_parse("scan.xml")`, `"scan.xml" looks like a path; give what the file holds: file("scan.xml")`},
			{`nessus_parse(` + xml + `)`, "this is Nmap's XML; give it to nmap_parse"},
			{`nessus_parse("<NessusClientData_v2/>", "name")`, `Invalid value for "options" parameter: "name" is not an option. Expected one of ["host-ip" "host-fqdn" "skip-enumerated"]`},
			{`naabu_parse("{\"ip\":\"198.51.100.1\",\"port\":80}\n{\"ip\":\"198.51.100.1\",\"po")`,
				`Invalid value for "jsonl" parameter: line 2: the text ends here and is not complete (whole records before: 1)`},
		} {
			steps = append(steps, refused(held(tt.call), tt.want))
		}
		return steps
	})
}

// TestAccReportErrors: a report of anything but checks is an error before anything
// is probed.
func TestAccReportErrors(t *testing.T) {
	onValues(t, func(_ *testing.T, _ scene) []resource.TestStep {
		var steps []resource.TestStep
		for _, tt := range []struct{ call, want string }{
			{`"portcheck_check.web"`, `this is the string "portcheck_check.web", which is a check without the quotes.`},
			{`null`, "argument must not be null"},
			{`[portcheck_check.web]`, "this is a list. Expected a map from a name to each check"},
			{`{ web = 3, x = var.unknown }`, `checks["web"] is a number. Expected a portcheck_check resource or a portcheck data source.`},
			{`{ web = { passed = true } }`, `checks["web"] is an object without "failures".`},
		} {
			steps = append(steps, refused(strings.Join([]string{header, `
variable "unknown" { default = null }
resource "portcheck_check" "web" {
  hosts = ["198.51.100.1"]
  open  = ["80"]
}
output "report" { value = provider::portcheck::report_junit(`, tt.call, `) }
`}, ""), `Invalid value for "checks" parameter: `+tt.want))
		}
		return steps
	})
}
