package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"
)

var _ resource.ResourceWithImportState = (*baselineResource)(nil)

// ImportState refuses. The framework would say that the provider lacks it, and send
// users to its developers.
func (r *baselineResource) ImportState(_ context.Context, _ resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	resp.Diagnostics.AddError("A baseline is not imported",
		"A baseline stands for nothing that exists elsewhere, so there is nothing to import. Write it and apply: apply scans the ports and records those that are open. Remove the import block, if there is one. "+
			"The result of another scanner needs no portcheck_baseline: give it to the baseline of a check, as provider::portcheck::nmap_parse and its like return it.")
}
