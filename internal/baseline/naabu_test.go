package baseline_test

import (
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/baseline"
)

func TestNaabu(t *testing.T) {
	parser(baseline.Naabu).is(t, read(t, "testdata/naabu.jsonl"), baseline.Baseline{
		"192.0.2.10":     {"80-81", "443"},
		"2001:db8::10":   {"53/udp"},
		"ns.example.com": {"53", "53/udp"},
		"192.0.2.12":     {"22"},
	})
	parser(baseline.Naabu).is(t, `{"host":"a","ip":null,"port":80,"protocol":null}
{"host":null,"ip":"192.0.2.1","port":null,"protocol":"tcp"}
{"ip":"192.0.2.1","port":{"port":81,"protocol":null}}
{"ip":"192.0.2.1","port":{"port":null,"protocol":null}}
{"ip":"192.0.2.1","port" : 82,"name":"`+"\x01\x1b"+`"}
`, baseline.Baseline{"a": {"80"}, "192.0.2.1": {"81-82"}})
	parser(baseline.Naabu).is(t, "[\n"+`{"ip": "192.0.2.1", "port": "80"}`+",\n]", baseline.Baseline{"192.0.2.1": {"80"}})
}

func TestNaabuErrors(t *testing.T) {
	const expected = ". Expected naabu's JSON lines, naabu -json"
	tests := []struct{ name, text, want string }{
		{"cut off", strings.TrimSuffix(read(t, "testdata/naabu.jsonl"), "22}\n"),
			"line 9: the text ends here and is not complete (whole records before: 8): the scan was interrupted, or the file is cut. Give the file of a scan that finished"},
		{"bad port", "\n" + `{"ip": "192.0.2.1", "port": 80.5}`, `line 2: "80.5" is not a port. Expected a number from 1 to 65535`},
		{"bad host", `{"ip": "-", "port": 80}`, `line 1: "-" is not a host: a part between two dots neither begins nor ends with a hyphen. Expected an address or a host name`},
		{"no host", `{"port": 80}`, `line 1: an object has neither ip nor host` + expected},
		{"a nested port that is wrong", `{"ip": "192.0.2.1", "port": {"port": [1]}}`, `line 1: "[1]" is not a port. Expected a number from 1 to 65535`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { parser(baseline.Naabu).fails(t, test.text, test.want) })
	}
}
