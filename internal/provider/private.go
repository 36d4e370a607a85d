package provider

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// Private state lies beside the state that users see. It remembers the failures
// that the last apply accepted, because it warned instead of failing. They are
// not drift later, so that plans converge.
const (
	keyAccepted = "accepted" // JSON list of keys as in failures, in order
	keyDrifted  = "drifted"  // JSON bool: the last refresh found drift

	// keyPlanned is a JSON string: a mark of the declaration for which a plan
	// looks, empty if it does not, see promised.
	keyPlanned = "planned"

	// keyDue is a JSON bool of a baseline: a scan is due, because hosts, ports
	// or triggers changed while nothing could be probed.
	keyDue = "due"
)

// privateState is a resource's private state.
type privateState interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// accept remembers the endpoints that failed at an apply that went through. An
// endpoint that could not be tested is not accepted: nobody knows its state.
func accept(ctx context.Context, private privateState, failures []verdict.Finding) diag.Diagnostics {
	keys := []string{}
	for _, f := range failures {
		if !f.Inconclusive() {
			keys = append(keys, f.Key())
		}
	}
	slices.Sort(keys)
	diags := setJSON(ctx, private, keyAccepted, keys)
	diags.Append(setJSON(ctx, private, keyDrifted, false)...)
	diags.Append(setJSON(ctx, private, keyPlanned, "")...)
	return diags
}

// acceptedFailures are the endpoints that the last apply accepted as failing. With
// on_failure = "error" none is: who sets that accepts them no longer.
func acceptedFailures(ctx context.Context, private privateState, onFailure string) (map[string]bool, diag.Diagnostics) {
	if onFailure == onFailureError {
		return nil, nil
	}
	var keys []string
	diags := getJSON(ctx, private, keyAccepted, &keys)
	accepted := make(map[string]bool, len(keys))
	for _, key := range keys {
		accepted[key] = true
	}
	return accepted, diags
}

// setDrifted remembers whether the refreshed outcome is a drift.
func setDrifted(ctx context.Context, private privateState, drifted bool) diag.Diagnostics {
	return setJSON(ctx, private, keyDrifted, drifted)
}

func hasDrifted(ctx context.Context, private privateState) (drifted bool, diags diag.Diagnostics) {
	diags = getJSON(ctx, private, keyDrifted, &drifted)
	return drifted, diags
}

func setJSON(ctx context.Context, private privateState, key string, value any) diag.Diagnostics {
	text, err := json.Marshal(value)
	if err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Private state", err.Error())}
	}
	return private.SetKey(ctx, key, text)
}

func getJSON(ctx context.Context, private privateState, key string, into any) diag.Diagnostics {
	text, diags := private.GetKey(ctx, key)
	if len(text) == 0 || diags.HasError() {
		return diags
	}
	if err := json.Unmarshal(text, into); err != nil {
		diags.Append(bug("Unreadable private state", "What the last apply noted under "+key+" cannot be read: "+err.Error()))
	}
	return diags
}
