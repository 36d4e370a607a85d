package provider

import (
	"context"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// step is the decision of a plan about a check.
type step int

const (
	keep      step = iota // apply does nothing; the recorded outcome stays
	lookAgain             // apply looks again
	unsure                // it is not known yet whether apply looks
	refuse                // the plan fails
)

// circumstances decide the next step.
type circumstances struct {
	changes  changes // all but those that say how to report
	creating bool    // there is no state
	writes   bool    // an argument differs from state: an update comes anyway
	looked   bool    // there is a recorded outcome: an apply has looked
	accepted map[string]bool
	standing standing
	drifted  bool   // the recorded outcome has a failure that is neither excused nor accepted
	hangs    bool   // it may have one, as the waivers go that this plan changes
	lapsed   bool   // it has one now
	planning bool   // this is surely plan, not apply, see phase, and a refresh has looked
	replaced bool   // the user has asked for a new check, see commandLine
	onDrift  string // empty while it is not known, or while it is not known what drift is
}

// circumstancesOf reads the circumstances; prior is nil for a create.
func (r *checkResource) circumstancesOf(ctx context.Context, req resource.ModifyPlanRequest, prior *tfsdk.State) (c circumstances, diags diag.Diagnostics) {
	var more diag.Diagnostics
	c.creating, c.planning = prior == nil, r.data.phase.planning()
	c.replaced = parentCommandLine().replaces(typeCheck)
	all, diags := changesOfCheck(ctx, req.Plan, req.State)
	c.changes, c.writes = all.without(saysHow), all.any()
	c.onDrift, more = choice(ctx, req.Plan, attrOnDrift, resourceOnDrift)
	diags.Append(more...)
	if slices.Contains(all.unsure, attrOnDrift) {
		c.changes.unsure, c.onDrift = append(c.changes.unsure, attrOnDrift), ""
	}
	onFailure, more := choice(ctx, req.Plan, attrOnFailure, resourceOnFailure)
	diags.Append(more...)
	if slices.Contains(all.unsure, attrOnFailure) { // then so is what counts as drift
		c.changes.unsure, c.onDrift = append(c.changes.unsure, attrOnFailure), ""
	}
	c.accepted, more = acceptedFailures(ctx, req.Private, onFailure)
	diags.Append(more...)
	drifted, more := hasDrifted(ctx, req.Private)
	diags.Append(more...)
	// Terraform plans a replacement a second time without a prior state, but
	// with its private state.
	if prior != nil {
		c.standing, c.looked, more = standingOf(ctx, req.Plan, prior, all)
		diags.Append(more...)
		fresh, more := r.refreshLooks(ctx, *prior)
		diags.Append(more...)
		c.planning = c.planning && fresh // no plan is refused for a failure of long ago
		c.waives(all)
		c.drifts(drifted, r.data.now)
	}
	return c, diags
}

// waives lets a change of waivers call for a look where state may lack failures:
// whether those are excused is not known without one.
func (c *circumstances) waives(all changes) {
	switch {
	case !c.standing.lost():
	case slices.Contains(all.sure, attrWaivers):
		c.changes.sure = append(c.changes.sure, attrWaivers)
	default:
		c.changes.unsure = append(c.changes.unsure, attrWaivers)
	}
}

// drifts finds drift in the recorded outcome. refreshed tells that the last refresh
// found one, perhaps beyond the failures that are listed.
func (c *circumstances) drifts(refreshed bool, now time.Time) {
	s := c.standing
	beyond := refreshed && len(s.recorded.listed()) >= maxFailures
	c.drifted = c.looked && (beyond || s.definite().drifted(c.accepted))
	hang := s.recorded
	hang.waived = map[string]bool{}
	for key := range hang.failures {
		hang.waived[key] = !slices.Contains(s.hang, key)
	}
	c.hangs = c.looked && hang.drifted(c.accepted)
	c.lapsed = c.hangs && !s.waivers.unknown && s.at(now).drifted(c.accepted)
}

// changesOfCheck finds the arguments in which a plan differs from state.
func changesOfCheck(ctx context.Context, plan tfsdk.Plan, state tfsdk.State) (changes, diag.Diagnostics) {
	c, diags := changesOf(plan.Raw, state.Raw, names(append(slices.Clone(outcomeTable), whenPassed)...))
	both := meant{plan: plan, state: state, resolve: func(ctx context.Context, of values) *endpoint.Declared {
		declared, _ := resolve(ctx, of) // an error is told of elsewhere
		return declared
	}}
	return both.respelt(ctx, c, names(declarationTable...)), diags
}

// next returns the step that the plan takes.
func (c circumstances) next() step {
	rechecks := c.onDrift == onDriftRecheck || c.onDrift == onDriftError
	switch {
	case (c.drifted || c.lapsed) && c.onDrift == onDriftError && c.planning && !c.replaced && !c.changes.contains(mayFix):
		return refuse
	case !c.looked, len(c.changes.sure) > 0, c.drifted && rechecks:
		return lookAgain
	case len(c.changes.unsure) > 0, c.hangs && rechecks:
		return unsure
	}
	return keep
}

// nextUnder is next under a gate.
func (c circumstances) nextUnder(g gate) step {
	switch next := c.next(); {
	case g.shut():
		return c.nextShut()
	case g.mayRest && next == lookAgain:
		return unsure
	default:
		return next
	}
}

// nextShut is next while nothing may be probed. A plan made without a network may
// be applied with one. But if nothing else calls for an update, there is none.
func (c circumstances) nextShut() step {
	c.planning = false // what apply will do
	if next := c.next(); next == keep || !c.creating && !c.writes {
		return keep
	}
	return unsure
}

// saysHow tells whether the argument called name says how apply waits, or how to
// report what is found, not what to look at. A change of it is applied without a look.
func saysHow(name string) bool {
	return name == attrOnDrift || name == attrOnFailure || name == attrTimeouts || name == attrSuccesses || name == attrWaivers || name == attrPausedUntil
}

// declares tells whether the argument called name is part of the declaration,
// triggers and places included: the outcome of another declaration says nothing
// about this one.
func declares(name string) bool {
	return name == attrTriggers || name == attrFrom || slices.ContainsFunc(slices.Concat(declarationTable, serviceTable), func(a attribute) bool { return a.name == name })
}

// mayFix tells whether an apply that changes the argument called name may be
// the fix for a drift: triggers, the declaration or the settings of the looks
// are about to change.
func mayFix(name string) bool {
	return declares(name) || slices.ContainsFunc(settingsTable, func(s setting) bool { return s.scope != ofProvider && s.name == name })
}
