package look

import (
	"fmt"
	"strings"
)

// StatusReason returns the reason of a refusal by status of HTTP.
func StatusReason(status int) Reason { return Reason(fmt.Sprintf("status-%03d", status)) }

// Status returns the three digits of a refusal by status of HTTP.
func (r Reason) Status() (digits string, ok bool) {
	digits, ok = strings.CutPrefix(string(r), "status-")
	return digits, ok && len(digits) == 3 && strings.Trim(digits, "0123456789") == ""
}

// WellFormed tells whether r has the form of a reason: that of a status of HTTP, or
// a word that does not begin like one. A reason that is not among [Reasons] may be
// of a later version.
func (r Reason) WellFormed() bool {
	if _, status := r.Status(); status {
		return true
	}
	return IsWord(string(r)) && !strings.HasPrefix(string(r), "status-")
}

// maxWord is how many characters a reason has at most.
const maxWord = 40

// IsWord tells whether s has the form that reasons and causes have: lower-case
// letters and digits with single hyphens between them, 40 characters at most.
func IsWord(s string) bool {
	for part := range strings.SplitSeq(s, "-") {
		if part == "" || strings.Trim(part, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
			return false
		}
	}
	return len(s) <= maxWord
}
