package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
)

// gate decides whether this provider may probe. It is shut while the provider's
// configuration is not known, with enabled = false, and until paused_until. For one
// object it is also shut while the object is paused, and while a place that it looks
// from is not known.
//
// Every probe goes through providerData.prepare, providerData.record or checkList.List,
// and these ask the gate. A plan asks it too, since its promises depend on it.
type gate struct {
	// why says why nothing may be probed; empty while the gate is open.
	why string
	// unsure tells that the gate is shut only because the configuration is not
	// known yet: apply may find it open.
	unsure bool
	// paused tells that it is shut for one object, which is paused: then the object
	// says so.
	paused bool
	// mayRest tells that there is a paused_until, over or not: apply may be on a
	// machine whose clock says otherwise, so a plan must not rely on the gate.
	mayRest bool
}

// gateOf returns the gate of a provider at now, given the names of those of its
// attributes whose values are not known yet, and of those that its configuration sets:
// what it does not set is out of the environment.
func gateOf(s settings, unknown, configured []string, now time.Time) gate {
	switch {
	case len(unknown) > 0:
		return gate{why: "The provider's configuration is not known yet: " + strings.Join(unknown, ", ") + ".", unsure: true}
	case !s.enabled && slices.Contains(configured, attrEnabled):
		return gate{why: "The provider's attribute enabled is false."}
	case !s.enabled:
		return gate{why: "The environment variable PORTCHECK_ENABLED is false."}
	case now.Before(s.pausedUntil):
		origin := "paused_until of the provider"
		if !slices.Contains(configured, attrPausedUntil) {
			origin = "The environment variable PORTCHECK_PAUSED_UNTIL"
		}
		return gate{why: fmt.Sprintf("%s is %s.", origin, s.pausedUntil.Format(time.RFC3339))}
	}
	return gate{mayRest: !s.pausedUntil.IsZero()}
}

// gateFor returns the gate of an object that looks from the places called from.
func (d *providerData) gateFor(ctx context.Context, object values, from []string) (gate, diag.Diagnostics) {
	if d.gate.shut() {
		return d.gate, nil
	}
	text, state, diags := attribute{name: attrPausedUntil}.text(ctx, object)
	until, _ := moment(text) // what is wrong is told by the validator
	switch {
	case state == isUnknown:
		return gate{why: "paused_until is not known yet.", unsure: true}, diags
	case d.now.Before(until):
		return gate{why: fmt.Sprintf("paused_until is %s.", text), paused: true}, diags
	}
	g := d.gateTo(from)
	g.mayRest = d.gate.mayRest || state == isKnown
	return g, diags
}

// rests says that the object is paused, if it is.
func (g gate) rests() (diags diag.Diagnostics) {
	if g.paused {
		diags.AddAttributeWarning(path.Root(attrPausedUntil), "No port of this object is probed: "+strings.TrimSuffix(g.why, "."), g.why+stays)
	}
	return diags
}

// stays says what happens while nothing is probed.
const stays = " State stays as it is. Outputs that have no value yet are null, or known after apply."

// shut tells whether nothing may be probed.
func (g gate) shut() bool { return g.why != "" }

// warnings says once for the whole provider that nothing is probed.
func (g gate) warnings() (diags diag.Diagnostics) {
	if g.shut() {
		diags.AddWarning("No port is probed", g.why+stays)
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
		g, more := d.gateFor(ctx, object, from)
		diags.Append(more...)
		diags.Append(g.refusal(rule)...)
	}
	return diags
}
