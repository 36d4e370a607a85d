package baseline_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/baseline"
	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

func FuzzNmap(f *testing.F) {
	f.Add(nmapRun(nmapHost("reset", "192.0.2.1", nmapPort("tcp", "22", "open")+nmapPort("udp", "53", "open")), nmapHost("reset", "2001:db8::1", nmapPort("tcp", "23", "open"))))
	f.Add(`<nmaprun><host><address addr="A.b."/><ports><port protocol="tcp" portid="1"><state state="open"/></port><port protocol="tcp" portid="02"><state state="open"/></port></ports></host><runstats><finished exit="error" errormsg="x"/></runstats></nmaprun>`)
	f.Add(nmapRun(nmapHost("reset", "192.0.2.1", strings.Replace(nmapPort("tcp", "445", "open"), "http", "A&#x1;\x01&#99999999999;", 1)), timedOut(1)))
	f.Fuzz(func(t *testing.T, text string) {
		parser(nmapByAddress).holds(t, text)
		parser(nmapByName).holds(t, text)
	})
}

func FuzzOpenVAS(f *testing.F) {
	f.Add(read(f, "testdata/openvas.xml"))
	f.Add(`<report><report><ports><port><host>A.b.</host>https (443/tcp)</port><port>0/udp</port></ports><scan_run_status>Done</scan_run_status></report></report>`)
	f.Fuzz(func(t *testing.T, text string) {
		parser(openvasByIP).holds(t, text)
		parser(openvasByName).holds(t, text)
	})
}

func FuzzNessus(f *testing.F) {
	f.Add(read(f, "testdata/scan.nessus"))
	f.Add(`<NessusClientData_v2><Report><ReportHost name="A.b."><HostProperties><tag name="host-fqdn">x</tag></HostProperties><ReportItem port="1" protocol="tcp" pluginID="11219"/></ReportHost></Report></NessusClientData_v2>`)
	f.Fuzz(func(t *testing.T, text string) {
		parser(nessusByIP).holds(t, text)
		parser(nessusSkipping).holds(t, text)
		parser(nessusByName).holds(t, text)
	})
}

func FuzzMasscan(f *testing.F) {
	f.Add("[\n" + recordA + "\n,\n" + recordB + "\n,\n" + recordC + "\n,\n" + banner + "\n,\n" + ping + ",\n]{finished: 1}\n")
	f.Add(`{"ip":"192.0.2.1","ports":[{"port":80,"proto":"tcp","status":null,"service":null}],"data":null,"rec_type":null}`)
	f.Add(`{"ip":"192.0.2.1","port":80,"proto":"tcp","rec_type":"status","data":{"status":"open"}}`)
	f.Add("#masscan\nopen tcp 80 192.0.2.1 1600000000\nbanner tcp 81 192.0.2.1 1600000000 http HTTP/1.0 200 OK\n# end\n")
	f.Fuzz(parser(baseline.Masscan).holds)
}

func FuzzNaabu(f *testing.F) {
	f.Add(read(f, "testdata/naabu.jsonl"))
	f.Add(`[{"host":"A.b.","port":{"Port":53,"Protocol":1}},{"ip":"::ffff:192.0.2.1","port":"080"}]`)
	f.Add(`{"ip":null,"host":"a","port":null}{"ip":"192.0.2.1","port":{"port":null,"protocol":null}}`)
	f.Fuzz(parser(baseline.Naabu).holds)
}

// holds parses text. What it finds must be what a declaration takes, in the one
// form that it has; an error must be short and one line.
func (parse parser) holds(t *testing.T, text string) {
	found, err := parse(t.Context(), text)
	if err != nil {
		if len(err.Error()) > 1_000 || strings.Contains(err.Error(), "\n") {
			t.Fatalf("an error of %d bytes: %q", len(err.Error()), err)
		}
		return
	}
	for host, specs := range found {
		if again, err := endpoint.ParseHost(string(host)); err != nil || again != host {
			t.Fatalf("host %q: %q, %v", host, again, err)
		}
		ranges := map[endpoint.Scheme][]endpoint.Range{}
		for _, spec := range specs {
			r, scheme, err := endpoint.ParsePortRange(spec)
			if err != nil {
				t.Fatal(err)
			}
			ranges[scheme] = append(ranges[scheme], r)
		}
		ports := endpoint.ByScheme{}
		for scheme, r := range ranges {
			ports[scheme] = endpoint.NewPorts(r...)
		}
		if again := ports.Specs(); specs == nil || !slices.Equal(again, specs) {
			t.Fatalf("%q has %#v, canonical is %q", host, specs, again)
		}
	}
}
