package baseline_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/baseline"
)

// nmapRun is Nmap's XML around hosts, with all that comes before the first.
func nmapRun(hosts ...string) string {
	return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nmaprun>
<?xml-stylesheet href="file:///usr/bin/../share/nmap/nmap.xsl" type="text/xsl"?>
<!-- Nmap 7.93 scan initiated Mon Nov 23 12:00:00 2026 as: nmap -sS -oX scan.xml <hosts> -->
<nmaprun scanner="nmap" args="nmap -sS -oX scan.xml" version="7.93" xmloutputversion="1.05">
<scaninfo type="syn" protocol="tcp" numservices="6" services="22,25,80-83"/>
<verbose level="0"/>
<hosthint><status state="up" reason="unknown-response" reason_ttl="0"/>
<address addr="203.0.113.9" addrtype="ipv4"/>
</hosthint>
` + strings.Join(hosts, "\n") + `
<runstats><finished time="1795474554" exit="success"/><hosts up="1" down="0" total="1"/></runstats>
</nmaprun>
`
}

// nmapHost is a <host> with what is between <ports> and </ports>.
func nmapHost(reason, address, ports string) string {
	return `<host starttime="1"><status state="up" reason="` + reason + `" reason_ttl="63"/>
<address addr="` + address + `" addrtype="ipv4"/>
<address addr="00:00:5E:00:53:01" addrtype="mac" vendor="ICANN"/>
<hostnames><hostname name="web.example.com" type="PTR"/></hostnames>
<ports>` + ports + `</ports>
<os><portused state="open" proto="tcp" portid="9999"/></os>
</host>`
}

// nmapPort is a <port>.
func nmapPort(protocol, id, state string) string {
	return `<port protocol="` + protocol + `" portid="` + id + `"><state state="` + state + `" reason="syn-ack" reason_ttl="63"/>` +
		`<service name="http" method="probed" conf="10"><cpe>cpe:/a:example:http</cpe></service>` +
		`<script id="x" output="&#xa;a"><table key="host"><elem key="address">192.0.2.99</elem></table></script></port>`
}

func TestNmap(t *testing.T) {
	const closed = `<extraports state="closed" count="98"><extrareasons reason="reset" count="98" proto="tcp" ports="1-98"/></extraports>`
	const filtered = `<extraports state="filtered" count="98"/>`
	open := nmapPort("tcp", "22", "open")
	tests := []struct {
		name string
		text string
		want baseline.Baseline
	}{
		{"states and protocols", nmapRun(nmapHost("reset", "192.0.2.1", closed+
			nmapPort("tcp", "81", "open")+nmapPort("tcp", "80", "open")+nmapPort("tcp", "22", "open")+nmapPort("tcp", "23", "filtered")+nmapPort("tcp", "24", "closed")+
			nmapPort("tcp", "25", "unfiltered")+nmapPort("udp", "53", "open")+nmapPort("udp", "123", "open|filtered")+nmapPort("sctp", "7", "open")+nmapPort("ip", "6", "open")+
			nmapPort("tcp", "0", "open"))),
			baseline.Baseline{"192.0.2.1": {"22", "80-81", "53/udp"}}},
		{"nothing open, but answered", nmapRun(nmapHost("user-set", "192.0.2.1", closed), nmapHost("echo-reply", "192.0.2.2", filtered),
			nmapHost("user-set", "192.0.2.3", nmapPort("tcp", "80", "closed"))),
			baseline.Baseline{"192.0.2.1": {}, "192.0.2.2": {}, "192.0.2.3": {}}},
		{"no answer, or no port scanned", nmapRun(nmapHost("user-set", "192.0.2.1", filtered), nmapHost("echo-reply", "192.0.2.2", ""),
			`<host><status state="down" reason="no-response"/><address addr="192.0.2.4" addrtype="ipv4"/></host>`,
			`<host timedout="false"><status state="up" reason="echo-reply"/><address addr="192.0.2.3" addrtype="ipv4"/></host>`),
			baseline.Baseline{}},
		{"one host in two elements, two files in one", "\ufeff" + nmapRun(nmapHost("reset", "192.0.2.1", open), nmapHost("reset", "192.0.2.1", nmapPort("udp", "53", "open"))) +
			"\ufeff" + nmapRun(nmapHost("reset", "192.0.2.1", nmapPort("tcp", "23", "open")+open)),
			baseline.Baseline{"192.0.2.1": {"22-23", "53/udp"}}},
		{"only other protocols scanned", nmapRun(nmapHost("reset", "192.0.2.1", nmapPort("sctp", "7", "closed")),
			nmapHost("reset", "192.0.2.2", strings.ReplaceAll(closed, `"tcp"`, `"sctp"`)),
			nmapHost("reset", "192.0.2.3", strings.Replace(closed, `<extrar`, `<extrareasons proto="ip"/><extrar`, 1))),
			baseline.Baseline{"192.0.2.3": {}}},
		{"IPv6", nmapRun(strings.Replace(nmapHost("reset", "2001:DB8:0::1", open), "ipv4", "ipv6", 1)), baseline.Baseline{"2001:db8::1": {"22"}}},
		{"the MAC address first", nmapRun(`<host><address addr="00:00:5E:00:53:01" addrtype="mac"/><address addr="192.0.2.1" addrtype="ipv4"/><ports>` + open + `</ports></host>`),
			baseline.Baseline{"192.0.2.1": {"22"}}},
		{"no host", nmapRun(), baseline.Baseline{}},
		{"Windows line ends", strings.ReplaceAll(nmapRun(nmapHost("reset", "192.0.2.1", open)), "\n", "\r\n"), baseline.Baseline{"192.0.2.1": {"22"}}},
		{"another encoding declared, white space first", "\n " + strings.Replace(nmapRun(nmapHost("reset", "192.0.2.1", open)), "UTF-8", "UTF-16", 1),
			baseline.Baseline{"192.0.2.1": {"22"}}},
		{"Nmap 6", `<?xml version="1.0"?>
<?xml-stylesheet href="file:///usr/share/nmap/nmap.xsl" type="text/xsl"?>
<nmaprun scanner="nmap" args="nmap -oX - 192.0.2.1" version="6.00" xmloutputversion="1.04">
<host starttime="1" endtime="2"><status state="up" reason="conn-refused"/>
<address addr="192.0.2.1" addrtype="ipv4" />
<ports><extraports state="closed" count="999"><extrareasons reason="conn-refused" count="999"/></extraports>
<port protocol="tcp" portid="22"><state state="open" reason="syn-ack" reason_ttl="0"/><service name="ssh" method="table" conf="3"/></port>
</ports></host><runstats><finished time="2"/></runstats></nmaprun>`, baseline.Baseline{"192.0.2.1": {"22"}}},
		{"control characters in text that is skipped", nmapRun(nmapHost("reset", "192.0.2.1", strings.Replace(open, `name="http"`,
			"name=\"A&#x1;&#0;&#xFFFE;&#x110000;&#99999999999;\x01\x1b[31m\xff\" product=\"&quot;&#65;\"", 1))),
			baseline.Baseline{"192.0.2.1": {"22"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { parser(nmapByAddress).is(t, test.text, test.want) })
	}
}

func TestNmapErrors(t *testing.T) {
	whole := nmapRun(nmapHost("reset", "192.0.2.1", nmapPort("tcp", "22", "open")), nmapHost("reset", "192.0.2.2", nmapPort("tcp", "22", "open")))
	const cut = ": the scan was interrupted, or the file is cut. Give the file of a scan that finished"
	tests := []struct{ name, text, want string }{
		{"cut off after a host", whole[:strings.Index(whole, "</host>")+len("</host>")],
			`line 17: the text ends here and is not complete (whole hosts before: 1)` + cut},
		{"cut off in a tag", whole[:strings.LastIndex(whole, "portid")],
			`line 23: the text ends here and is not complete (whole hosts before: 1)` + cut},
		{"cut off before the first element", "<?xml version=\"1.0\"?>\n<!DOCTYPE nmaprun>\n<!-- Nmap",
			"this is XML that ends before its first element; give Nmap's XML, nmap -oX"},
		{"appended to one that was cut off", whole[:strings.Index(whole, "</host>")+len("</host>")] + "\n" + nmapRun(),
			`line 22: another scan begins before the one before it ends` + cut},
		{"bad port", nmapRun(nmapHost("reset", "192.0.2.1", nmapPort("tcp", "99999", "open"))),
			`line 15: "99999" is not a port. Expected a number from 1 to 65535`},
		{"bad address", nmapRun(nmapHost("reset", "192.0.2.", "")),
			`line 12: "192.0.2." is not a host: it ends in a number as an address does, but is not an IPv4 address. Expected an address or a host name`},
		{"no address", nmapRun(`<host></host>`),
			`line 11: this <host> has no address. Expected <address addr="…" addrtype="ipv4"/> or one of type ipv6`},
		{"not well-formed", nmapRun("<host></hots>"),
			`line 11: this is not well-formed XML: element <host> closed by </hots>. Expected Nmap's XML, nmap -oX`},
		{"text after the end", nmapRun() + "\n$ " + strings.Repeat("long ", 100),
			`line 15: this is not expected here. Expected Nmap's XML, nmap -oX`},
		{"two kinds in one", nmapRun() + "<html/>", `line 14: <html> is not expected here. Expected Nmap's XML, nmap -oX`},
		{"too deep", "<nmaprun>" + strings.Repeat("<a>", 1_000_000),
			`line 1: there are more than 1000 elements in each other. Expected Nmap's XML, nmap -oX`},
		{"too many attributes", nmapRun("<a " + strings.Repeat(`b="1" `, 1_001) + "/>"),
			`line 11: an element has more than 1000 attributes. Expected Nmap's XML, nmap -oX`},
		{"an error", strings.Replace(whole, `exit="success"`, `exit="error" errormsg="Strange read error from 192.0.2.9 (104)"`, 1),
			`line 25: Nmap ended with an error, "Strange read error from 192.0.2.9 (104)", and not all was scanned. Give the file of a scan that finished`},
		{"an error of an older version", strings.Replace(whole, `exit="success"`, `errormsg="`+strings.Repeat("x", 100)+`"`, 1),
			`line 25: Nmap ended with an error, "` + strings.Repeat("x", 60) + `…", and not all was scanned. Give the file of a scan that finished`},
		{"an error without a message", strings.Replace(whole, `exit="success"`, `exit="error"`, 1),
			`line 25: Nmap ended with an error, "exit=error", and not all was scanned. Give the file of a scan that finished`},
		{"not finished", strings.Replace(whole, "<finished", "<other", 1), `line 26: this scan has no <finished>` + cut},
		{"the first of two is not finished", "<nmaprun></nmaprun>" + whole, `line 1: this scan has no <finished>` + cut},
		{"hosts timed out", nmapRun(nmapHost("reset", "192.0.2.1", ""), timedOut(1)),
			"Nmap gave up on 192.0.2.101 (--host-timeout, which -T5 sets too): not all of the ports were scanned." +
				" Scan again with a longer --host-timeout, or without it"},
		{"many hosts timed out", nmapRun(timedOut(7)),
			"Nmap gave up on 192.0.2.101, 192.0.2.102, 192.0.2.103, 192.0.2.104, 192.0.2.105 and 2 more (--host-timeout, which -T5 sets too):" +
				" not all of the ports were scanned. Scan again with a longer --host-timeout, or without it"},
		{"what the library repeats", nmapRun("<\xc8" + strings.Repeat("é", 1_000) + ">"),
			"line 11: this is not well-formed XML: invalid XML name: \ufffd" + strings.Repeat("é", 101) + `…. Expected Nmap's XML, nmap -oX`},
		{"XML 1.1", strings.Replace(nmapRun(), `version="1.0"`, `version="1.1"`, 1),
			`line 1: unsupported version "1.1"; only version 1.0 is supported. Expected Nmap's XML, nmap -oX`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { parser(nmapByAddress).fails(t, test.text, test.want) })
	}
}

// timedOut is so many hosts that Nmap gave up on.
func timedOut(hosts int) string {
	var b strings.Builder
	for i := range hosts {
		fmt.Fprintf(&b, `<host timedout="true"><status state="up" reason="echo-reply"/><address addr="192.0.2.%d" addrtype="ipv4"/></host>`, 101+i)
	}
	return b.String()
}

func TestNmapByName(t *testing.T) {
	host := func(address, names string) string {
		return `<host><status state="up" reason="reset"/><address addr="` + address + `" addrtype="ipv4"/><hostnames>` + names + `</hostnames>
<ports><port protocol="tcp" portid="` + address[len(address)-1:] + `"><state state="open"/></port></ports></host>`
	}
	text := nmapRun(
		host("192.0.2.1", `<hostname name="ptr.example.com" type="PTR"/><hostname name="WEB.example.com." type="user"/>`),
		host("192.0.2.2", `<hostname name="web.example.com" type="user"/>`),
		host("192.0.2.3", `<hostname name="ptr.example.com" type="PTR"/><hostname name="other.example.com" type="PTR"/>`),
		host("192.0.2.4", `<hostname name="printer (2nd floor)" type="user"/><hostname name="printer.example.com" type="PTR"/>`),
		host("192.0.2.5", `<hostname name="-" type="PTR"/>`),
		host("192.0.2.6", ``))
	parser(nmapByName).is(t, text, baseline.Baseline{"web.example.com": {"1-2"}, "ptr.example.com": {"3"}, "printer.example.com": {"4"}, "192.0.2.5": {"5"}, "192.0.2.6": {"6"}})
	parser(nmapByAddress).is(t, text, baseline.Baseline{"192.0.2.1": {"1"}, "192.0.2.2": {"2"}, "192.0.2.3": {"3"}, "192.0.2.4": {"4"}, "192.0.2.5": {"5"}, "192.0.2.6": {"6"}})
}
