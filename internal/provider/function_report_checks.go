package provider

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/report"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// errUnknown is the error for a value that a report needs and that is not known
// yet.
var errUnknown = errors.New("not known yet")

const (
	expectedChecks = "Expected a map from a name to each check, such as { web = portcheck_check.web }"
	expectedCheck  = "Expected a portcheck_check resource or a portcheck data source"
)

// checksIn reads the argument of the reports: a map or object from names to
// checks, in the order of the names. A wrong value is an error even while
// others are unknown.
func checksIn(given attr.Value) ([]report.Check, error) {
	given = concrete(given)
	if given.IsUnknown() {
		return nil, errUnknown
	}
	values, ok := elementsOf(given)
	switch {
	case isList(given):
		return nil, fmt.Errorf("this is %s. %s; or, where the check has count, { for i, c in portcheck_check.web : \"web-${i}\" => c }", described(given), expectedChecks)
	case !ok:
		return nil, fmt.Errorf("this is %s. %s", described(given), expectedChecks)
	case looksLikeCheck(values):
		return nil, fmt.Errorf("this is a check itself. %s", expectedChecks)
	}
	var checks []report.Check
	var unknown error
	for _, name := range slices.Sorted(maps.Keys(values)) {
		c, err := checkIn(concrete(values[name]))
		switch {
		case errors.Is(err, errUnknown):
			unknown = err
		case err != nil:
			return nil, fmt.Errorf("checks[%s]%w", endpoint.Quote(name), err)
		}
		c.Name = name
		checks = append(checks, c)
	}
	return checks, unknown
}

// checkIn reads a check; null is a check that was never probed. The errors of
// checkIn and of the functions below continue a sentence that begins with the
// name of the value.
func checkIn(v attr.Value) (c report.Check, err error) {
	switch known(v) {
	case isNull:
		return c, nil
	case isUnknown:
		return c, errUnknown
	case isKnown:
	}
	values, err := attributesIn(v)
	if err != nil {
		return c, err
	}
	var wrong [5]error
	c.Probed, c.Passed, wrong[0] = passedIn(concrete(values[attrPassed]))
	if at, ok := values[attrPassedAt]; ok { // only a resource has it
		c.PassedAt, wrong[1] = stringIn(concrete(at))
	}
	c.Results, wrong[2] = endpointsIn(concrete(values[attrResults]), stateIn)
	c.Failures, wrong[3] = endpointsIn(concrete(values[attrFailures]), recordIn)
	if waived, ok := values[attrWaived]; ok { // an object of the user's own may lack it
		c.Waived, wrong[4] = endpointsIn(concrete(waived), recordIn)
		c.Waivers = waiversOf(concrete(values[attrWaivers]))
	}
	c.From = placesIn(concrete(values["from"]))
	c.Declared = declaredIn(values)
	var unknown error
	for i, name := range []string{attrPassed, attrPassedAt, attrResults, attrFailures, attrWaived} {
		switch {
		case errors.Is(wrong[i], errUnknown):
			unknown = errUnknown
		case wrong[i] != nil:
			return c, fmt.Errorf(".%s%w", name, wrong[i])
		}
	}
	return c, unknown
}

// attributesIn returns the attributes of v. It is an error if v lacks one that
// every check has.
func attributesIn(v attr.Value) (map[string]attr.Value, error) {
	values, ok := elementsOf(v)
	switch {
	case isList(v):
		return nil, fmt.Errorf(" is %s. %s, such as portcheck_check.web[0] where it has count", described(v), expectedCheck)
	case !ok:
		return nil, fmt.Errorf(" is %s. %s", described(v), expectedCheck)
	case severalChecks(values):
		return nil, errors.New(" is several checks, as of for_each. Expected each under a name of its own, such as merge(portcheck_check.web, { db = portcheck_check.db })")
	}
	for _, name := range []string{attrPassed, attrFailures, attrResults} {
		if _, ok := values[name]; !ok {
			return nil, fmt.Errorf(" is %s without %q. %s", described(v), name, expectedCheck)
		}
	}
	return values, nil
}

func passedIn(v attr.Value) (probed, passed bool, err error) {
	state := known(v)
	b, ok := v.(types.Bool)
	switch {
	case state == isUnknown:
		return false, false, errUnknown
	case state == isNull:
		return false, false, nil
	case !ok:
		return false, false, fmt.Errorf(" is %s. Expected a bool", described(v))
	}
	return true, b.ValueBool(), nil
}

// stringIn reads a string; null becomes an empty one.
func stringIn(v attr.Value) (string, error) {
	state := known(v)
	s, ok := v.(types.String)
	switch {
	case state == isUnknown:
		return "", errUnknown
	case state == isNull:
		return "", nil
	case !ok:
		return "", fmt.Errorf(" is %s. Expected a string", described(v))
	}
	return s.ValueString(), nil
}

func stateIn(v attr.Value) (look.State, error) {
	s, err := stringIn(v)
	return look.State(s), err
}

// recordIn reads one element of failures.
func recordIn(v attr.Value) (r verdict.Record, err error) {
	if v.IsUnknown() {
		return r, errUnknown
	}
	s, ok := v.(types.String)
	if !ok || s.IsNull() {
		return r, fmt.Errorf(" is %s. Expected a string such as %q", described(v), verdict.ExampleRecord)
	}
	if r, err = verdict.ParseRecord(s.ValueString()); err != nil {
		return r, fmt.Errorf(": %w", err)
	}
	return r, nil
}

// endpointsIn reads a map whose keys are endpoints, some with a place; null gives
// nil.
func endpointsIn[T any](v attr.Value, read func(attr.Value) (T, error)) (map[endpoint.Key]T, error) {
	switch known(v) {
	case isNull:
		return nil, nil
	case isUnknown:
		return nil, errUnknown
	case isKnown:
	}
	values, ok := elementsOf(v)
	if !ok {
		return nil, fmt.Errorf(" is %s. Expected a map", described(v))
	}
	all := make(map[endpoint.Key]T, len(values))
	for _, key := range slices.Sorted(maps.Keys(values)) {
		e, err := endpoint.ParseKey(key)
		if err != nil {
			return nil, fmt.Errorf(": %w", err)
		}
		if all[e], err = read(concrete(values[key])); err != nil {
			return nil, fmt.Errorf("[%s]%w", endpoint.Quote(key), err)
		}
	}
	return all, nil
}

// looksLikeCheck tells whether values are the attributes of a check. A map of
// checks, one of which might be called passed, is not a check.
func looksLikeCheck(values map[string]attr.Value) bool {
	passed, ok := values[attrPassed]
	_, hasResults := values[attrResults]
	_, hasFailures := values[attrFailures]
	if !ok || !hasResults || !hasFailures {
		return false
	}
	_, nested := elementsOf(concrete(passed))
	return !nested
}

// severalChecks tells whether all of values are checks.
func severalChecks(values map[string]attr.Value) bool {
	for _, v := range values {
		if inner, ok := elementsOf(concrete(v)); !ok || !looksLikeCheck(inner) {
			return false
		}
	}
	return len(values) > 0
}

// concrete returns the value inside a dynamic one.
func concrete(v attr.Value) attr.Value {
	if d, ok := v.(types.Dynamic); ok && d.UnderlyingValue() != nil {
		return d.UnderlyingValue()
	}
	return v
}

// elementsOf returns the elements of a map or an object that is neither null
// nor unknown.
func elementsOf(v attr.Value) (map[string]attr.Value, bool) {
	if known(v) != isKnown {
		return nil, false
	}
	switch v := v.(type) {
	case types.Object:
		return v.Attributes(), true
	case types.Map:
		return v.Elements(), true
	}
	return nil, false
}

// isList tells whether v is a list, such as a resource with count.
func isList(v attr.Value) bool {
	switch v.(type) {
	case types.Tuple, types.List, types.Set:
		return known(v) == isKnown
	}
	return false
}

// described names the type of a value for a message. It quotes a string only if
// the string is a reference that was put in quotes. Other strings may be
// secret, and Terraform shows the call anyway.
func described(v attr.Value) string {
	if v.IsNull() {
		return "null"
	}
	switch v := v.(type) {
	case types.String:
		if s := v.ValueString(); strings.HasPrefix(s, "portcheck_check.") || strings.HasPrefix(s, "data.portcheck.") {
			return fmt.Sprintf("the string %s, which is a check without the quotes", endpoint.Quote(s))
		}
		return "a string"
	case types.Bool:
		return "a bool"
	case types.Number:
		return "a number"
	case types.Object:
		return "an object"
	case types.Map:
		return "a map"
	default:
		return "a list"
	}
}
