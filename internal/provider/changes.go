package provider

import (
	"errors"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// changes are the arguments in which a plan differs from state.
type changes struct {
	sure   []string // their values are known
	unsure []string // not known yet: they may turn out to be unchanged
	spelt  []string // written differently, and meaning the same, see meant
}

// any tells whether there is a change, if only in writing.
func (c changes) any() bool { return len(c.sure)+len(c.unsure)+len(c.spelt) > 0 }

// contains tells whether a change of meaning, sure or not, is of a kind.
func (c changes) contains(is func(name string) bool) bool {
	return slices.ContainsFunc(c.sure, is) || slices.ContainsFunc(c.unsure, is)
}

// without returns the changes that are not of a kind.
func (c changes) without(is func(name string) bool) changes {
	c.sure, c.unsure = slices.DeleteFunc(slices.Clone(c.sure), is), slices.DeleteFunc(slices.Clone(c.unsure), is)
	return c
}

// changesOf finds the arguments, all but outputs, whose values differ. There are
// none if there is no state.
func changesOf(plan, state tftypes.Value, outputs []string) (c changes, diags diag.Diagnostics) {
	if state.IsNull() {
		return c, diags
	}
	var planned, recorded map[string]tftypes.Value
	if err := errors.Join(plan.As(&planned), state.As(&recorded)); err != nil {
		diags.Append(bug("Unreadable plan", "The plan or state cannot be read: "+err.Error()))
		return c, diags
	}
	for _, name := range slices.Sorted(maps.Keys(planned)) {
		switch {
		case slices.Contains(outputs, name) || planned[name].Equal(recorded[name]):
		case planned[name].IsFullyKnown():
			c.sure = append(c.sure, name)
		default:
			c.unsure = append(c.unsure, name)
		}
	}
	return c, diags
}
