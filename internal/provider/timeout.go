package provider

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
)

const (
	attrTimeout = "timeout"

	// defaultTimeout is how long what waits goes on re-checking: long enough for a
	// security group to take effect and a service to start.
	defaultTimeout = time.Minute
)

// timeoutAttribute is the time limit of objects that wait, but for checks, which have
// one for each operation.
var timeoutAttribute = attribute{
	name: attrTimeout, kind: kindString,
	description: "How long to go on re-checking until everything is as declared, such as `\"2m\"`. Defaults to `\"1m\"`. Even with a very short timeout, the first probe and its re-checks are made.",
}

// timeoutSetting is a time limit called name; nothing but its set is used.
func timeoutSetting(name string) setting {
	return setting{
		attribute: attribute{name: name},
		set: func(_ *settings, text string) error {
			_, err := parseTimeout(text)
			return err
		},
	}
}

// parseTimeout reads a time limit; the error says what was expected.
func parseTimeout(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, errors.New(`a duration above zero, such as "1m"`)
	}
	return d, nil
}

// timeoutIn reads the attribute timeout. While it is not known, and where it is wrong,
// the result is the default.
func timeoutIn(ctx context.Context, object values) (time.Duration, diag.Diagnostics) {
	text, state, diags := timeoutAttribute.text(ctx, object)
	if state != isKnown || diags.HasError() {
		return defaultTimeout, diags
	}
	timeout, err := parseTimeout(text)
	if err != nil {
		diags.AddAttributeError(path.Root(attrTimeout), invalidSetting, timeoutSetting(attrTimeout).refusal(attrTimeout, text, err))
		return defaultTimeout, diags
	}
	return timeout, diags
}
