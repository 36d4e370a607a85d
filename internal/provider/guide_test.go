package provider

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/guard"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
	"github.com/portcheck/terraform-provider-portcheck/internal/scan"
)

// hostKey is a public key (the first of RFC 8032 section 7.1).
const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea"

// TestGuide holds the table of the schemes that each place can see to Sees, and the
// tables of exit codes and of filters to what TestAccMatrix and TestAccFilters measure.
func TestGuide(t *testing.T) {
	modules := map[string]any{}
	for _, scheme := range endpoint.Schemes() {
		if scheme != endpoint.UDP { // which the exporter has no prober for
			modules[string(scheme)] = "module"
		}
	}
	all, diags := placesOf(t.Context(), configOf(t,
		sshTo(kindSSH, map[string]any{argHostKey: hostKey}), socksAt(kindSOCKS5, nil), proxyAt(kindHTTPProxy, nil),
		exporterAt(kindBlackbox, nil), exporterAt("modules", map[string]any{argModules: modules})), vantageMakers, guard.Policy{})
	if len(diags) > 0 {
		t.Fatal(told(diags))
	}
	columns := []string{"this machine"}
	places := [][2]scan.Vantage{{scan.From(probe.Prober{})}} // without modules, and with them
	for _, k := range placeKinds {
		columns = append(columns, "`"+k.name+"`")
		pair := [2]scan.Vantage{all.named[k.name].made.Vantage}
		if k.name == kindBlackbox {
			pair[1] = all.named["modules"].made.Vantage
		}
		places = append(places, pair)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "| | %s |\n|---|%s\n", strings.Join(columns, " | "), strings.Repeat("---|", len(columns)))
	for _, row := range []struct {
		name string
		of   func(endpoint.Scheme) bool
	}{
		{"TCP ports", func(s endpoint.Scheme) bool { return s == endpoint.TCP }},
		{"services over TCP", func(s endpoint.Scheme) bool { return s.Service() && s.Transport() == endpoint.TCP }},
		{"UDP ports", func(s endpoint.Scheme) bool { return s == endpoint.UDP }},
		{"services over UDP", func(s endpoint.Scheme) bool { return s.Service() && s.Transport() == endpoint.UDP }},
	} {
		fmt.Fprintf(&b, "| %s |", row.name)
		for _, pair := range places {
			fmt.Fprintf(&b, " %s |", visible(row.of, pair))
		}
		b.WriteString("\n")
	}
	porttest.Guide(t, "../../templates/index.md.tmpl", "places", b.String(), *Update)
	porttest.Guide(t, "../../templates/guides/exit-codes.md.tmpl", "matrix", matrix(), *Update)
	porttest.Guide(t, "../../templates/guides/judgement.md.tmpl", "filters", filterTable(), *Update)
}

// visible says which of some schemes a place sees, without modules and with them.
func visible(of func(endpoint.Scheme) bool, pair [2]scan.Vantage) string {
	var without []string
	missing, withModules := false, pair[1] != nil
	for _, scheme := range slices.Sorted(slices.Values(endpoint.Schemes())) {
		switch {
		case !of(scheme):
		case pair[0].Sees(scheme):
			without = append(without, "`"+string(scheme)+"`")
		default:
			missing = true
			withModules = withModules && pair[1].Sees(scheme)
		}
	}
	switch {
	case !missing:
		return "yes"
	case withModules && len(without) > 0:
		return strings.Join(without, ", ") + "; others with `modules`"
	case withModules:
		return "with `modules`"
	case len(without) > 0:
		return strings.Join(without, ", ")
	}
	return "no"
}
