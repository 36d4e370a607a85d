package provider

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// called is what a function says of its arguments over the protocol.
func called(t *testing.T, name string, arguments ...string) (map[string][]string, *tfprotov6.FunctionError) {
	t.Helper()
	var values []*tfprotov6.DynamicValue
	for _, argument := range arguments {
		value, err := tfprotov6.NewDynamicValue(tftypes.String, tftypes.NewValue(tftypes.String, argument))
		if err != nil {
			t.Fatal(err)
		}
		values = append(values, &value)
	}
	resp, err := NewServer("test", nil)().CallFunction(t.Context(), &tfprotov6.CallFunctionRequest{Name: name, Arguments: values})
	if err != nil {
		t.Fatal(err)
	}
	if resp.Error != nil {
		return nil, resp.Error
	}
	value, err := resp.Result.Unmarshal(tftypes.Map{ElementType: tftypes.List{ElementType: tftypes.String}})
	if err != nil {
		t.Fatal(err)
	}
	var hosts map[string]tftypes.Value
	if err := value.As(&hosts); err != nil {
		t.Fatal(err)
	}
	result := map[string][]string{}
	for host, list := range hosts {
		var ports []tftypes.Value
		if err := list.As(&ports); err != nil {
			t.Fatal(err)
		}
		result[host] = make([]string, len(ports))
		for i, port := range ports {
			if err := port.As(&result[host][i]); err != nil {
				t.Fatal(err)
			}
		}
	}
	return result, nil
}

const (
	nmapXML = `<nmaprun><host><status state="up" reason="echo-reply"/><address addr="192.0.2.1" addrtype="ipv4"/><ports>
<port protocol="tcp" portid="81"><state state="open"/></port><port protocol="tcp" portid="80"><state state="open"/></port>
<port protocol="udp" portid="53"><state state="open"/></port></ports></host>
<host><status state="up" reason="echo-reply"/><address addr="192.0.2.2" addrtype="ipv4"/><ports><extraports state="closed" count="3"/></ports></host>
<runstats><finished time="1" exit="success"/></runstats></nmaprun>`
	openvasXML = `<report><report><ports><port>80/tcp<host>192.0.2.1</host></port></ports><results><result><host>192.0.2.1<hostname>web</hostname></host><port>80/tcp</port></result></results></report></report>`
	nessusXML  = `<NessusClientData_v2><Report><ReportHost name="192.0.2.1"><HostProperties><tag name="host-ip">192.0.2.1</tag><tag name="host-fqdn">web</tag></HostProperties>` +
		`<ReportItem port="80" protocol="tcp" pluginID="11219"/></ReportHost></Report></NessusClientData_v2>`
)

func TestFunctions(t *testing.T) {
	byAddress := map[string][]string{"192.0.2.1": {"80"}}
	tests := []struct {
		name      string
		arguments []string
		want      map[string][]string
	}{
		{"nmap_parse", []string{nmapXML}, map[string][]string{"192.0.2.1": {"80-81", "53/udp"}, "192.0.2.2": {}}},
		{"nessus_parse", []string{nessusXML}, byAddress},
		{"nessus_parse", []string{nessusXML, "host-ip"}, byAddress},
		{"nessus_parse", []string{nessusXML, "host-fqdn"}, map[string][]string{"web": {"80"}}},
		{"masscan_parse", []string{"open tcp 80 192.0.2.1 1600000000\n"}, byAddress},
		{"masscan_parse", []string{`[{"ip": "192.0.2.1", "ports": [{"port": 80, "proto": "tcp", "status": "open"}]},]`}, byAddress},
		{"naabu_parse", []string{`{"ip":"192.0.2.1","port":80,"protocol":"tcp"}`}, byAddress},
		{"nmap_parse", []string{"<nmaprun><runstats><finished/></runstats></nmaprun>"}, map[string][]string{}},
		{"nmap_parse", []string{strings.Replace(nmapXML, "<ports>", `<hostnames><hostname name="web" type="user"/></hostnames><ports>`, 1), "hostname"},
			map[string][]string{"web": {"80-81", "53/udp"}, "192.0.2.2": {}}},
		{"nessus_parse", []string{nessusXML, "skip-enumerated", "host-fqdn"}, map[string][]string{"web": {"80"}}},
		{"openvas_parse", []string{openvasXML}, byAddress},
		{"openvas_parse", []string{openvasXML, "hostname"}, map[string][]string{"web": {"80"}}},
	}
	for _, test := range tests {
		got, err := called(t, test.name, test.arguments...)
		if err != nil {
			t.Errorf("%s: %s", test.name, err.Text)
		} else if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", test.name, diff)
		}
	}
}

func TestFunctionErrors(t *testing.T) {
	tests := []struct {
		name      string
		arguments []string
		argument  int64
		text      string
	}{
		{"nmap_parse", []string{"# Nmap 7.93 scan initiated"}, 0, "this is Nmap's normal output; give Nmap's XML, nmap -oX"},
		{"nessus_parse", []string{nmapXML}, 0, "this is Nmap's XML; give it to nmap_parse"},
		{"masscan_parse", []string{"scan.json"}, 0, `"scan.json" looks like a path; give what the file holds: file("scan.json")`},
		{"naabu_parse", []string{"\n" + `{"ip":"192.0.2.1","port":-1}`}, 0, `line 2: "-1" is not a port. Expected a number from 1 to 65535`},
		{"nessus_parse", []string{nessusXML, "name"}, 1, `"name" is not an option. Expected one of ["host-ip" "host-fqdn" "skip-enumerated"]`},
		{"nmap_parse", []string{nmapXML, "host-ip"}, 1, `"host-ip" is not an option. Expected one of ["address" "hostname"]`},
		{"openvas_parse", []string{nmapXML}, 0, "this is Nmap's XML; give it to nmap_parse"},
		{"nessus_parse", []string{nessusXML, "host-ip", "host-fqdn"}, 2, `"host-fqdn" is one key too many. Expected at most one`},
	}
	for _, test := range tests {
		_, err := called(t, test.name, test.arguments...)
		if err == nil || err.Text != test.text || err.FunctionArgument == nil || *err.FunctionArgument != test.argument {
			t.Errorf("%s: %+v, want of argument %d: %s", test.name, err, test.argument, test.text)
		}
	}
}

// TestParseFailure: what state has of a failure comes apart; any other text is an
// error.
func TestParseFailure(t *testing.T) {
	parse := func(text string) (*tfprotov6.CallFunctionResponse, error) {
		argument, err := tfprotov6.NewDynamicValue(tftypes.String, tftypes.NewValue(tftypes.String, text))
		if err != nil {
			return nil, err
		}
		return NewServer("test", nil)().CallFunction(t.Context(), &tfprotov6.CallFunctionRequest{Name: "parse_failure", Arguments: []*tfprotov6.DynamicValue{&argument}})
	}
	resp, err := parse("open|filtered (no-response), declared closed: unexpected-open")
	if err != nil || resp.Error != nil {
		t.Fatalf("%v, %+v", err, resp.Error)
	}
	value, err := resp.Result.Unmarshal(tftypes.Object{AttributeTypes: map[string]tftypes.Type{
		"declared": tftypes.String, "state": tftypes.String, "reason": tftypes.String, "cause": tftypes.String,
	}})
	if err != nil {
		t.Fatal(err)
	}
	want := object(map[string]tftypes.Value{
		"declared": text("closed"), "state": text("open|filtered"), "reason": text("no-response"), "cause": text("unexpected-open"),
	})
	if !value.Equal(want) {
		t.Errorf("%s, want %s", value, want)
	}
	resp, err = parse("closed")
	const expected = `"closed" is not a failure. Expected STATE (REASON), declared WHAT: CAUSE, such as "closed (conn-refused), declared open: service-down"`
	if err != nil || resp.Error == nil || resp.Error.Text != expected || resp.Error.FunctionArgument == nil || *resp.Error.FunctionArgument != 0 {
		t.Errorf("%v, %+v, want of the argument: %s", err, resp.Error, expected)
	}
}

// TestFunctionsDescribed: each function and parameter is described in whole
// sentences.
func TestFunctionsDescribed(t *testing.T) {
	functions := served(t).Functions
	if len(functions) != 14 {
		t.Errorf("%d functions", len(functions))
	}
	for name, f := range functions {
		texts := []string{f.Summary, f.Description}
		for _, p := range f.Parameters {
			texts = append(texts, p.Description)
		}
		if f.VariadicParameter != nil {
			texts = append(texts, f.VariadicParameter.Description)
		}
		for _, text := range texts {
			if len(text) < 20 || !strings.HasSuffix(text, ".") {
				t.Errorf("%s: %q", name, text)
			}
		}
	}
}
