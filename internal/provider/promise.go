package provider

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// promise notes in the plan whether apply looks. If nothing may be probed now, and
// the plan that is about to be applied promised a look, that is an error: what the
// plan has cannot come true, and the CLI would call it a bug in the provider.
//
// At apply a CLI does not tell a provider what was planned (Terraform 1.16 does, but
// the plugin framework does not pass it on). So the note is looked for in the file
// of the plan. Where there is none, or none that can be read, nothing is said. If
// OpenTofu has encrypted it, a warning says what the error of the CLI means that may
// follow: as an error it would stop plans too that were made without a network.
//
// next is the step of a plan that may probe, and g the gate of the check.
func (r *checkResource) promise(ctx context.Context, next step, g gate, resp *resource.ModifyPlanResponse) diag.Diagnostics {
	mark, diags := markOf(resp.Plan)
	saved := savedPlan{}
	if g.shut() && next != keep {
		saved = parentCommandLine().savedPlan()
	}
	if saved.sealed {
		diags.AddWarning("An encrypted plan is applied, and nothing may be probed now", g.why+
			" If the plan was made to look, the apply ends with \"Provider produced inconsistent final plan\", which means no more than that. State stays as it is then. Plan again, or apply it where ports are probed.")
	}
	if promised(mark, saved.text) {
		diags.AddError("Planned to look, but nothing may be probed now", g.why+
			" The plan says that apply looks, and nothing may be probed. State stays as it is. Plan again, or apply it where ports are probed.")
		return diags
	}
	outcome, more := outcomeIn(ctx, resp.Plan)
	diags.Append(more...)
	if g.shut() || g.mayRest || next != lookAgain && (next != unsure || outcome.passed.IsUnknown()) {
		mark = ""
	}
	diags.Append(setJSON(ctx, resp.Private, keyPlanned, mark)...)
	return diags
}

// markOf returns a mark of what a plan declares. Other arguments may be unknown at
// plan, and known at apply. It is empty while the declaration is not known: such a
// plan promises no outcome.
func markOf(plan tfsdk.Plan) (mark string, diags diag.Diagnostics) {
	var planned map[string]tftypes.Value
	if err := plan.Raw.As(&planned); err != nil {
		diags.Append(bug("Unreadable plan", "The plan cannot be read: "+err.Error()))
		return "", diags
	}
	sum := sha256.New()
	for _, name := range append(names(declarationTable...), attrFrom) {
		if !planned[name].IsFullyKnown() {
			return "", diags
		}
		_, _ = fmt.Fprintln(sum, name, planned[name]) // a hash never fails
	}
	return base64.StdEncoding.EncodeToString(sum.Sum(nil)), diags
}

// promised tells whether a plan promises the look with this mark. Private state lies
// in it as JSON whose values are in base64.
func promised(mark string, plan []byte) bool {
	text, err := json.Marshal(mark)
	return err == nil && mark != "" && bytes.Contains(plan, fmt.Appendf(nil, "%q:%q", keyPlanned, base64.StdEncoding.EncodeToString(text)))
}
