package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

const (
	here = "this machine"
	// maxNamed is how many places a sentence names.
	maxNamed = 5
	// maxFault is how many characters of each line of a place's error are shown: a
	// public key may be in it.
	maxFault = 1000
)

// firster is findings that are alike.
type firster interface {
	first() verdict.Finding
	all() []verdict.Finding
}

// placeName is how sentences call the place called name.
func placeName(name string) string {
	switch {
	case name == "" || name == endpoint.Local:
		return here
	case !endpoint.IsPlace(name): // in no configuration
		return "a place"
	}
	return name
}

// cellName is how tables call it.
func cellName(name string) string {
	if name == "" {
		return endpoint.Local
	}
	return text(name)
}

// described is the place called name with what it says of itself.
func described(name string, places []verdict.Place) string {
	for _, p := range places {
		if p.Name == name && p.Description != "" {
			return fmt.Sprintf("%s (%s)", placeName(name), oneLine(p.Description, maxFault))
		}
	}
	return placeName(name)
}

// placed tells whether any finding is not from this machine.
func placed(findings []verdict.Finding) bool {
	return slices.ContainsFunc(findings, func(f verdict.Finding) bool { return f.From != "" })
}

// named lists names, each once, as a sentence does.
func named(names []string) string {
	var list []string
	for _, n := range names {
		if !slices.Contains(list, n) {
			list = append(list, n)
		}
	}
	if more := len(list) - maxNamed; more > 0 {
		list = append(list[:maxNamed], counted(more, "other place"))
	}
	if n := len(list); n > 1 {
		return strings.Join(list[:n-1], ", ") + " and " + list[n-1]
	}
	return strings.Join(list, "")
}

// wordsOf is what cause means for groups, of which some have it: the texts speak
// of the places that looked.
func wordsOf[G firster](cause verdict.Cause, groups []G) causeText {
	words := causeTexts[cause]
	if own, ok := textOfFault(cause, groups); ok {
		words.meaning, words.next = own.meaning, own.next
	}
	var from, open []string
	for _, g := range groups {
		f := g.first()
		if f.Cause != cause {
			continue
		}
		from = append(from, placeName(f.From))
		if f.OpenFrom != "" {
			open = append(open, placeName(f.OpenFrom))
		}
	}
	elsewhere := slices.ContainsFunc(from, func(name string) bool { return name != here })
	if elsewhere && words.away != "" {
		words.next = words.away
	}
	var other []string
	if len(open) > 0 {
		other = append(other, "another place", named(open))
	}
	if elsewhere && !words.ours {
		who := named(from)
		if !words.plural && slices.ContainsFunc(from, func(name string) bool { return name != from[0] }) {
			who = "each of these places"
		}
		other = append(other, "where this machine may send it", "where that is possible", "on others or to ping", "on others, to ping or to another place",
			"the machine that runs this", who, here, who)
	}
	replacer := strings.NewReplacer(other...)
	words.meaning, words.next = replacer.Replace(words.meaning), replacer.Replace(words.next)
	return words
}

// faultLines say why places could not look: each reason once, with lines of its
// own where it has them.
func faultLines[G firster](groups []G, places []verdict.Place) []string {
	var lines []string
	said := map[string]bool{}
	for _, g := range groups {
		for _, f := range g.all() {
			if line := fault(f); f.Cause == verdict.VantageFailed && !said[f.From+line] {
				said[f.From+line] = true
				lines = append(lines, described(f.From, places)+": "+withoutPlace(line, places))
			}
		}
	}
	if more := len(lines) - maxEvidence; more > 0 {
		lines = append(lines[:maxEvidence], fmt.Sprintf("… and %s", counted(more, "more reason")))
	}
	return lines
}

// withoutPlace is an error of a place without the description that it begins with:
// the line has that already.
func withoutPlace(line string, places []verdict.Place) string {
	for _, p := range places {
		if rest, ok := strings.CutPrefix(line, p.Description+": "); ok && p.Description != "" {
			return rest
		}
	}
	return line
}

// fault is why a place did not look at f.
func fault(f verdict.Finding) string {
	switch {
	case f.Last.Detail != "":
		return f.Last.Detail
	case f.Last.Reason == look.VantageForbids:
		return "it does not let us look at this endpoint: a bastion by PermitOpen or AllowTcpForwarding, a proxy by its rules."
	}
	return "the plan or apply that found this says why."
}

// bullets is bullet for a text that has lines of its own: those that begin with a
// space stay as they are.
func bullets(text string) string {
	var lines []string
	for line := range strings.Lines(strings.TrimRight(text, "\n ")) {
		line = strings.TrimRight(line, " \r\n")
		indented := strings.TrimLeft(line, " ")
		one := oneLine(indented, maxFault)
		switch {
		case line == "":
		case len(lines) == 0:
			lines = append(lines, bullet(one))
		case indented != line:
			lines = append(lines, "    "+line[:len(line)-len(indented)]+one)
		default:
			lines = append(lines, hang("    ", "    ", one))
		}
	}
	return strings.Join(lines, "\n")
}

// size is how many endpoints findings stand for.
func size(findings []verdict.Finding) int {
	n := len(findings)
	for _, f := range findings {
		n += f.Others
	}
	return n
}
