package report

import (
	"fmt"
	"strings"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// Progress tells in one line how many endpoints of all that are declared are as
// declared so far, how many that are not are waived, and what is awaited of the others;
// awaited are the first of them.
func Progress(asDeclared, waived, declared int, awaited []verdict.Finding) string {
	if declared == 0 {
		return "nothing to look at"
	}
	line := fmt.Sprintf("%d of %d as declared", asDeclared, declared)
	if waived > 0 {
		line += fmt.Sprintf(", %d waived", waived)
	}
	if len(awaited) == 0 {
		return line
	}
	parts := make([]string, len(awaited))
	for i, f := range awaited {
		parts[i] = f.Key() + ": " + sofar(f)
	}
	return line + "; waiting for " + strings.Join(parts, ", ") + andMore(declared-asDeclared-waived-len(awaited), "")
}

// sofar is what was seen of an endpoint that is not as declared so far.
func sofar(f verdict.Finding) string {
	switch state, reason := f.Last.State, f.Last.Reason; {
	case state == look.Unknown && reason == look.Cancelled:
		return "not looked at yet"
	case state == look.Unknown:
		return fmt.Sprintf("could not be tested (%s)", reason)
	case f.Want != endpoint.WantOpen:
		return fmt.Sprintf("%s, declared %s", state, f.Want)
	case state == look.Unresponsive:
		return fmt.Sprintf("%s (%s)", state, reason)
	default:
		return string(state)
	}
}
