package provider

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

const (
	attrTimeouts = "timeouts"

	// defaultApplyTimeout is how long apply goes on re-checking: long enough
	// for a security group to take effect and a service to start.
	defaultApplyTimeout = time.Minute
)

// timeoutsBlock returns the block for the time limits of create and update. It is
// a block because Terraform refuses a misspelt argument there, but silently drops
// one of an object.
func timeoutsBlock(ctx context.Context) schema.Block {
	block := timeouts.Block(ctx, timeouts.Opts{
		Create: true, CreateDescription: "How long create keeps re-checking until everything is as declared, such as `\"2m\"`. Defaults to `\"1m\"`. Even with a very short timeout, create makes the first probe and its re-checks.",
		Update: true, UpdateDescription: "The same for update.",
	})
	nested, ok := block.(schema.SingleNestedBlock)
	if !ok {
		return block
	}
	for name, a := range nested.Attributes {
		// The library's validator takes times below zero, and its message does
		// not name the argument.
		if text, ok := a.(schema.StringAttribute); ok {
			text.Validators = []validator.String{timeoutValidator(name)}
			nested.Attributes[name] = text
		}
	}
	return nested
}

// timeoutValidator refuses what is not a time above zero for one of the timeouts.
func timeoutValidator(name string) settingValidator {
	return settingValidator{setting{
		attribute: attribute{name: attrTimeouts + "." + name},
		set: func(_ *settings, text string) error {
			if d, err := time.ParseDuration(text); err != nil || d <= 0 {
				return errors.New(`a duration above zero, such as "1m"`)
			}
			return nil
		},
	}}
}

// timeoutOf reads one of the timeouts: timeouts.Value.Create or Update.
type timeoutOf func(timeouts.Value, context.Context, time.Duration) (time.Duration, diag.Diagnostics)

// in reads the timeout from a plan.
func (of timeoutOf) in(ctx context.Context, plan values) (time.Duration, diag.Diagnostics) {
	var limits timeouts.Value
	diags := plan.GetAttribute(ctx, path.Root(attrTimeouts), &limits)
	timeout, more := of(limits, ctx, defaultApplyTimeout)
	return timeout, append(diags, more...)
}
