package provider_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/provider"
)

const (
	checkType = "portcheck_check"
	lastDay   = "2026-12-01"
	pauseEnd  = "2026-12-02T00:00:00Z" // when lastDay is over
)

// before and after are moments before and after the end of waivers and pauses.
var (
	before = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	after  = time.Date(2026, 12, 2, 12, 0, 0, 0, time.UTC)
)

// situation is a check whose port is refused, and a change of its configuration.
type situation struct {
	recorded           string // what state has: "nothing", "open", "failed", "waived"
	was, becomes       map[string]any
	onDrift, onFailure string
	plan, apply        time.Time
}

func (s situation) String() string {
	return fmt.Sprintf("state has %s; %v -> %v; on_drift %s, on_failure %s; planned %s, applied %s",
		s.recorded, s.was, s.becomes, s.onDrift, s.onFailure, s.plan.Format(time.DateOnly), s.apply.Format(time.DateOnly))
}

// clocked is a check between commands, each of which has a provider of its own.
type clocked struct {
	t       *testing.T
	state   *tfprotov6.DynamicValue
	private []byte
}

// speakAt is speak at a time.
func speakAt(t *testing.T, now time.Time) *protocol {
	t.Helper()
	return speakTo(t, provider.NewServerAt(func() time.Time { return now }), map[string]any{"recheck_interval": "0s", "rechecks": 0})
}

// prior is the state, null if there is none.
func (c *clocked) prior(typ tftypes.Type) *tfprotov6.DynamicValue {
	c.t.Helper()
	if c.state != nil {
		return c.state
	}
	null, err := tfprotov6.NewDynamicValue(typ, tftypes.NewValue(typ, nil))
	if err != nil {
		c.t.Fatal(err)
	}
	return &null
}

// planned plans config at a time, as a CLI does.
func (c *clocked) planned(p *protocol, config map[string]any, refresh bool) (*tfprotov6.PlanResourceChangeResponse, bool) {
	c.t.Helper()
	schema := p.schemas.ResourceSchemas[checkType]
	if refresh && c.state != nil {
		read, err := p.server.ReadResource(c.t.Context(), &tfprotov6.ReadResourceRequest{TypeName: checkType, CurrentState: c.state, Private: c.private})
		if err != nil || failed(c.t, read.Diagnostics) {
			c.t.Fatal(err, read)
		}
		c.state, c.private = read.NewState, read.Private
	}
	proposed := maps.Clone(config)
	typ := schema.ValueType()
	prior := c.prior(typ)
	if c.state != nil {
		for _, name := range []string{"passed", "passed_at", "results", "failures", "waived"} {
			proposed[name] = attributes(c.t, typ, prior)[name]
		}
	}
	resp, err := p.server.PlanResourceChange(c.t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: checkType, PriorState: prior, ProposedNewState: p.object(schema, proposed), Config: p.object(schema, config), PriorPrivate: c.private})
	if err != nil {
		c.t.Fatal(err)
	}
	return resp, !failed(c.t, resp.Diagnostics)
}

// failed tells whether there is an error. One that is the provider's own is a failure
// of the test.
func failed(t *testing.T, diagnostics []*tfprotov6.Diagnostic) (failed bool) {
	t.Helper()
	for _, d := range diagnostics {
		if strings.Contains(d.Detail, "bug in the provider") {
			t.Errorf("%s: %s", d.Summary, d.Detail)
		}
		failed = failed || d.Severity == tfprotov6.DiagnosticSeverityError
	}
	return failed
}

// keeps holds a value to what an earlier one has that is known, as a CLI does.
func keeps(earlier, later tftypes.Value) error {
	var wrong error
	_, err := tftypes.Transform(earlier, func(path *tftypes.AttributePath, v tftypes.Value) (tftypes.Value, error) {
		if !v.IsFullyKnown() {
			return v, nil
		}
		now, _, err := tftypes.WalkAttributePath(later, path)
		if got, ok := now.(tftypes.Value); err != nil || !ok || !got.Equal(v) {
			wrong = fmt.Errorf("%s was %s and is %v", path, v, now)
		}
		return v, nil
	})
	if wrong == nil {
		wrong = err
	}
	return wrong
}

// commands plans and applies s, and plans once more. It returns whether the apply
// went through.
func (c *clocked) commands(s situation, config map[string]any, refresh bool) (changed, ok bool) {
	t := c.t
	p := speakAt(t, s.plan)
	typ := p.schemas.ResourceSchemas[checkType].ValueType()
	plan, ok := c.planned(p, config, refresh)
	if !ok {
		return false, false
	}
	value := func(v *tfprotov6.DynamicValue) tftypes.Value {
		value, err := v.Unmarshal(typ)
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
	if c.state != nil && value(plan.PlannedState).Equal(value(c.state)) {
		return false, true
	}
	p = speakAt(t, s.apply)
	final, ok := c.planned(p, config, false)
	if !ok {
		return true, false
	}
	if err := keeps(value(plan.PlannedState), value(final.PlannedState)); err != nil {
		t.Errorf("%s: inconsistent final plan: %v", s, err)
		return true, false
	}
	resp, err := p.server.ApplyResourceChange(t.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: checkType, PriorState: c.prior(typ), PlannedState: final.PlannedState, Config: p.object(p.schemas.ResourceSchemas[checkType], config), PlannedPrivate: final.PlannedPrivate})
	if err != nil {
		t.Fatal(err)
	}
	if failed(t, resp.Diagnostics) {
		return true, false
	}
	if err := keeps(value(final.PlannedState), value(resp.NewState)); err != nil {
		t.Errorf("%s: inconsistent result: %v", s, err)
	}
	if !value(resp.NewState).IsFullyKnown() {
		t.Errorf("%s: the result is not known", s)
	}
	c.state, c.private = resp.NewState, resp.Private
	return true, true
}

// TestTimeBetweenPlanAndApply: whatever ends between plan and apply, and whichever
// clock is behind, no CLI finds a plan or a result inconsistent. And an apply that went
// through leaves nothing to do, unless there is a drift that is to be rechecked.
func TestTimeBetweenPlanAndApply(t *testing.T) {
	server := porttest.Listen(t, porttest.AcceptClose)
	gone := porttest.ClosedPort(t)
	key := func(port uint16) string { return fmt.Sprintf("tcp://127.0.0.1:%d", port) }
	waived := map[string]any{"waivers": map[string]any{key(gone.Port()): map[string]any{"until": lastDay}}}
	other := map[string]any{"waivers": map[string]any{fmt.Sprint(gone.Port()): map[string]any{"until": lastDay, "reason": "CHG-1"}}}
	rests := map[string]any{"paused_until": pauseEnd}
	config := func(s situation, with map[string]any) map[string]any {
		all := map[string]any{
			"hosts": []string{"127.0.0.1"}, "open": []string{fmt.Sprint(server.Addr().Port()), fmt.Sprint(gone.Port())},
			"on_drift": s.onDrift, "on_failure": s.onFailure, "timeouts": map[string]any{"create": "1ms", "update": "1ms"},
		}
		maps.Copy(all, with)
		return all
	}
	for _, recorded := range []string{"nothing", "open", "failed", "waived"} {
		for _, was := range []map[string]any{nil, waived, rests} {
			if recorded == "nothing" && was != nil || recorded == "waived" && (was == nil || was["waivers"] == nil) {
				continue
			}
			for _, becomes := range []map[string]any{nil, waived, other, rests} {
				for _, how := range [][2]string{{"recheck", "error"}, {"recheck", "warning"}, {"error", "error"}, {"warning", "error"}, {"ignore", "error"}} {
					for _, times := range [][2]time.Time{{before, after}, {after, before}} {
						s := situation{recorded, was, becomes, how[0], how[1], times[0], times[1]}
						c := &clocked{t: t}
						if recorded != "nothing" {
							c.bring(s, config(s, was), key(server.Addr().Port()), key(gone.Port()))
						}
						changed, ok := c.commands(s, config(s, becomes), how[0] != "ignore")
						if !changed || !ok {
							continue
						}
						s.plan = s.apply
						if changed, _ := c.commands(s, config(s, becomes), true); changed && s.onDrift != "recheck" {
							t.Errorf("%s: there is a change after the apply", s)
						}
					}
				}
			}
		}
	}
}

// bring makes the state of a check that was applied with config.
func (c *clocked) bring(s situation, config map[string]any, up, down string) {
	p := speakAt(c.t, s.plan)
	refused := "closed (conn-refused), declared open: service-down"
	state := maps.Clone(config)
	state["passed"], state["passed_at"], state["failures"] = true, "2026-11-01T00:00:00Z", map[string]any{}
	state["results"] = map[string]any{up: "open", down: "closed"}
	if config["waivers"] != nil {
		state["waived"] = map[string]any{}
	}
	switch s.recorded {
	case "open":
		state["results"] = map[string]any{up: "open", down: "open"}
	case "failed":
		state["passed"], state["failures"] = false, map[string]any{down: refused}
	case "waived":
		state["waived"] = map[string]any{down: refused}
	}
	c.state = p.object(p.schemas.ResourceSchemas[checkType], state)
}
