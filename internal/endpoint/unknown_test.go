package endpoint_test

import (
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// TestUnknown: while something is unknown nothing is declared, and what is known
// is checked all the same.
func TestUnknown(t *testing.T) {
	tests := map[string]endpoint.Declaration{
		"hosts":                 {Hosts: soon, Open: list("1")},
		"a host":                {Hosts: partlyHosts, Open: list("1")},
		"open":                  {Hosts: list("10.0.0.0/16"), Open: soon},
		"a port":                {Hosts: list("a"), Open: partly},
		"filtered":              {Hosts: list("a"), Open: list("1"), Filtered: soon},
		"an unfiltered port":    {Hosts: list("a"), Unfiltered: partly},
		"closed":                {Hosts: list("a"), Open: list("1"), Closed: soon},
		"a closed port":         {Hosts: list("a"), Open: list("1"), Closed: partly},
		"baseline":              {BaselineUnknown: true, Closed: list("1")},
		"baseline alone":        {BaselineUnknown: true},
		"a baseline's ports":    {Baseline: map[string]endpoint.List{"a": soon}},
		"a baseline's port":     {Baseline: map[string]endpoint.List{"a": list("1"), "b": partly}},
		"baseline besides":      {BaselineUnknown: true, Hosts: list("a"), Open: left, Closed: list("1")},
		"hosts beside known":    {Hosts: soon, Open: list("1"), Baseline: map[string]endpoint.List{"a": list("2")}},
		"whether anything is":   {Baseline: map[string]endpoint.List{"a": list()}, Closed: soon},
		"whether anything is 2": {Baseline: map[string]endpoint.List{"a": list(), "b": soon}},
	}
	for name, d := range tests {
		t.Run(name, func(t *testing.T) {
			if declared, problems := d.Resolve(); declared != nil || len(problems) > 0 || d.Known() {
				t.Errorf("declared %v, problems %v, known %v", declared, problems, d.Known())
			}
		})
	}
	known := endpoint.Declaration{
		Hosts:    list("a"),
		Open:     list("1"),
		Closed:   left,
		Baseline: map[string]endpoint.List{"b": list("1"), "c": list()},
	}
	if !known.Known() {
		t.Error("what is all there is not known")
	}
}

// TestKnownPartIsChecked: what is unknown does not hide mistakes beside it.
func TestKnownPartIsChecked(t *testing.T) {
	unknownFirst := endpoint.List{Elements: []endpoint.Element{{Unknown: true}, {Value: "no port"}}}
	for name, d := range map[string]endpoint.Declaration{
		"open":   {Hosts: soon, Open: unknownFirst},
		"closed": {BaselineUnknown: true, Closed: unknownFirst},
	} {
		detail := "Element 1 of " + name + `: "no port" is not a port.` + expectedPort
		refused(t, d, problem(name, 1, "Invalid port", detail))
	}
	unknownFirst.Elements[1].Value = "no host"
	detail := `Element 1 of hosts: "no host" is not a host: ' ' does not belong in a host name.` + expectedHost
	refused(t, endpoint.Declaration{Hosts: unknownFirst, Open: soon}, problem("hosts", 1, "Invalid host", detail))
}
