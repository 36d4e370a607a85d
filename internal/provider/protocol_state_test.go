package provider_test

import (
	"fmt"
	"maps"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// TestOldFailureStopsNoPlan: on_drift = "error" refuses a plan for what its refresh has
// found, and not for a failure of long ago, which a paused or ignored check may have in
// state. Then apply looks.
func TestOldFailureStopsNoPlan(t *testing.T) {
	server := porttest.Listen(t, porttest.AcceptClose)
	key := "tcp://" + server.Addr().String()
	config := map[string]any{"hosts": []string{"127.0.0.1"}, "open": []string{fmt.Sprint(server.Addr().Port())}, "on_drift": "error"}
	for _, was := range []map[string]any{{"on_drift": "ignore"}, {"paused_until": pauseEnd}} {
		p := speakAt(t, before)
		schema := p.schemas.ResourceSchemas[checkType]
		state := maps.Clone(config)
		maps.Copy(state, was)
		state["passed"], state["passed_at"] = false, "2026-11-01T00:00:00Z"
		state["results"] = map[string]any{key: "closed"}
		state["failures"] = map[string]any{key: "closed (conn-refused), declared open: service-down"}
		c := &clocked{t: t, state: p.object(schema, state)}
		// Another check is refreshed before, so that this is surely a plan.
		(&clocked{t: t, state: p.object(schema, config)}).planned(p, config, true)
		plan, ok := c.planned(p, config, true)
		if !ok {
			t.Errorf("%v: %s: %s", was, plan.Diagnostics[0].Summary, plan.Diagnostics[0].Detail)
			continue
		}
		planned := attributes(t, schema.ValueType(), plan.PlannedState)
		if !planned["passed_at"].Equal(tftypes.NewValue(tftypes.String, tftypes.UnknownValue)) {
			t.Errorf("%v: apply does not look: %v", was, planned)
		}
	}
}

// TestWaiversWhilePaused: state lists the first 1,000 failures. Whether other waivers
// excuse the rest is not known without a look, so that a check whose waivers change
// while nothing may be probed has no outcome until there is one.
func TestWaiversWhilePaused(t *testing.T) {
	const declared = 1001
	waive := func(last int) map[string]any {
		return map[string]any{"waivers": map[string]any{fmt.Sprintf("1-%d", last): map[string]any{"until": lastDay}}}
	}
	config := map[string]any{"hosts": []string{"192.0.2.1"}, "open": []string{fmt.Sprintf("1-%d", declared)}, "paused_until": pauseEnd}
	p := speakAt(t, before)
	schema := p.schemas.ResourceSchemas[checkType]
	state, results, waived := maps.Clone(config), map[string]any{}, map[string]any{}
	maps.Copy(state, waive(declared))
	for port := range declared {
		results[fmt.Sprintf("tcp://192.0.2.1:%d", port+1)] = "closed"
	}
	for port := range 1000 { // as many as state keeps
		waived[fmt.Sprintf("tcp://192.0.2.1:%d", port+1)] = "closed (conn-refused), declared open: service-down"
	}
	const passedAt = "2026-11-01T00:00:00Z"
	state["passed"], state["passed_at"], state["results"] = true, passedAt, results
	state["failures"], state["waived"] = map[string]any{}, waived
	c := &clocked{t: t, state: p.object(schema, state)}
	maps.Copy(config, waive(1000))
	s := situation{recorded: "waived", becomes: config, plan: before, apply: before}
	if changed, ok := c.commands(s, config, true); !changed || !ok {
		t.Fatalf("changed %t, applied %t", changed, ok)
	}
	now := attributes(t, schema.ValueType(), c.state)
	for _, name := range []string{"passed", "failures", "waived", "results"} {
		if !now[name].IsNull() {
			t.Errorf("%s is %.100s", name, now[name])
		}
	}
	if want := tftypes.NewValue(tftypes.String, passedAt); !now["passed_at"].Equal(want) {
		t.Errorf("passed_at is %s", now["passed_at"])
	}
	if changed, _ := c.commands(s, config, true); changed {
		t.Error("there is a change after the apply")
	}
	plan, ok := c.planned(speakAt(t, after), config, true) // the pause is over
	if at := attributes(t, schema.ValueType(), plan.PlannedState)["passed_at"]; !ok || at.IsKnown() {
		t.Errorf("after the pause apply does not look: passed_at is %s", at)
	}
}
