package provider

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/guard"
)

// variables are the names of all environment variables that this provider reads as its
// own.
func variables() []string {
	names := []string{guard.Allow, guard.Deny}
	for _, name := range credentials {
		names = append(names, variableOf(name))
	}
	for _, entry := range settingsTable {
		names = append(names, entry.variable())
		if entry.lower != nil {
			names = append(names, entry.ceilingVariable())
		}
	}
	return names
}

// misspelt warns of each variable in environ, which is as [os.Environ] returns it, whose
// name is nearly that of one that is read: such as PORTCHECK_ENABLE, which does not stop a
// probe. A name that is near to none may be anybody's. lookup is os.LookupEnv, which takes
// the case of letters as the system does.
func misspelt(environ []string, lookup func(string) (string, bool)) (diags diag.Diagnostics) {
	read := variables()
	for _, variable := range slices.Sorted(slices.Values(environ)) {
		name, _, _ := strings.Cut(variable, "=")
		upper := strings.ToUpper(name)
		if !strings.HasPrefix(upper, "PORTCHECK_") || slices.Contains(read, name) {
			continue
		}
		near, ok := endpoint.Nearest(upper, read)
		if _, set := lookup(near); !ok || set {
			continue // the right one counts, and is this one where case does not matter
		}
		diags.AddWarning("Misspelt environment variable "+name,
			fmt.Sprintf("The environment variable %s has no effect: this provider does not read it. The nearest that it reads is %s.", name, near))
	}
	return diags
}
