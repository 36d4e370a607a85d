package provider

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/report"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// ModifyPlan decides whether apply looks again, and plans the outcome. It never
// probes. It runs at plan, and again at apply with all values known.
func (r *checkResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() { // destroy
		return
	}
	declared, diags := r.data.resolve(ctx, req.Plan)
	resp.Diagnostics.Append(diags...)
	_, diags = waiversIn(ctx, req.Plan, declared)
	resp.Diagnostics.Append(diags...)
	from, known, diags := fromIn(ctx, req.Plan)
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(r.data.placed(from, declared)...)
	declaration, _ := declarationOf(ctx, req.Plan) // which resolve has read
	resp.Diagnostics.Append(r.data.refused(declaration)...)
	if known == isUnknown {
		declared = nil
	}
	var prior *tfsdk.State
	if !req.State.Raw.IsNull() {
		prior = &req.State
	}
	c, diags := r.circumstancesOf(ctx, req, prior)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	g, diags := r.data.gateFor(ctx, req.Plan, from)
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(r.restsUnsaid(ctx, g, prior)...)
	either, kept := g.shut() || g.mayRest, prior
	if either && c.changes.contains(declares) { // another declaration's outcome says nothing
		kept = nil
	}
	switch c.nextUnder(g) {
	case keep:
		diags = c.planKeep(ctx, prior, &resp.Plan)
	case lookAgain:
		diags = planLook(ctx, declared, from, &resp.Plan)
	case unsure:
		diags = c.planEither(ctx, declared, from, kept, &resp.Plan, either)
	case refuse:
		diags = r.refusal(ctx, c, prior, declared)
	}
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(r.promise(ctx, c.next(), g, resp)...)
}

// restsUnsaid says that the check is paused, unless a refresh has said it.
func (r *checkResource) restsUnsaid(ctx context.Context, g gate, prior *tfsdk.State) diag.Diagnostics {
	if prior != nil {
		_, looked, diags := recordedOutcome(ctx, *prior)
		onDrift, more := choice(ctx, *prior, attrOnDrift, resourceOnDrift)
		diags.Append(more...)
		before, more := r.data.gateFor(ctx, *prior, nil)
		diags.Append(more...)
		if diags.HasError() || looked && onDrift != onDriftIgnore && before.paused {
			return diags
		}
	}
	return g.rests()
}

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
	planning bool   // this is surely plan, not apply, see phase
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
		c.waives(all)
		c.drifts(drifted, r.data.now)
	}
	return c, diags
}

// waives lets a change of waivers call for a look where state may lack failures:
// whether those are excused is not known without one.
func (c *circumstances) waives(all changes) {
	switch {
	case !c.standing.changed || !c.standing.recorded.cut():
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

// planLook plans an apply that looks. If a failure is an error, the outcome is
// known: apply reaches exactly that or fails. So references to it stay known,
// and drift shows as one line an endpoint.
func planLook(ctx context.Context, declared *endpoint.Declared, from []string, plan *tfsdk.Plan) diag.Diagnostics {
	text, state, diags := attribute{name: attrOnFailure}.text(ctx, plan)
	if declared == nil || state == isUnknown || state == isKnown && text != onFailureError {
		diags.Append(planUnknown(ctx, plan)...)
		return diags
	}
	w, more := waiversIn(ctx, plan, declared)
	diags.Append(more...)
	diags.Append(plan.SetAttribute(ctx, path.Root(attrPassedAt), types.StringUnknown())...)
	diags.Append(expected(declared, from, w).values(ctx).waivable(w).write(ctx, plan)...)
	return diags
}

func planUnknown(ctx context.Context, plan *tfsdk.Plan) diag.Diagnostics {
	diags := plan.SetAttribute(ctx, path.Root(attrPassedAt), types.StringUnknown())
	w, more := waiversIn(ctx, plan, nil)
	diags.Append(more...)
	diags.Append(notFoundYet(w).write(ctx, plan)...)
	return diags
}

// planEither plans an apply that may look or may keep the outcome of state, which
// is nil if there is none to keep. The plan promises only what is the same in both
// cases, since the CLI holds apply to what the plan knows.
func (c circumstances) planEither(ctx context.Context, declared *endpoint.Declared, from []string, state *tfsdk.State, plan *tfsdk.Plan, shut bool) diag.Diagnostics {
	if state == nil {
		return planUnknown(ctx, plan)
	}
	kept, diags := c.keptBy(ctx, state, unsure, shut)
	diags.Append(planLook(ctx, declared, from, plan)...)
	found, more := outcomeIn(ctx, *plan)
	diags.Append(more...)
	if diags.HasError() {
		return diags
	}
	diags.Append(found.common(ctx, kept).write(ctx, plan)...)
	return diags
}

// refusalClosing says why there is no plan, and how to have one.
const refusalClosing = "on_drift is \"error\", so nothing is planned. A plan that also changes triggers, the declaration or the check's own settings is let through, since that may be the fix. " +
	"So is -replace of the check (outside Linux together with -refresh=false): apply then probes again. To destroy all the same: terraform destroy -refresh=false."

// refusal fails the plan because of drift, in the order of the refresh's warning,
// which has the evidence: state keeps none.
func (r *checkResource) refusal(ctx context.Context, c circumstances, prior *tfsdk.State, declared *endpoint.Declared) diag.Diagnostics {
	var diags diag.Diagnostics
	recorded := c.standing.at(r.data.now)
	var findings []verdict.Finding
	for _, key := range recorded.listed() {
		k, err := endpoint.ParseKey(key)
		if err != nil || c.accepted[key] {
			continue
		}
		findings = append(findings, verdict.Recorded(k, recorded.failures[key]))
	}
	verdict.Verdict{Findings: findings}.Waive(c.standing.waivers.Of, r.data.now)
	if len(findings) == 0 {
		diags.AddError(fmt.Sprintf("%sendpoints after the first %d failures", report.Refused, maxFailures),
			fmt.Sprintf("State lists the first %d failures, and an apply accepted all of these. Others have drifted since; the warning of the refresh names them. %s", maxFailures, refusalClosing))
		return diags
	}
	slices.SortFunc(findings, func(a, b verdict.Finding) int { return a.EndpointKey().Compare(b.EndpointKey()) })
	(&run{declared: declared}).fail(report.Failures(findings, report.Context{
		Occasion: report.Refused,
		Known:    r.data.warned.has(recorded),
		PassedAt: passedAtOf(ctx, prior).ValueString(),
		Closing:  refusalClosing,
	}), &diags)
	return diags
}
