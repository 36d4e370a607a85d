package provider

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

var reports = []string{"report_markdown", "report_junit", "report_html", "report_openmetrics", "report_json"}

// object is an object whose type is that of its attributes.
func object(attributes map[string]tftypes.Value) tftypes.Value {
	of := map[string]tftypes.Type{}
	for name, v := range attributes {
		of[name] = v.Type()
	}
	return tftypes.NewValue(tftypes.Object{AttributeTypes: of}, attributes)
}

func text(s string) tftypes.Value { return tftypes.NewValue(tftypes.String, s) }

func nullOf(typ tftypes.Type) tftypes.Value { return tftypes.NewValue(typ, nil) }

func unknown(typ tftypes.Type) tftypes.Value { return tftypes.NewValue(typ, tftypes.UnknownValue) }

var stringsByName = tftypes.Map{ElementType: tftypes.String}

// checkWith is a check of which one of two ports failed, with other values for
// some of its attributes.
func checkWith(other map[string]tftypes.Value) tftypes.Value {
	attributes := map[string]tftypes.Value{
		"hosts":     tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, []tftypes.Value{text("web")}),
		"triggers":  nullOf(tftypes.DynamicPseudoType),
		"passed":    tftypes.NewValue(tftypes.Bool, false),
		"passed_at": text("2026-11-22T23:11:50Z"),
		"results":   tftypes.NewValue(stringsByName, map[string]tftypes.Value{"tcp://web:80": text("open"), "tcp://web:443": text("closed")}),
		"failures":  tftypes.NewValue(stringsByName, map[string]tftypes.Value{"tcp://web:443": text("closed (conn-refused), declared open: service-down")}),
	}
	for name, v := range other {
		attributes[name] = v
	}
	return object(attributes)
}

// reported is what a report says of its argument over the protocol; known is
// false if it says that it will be known later.
func reported(t *testing.T, name string, checks tftypes.Value) (report string, known bool, failure *tfprotov6.FunctionError) {
	t.Helper()
	argument, err := tfprotov6.NewDynamicValue(tftypes.DynamicPseudoType, checks)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := NewServer("test", nil)().CallFunction(t.Context(), &tfprotov6.CallFunctionRequest{Name: name, Arguments: []*tfprotov6.DynamicValue{&argument}})
	if err != nil {
		t.Fatal(err)
	}
	if resp.Error != nil {
		return "", true, resp.Error
	}
	value, err := resp.Result.Unmarshal(tftypes.String)
	if err != nil {
		t.Fatal(err)
	}
	if !value.IsKnown() {
		return "", false, nil
	}
	if err := value.As(&report); err != nil {
		t.Fatal(err)
	}
	return report, true, nil
}

// TestReports: what is given arrives in each of the reports.
func TestReports(t *testing.T) {
	unprobed := map[string]tftypes.Value{
		"passed": nullOf(tftypes.Bool), "passed_at": nullOf(tftypes.String), "results": nullOf(stringsByName), "failures": nullOf(stringsByName),
	}
	passed := map[string]tftypes.Value{
		"passed": tftypes.NewValue(tftypes.Bool, true), "failures": tftypes.NewValue(stringsByName, map[string]tftypes.Value{}),
		"results": nullOf(stringsByName), "triggers": object(map[string]tftypes.Value{"id": unknown(tftypes.DynamicPseudoType)}),
	}
	ofType := checkWith(nil).Type()
	tests := []struct {
		name   string
		checks tftypes.Value
		says   [5]string // in the order of reports
	}{
		{"failed", object(map[string]tftypes.Value{"site": checkWith(nil)}),
			[5]string{"| `site` | `tcp://web:443` | open | closed | conn-refused | service-down |", `name="site" timestamp="1970-01-01T00:00:00" hostname="localhost" tests="2" failures="1"`, "The check is not as declared",
				`portcheck_endpoint_passed{check="site",endpoint="tcp://web:443",place="local",state="closed",reason="conn-refused",cause="service-down"} 0`, `"cause": "service-down"`}},
		{"a check from a place", object(map[string]tftypes.Value{"site": checkWith(map[string]tftypes.Value{
			"failures": nullOf(stringsByName), "results": tftypes.NewValue(stringsByName, map[string]tftypes.Value{"tcp://web:80 from vpc-a": text("closed")}),
		})}),
			[5]string{"vpc-a", "tcp://web:80 from vpc-a", "vpc-a", `place="vpc-a"`, `"key": "tcp://web:80 from vpc-a"`}},
		{"waived, until a day that is known or not", object(map[string]tftypes.Value{"site": checkWith(map[string]tftypes.Value{
			"passed": tftypes.NewValue(tftypes.Bool, true), "failures": tftypes.NewValue(stringsByName, map[string]tftypes.Value{}),
			"waived": tftypes.NewValue(stringsByName, map[string]tftypes.Value{
				"tcp://web:443": text("closed (conn-refused), declared open: service-down"), "tcp://web:22": text("open (syn-ack), declared closed: unexpected-open")}),
			"waivers": object(map[string]tftypes.Value{"443": object(map[string]tftypes.Value{"until": text("2026-12-31"), "reason": nullOf(tftypes.String)}), "22": text("nonsense")}),
		})}),
			[5]string{"| `site` | `tcp://web:443` | `local` | open | closed | conn-refused | service-down | 2026-12-31 | – |", "closed, declared open: waived until 2026-12-31", "declared closed: waived", `portcheck_waiver_ends_seconds{check="site",endpoint="tcp://web:443",place="local"} 1798761600`, `"waived_until": "2026-12-31"`}},
		{"a map of checks", tftypes.NewValue(tftypes.Map{ElementType: ofType}, map[string]tftypes.Value{"a": checkWith(nil), "b": checkWith(nil)}),
			[5]string{"### Port checks: 2 failed", `id="1" name="b"`, "2 of 2 checks not as declared", `portcheck_passed{check="b"} 0`, `"name": "b"`}},
		{"null attributes", object(map[string]tftypes.Value{"site": checkWith(unprobed)}),
			[5]string{"- `site` not probed", `<skipped message="nothing was ever probed">`, "The check was not probed", "# EOF", `"passed": null`}},
		{"no check", object(map[string]tftypes.Value{"site": nullOf(ofType), "none": nullOf(tftypes.DynamicPseudoType)}),
			[5]string{"### Port checks: 2 not probed", `name="none"`, "2 of 2 checks not probed", "# EOF", `"outcome": "not_probed"`}},
		{"no results, an unknown trigger", object(map[string]tftypes.Value{"site": checkWith(passed)}),
			[5]string{"- `site` passed: too many endpoints to list", `<testcase classname="site" name="all endpoints" time="0"></testcase>`, "The check is as declared", `portcheck_complete{check="site"} 0`, `"complete": false`}},
		{"a check called passed", object(map[string]tftypes.Value{"passed": checkWith(nil), "results": checkWith(nil), "failures": checkWith(nil)}),
			[5]string{"### Port checks: 3 failed", `name="passed"`, "3 of 3 checks", `check="passed"`, `"name": "passed"`}},
		{"empty", object(nil), [5]string{"### Port checks: none", "<testsuites></testsuites>", "No checks", "# EOF", `"checks": []`}},
	}
	for _, test := range tests {
		for i, name := range reports {
			got, known, err := reported(t, name, test.checks)
			if err != nil || !known || !strings.Contains(got, test.says[i]) {
				t.Errorf("%s of %s does not say %s: known %v, %v\n%s", name, test.name, test.says[i], known, err, got)
			}
		}
	}
}

// TestReportsUnknown: what is not known yet makes the report so, wherever it is.
func TestReportsUnknown(t *testing.T) {
	tests := map[string]tftypes.Value{
		"all of it": unknown(tftypes.DynamicPseudoType),
		"a check":   object(map[string]tftypes.Value{"site": unknown(tftypes.DynamicPseudoType), "web": checkWith(nil)}),
		"passed":    object(map[string]tftypes.Value{"site": checkWith(map[string]tftypes.Value{"passed": unknown(tftypes.Bool)})}),
		"passed_at": object(map[string]tftypes.Value{"site": checkWith(map[string]tftypes.Value{"passed_at": unknown(tftypes.String)})}),
		"results":   object(map[string]tftypes.Value{"site": checkWith(map[string]tftypes.Value{"results": unknown(stringsByName)})}),
		"a result": object(map[string]tftypes.Value{"site": checkWith(map[string]tftypes.Value{
			"results": tftypes.NewValue(stringsByName, map[string]tftypes.Value{"udp://web:53": unknown(tftypes.String)}),
		})}),
		"failures": object(map[string]tftypes.Value{"site": checkWith(map[string]tftypes.Value{"failures": unknown(stringsByName)})}),
	}
	for what, checks := range tests {
		for _, name := range reports {
			if got, known, err := reported(t, name, checks); known || err != nil {
				t.Errorf("%s, %s unknown: %v\n%s", name, what, err, got)
			}
		}
	}
}

func TestReportErrors(t *testing.T) {
	one := func(v tftypes.Value) tftypes.Value { return object(map[string]tftypes.Value{"web": v}) }
	with := func(name string, v tftypes.Value) tftypes.Value {
		return one(checkWith(map[string]tftypes.Value{name: v}))
	}
	tuple := func(values ...tftypes.Value) tftypes.Value {
		types := make([]tftypes.Type, len(values))
		for i, v := range values {
			types[i] = v.Type()
		}
		return tftypes.NewValue(tftypes.Tuple{ElementTypes: types}, values)
	}
	const (
		aMap    = "Expected a map from a name to each check, such as { web = portcheck_check.web }"
		aCheck  = "Expected a portcheck_check resource or a portcheck data source"
		counted = `; or, where the check has count, { for i, c in portcheck_check.web : "web-${i}" => c }`
	)
	tests := []struct {
		checks tftypes.Value
		text   string
	}{
		{text("secret"), "this is a string. " + aMap},
		{text("portcheck_check.web"), `this is the string "portcheck_check.web", which is a check without the quotes. ` + aMap},
		{tftypes.NewValue(tftypes.Number, 3), "this is a number. " + aMap},
		{tuple(checkWith(nil)), "this is a list. " + aMap + counted},
		{tuple(), "this is a list. " + aMap + counted},
		{checkWith(nil), "this is a check itself. " + aMap},
		{one(text("secret")), `checks["web"] is a string. ` + aCheck},
		{one(text("data.portcheck.web")), `checks["web"] is the string "data.portcheck.web", which is a check without the quotes. ` + aCheck},
		{one(tftypes.NewValue(tftypes.Bool, true)), `checks["web"] is a bool. ` + aCheck},
		{one(tuple(checkWith(nil))), `checks["web"] is a list. ` + aCheck + ", such as portcheck_check.web[0] where it has count"},
		{one(one(checkWith(nil))), `checks["web"] is several checks, as of for_each. Expected each under a name of its own, such as merge(portcheck_check.web, { db = portcheck_check.db })`},
		{one(tftypes.NewValue(stringsByName, map[string]tftypes.Value{"tcp://web:80": text("open")})), `checks["web"] is a map without "passed". ` + aCheck},
		{one(object(map[string]tftypes.Value{"passed": text("x")})), `checks["web"] is an object without "failures". ` + aCheck},
		{with("passed", text("maybe")), `checks["web"].passed is a string. Expected a bool`},
		{with("passed_at", tuple()), `checks["web"].passed_at is a list. Expected a string`},
		{with("results", text("x")), `checks["web"].results is a string. Expected a map`},
		{with("results", object(map[string]tftypes.Value{"x": text("open")})), `checks["web"].results: "x" is not an endpoint: it has no scheme. Expected SCHEME://HOST:PORT, such as "tcp://web.example.com:443"`},
		{with("results", object(map[string]tftypes.Value{"tcp://web:1": tuple()})), `checks["web"].results["tcp://web:1"] is a list. Expected a string`},
		{with("failures", object(map[string]tftypes.Value{"tcp://web:1": text("x")})), `checks["web"].failures["tcp://web:1"]: "x" is not a failure. Expected STATE (REASON), declared WHAT: CAUSE, such as "closed (conn-refused), declared open: service-down"`},
		{with("failures", object(map[string]tftypes.Value{"tcp://web:1": object(map[string]tftypes.Value{
			"declared": text("open"), "state": text("closed"), "reason": text("conn-refused"), "cause": text("service-down"),
		})})), `checks["web"].failures["tcp://web:1"] is an object. Expected a string such as "closed (conn-refused), declared open: service-down"`},
		{with("failures", object(map[string]tftypes.Value{"tcp://web:1": nullOf(tftypes.String)})), `checks["web"].failures["tcp://web:1"] is null. Expected a string such as "closed (conn-refused), declared open: service-down"`},
		// What is wrong is said before what is not known.
		{object(map[string]tftypes.Value{"a": unknown(tftypes.DynamicPseudoType), "web": text("x")}), `checks["web"] is a string. ` + aCheck},
	}
	for _, test := range tests {
		for _, name := range reports {
			got, _, err := reported(t, name, test.checks)
			if err == nil || err.Text != test.text || err.FunctionArgument == nil || *err.FunctionArgument != 0 {
				t.Errorf("%s: %+v, want of its argument: %s\n%s", name, err, test.text, got)
			}
		}
	}
}
