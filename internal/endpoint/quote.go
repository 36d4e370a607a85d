package endpoint

import "strconv"

// MaxQuoted is how many characters of an input a message repeats: inputs come from
// files and other objects, and may be megabytes long.
const MaxQuoted = 60

// Quote quotes an input for a message. Of a long one it has the beginning and an
// ellipsis.
func Quote(s string) string {
	characters := 0
	for i := range s {
		if characters++; characters > MaxQuoted {
			return strconv.Quote(s[:i] + "…")
		}
	}
	return strconv.Quote(s)
}
