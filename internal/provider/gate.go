package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// gate decides whether this provider may probe. It is shut while the provider's
// configuration is not known, and with enabled = false.
//
// Every probe goes through providerData.prepare, providerData.record or checkList.List,
// and these ask the gate. A plan asks it too, since its promises depend on it.
type gate struct {
	// why says why nothing may be probed; empty while the gate is open.
	why string
	// unsure tells that the gate is shut only because the configuration is not
	// known yet: apply may find it open.
	unsure bool
}

// gateOf returns the gate of a provider, given the names of those of its
// attributes whose values are not known yet, and whether its configuration sets
// enabled.
func gateOf(s settings, unknown []string, configured bool) gate {
	switch {
	case len(unknown) > 0:
		return gate{"The provider's configuration is not known yet: " + strings.Join(unknown, ", ") + ".", true}
	case !s.enabled && configured:
		return gate{why: "The provider's attribute enabled is false."}
	case !s.enabled:
		return gate{why: "The environment variable PORTCHECK_ENABLED is false."}
	}
	return gate{}
}

// shut tells whether nothing may be probed.
func (g gate) shut() bool { return g.why != "" }

// warnings says once for the whole provider that nothing is probed.
func (g gate) warnings() (diags diag.Diagnostics) {
	if g.shut() {
		diags.AddWarning("No port is probed", g.why+
			" State stays as it is. Outputs that have no value yet are null, or known after apply.")
	}
	return diags
}

// refusal is the error of an object that must not pass unprobed while the
// configuration is not known, such as a data source with on_failure = "error"; rule is
// a sentence that says so, and what to do. With enabled = false it passes: the user
// asked for that.
func (g gate) refusal(rule string) (diags diag.Diagnostics) {
	if g.unsure {
		diags.AddError("Port check impossible before apply", g.why+" "+rule)
	}
	return diags
}

// admit refuses what the places of object refuse: names that no block has and, with a
// rule, a gate whose refusal that is.
func (d *providerData) admit(ctx context.Context, object values, rule string) diag.Diagnostics {
	from, _, diags := fromIn(ctx, object)
	// A name that no block has shuts the gate, and run says nothing.
	diags.Append(d.placed(from, nil)...)
	if rule != "" && !diags.HasError() {
		diags.Append(d.gateTo(from).refusal(rule)...)
	}
	return diags
}
