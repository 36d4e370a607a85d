package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

const attrTimeouts = "timeouts"

// timeoutsBlock returns the block for the time limits of create and update. It is
// a block because Terraform refuses a misspelt argument there, but silently drops
// one of an object.
func timeoutsBlock(ctx context.Context, create, update string) schema.Block {
	block := timeouts.Block(ctx, timeouts.Opts{
		Create: true, CreateDescription: create,
		Update: true, UpdateDescription: update,
	})
	nested, ok := block.(schema.SingleNestedBlock)
	if !ok {
		return block
	}
	for name, a := range nested.Attributes {
		// The library's validator takes times below zero, and its message does
		// not name the argument.
		if text, ok := a.(schema.StringAttribute); ok {
			text.Validators = []validator.String{settingValidator{timeoutSetting(attrTimeouts + "." + name)}}
			nested.Attributes[name] = text
		}
	}
	return nested
}

// timeoutOf reads one of the timeouts: timeouts.Value.Create or Update.
type timeoutOf func(timeouts.Value, context.Context, time.Duration) (time.Duration, diag.Diagnostics)

// in reads the timeout from a plan.
func (of timeoutOf) in(ctx context.Context, plan values, otherwise time.Duration) (time.Duration, diag.Diagnostics) {
	var limits timeouts.Value
	diags := plan.GetAttribute(ctx, path.Root(attrTimeouts), &limits)
	timeout, more := of(limits, ctx, otherwise)
	return timeout, append(diags, more...)
}
