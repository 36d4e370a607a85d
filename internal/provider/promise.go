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
)

// promise notes in the plan whether apply looks. If nothing may be probed now, and
// the plan that is about to be applied promised a look, that is an error: what the
// plan has cannot come true, and the CLI would call it a bug in the provider.
//
// At apply a CLI does not tell a provider what was planned (Terraform 1.16 does, but
// the plugin framework does not pass it on). So the note is looked for in the file
// of the plan. Where there is none, or none that can be read, nothing is said.
func (r *checkResource) promise(ctx context.Context, req resource.ModifyPlanRequest, next step, resp *resource.ModifyPlanResponse) (diags diag.Diagnostics) {
	sum := sha256.Sum256([]byte(req.Config.Raw.String()))
	mark := base64.StdEncoding.EncodeToString(sum[:])
	if r.data.gate.shut() && promised(mark, parentCommandLine().savedPlan()) {
		diags.AddError("Planned to look, but enabled is false now", r.data.gate.why+
			" The plan has the outcome of a look, and nothing may be probed. State stays as it is. Plan again, or apply it where ports are probed.")
		return diags
	}
	if next != lookAgain {
		mark = ""
	}
	return setJSON(ctx, resp.Private, keyPlanned, mark)
}

// promised tells whether a plan promises the look with this mark. Private state lies
// in it as JSON whose values are in base64.
func promised(mark string, plan []byte) bool {
	text, err := json.Marshal(mark)
	return err == nil && bytes.Contains(plan, fmt.Appendf(nil, "%q:%q", keyPlanned, base64.StdEncoding.EncodeToString(text)))
}
