package baseline_test

import (
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/baseline"
)

// TestMistakes gives each parser what people give it by mistake.
func TestMistakes(t *testing.T) {
	const (
		nmap    = "Nmap's XML, nmap -oX"
		nessus  = "the scan as Nessus exports it in its own format, .nessus (NessusClientData_v2)"
		openvas = "a report of Greenbone or OpenVAS in its format XML"
		masscan = "masscan's JSON, masscan -oJ, or its list, masscan -oL"
		naabu   = "naabu's JSON lines, naabu -json"
	)
	parsers := map[string]parser{nmap: nmapByAddress, nessus: nessusByIP, openvas: openvasByIP, masscan: baseline.Masscan, naabu: baseline.Naabu}
	header := "# Nmap 7.93 scan initiated Mon Nov 23 12:00:00 2026 as: nmap "
	tests := []struct{ expected, text, want string }{
		{nmap, "", "it is empty: the scan found nothing, or did not finish. Expected " + nmap},
		{naabu, " \n\ufeff"[:2], "it is empty: the scan found nothing, or did not finish. Expected " + naabu},
		{nmap, strings.Repeat(" ", 100_000) + "x", `line 1: this is not expected here. Expected ` + nmap},

		{nmap, header + "-oN scan.nmap 192.0.2.1\nNmap scan report for 192.0.2.1\n22/tcp open ssh\n", "this is Nmap's normal output; give " + nmap},
		{nmap, "Starting Nmap 7.93 ( https://nmap.org ) at 2026-11-23 12:00 UTC\nNmap scan report for 192.0.2.1\n", "this is Nmap's normal output; give " + nmap},
		{nmap, "\nNmap scan report for 192.0.2.1\n22/tcp open ssh\n", "this is Nmap's normal output; give " + nmap},
		{nmap, header + "-oG scan.gnmap 192.0.2.1\n# Nmap done\n", "this is Nmap's grepable output; give " + nmap},
		{nmap, header + "-oA scan 192.0.2.1\nHost: 192.0.2.1 (web.example.com)\tStatus: Up\n", "this is Nmap's grepable output; give " + nmap},
		{nmap, "Host: 192.0.2.1 ()\tPorts: 22/open/tcp//ssh///\n", "this is Nmap's grepable output; give " + nmap},
		{nmap, read(t, "testdata/scan.nessus"), "this is a Nessus file; give it to nessus_parse"},
		{nmap, read(t, "testdata/openvas.xml"), "this is a report of OpenVAS; give it to openvas_parse"},
		{nessus, "<get_reports_response/>", "this is a report of OpenVAS; give it to openvas_parse"},
		{openvas, nmapRun(), "this is Nmap's XML; give it to nmap_parse"},
		{openvas, "IP,Hostname,Port,Port Protocol,CVSS,Severity\n", "this is the CSV export of OpenVAS; give " + openvas},
		{openvas, "report.xml", `"report.xml" looks like a path; give what the file holds: file("report.xml")`},
		{nessus, nmapRun(), "this is Nmap's XML; give it to nmap_parse"},
		{masscan, nmapRun(), "this is Nmap's XML; give it to nmap_parse"},
		{nessus, `<?xml version="1.0"?><NessusClientData>`, "this is a Nessus file of the old format NessusClientData; give " + nessus},
		{nessus, "Plugin ID,CVE,CVSS v2.0 Base Score,Risk,Host,Protocol,Port,Name,Synopsis\n", "this is the CSV export of Nessus; give " + nessus},
		{nessus, `"Plugin","Plugin Name","Family","Severity"` + "\n", "this is the CSV export of Nessus; give " + nessus},
		{nessus, "\n<!DOCTYPE html>\n<html lang=en>\n", "this is HTML, a report for people; give " + nessus},
		{nmap, "<HTML><body>", "this is HTML, a report for people; give " + nmap},
		{nmap, "<a:b/>", "this is another kind of XML; give " + nmap},
		{nessus, "%PDF-1.7\n", "this is a PDF, a report for people; give " + nessus},
		{nmap, `{"a": 1}`, "this is JSON; give " + nmap},
		{nmap, "[\n" + recordA + "\n]\n", "this is masscan's JSON; give it to masscan_parse"},
		{naabu, "[\n" + recordA + "\n]\n", "this is masscan's JSON; give it to masscan_parse"},
		{naabu, "#masscan\n# end\n", "this is masscan's list; give it to masscan_parse"},
		{masscan, read(t, "testdata/naabu.jsonl"), "this is naabu's JSON; give it to naabu_parse"},
		{masscan, "# Masscan 1.3.2 scan initiated Mon Nov 23 22:56:19 2026\n", "this is masscan's grepable output; give " + masscan},
		{masscan, "Timestamp: 1795474579\tHost: 192.0.2.1 ()\tPorts: 22/open/tcp//ssh//\n", "this is masscan's grepable output; give " + masscan},
		{masscan, "masscan/1.1\ns:1600000000\n", "this is masscan's binary output; give " + masscan},
		{naabu, "web.example.com:443\nweb.example.com:80\n", "this is naabu's plain output; give " + naabu},
		{naabu, "host,ip,port,protocol,tls\n", "this is naabu's CSV output; give " + naabu},
		{naabu, "[2001:db8::1]:443\n", "this is naabu's plain output; give " + naabu},
		{naabu, "192.0.2.1:443", "this is naabu's plain output; give " + naabu},
		{naabu, "[INF] Found 1 ports on host a (192.0.2.1)\n" + `{"ip":"192.0.2.1","port":443}`, "this is naabu's log; give " + naabu},
		{nmap, header + "-oN scan -oG scan.gnmap 192.0.2.1\nNmap scan report for 192.0.2.1\n", "this is Nmap's normal output; give " + nmap},
		{masscan, "Discovered open port 22/tcp on 192.0.2.1\n", "this is what masscan prints while it scans; give " + masscan},

		{nmap, "192.0.2.1 -> [22,80]\n", "this is RustScan's output; give " + nmap},
		{nmap, "Open \x1b[35m192.0.2.1:22\x1b[0m\n", "this is RustScan's output; give " + nmap},
		{nmap, ".----. .-. .-. .----..---.\n", "this is RustScan's output; give " + nmap},
		{naabu, "saddr,sport\n192.0.2.1,80\n", "this is ZMap's output; give " + naabu},
		{naabu, "saddr\n192.0.2.1\n", "this is ZMap's output; give " + naabu},
		{naabu, "192.0.2.1\r\n192.0.2.2", "this is a list of addresses; give " + naabu},
		{naabu, `{"saddr":"192.0.2.1","sport":80}`, "this is ZMap's JSON; give " + naabu},
		{naabu, `{"ip":"192.0.2.1","data":{"http":{"status":"success","port":80}}}`, "this is ZGrab's JSON; give " + naabu},
		{naabu, `{"hash":1,"port":80,"location":{"city":"A"},"ip_str":"192.0.2.1"}`, "this is Shodan's JSON; give " + naabu},
		{masscan, `{"ports":[22,80],"data":[],"ip_str":"192.0.2.1"}`, "this is Shodan's JSON; give " + masscan},
		{nmap, `{"ip":"192.0.2.1","ports":[22,80]}`, "this is JSON; give " + nmap}, // Shodan's InternetDB
		{naabu, `{"ip":"192.0.2.1","ports":[22,80]}`, "no record has a port: naabu only looked for hosts (-sn), or another program wrote this file. Expected " + naabu},
		{nessus, `<?xml version="1.0"?><!DOCTYPE SCAN SYSTEM "https://qualysapi.example.com/scan-1.dtd"><SCAN value="scan/1">`, "this is a report of Qualys; give " + nessus},
		{nessus, "<HOST_LIST_VM_DETECTION_OUTPUT>", "this is a report of Qualys; give " + nessus},
		{nessus, `asset.name,"asset, 2",plugin id` + "\r\n", "this is another kind of CSV; give " + nessus},
		{nmap, "State    Recv-Q   Send-Q     Local Address:Port\n", "this is a list of a machine's own sockets; give " + nmap},
		{nmap, "Netid  State    Recv-Q\n", "this is a list of a machine's own sockets; give " + nmap},
		{nmap, "Active Internet connections (only servers)\n", "this is a list of a machine's own sockets; give " + nmap},
		{nmap, "\r\nActive Connections\r\n", "this is a list of a machine's own sockets; give " + nmap},
		{nmap, "COMMAND  PID USER\n", "this is a list of a machine's own sockets; give " + nmap},

		{nmap, "\x1f\x8b\x08\x00\x00\x00\x00\x00", "this is compressed with gzip; give " + nmap},
		{nmap, "\x1f\ufffd\b\x00", "this is compressed with gzip; give " + nmap},
		{nmap, "H4sIAAAAAAAAA+3b/W/bNhoH", "this is compressed with gzip; give " + nmap},
		{nessus, "PK\x03\x04\x14\x00\x00\x00", "this is a ZIP archive; give " + nessus},
		{nmap, "PD94bWwgdmVyc2lvbj0iMS4wIj8+", "this is base64; give " + nmap},
		{nmap, "\ufffd\ufffd<\x00?\x00", `this is text in UTF-16, as PowerShell's ">" writes it. Expected UTF-8: let the scanner write its file itself`},

		{nmap, "scans/prod", `this looks like a path; give what the file holds: file(PATH)`},
		{nmap, "baseline.xml\n", `"baseline.xml" looks like a path; give what the file holds: file("baseline.xml")`},
		{nessus, `C:\scans\prod.nessus`, `"C:\\scans\\prod.nessus" looks like a path; give what the file holds: file("C:\\scans\\prod.nessus")`},
		{nmap, "\xff\xfe<\x00?\x00x\x00m\x00l\x00", `this is text in UTF-16, as PowerShell's ">" writes it. Expected UTF-8: let the scanner write its file itself`},
		{masscan, "[\x00\n\x00", `this is text in UTF-16, as PowerShell's ">" writes it. Expected UTF-8: let the scanner write its file itself`},
		{nmap, "hello\nworld", `line 1: this is not expected here. Expected ` + nmap},
		{naabu, strings.Repeat("é", 1_000), `line 1: this is not expected here. Expected ` + naabu},
	}
	for _, test := range tests {
		t.Run(test.want, func(t *testing.T) { parsers[test.expected].fails(t, test.text, test.want) })
	}
}
