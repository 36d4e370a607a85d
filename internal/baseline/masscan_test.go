package baseline_test

import (
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/baseline"
)

const (
	recordA = `{   "ip": "192.0.2.1",   "timestamp": "1600000000", "ports": [ {"port": 80, "proto": "tcp", "status": "open", "reason": "syn-ack", "ttl": 63} ] }`
	recordB = `{   "ip": "192.0.2.1",   "timestamp": "1600000000", "ports": [ {"port": 53, "proto": "udp", "status": "open", "reason": "none", "ttl": 63} ] }`
	recordC = `{   "ip": "192.0.2.2",   "timestamp": "1600000000", "ports": [ {"port": 80, "proto": "tcp", "status": "closed", "reason": "rst-ack", "ttl": 63} ] }`
	banner  = `{   "ip": "192.0.2.1",   "timestamp": "1600000000", "ports": [ {"port": 81, "proto": "tcp", "service": {"name": "http", "banner": "a } \u0022 ] { b\\"} } ] }`
	ping    = `{   "ip": "192.0.2.3",   "timestamp": "1600000000", "ports": [ {"port": 0, "proto": "icmp", "status": "open", "reason": "none", "ttl": 63} ] }`
)

func TestMasscan(t *testing.T) {
	want := baseline.Baseline{"192.0.2.1": {"80-81", "53/udp"}, "192.0.2.2": {}}
	tests := []struct {
		name, text string
		want       baseline.Baseline
	}{
		{"since 2018", "[\n" + recordA + "\n,\n" + recordB + "\n,\n" + recordC + "\n,\n" + banner + "\n,\n" + ping + "\n]\n", want},
		{"2017, with a comma too many", "[\n" + recordA + ",\n" + recordB + ",\n" + recordC + ",\n" + banner + ",\n]\n", want},
		{"2014", recordA + ",\n" + recordB + ",\n" + recordC + ",\n" + banner + ",\n{finished: 1}\n", want},
		{"after jq", "\ufeff[\n  {\n    \"ip\": \"2001:DB8::1\",\r\n    \"ports\": [\n      { \"proto\": \"tcp\", \"status\": \"open\", \"port\": 80 }\n    ]\n  }\n]",
			baseline.Baseline{"2001:db8::1": {"80"}}},
		{"two files in one", "[\n" + recordA + "\n]\n[\n" + recordC + "\n]\n", baseline.Baseline{"192.0.2.1": {"80"}, "192.0.2.2": {}}},
		{"null", `[{"ip":"192.0.2.1","timestamp":null,"rec_type":null,"data":null,"port":null,"proto":null,"status":null,"service":null,
"ports":[{"port":80,"proto":"tcp","status":"open","service":null},{"port":81,"proto":"tcp","status":"closed","service":null},{"port":82,"proto":"tcp","status":null},{"port":83,"proto":null,"status":"open"}]}]`,
			baseline.Baseline{"192.0.2.1": {"80"}}},
		{"control characters", "[\n" + strings.Replace(banner, "a }", "a\x01\x1b }", 1) + "\n]\n", baseline.Baseline{"192.0.2.1": {"81"}}},
		{"nothing", "[\n]\n", baseline.Baseline{}},
		{"JSON lines", `{"ip":"192.0.2.1","timestamp":"1600000000","port":80,"proto":"tcp","rec_type":"status","data":{"status":"open","reason":"syn-ack","ttl":63}}
{"ip":"192.0.2.1","timestamp":"1600000000","port":81,"proto":"tcp","rec_type":"banner","data":{"service_name":"http","banner":"x"}}
{"ip":"192.0.2.1","timestamp":"1600000000","port":53,"proto":"udp","rec_type":"status","data":{"status":"open","reason":"none","ttl":63}}
{"ip":"192.0.2.2","timestamp":"1600000000","port":80,"proto":"tcp","rec_type":"status","data":{"status":"closed","reason":"rst-ack","ttl":63}}
`, want},
		{"list", `#masscan
open tcp 80 192.0.2.1 1600000000
open udp 53 192.0.2.1 1600000000
closed tcp 80 192.0.2.2 1600000000
banner tcp 81 192.0.2.1 1600000000 http HTTP/1.0 200 OK
up arp 0 192.0.2.3 1600000000
open sctp 7 192.0.2.3 1600000000
unknown tcp 7 192.0.2.3 1600000000
# end
`, want},
		{"lines of a list", "open tcp 80 192.0.2.1 1600000000\r\n\r\n# mine\r\nopen tcp 82 2001:db8::1 1600000000", baseline.Baseline{"192.0.2.1": {"80"}, "2001:db8::1": {"82"}}},
		{"an empty list", "#masscan\n# end\n", baseline.Baseline{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { parser(baseline.Masscan).is(t, test.text, test.want) })
	}
}

func TestMasscanErrors(t *testing.T) {
	const cut = ": the scan was interrupted, or the file is cut. Give the file of a scan that finished"
	const expected = ". Expected masscan's JSON, masscan -oJ, or its list, masscan -oL"
	tests := []struct{ name, text, want string }{
		{"cut off between records", "[\n" + recordA + "\n,\n", "line 4: the text ends here and is not complete (whole records before: 1)" + cut},
		{"cut off in a record", "[\n" + recordA + "\n,\n" + recordB[:50], "line 4: the text ends here and is not complete (whole records before: 1)" + cut},
		{"cut off list", "#masscan\nopen tcp 80 192.0.2.1 1600000000\n", "line 2: the text ends here and is not complete (whole records before: 1)" + cut},
		{"cut off line", "#masscan\nopen tcp 80 192.0", `line 2: this is not a line of masscan's list. Expected one such as "open tcp 80 192.0.2.1 1600000000"`},
		{"bad port in a list", "open tcp 65536 192.0.2.1 1\n", `line 1: "65536" is not a port. Expected a number from 1 to 65535`},
		{"bad host in a list", "open tcp 80 192.0.2.1:80 1\n", `line 1: "192.0.2.1:80" is not a host: a host is written without a port. Expected an address or a host name`},
		{"bad port", "[\n" + `{"ip": "192.0.2.1", "ports": [{"port": -1, "proto": "tcp"}]}`, `line 2: "-1" is not a port. Expected a number from 1 to 65535`},
		{"bad host", `{"ip": "a b", "ports": [{"port": 80, "proto": "tcp"}]}`, `line 1: "a b" is not a host: ' ' does not belong in a host name. Expected an address or a host name`},
		{"not JSON", "[\n" + recordA + "\n,\n{ip: 1}\n]", `line 4: this is not JSON: invalid character 'i' looking for beginning of object key string` + expected},
		{"other types", `{"ip": "192.0.2.1", "ports": 80}`, `line 1: "ports" is a JSON number, which it cannot be` + expected},
		{"other fields", `{"a": 1}`, `line 1: an object has no ip or no ports` + expected},
		{"other values", "[\n1]", `line 2: this is not expected here` + expected},
		{"a bracket too many", recordA + "\n]", `line 2: this is not expected here` + expected},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { parser(baseline.Masscan).fails(t, test.text, test.want) })
	}
}
