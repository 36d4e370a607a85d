package provider

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/big"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// asked is a configured server that a test asks over the protocol about one type.
type asked struct {
	t       *testing.T
	server  stoppableServer
	typ     string
	object  tftypes.Object
	private []byte
}

// askWith carries values past the framework from so many bytes on.
func askWith(t *testing.T, typ string, least int) *asked {
	t.Helper()
	server, ok := newServer("test", nil, nil, time.Now).(stoppableServer)
	if !ok {
		t.Fatal("another server")
	}
	t.Cleanup(func() { _ = server.Close() })
	bulky, ok := server.protocolServer.(bulkServer)
	if !ok {
		t.Fatal("another server within")
	}
	bulky.least = least
	server.protocolServer = bulky
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	schema := schemas.ResourceSchemas[typ]
	if typ == "portcheck" {
		schema = schemas.DataSourceSchemas[typ]
	}
	object, ok := schema.ValueType().(tftypes.Object)
	if !ok {
		t.Fatal("no object")
	}
	a := &asked{t: t, server: server, typ: typ, object: object}
	config, ok := schemas.Provider.ValueType().(tftypes.Object)
	if !ok {
		t.Fatal("no object")
	}
	resp, err := server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{Config: dynamic(t, config, nil)})
	a.check(err, resp.Diagnostics)
	return a
}

func (a *asked) check(err error, diags []*tfprotov6.Diagnostic) {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
	for _, d := range diags {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			a.t.Fatal(d.Summary, d.Detail)
		}
	}
}

// dynamic returns an object of these attributes; all others are null.
func dynamic(t *testing.T, object tftypes.Object, attributes map[string]tftypes.Value) *tfprotov6.DynamicValue {
	t.Helper()
	all := map[string]tftypes.Value{}
	for name, typ := range object.AttributeTypes {
		var nothing any
		if typ.Is(tftypes.List{}) && strings.Contains(typ.String(), "Object") { // blocks
			nothing = []tftypes.Value{}
		}
		all[name] = tftypes.NewValue(typ, nothing)
	}
	maps.Copy(all, attributes)
	v, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, all))
	if err != nil {
		t.Fatal(err)
	}
	return &v
}

func (a *asked) validate(config *tfprotov6.DynamicValue) {
	a.t.Helper()
	resp, err := a.server.ValidateResourceConfig(a.t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: a.typ, Config: config})
	a.check(err, resp.Diagnostics)
}

func (a *asked) plan(prior, config, proposed *tfprotov6.DynamicValue) *tfprotov6.DynamicValue {
	a.t.Helper()
	resp, err := a.server.PlanResourceChange(a.t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: a.typ, PriorState: prior, Config: config, ProposedNewState: proposed, PriorPrivate: a.private,
	})
	a.check(err, resp.Diagnostics)
	a.private = resp.PlannedPrivate
	return resp.PlannedState
}

func (a *asked) apply(prior, config, planned *tfprotov6.DynamicValue) *tfprotov6.DynamicValue {
	a.t.Helper()
	resp, err := a.server.ApplyResourceChange(a.t.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: a.typ, PriorState: prior, Config: config, PlannedState: planned, PlannedPrivate: a.private,
	})
	a.check(err, resp.Diagnostics)
	a.private = resp.Private
	return resp.NewState
}

func (a *asked) read(state *tfprotov6.DynamicValue) *tfprotov6.DynamicValue {
	a.t.Helper()
	resp, err := a.server.ReadResource(a.t.Context(), &tfprotov6.ReadResourceRequest{TypeName: a.typ, CurrentState: state, Private: a.private})
	a.check(err, resp.Diagnostics)
	a.private = resp.Private
	return resp.NewState
}

// upgrade reads the state as the CLI does from its file.
func (a *asked) upgrade(state *tfprotov6.DynamicValue) *tfprotov6.DynamicValue {
	a.t.Helper()
	text := map[string]any{}
	for name, v := range a.attributes(state) {
		text[name] = goValue(a.t, v)
	}
	raw, err := json.Marshal(text)
	if err != nil {
		a.t.Fatal(err)
	}
	resp, err := a.server.UpgradeResourceState(a.t.Context(), &tfprotov6.UpgradeResourceStateRequest{TypeName: a.typ, RawState: &tfprotov6.RawState{JSON: raw}})
	a.check(err, resp.Diagnostics)
	return resp.UpgradedState
}

func (a *asked) attributes(state *tfprotov6.DynamicValue) map[string]tftypes.Value {
	a.t.Helper()
	value, err := state.Unmarshal(a.object)
	if err != nil {
		a.t.Fatal(err)
	}
	var all map[string]tftypes.Value
	if err := value.As(&all); err != nil {
		a.t.Fatal(err)
	}
	return all
}

// shown is an object as a test compares it.
func (a *asked) shown(state *tfprotov6.DynamicValue) map[string]any {
	a.t.Helper()
	all := map[string]any{}
	for name, v := range a.attributes(state) {
		all[name] = goValue(a.t, v)
	}
	if _, known := all[attrPassedAt].(string); known {
		all[attrPassedAt] = "a time"
	}
	return all
}

// goValue returns a value as Go has it, and the text "unknown" for one that is.
func goValue(t *testing.T, v tftypes.Value) any {
	t.Helper()
	into := func(target any) {
		if err := v.As(target); err != nil {
			t.Fatal(err)
		}
	}
	switch {
	case v.IsNull():
		return nil
	case !v.IsKnown():
		return "unknown"
	case v.Type().Is(tftypes.Map{}), v.Type().Is(tftypes.Object{}):
		var elements map[string]tftypes.Value
		into(&elements)
		m := map[string]any{}
		for key, e := range elements {
			m[key] = goValue(t, e)
		}
		return m
	case v.Type().Is(tftypes.List{}):
		var elements []tftypes.Value
		into(&elements)
		list := []any{}
		for _, e := range elements {
			list = append(list, goValue(t, e))
		}
		return list
	case v.Type().Is(tftypes.Number):
		var n big.Float
		into(&n)
		f, _ := n.Float64()
		return f
	case v.Type().Is(tftypes.Bool):
		var b bool
		into(&b)
		return b
	}
	var s string
	into(&s)
	return s
}

func texts(of ...string) tftypes.Value {
	list := make([]tftypes.Value, len(of))
	for i, s := range of {
		list[i] = tftypes.NewValue(tftypes.String, s)
	}
	return tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, list)
}

func portsByHost(ports map[string][]string) tftypes.Value {
	elements := map[string]tftypes.Value{}
	for host, list := range ports {
		elements[host] = texts(list...)
	}
	return tftypes.NewValue(tftypes.Map{ElementType: tftypes.List{ElementType: tftypes.String}}, elements)
}

// TestBulkChangesNothing: a check says the same at each step of its life, whether its
// maps go past the framework or through it.
func TestBulkChangesNothing(t *testing.T) {
	life := func(least int, ports []string, drift func()) (steps []map[string]any) {
		a := askWith(t, typeCheck, least)
		given := map[string]tftypes.Value{
			"rechecks":  tftypes.NewValue(tftypes.Number, 0),
			"open":      tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, nil),
			"baseline":  portsByHost(map[string][]string{"127.0.0.1": ports, "127.0.0.2": {}}),
			attrOnDrift: tftypes.NewValue(tftypes.String, onDriftRecheck),
		}
		config := dynamic(t, a.object, given)
		nothing, err := tfprotov6.NewDynamicValue(a.object, tftypes.NewValue(a.object, nil))
		if err != nil {
			t.Fatal(err)
		}
		step := func(v *tfprotov6.DynamicValue) *tfprotov6.DynamicValue {
			steps = append(steps, a.shown(v))
			return v
		}
		proposed := maps.Clone(given)
		for _, name := range []string{attrPassed, attrFailures, attrResults, attrPassedAt} {
			proposed[name] = tftypes.NewValue(a.object.AttributeTypes[name], tftypes.UnknownValue)
		}
		a.validate(config)
		planned := step(a.plan(&nothing, config, dynamic(t, a.object, proposed)))
		state := step(a.apply(&nothing, config, planned))
		state = step(a.upgrade(state))
		state = step(a.read(state))
		step(a.plan(state, config, state))
		drift()
		state = step(a.read(state))
		step(a.plan(state, config, state))
		return append(steps, a.shown(a.plan(state, &nothing, &nothing)))
	}
	var lives [2][]map[string]any
	var ports []string
	for i, least := range []int{0, math.MaxInt} {
		first, second := porttest.Listen(t, porttest.AcceptClose), porttest.Listen(t, porttest.AcceptClose)
		ports = []string{strconv.Itoa(int(first.Addr().Port())), strconv.Itoa(int(second.Addr().Port()))}
		lives[i] = life(least, ports, func() { _ = first.Close() })
		text, err := json.Marshal(lives[i]) // other listeners have other ports
		if err != nil {
			t.Fatal(err)
		}
		named := strings.NewReplacer(ports[0], "first", ports[1], "second").Replace(string(text))
		lives[i] = nil
		if err := json.Unmarshal([]byte(named), &lives[i]); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(lives[1], lives[0]); diff != "" {
		t.Error("past the framework it is otherwise (-through +past):\n", diff)
	}
	if last := lives[0][5]; len(last[attrFailures].(map[string]any)) != 1 || len(last[attrResults].(map[string]any)) != 2 {
		t.Error("the last read is", last)
	}
}

// TestBulkUnknown: a map with an unknown or null element goes through the framework.
func TestBulkUnknown(t *testing.T) {
	_, b := newBulk(t.Context(), 0)
	object := tftypes.Object{AttributeTypes: map[string]tftypes.Type{attrResults: tftypes.Map{ElementType: tftypes.String}}}
	for _, element := range []any{nil, tftypes.UnknownValue} {
		results := tftypes.NewValue(object.AttributeTypes[attrResults], map[string]tftypes.Value{
			"a": tftypes.NewValue(tftypes.String, "open"), "b": tftypes.NewValue(tftypes.String, element),
		})
		given := dynamic(t, object, map[string]tftypes.Value{attrResults: results})
		if diff := cmp.Diff(given.MsgPack, b.without(given).MsgPack); diff != "" || len(b.values) > 0 {
			t.Errorf("%v: %s", element, diff)
		}
	}
}

// TestBulkOfAnother: a mark that the configuration has made up stands for nothing.
func TestBulkOfAnother(t *testing.T) {
	a := askWith(t, typeCheck, 0)
	made := map[string]tftypes.Value{markPrefix + strings.Repeat("0", 64): tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, nil)}
	config := dynamic(t, a.object, map[string]tftypes.Value{"baseline": tftypes.NewValue(tftypes.Map{ElementType: tftypes.List{ElementType: tftypes.String}}, made)})
	resp, err := a.server.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: a.typ, Config: config})
	if err != nil || len(resp.Diagnostics) == 0 || resp.Diagnostics[0].Severity != tfprotov6.DiagnosticSeverityError {
		t.Error(err, resp.Diagnostics)
	}
}

// TestLargePlan: what a plan of many endpoints costs the framework does not grow with
// them. It counts what is allocated, since that is the same on a busy machine.
func TestLargePlan(t *testing.T) {
	a := askWith(t, typeCheck, leastBulk)
	const hosts, limit = 1000, 60 << 20 // through the framework it is 500 MB
	ports := []string{"21", "23", "25", "27", "29", "31", "33", "35", "37", "39"}
	baseline, results := map[string][]string{}, map[string]tftypes.Value{}
	for i := range hosts {
		host := fmt.Sprintf("10.0.%d.%d", i>>8, i&255)
		baseline[host] = ports
		for _, port := range ports {
			results["tcp://"+host+":"+port] = tftypes.NewValue(tftypes.String, "open")
		}
	}
	given := map[string]tftypes.Value{"baseline": portsByHost(baseline)}
	config := dynamic(t, a.object, given)
	given[attrPassed] = tftypes.NewValue(tftypes.Bool, true)
	given[attrResults] = tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, results)
	given[attrFailures] = tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, map[string]tftypes.Value{})
	given[attrPassedAt] = tftypes.NewValue(tftypes.String, "2026-11-22T23:11:50Z")
	state := dynamic(t, a.object, given)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	planned := a.plan(state, config, state)
	runtime.ReadMemStats(&after)
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > limit {
		t.Errorf("a plan of 10,000 endpoints allocates %d bytes, more than %d", allocated, limit)
	} else {
		t.Logf("%.1f MB", float64(allocated)/(1<<20))
	}
	if !slices.Equal(planned.MsgPack, state.MsgPack) {
		t.Error("nothing changed, and another state is planned")
	}
}

// TestLongText: a file that goes past the framework is read as any other, and a
// function that reads no file has its argument.
func TestLongText(t *testing.T) {
	long := strings.Replace(nmapXML, "<host>", "<!--"+strings.Repeat(" ", 2*leastBulk)+"--><host>", 1)
	short, _ := called(t, "nmap_parse", nmapXML)
	if got, err := called(t, "nmap_parse", long); err != nil || !cmp.Equal(got, short) {
		t.Error(err, got)
	}
	_, quoted := called(t, "nmap_parse", long+"x")
	if want := "line 5: "; quoted == nil || !strings.Contains(quoted.Text, want) {
		t.Errorf("got %v, want it at %s", quoted, want)
	}
	_, short1 := called(t, "parse_failure", strings.Repeat("y", 100))
	_, long1 := called(t, "parse_failure", strings.Repeat("y", 2*leastBulk))
	if short1 == nil || long1 == nil || !strings.Contains(long1.Text, "yyyy") {
		t.Error(short1, long1)
	}
}

func nameOf(t *testing.T, f function.Function) string {
	t.Helper()
	var resp function.MetadataResponse
	f.Metadata(t.Context(), function.MetadataRequest{}, &resp)
	return resp.Name
}

// TestParseSuffix: the argument of each function that reads a file goes past the
// framework, and of no other.
func TestParseSuffix(t *testing.T) {
	for _, newFunction := range (&portcheckProvider{}).Functions(t.Context()) {
		f := newFunction()
		_, reads := f.(*baselineFunction)
		if name := nameOf(t, f); reads != strings.HasSuffix(name, parseSuffix) {
			t.Error(name)
		}
	}
}

func FuzzBulk(f *testing.F) {
	f.Add(packMap(map[string]string{"a": "b"}, packString))
	f.Add(packMap(map[string][]string{"a": {"b"}}, packList))
	f.Add(packMark(markPrefix))
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, b := newBulk(t.Context(), 0)
		small := b.without(&tfprotov6.DynamicValue{MsgPack: raw})
		if small == nil {
			t.Fatal("nothing")
		}
		b.restore(small)
		b.withoutText(&tfprotov6.DynamicValue{MsgPack: raw})
		b.withoutJSON(raw)
		if _, ok := packJSON(raw); ok && !json.Valid(raw) {
			t.Error("no JSON was read")
		}
	})
}
