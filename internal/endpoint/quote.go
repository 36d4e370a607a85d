package endpoint

import (
	"fmt"
	"strconv"
	"strings"
)

// MaxQuoted is how many characters of an input a message repeats: inputs come from
// files and other objects, and may be megabytes long.
const MaxQuoted = 60

// Quote quotes an input for a message. Of a long one it has the beginning and an
// ellipsis. Text in PEM is never quoted, wherever it was given: it may be a private
// key, some of which are shorter than what is quoted of other texts.
func Quote(s string) string {
	if label, ok := PEMLabel(s); ok {
		return fmt.Sprintf("text in PEM, which is not shown (its first block is %s)", label)
	}
	characters := 0
	for i := range s {
		if characters++; characters > MaxQuoted {
			return strconv.Quote(s[:i] + "…")
		}
	}
	return strconv.Quote(s)
}

// PEMLabel says which block of PEM (RFC 7468) text begins with: its label in quotes,
// or that it is damaged. ok is false if there is none.
func PEMLabel(text string) (label string, ok bool) {
	_, label, ok = strings.Cut(text, "-----BEGIN")
	label, _, ended := strings.Cut(label, "-----")
	label = strings.TrimPrefix(label, " ")
	if !ended || label == "" || len(label) > 40 || strings.Trim(label, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ") != "" {
		return "damaged", ok
	}
	return strconv.Quote(label), ok
}
