package endpoint

import (
	"fmt"
	"slices"
	"strings"
)

// parseScheme reads a scheme that stands between before and after in an input, which
// a suggestion has too.
func parseScheme(before, s, after string) (Scheme, error) {
	if _, ok := infos[Scheme(s)]; ok {
		return Scheme(s), nil
	}
	suggest := func(scheme Scheme) string { return fmt.Sprintf("%q", before+string(scheme)+after) }
	lower := Scheme(strings.ToLower(s))
	if _, ok := infos[lower]; ok {
		return "", fmt.Errorf("schemes are lower case: %s", suggest(lower))
	}
	text := "not a known scheme: " + Quote(s)
	if near, ok := nearestScheme(string(lower)); ok {
		text += ", the nearest is " + suggest(near)
	}
	var known []string
	for _, info := range schemeTable {
		known = append(known, string(info.Scheme))
	}
	slices.Sort(known)
	return "", fmt.Errorf("%s, known: %s", text, strings.Join(known, ", "))
}

// nearestScheme is the scheme that a mistyped one was meant to be, if there is one
// that is near.
func nearestScheme(s string) (nearest Scheme, ok bool) {
	names := make([]string, len(schemeTable))
	for i, info := range schemeTable {
		names[i] = string(info.Scheme)
	}
	name, ok := Nearest(s, names)
	return Scheme(name), ok
}

// Nearest is the one of names that a mistyped s was meant to be, the first of those that
// are equally near; ok is false if none is near.
func Nearest(s string, names []string) (nearest string, ok bool) {
	const most = 2 // letters that are missing or too many
	least := most + 1
	for _, name := range names {
		if len(s)-len(name) > most {
			continue // a mistyped name may be megabytes long
		}
		if d := distance(s, name); d < least && d < len(s)+len(name) { // they share a letter
			nearest, least = name, d
		}
	}
	return nearest, least <= most
}

// distance is how many letters are to be struck out and put in to make b of a: one
// that is mistaken counts twice, so that "htp" is nearer to http than to ntp.
func distance(a, b string) int {
	row := make([]int, len(b)+1) // from the letters of a so far to the first j of b
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			above := row[j+1]
			if a[i] == b[j] {
				row[j+1] = diagonal
			} else {
				row[j+1] = 1 + min(above, row[j])
			}
			diagonal = above
		}
	}
	return row[len(b)]
}
