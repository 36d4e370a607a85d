package verdict

import (
	"fmt"
	"slices"
	"strings"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// Record is the part of a finding that is kept when it is not as declared: nothing
// that differs between two runs in which nothing changed.
type Record struct {
	Declared endpoint.Want
	State    look.State
	Reason   look.Reason
	Cause    Cause
}

// ExampleRecord is what [Record.String] returns, for messages.
const ExampleRecord = "closed (conn-refused), declared open: service-down"

// String writes r in one line, which [ParseRecord] reads:
// "closed (conn-refused), declared open: service-down".
func (r Record) String() string {
	return fmt.Sprintf("%s (%s), declared %s: %s", r.State, r.Reason, r.Declared, r.Cause)
}

// ParseRecord reads what String writes. The state, and what was declared, are
// among those that there are. A reason or a cause that is not known may be of a
// later version, and is held to its form alone. The error quotes at most 60
// characters and says what was expected.
func ParseRecord(text string) (Record, error) {
	state, rest, found := strings.Cut(text, " (")
	reason, rest, found2 := strings.Cut(rest, "), declared ")
	declared, cause, found3 := strings.Cut(rest, ": ")
	r := Record{State: look.State(state), Reason: look.Reason(reason), Declared: endpoint.Want(declared), Cause: Cause(cause)}
	wrong := ""
	switch {
	case !found || !found2 || !found3:
		wrong = fmt.Sprintf("Expected STATE (REASON), declared WHAT: CAUSE, such as %q", ExampleRecord)
	case !slices.Contains(look.States(), r.State):
		wrong = fmt.Sprintf("Expected as the state one of %q", look.States())
	case !r.Reason.WellFormed():
		wrong = fmt.Sprintf("Expected as the reason a word such as %q, or \"status-\" and three digits", look.ConnRefused)
	case !slices.Contains(endpoint.Wants(), r.Declared):
		wrong = fmt.Sprintf("Expected as what is declared one of %q", endpoint.Wants())
	case !look.IsWord(cause):
		wrong = fmt.Sprintf("Expected as the cause a word such as %q", ServiceDown)
	default:
		return r, nil
	}
	return Record{}, fmt.Errorf("%s is not a failure. %s", endpoint.Quote(text), wrong)
}

// Record returns the part of f that is kept.
func (f Finding) Record() Record {
	return Record{f.Want, f.Last.State, f.Last.Reason, f.Cause}
}

// Recorded returns the finding that a record was kept of, without evidence.
func Recorded(k endpoint.Key, r Record) Finding {
	return Finding{
		Endpoint: k.Endpoint, From: k.From, Want: r.Declared, Cause: r.Cause,
		Observation: Observation{Last: look.Result{State: r.State, Reason: r.Reason}},
	}
}

// Outlasts tells whether r is to be kept although the same endpoint was found
// anew. It keeps the stored reason while the state is the same: silence never
// replaces an ICMP error or a reset, whose senders limit their rate; these do
// replace silence. How a service fails is no matter of luck: the last counts.
func (r Record) Outlasts(now Record) bool {
	replaced := r.Reason == look.NoResponse && now.Reason != look.NoResponse
	return r.State == now.State && r.State != look.Unresponsive && !replaced
}
