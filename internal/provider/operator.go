package provider

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/guard"
)

// operator has what the environment allows the configuration: it alone outweighs it.
type operator struct {
	rules    guard.Policy
	ceilings map[string]int // by the name of the setting
}

// operatorOf reads the environment. lookup is os.LookupEnv.
func operatorOf(lookup func(string) (string, bool)) (operator, diag.Diagnostics) {
	var diags diag.Diagnostics
	rules, errs := guard.FromEnvironment(lookup)
	for _, err := range errs {
		text := err.Error()
		diags.AddError("Invalid environment variable", strings.ToUpper(text[:1])+text[1:]+".")
	}
	o := operator{rules, map[string]int{}}
	for _, entry := range settingsTable {
		text, set := lookup(entry.ceilingVariable())
		if entry.lower == nil || !set {
			continue
		}
		most, err := integer(text, 1, entry.highest)
		if err != nil {
			diags.AddError("Invalid environment variable", fmt.Sprintf("The environment variable %s is %s. Expected %s.", entry.ceilingVariable(), endpoint.Quote(text), err))
			continue
		}
		o.ceilings[entry.name] = most
	}
	return o, diags
}

// ceilingVariable returns the name of the environment variable for the highest value
// that a setting may have.
func (s setting) ceilingVariable() string { return s.variable() + "_CEILING" }

// lower lowers the settings to the ceilings. It warns where somebody asked for more,
// in the configuration or in the environment; a default is lowered in silence.
func (o operator) lower(ctx context.Context, s *settings, config values, lookup func(string) (string, bool)) (diags diag.Diagnostics) {
	for _, entry := range settingsTable {
		most, ok := o.ceilings[entry.name]
		if !ok {
			continue
		}
		_, given, _ := entry.text(ctx, config) // what is wrong is said by configure
		text, _ := lookup(entry.variable())
		before := strings.Trim(entry.show(*s), "`")
		if before == "0" {
			before = "0 (no limit)"
		}
		if entry.lower(s, most) && (given == isKnown || text != "") {
			diags.AddAttributeWarning(path.Root(entry.name), fmt.Sprintf("%s is lowered to %d", entry.name, most),
				fmt.Sprintf("%s is %s, and the environment variable %s allows at most %d, which is used instead.", entry.name, before, entry.ceilingVariable(), most))
		}
	}
	return diags
}

const (
	notAllowed   = "Not allowed to be probed"
	notConnected = "Not allowed to be connected to"
	unknownPlace = "Unknown place"

	// destroyAllTheSame ends an error of plan: a CLI makes a plan before it destroys, to
	// refresh.
	destroyAllTheSame = " To destroy all the same: terraform destroy -refresh=false."
)

// ending ends the errors that an object did not bring about itself, but the operator's
// rules or the provider's blocks did: destroy does not get past them where it makes a
// plan, and how says what does.
func ending(diags diag.Diagnostics, how string) diag.Diagnostics {
	var all diag.Diagnostics
	for _, d := range diags {
		if slices.Contains([]string{notAllowed, notConnected, unknownPlace}, d.Summary()) {
			if at, ok := d.(diag.DiagnosticWithPath); ok {
				d = diag.NewAttributeErrorDiagnostic(at.Path(), d.Summary(), d.Detail()+how)
			} else {
				d = diag.NewErrorDiagnostic(d.Summary(), d.Detail()+how)
			}
		}
		all.Append(d)
	}
	return all
}

// maxRefusals is how many hosts one object is told of.
const maxRefusals = 20

// refused are the hosts of a declaration, and the control endpoints, that the operator's
// rules refuse, as far as that is known before names are resolved. Plan asks, and neither
// validate nor Configure: what an environment refuses is no mistake of the configuration,
// and as one it would block destroy, also without a refresh.
func (d *providerData) refused(declaration endpoint.Declaration) (diags diag.Diagnostics) {
	if d.gate.shut() {
		return nil
	}
	for _, c := range d.settings.control {
		if err := d.operator.rules.Host(c.Host); err != nil {
			diags.AddError(notAllowed, fmt.Sprintf("The provider's control has %s, and %s.", c, err))
		}
	}
	for i, e := range declaration.Hosts.Elements {
		if err := d.operator.host(e.Value); err != nil && !e.Unknown && len(diags) < maxRefusals {
			diags.AddAttributeError(path.Root(endpoint.AttrHosts).AtListIndex(i), notAllowed, fmt.Sprintf("Element %d of hosts: %s.", i, err))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(declaration.Baseline)) {
		if err := d.operator.host(key); err != nil && len(diags) < maxRefusals {
			diags.AddAttributeError(path.Root(endpoint.AttrBaseline).AtMapKey(key), notAllowed, fmt.Sprintf("Key %s of baseline: %s.", endpoint.Quote(key), err))
		}
	}
	return diags
}

// host decides on one element of hosts.
func (o operator) host(text string) error {
	if network, err := netip.ParsePrefix(text); err == nil {
		return o.rules.Network(network)
	}
	if h, err := endpoint.ParseHost(text); err == nil {
		return o.rules.Host(h)
	}
	return nil // no host, which the declaration was refused for
}

// notScanned is the error for a scan that ended without a verdict: the rules refuse
// something, or it was interrupted, as summary and detail say.
func notScanned(err error, declared *endpoint.Declared, summary, detail string) diag.Diagnostic {
	refused, ok := errors.AsType[guard.Refusal](err)
	if !ok {
		return diag.NewErrorDiagnostic(summary, detail)
	}
	detail = fmt.Sprintf("%s. Nothing was sent there, and nothing was recorded.", err)
	if slices.ContainsFunc(declared.Hosts, func(h endpoint.HostPorts) bool { return h.Host == refused.Host }) {
		return diag.NewAttributeErrorDiagnostic(path.Root(declared.HostAttribute(refused.Host)), notAllowed, detail)
	}
	return diag.NewErrorDiagnostic(notAllowed, detail)
}
