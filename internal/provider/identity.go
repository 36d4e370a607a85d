package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// The identity of a check is its declaration. So it changes when the declaration
// does, and each state that is read or written gets it anew: that of a version
// without identities has none.

var (
	_ resource.ResourceWithIdentity    = (*checkResource)(nil)
	_ resource.ResourceWithImportState = (*checkResource)(nil)
)

// attrDeclaration is one text rather than an attribute for each list: a CLI shows
// the identity of what it imports, and a list as "<unknown type>".
const attrDeclaration = "declaration"

// IdentitySchema has one attribute, see [endpoint.Declaration.Canonical].
func (r *checkResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		attrDeclaration: identityschema.StringAttribute{
			RequiredForImport: true,
			Description:       "What is declared, in canonical form, such as \"hosts=10.0.3.7 open=22,443/https from=vpc-a\".",
		},
	}}
}

// identify writes the identity of the check that object has.
func identify(ctx context.Context, object values, identity *tfsdk.ResourceIdentity) diag.Diagnostics {
	declaration, diags := declarationOf(ctx, object)
	from, _, more := fromIn(ctx, object)
	diags.Append(more...)
	diags.Append(identity.SetAttribute(ctx, path.Root(attrDeclaration), declaration.Canonical(from))...)
	return diags
}

// ImportState takes a check over by its identity. Apply makes the first look then.
// There is nothing that an ID could stand for.
func (r *checkResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	if req.ID != "" {
		resp.Diagnostics.AddError("A check is not imported",
			"A check stands for nothing that exists elsewhere, so there is nothing to import. Write it and apply: apply probes the ports and records what it finds. Remove the import block, if there is one.")
		return
	}
	var text types.String
	resp.Diagnostics.Append(req.Identity.GetAttribute(ctx, path.Root(attrDeclaration), &text)...)
	if resp.Diagnostics.HasError() {
		return
	}
	declaration, from, err := endpoint.ParseCanonical(text.ValueString())
	if err != nil {
		resp.Diagnostics.AddAttributeError(path.Root(attrDeclaration), invalidSetting, fmt.Sprintf("declaration: %s.", err))
		return
	}
	_, problems := declaration.Resolve()
	for _, p := range problems { // of attributes that are not written yet
		resp.Diagnostics.AddAttributeError(path.Root(attrDeclaration), p.Summary, p.Detail)
	}
	resp.Diagnostics.Append(declare(ctx, declaration, from, &resp.State)...)
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(identify(ctx, resp.State, resp.Identity)...)
	}
}

// declare writes a declaration and the places that it holds from into a check. All
// else stays as it is.
func declare(ctx context.Context, d endpoint.Declaration, from endpoint.List, to setter) (diags diag.Diagnostics) {
	for _, a := range declarationTable {
		if list := d.List(a.name); list != nil {
			diags.Append(to.SetAttribute(ctx, path.Root(a.name), listValue(*list))...)
		}
	}
	diags.Append(to.SetAttribute(ctx, path.Root(attrFrom), listValue(from))...)
	baseline := types.MapNull(listOfStrings)
	if d.Baseline != nil {
		elements := map[string]attr.Value{}
		for _, host := range slices.Sorted(maps.Keys(d.Baseline)) {
			elements[host] = listValue(d.Baseline[host])
		}
		baseline = types.MapValueMust(listOfStrings, elements)
	}
	diags.Append(to.SetAttribute(ctx, path.Root(endpoint.AttrBaseline), baseline)...)
	return diags
}

// listValue is the reverse of listOf, for lists that are known.
func listValue(list endpoint.List) types.List {
	if list.Null {
		return types.ListNull(types.StringType)
	}
	texts := make([]string, len(list.Elements))
	for i, e := range list.Elements {
		texts[i] = e.Value
	}
	return stringsOf(texts)
}
