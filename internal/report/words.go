package report

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Foreign text is made harmless where it comes in or goes out, each kind by one
// function:
//
//	printable  internal/service   what a server sent, before it becomes Result.Detail
//	quote      internal/baseline  text of a scanner's file, in an error; plain is
//	                              for a library's message about that text
//	quote      internal/provider  the value of a setting, in an error
//	escaped    internal/provider  endpoint, state and reason, in a line of the log
//	oneLine    here               the values of a Check, in JUnit and Markdown; in
//	                              Markdown by way of code, or of word for a cell
//	text       here               the values of a Check, in HTML; html/template
//	                              escapes the markup
//
// Diagnostics, such as [Failures], need these for PassedAt alone, which state has.
// They tell of a run: its hosts were parsed, its states, reasons and causes are
// this provider's own words, or came through verdict.ParseRecord, and its Details
// went through printable. A [Check] comes
// from the argument of report_html and its siblings, which may be any object of
// the right shape.

// text replaces invisible characters, such as those that turn the direction of
// writing, by U+FFFD.
func text[S ~string](s S) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return unicode.ReplacementChar
		}
		return r
	}, string(s))
}

// count writes n with separators: 12,345.
func count(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func counted(n int, what string) string {
	return count(n) + " " + plural(n, what)
}

func plural(n int, what string) string {
	if n == 1 {
		return what
	}
	return what + "s"
}

// oneLine makes foreign text one line of at most limit characters. White space
// becomes single blanks. Characters that act on a terminal, turn the direction
// of writing or are invalid become U+FFFD. The line is never empty.
func oneLine(text string, limit int) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsGraphic(r):
			return utf8.RuneError
		}
		return r
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	if text == "" {
		return "(empty)"
	}
	if utf8.RuneCountInString(text) > limit {
		text = strings.TrimRight(string([]rune(text)[:limit-1]), " ") + "…"
	}
	return text
}

// andMore ends a summary that names one of n+1 things called what; what may be
// empty.
func andMore(n int, what string) string {
	switch {
	case n <= 0:
		return ""
	case what == "":
		return fmt.Sprintf(" (and %d more)", n)
	case n > 1:
		what += "s"
	}
	return fmt.Sprintf(" (and %d more %s)", n, what)
}

// moreRows ends a table that has no room for n things called what.
func moreRows(n int, what string) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf("\n  … and %d more %s", n, what)
}

// wrap breaks running text into lines that begin with two spaces and have at
// most width columns.
func wrap(text string) string { return hang("  ", "  ", text) }

// bullet is wrap for one item of a list.
func bullet(text string) string { return hang("  - ", "    ", text) }

// hang breaks running text into lines of at most width columns: the first one
// begins with first, the others with rest, which is as long.
func hang(first, rest, text string) string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len(first)+len(line)+1+len(word) > width {
			lines = append(lines, first+line)
			first, line = rest, ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	return strings.Join(append(lines, first+line), "\n")
}

func indent(line string) string { return "  " + line }
