package provider_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
)

// The resources of the tests, by address.
const (
	theCheck    = "portcheck_check.web"
	theBaseline = "portcheck_baseline.estate"
	theData     = "data.portcheck.web"
)

// attr is the path to an attribute, and on to elements of it.
func attr(name string, keys ...string) tfjsonpath.Path {
	path := tfjsonpath.New(name)
	for _, key := range keys {
		path = path.AtMapKey(key)
	}
	return path
}

// exactly is the check of a known value that is written as JSON has it: nil, a
// bool, a string, a []any or a map[string]any. Within those a check stays as it is.
func exactly(value any) knownvalue.Check {
	switch value := value.(type) {
	case nil:
		return knownvalue.Null()
	case bool:
		return knownvalue.Bool(value)
	case string:
		return knownvalue.StringExact(value)
	case []any:
		elements := make([]knownvalue.Check, len(value))
		for i := range value {
			elements[i] = exactly(value[i])
		}
		return knownvalue.ListExact(elements)
	case map[string]any:
		elements := map[string]knownvalue.Check{}
		for key := range value {
			elements[key] = exactly(value[key])
		}
		return knownvalue.MapExact(elements)
	case knownvalue.Check:
		return value
	default:
		panic(fmt.Sprintf("exactly: %T is no value as JSON has it", value))
	}
}

// ports are port numbers and services as lists of strings hold them.
func ports(specs ...any) []any { return append([]any{}, specs...) }

// opens are results in which all these endpoints are open.
func opens(endpoints ...string) map[string]any {
	results := map[string]any{}
	for _, e := range endpoints {
		results[e] = "open"
	}
	return results
}

// failure is one of failures.
func failure(declared, state, reason, cause string) any {
	return fmt.Sprintf("%s (%s), declared %s: %s", state, reason, declared, cause)
}

// has holds an attribute in state to a value.
func has(address, attribute string, value any) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(address, attr(attribute), exactly(value))
}

// plans holds a planned attribute to a value that is known.
func plans(address, attribute string, value any) plancheck.PlanCheck {
	return plancheck.ExpectKnownValue(address, attr(attribute), exactly(value))
}

// planFunc and stateFunc are checks.
type (
	planFunc  func(plancheck.CheckPlanRequest) error
	stateFunc func(statecheck.CheckStateRequest) error
)

func (f planFunc) CheckPlan(_ context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	resp.Error = f(req)
}

func (f stateFunc) CheckState(_ context.Context, req statecheck.CheckStateRequest, resp *statecheck.CheckStateResponse) {
	resp.Error = f(req)
}

// finds holds an attribute of the check to what the refresh before a plan found.
func finds(attribute string, value any) plancheck.PlanCheck {
	return planFunc(func(req plancheck.CheckPlanRequest) error {
		for _, rc := range req.Plan.ResourceChanges {
			if rc.Address != theCheck {
				continue
			}
			found, err := tfjsonpath.Traverse(rc.Change.Before, attr(attribute))
			if err == nil {
				err = exactly(value).CheckValue(found)
			}
			if err != nil {
				return fmt.Errorf("%s.%s before the change: %w", theCheck, attribute, err)
			}
			return nil
		}
		return fmt.Errorf("%s is not in the plan", theCheck)
	})
}

// changesOnly holds a whole plan to these changes and no others: an attribute
// that an update changes is "portcheck_check.web.passed", an element of one that
// is a map "portcheck_check.web.results[tcp://198.51.100.1:80]", any other action
// "terraform_data.rule: create", and an output "output.results".
func changesOnly(want ...string) plancheck.PlanCheck {
	return planFunc(func(req plancheck.CheckPlanRequest) error {
		got := []string{}
		for _, rc := range req.Plan.ResourceChanges {
			switch actions := rc.Change.Actions; {
			case actions.NoOp():
			case actions.Update():
				for _, path := range changedPaths(rc.Change.Before, rc.Change.After, rc.Change.AfterUnknown) {
					got = append(got, rc.Address+"."+path)
				}
			default:
				for _, action := range actions {
					got = append(got, rc.Address+": "+string(action))
				}
			}
		}
		for name, change := range req.Plan.OutputChanges {
			if !change.Actions.NoOp() {
				got = append(got, "output."+name)
			}
		}
		slices.Sort(got)
		if diff := cmp.Diff(slices.Sorted(slices.Values(want)), got); diff != "" {
			return fmt.Errorf("the plan changes (-want +got)\n%s", diff)
		}
		return nil
	})
}

// changedPaths are the attributes that differ, or will be known only after apply;
// of one that is a map before and after, the elements.
func changedPaths(before, after, unknown any) (paths []string) {
	b, a, u := asMap(before), asMap(after), asMap(unknown)
	for _, name := range keysOf(b, a, u) {
		oldMap, wasMap := b[name].(map[string]any)
		newMap, isMap := a[name].(map[string]any)
		if wasMap && isMap {
			elements := asMap(u[name])
			for _, key := range keysOf(oldMap, newMap, elements) {
				if isUnknown(elements[key]) || !reflect.DeepEqual(oldMap[key], newMap[key]) {
					paths = append(paths, fmt.Sprintf("%s[%s]", name, key))
				}
			}
			continue
		}
		if isUnknown(u[name]) || !reflect.DeepEqual(b[name], a[name]) {
			paths = append(paths, name)
		}
	}
	return paths
}

func asMap(value any) map[string]any {
	m, _ := value.(map[string]any) // nil if it is none
	return m
}

func keysOf(values ...map[string]any) []string {
	all := map[string]any{}
	for _, m := range values {
		maps.Copy(all, m)
	}
	return slices.Sorted(maps.Keys(all))
}

// isUnknown tells whether any part of a value is unknown, by what a plan says of it.
func isUnknown(said any) bool {
	switch said := said.(type) {
	case bool:
		return said
	case []any:
		return slices.ContainsFunc(said, isUnknown)
	case map[string]any:
		return slices.ContainsFunc(slices.Collect(maps.Values(said)), isUnknown)
	default:
		return false
	}
}

// sameBytes holds the state, resources and outputs, to the very bytes that it had
// when this check was made for the first time. It leaves out the attributes named,
// of whatever resource.
func sameBytes(except ...string) statecheck.StateCheck {
	var before []byte
	return stateFunc(func(req statecheck.CheckStateRequest) error {
		state := map[string]any{}
		for _, r := range req.State.Values.RootModule.Resources {
			values := maps.Clone(r.AttributeValues)
			for _, name := range except {
				delete(values, name)
			}
			state[r.Address] = values
		}
		for name, output := range req.State.Values.Outputs {
			state["output."+name] = output.Value
		}
		after, err := json.MarshalIndent(state, "", "  ")
		if err != nil {
			return err
		}
		if before == nil {
			before = after
		}
		if !bytes.Equal(before, after) {
			return fmt.Errorf("the state changed (-before +after)\n%s", cmp.Diff(string(before), string(after)))
		}
		return nil
	})
}

// isWhole holds all attributes of a resource in state to values.
func isWhole(address string, want map[string]any) statecheck.StateCheck {
	return stateFunc(func(req statecheck.CheckStateRequest) error {
		for _, r := range req.State.Values.RootModule.Resources {
			if r.Address == address {
				return exactly(want).CheckValue(r.AttributeValues)
			}
		}
		return fmt.Errorf("%s is not in state", address)
	})
}

// outputBefore holds an output as it is in state before a plan.
func outputBefore(name string, want knownvalue.Check) plancheck.PlanCheck {
	return planFunc(func(req plancheck.CheckPlanRequest) error {
		change := req.Plan.OutputChanges[name]
		if change == nil {
			return fmt.Errorf("the plan has no output %s", name)
		}
		if err := want.CheckValue(change.Before); err != nil {
			return fmt.Errorf("output.%s before the change: %w", name, err)
		}
		return nil
	})
}
