package provider_test

import (
	"os"
	"path/filepath"
	"testing"
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
</nmaprun>
`

// TestAccFunctions: what a scanner found open is a baseline, and a file that is
// not the right one is an error that says so, at validation.
func TestAccFunctions(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		file := func(name, text string) {
			t.Helper()
			if err := os.WriteFile(filepath.Join(w.Dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		file("scan.xml", scanned)
		file("scan.nmap", "# Nmap 7.93 scan initiated Mon Nov 23 12:00:00 2026 as: nmap -oN scan.nmap 198.51.100.1\n")
		config := func(call string) string {
			return fast + `
data "portcheck" "web" {
  baseline = provider::portcheck::` + call + `
  closed   = ["1-1000", "8000-8999"]
}
output "passed" { value = data.portcheck.web.passed }
`
		}
		w.write(config(`nmap_parse(file("scan.xml"))`))
		servers := w.serve(80, 8080)
		w.run("validate").exits(0)
		w.apply().exits(0).says("passed = true").saysNot("Warning:")
		w.plan().exits(0)

		if err := servers[1].Close(); err != nil {
			t.Fatal(err)
		}
		w.serve(8081)
		w.plan().exits(2).says("tcp://198.51.100.1:8080 is closed, declared open", "unexpected-open", "tcp://198.51.100.1:8081")

		w.write(config(`nmap_parse(file("scan.nmap"))`))
		w.run("validate").exits(1).says(`Invalid value for "xml" parameter: this is Nmap's normal output; give Nmap's XML, nmap -oX.`)
		w.write(config(`nmap_parse("scan.xml")`))
		w.run("validate").exits(1).says(`"scan.xml" looks like a path; give what the file holds: file("scan.xml")`)
		w.write(config(`nessus_parse(file("scan.xml"))`))
		w.run("validate").exits(1).says("this is Nmap's XML; give it to nmap_parse")
		w.write(config(`nessus_parse("<NessusClientData_v2/>", "name")`))
		w.run("validate").exits(1).says(`Invalid value for "key" parameter: "name" does not name hosts. Expected one of ["host-ip" "host-fqdn"]`)
		w.write(config(`naabu_parse("{\"ip\":\"198.51.100.1\",\"port\":80}\n{\"ip\":\"198.51.100.1\",\"po")`))
		w.run("validate").exits(1).says(`Invalid value for "jsonl" parameter: line 2: the text ends here and is not complete (whole records before: 1)`)
	})
}
