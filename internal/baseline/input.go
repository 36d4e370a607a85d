package baseline

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// reader describes one of this package's parsers in the words of its errors.
type reader struct {
	function string // the provider's function
	expected string // the format that it reads, and the option of the scanner that writes it
}

var (
	nmapReader    = reader{"nmap_parse", "Nmap's XML, nmap -oX"}
	nessusReader  = reader{"nessus_parse", "the scan as Nessus exports it in its own format, .nessus (NessusClientData_v2)"}
	openvasReader = reader{"openvas_parse", "a report of Greenbone or OpenVAS in its format XML"}
	masscanReader = reader{"masscan_parse", "masscan's JSON, masscan -oJ, or its list, masscan -oL"}
	naabuReader   = reader{"naabu_parse", "naabu's JSON lines, naabu -json"}
)

// format is a kind of text that users pass to one of the functions.
type format struct {
	what      string                // completes "this is …"
	functions []string              // the functions that read it; nil if there is no such function
	begins    func() *regexp.Regexp // matches the beginning of such a text
}

const headSize = 64 << 10 // the bytes of a text that are matched against the formats

// formats lists the recognised formats; the first that matches counts. An XML
// file is matched as "<" and the name of its root element.
var formats = []format{
	{"Nmap's XML", []string{"nmap_parse"}, begins(`<nmaprun\z`)}, // masscan -oX writes the same
	{"a Nessus file", []string{"nessus_parse"}, begins(`<NessusClientData_v2\z`)},
	{"a Nessus file of the old format NessusClientData", nil, begins(`<NessusClientData\z`)},
	{"a report of OpenVAS", []string{"openvas_parse"}, begins(`<(report|get_reports_response)\z`)},
	{"HTML, a report for people", nil, begins(`(?i)<html\z`)},
	{"another kind of XML", nil, begins(`<\w`)},
	{"XML that ends before its first element", nil, begins(`<\z`)},
	{"masscan's JSON", []string{"masscan_parse"}, begins(`[\[\s]*\{[^{}]*("ports"\s*:\s*\[|"rec_type"\s*:)`)},
	{"naabu's JSON", []string{"naabu_parse"}, begins(`[\[\s]*\{[^{}]*"port"\s*:`)},
	{"JSON", []string{"masscan_parse", "naabu_parse"}, begins(`[\[{]`)},
	{"Nmap's grepable output", nil, begins(`# Nmap .* -oG |(?s:.*)\nHost: \S+ \([^)]*\)\t|Host: \S+ \([^)]*\)\t`)},
	{"Nmap's normal output", nil, begins(`# Nmap |Starting Nmap |(?s:.*)Nmap scan report for `)},
	{"masscan's grepable output", nil, begins(`# ?Masscan |Timestamp: \d+\s+Host: `)},
	{"masscan's binary output", nil, begins(`masscan/1\.`)},
	{"masscan's list", []string{"masscan_parse"}, begins(`#masscan|(open|closed|banner) [a-z]+ \d+ `)},
	{"the CSV export of Nessus", nil, begins(`"?Plugin( ID)?"?,`)},
	{"the CSV export of OpenVAS", nil, begins(`"?IP"?,"?Hostname"?,`)},
	{"naabu's CSV output", nil, begins(`host,ip,`)},
	{"naabu's plain output", nil, begins(`[\w.-]+:\d+\s`)},
	{"a PDF, a report for people", nil, begins(`%PDF-`)},
}

// begins returns a function that compiles pattern, for the beginning of a text,
// at its first call: a provider that only validates needs no pattern.
func begins(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\A(?:` + pattern + `)`) })
}

// path matches text that can only be a path: the user forgot file().
var (
	path     = regexp.MustCompile(`\A[^\n<>{}]*(?:[/\\][^\n<>{}]*|` + scanFile.String() + `)\s*\z`)
	scanFile = regexp.MustCompile(`\.(?i:xml|nessus|json|jsonl|lst|txt|gnmap|nmap|csv|html?)\s*\z`)
)

// open returns text without a byte order mark, if it is of a format that r
// reads. Otherwise the error says what the text is and what was expected.
func (r reader) open(text string) (string, error) {
	text = strings.TrimPrefix(text, "\ufeff")
	head := strings.TrimLeft(text, " \t\r\n")
	lines := strings.Count(text[:len(text)-len(head)], "\n")
	head = head[:min(len(head), headSize)]
	switch {
	case head == "":
		return "", fmt.Errorf("it is empty: the scan found nothing, or did not finish. Expected %s", r.expected)
	case strings.HasPrefix(head, "\xff\xfe"), strings.HasPrefix(head, "\xfe\xff"), strings.Contains(head[:min(len(head), 100)], "\x00"):
		return "", errors.New(`this is text in UTF-16, as PowerShell's ">" writes it. Expected UTF-8: let the scanner write its file itself`)
	}
	if strings.HasPrefix(head, "<") {
		head = "<" + rootElement(text)
	}
	for _, f := range formats {
		if !f.begins().MatchString(head) {
			continue
		}
		switch {
		case slices.Contains(f.functions, r.function):
			return text, nil
		case len(f.functions) == 1:
			return "", fmt.Errorf("this is %s; give it to %s", f.what, f.functions[0])
		}
		return "", fmt.Errorf("this is %s; give %s", f.what, r.expected)
	}
	if path.MatchString(head) {
		if !scanFile.MatchString(head) { // it may be a secret with a slash in it
			return "", errors.New("this looks like a path; give what the file holds: file(PATH)")
		}
		name := quote(strings.TrimSpace(head))
		return "", fmt.Errorf("%s looks like a path; give what the file holds: file(%s)", name, name)
	}
	return "", atLine(lines+1, unexpected(r))
}

// unexpected is the error for text that no scanner has written. It quotes nothing: what
// was given instead of a file may be a secret.
func unexpected(r reader) error {
	return fmt.Errorf("this is not expected here. Expected %s", r.expected)
}

// rootElement returns the name of the first element of an XML file, empty if
// the file has no element. Declarations, comments (Nmap's repeats its whole
// command line) and processing instructions before it are skipped, not checked.
func rootElement(text string) string {
	for {
		start := strings.IndexByte(text, '<')
		if start < 0 {
			return ""
		}
		text = text[start+1:]
		end := ">"
		switch {
		case strings.HasPrefix(text, "!--"):
			end = "-->"
		case strings.HasPrefix(text, "?"):
			end = "?>"
		case !strings.HasPrefix(text, "!"):
			name := text[:min(len(text), endpoint.MaxQuoted)]
			if stop := strings.IndexAny(name, " \t\r\n/>"); stop >= 0 {
				name = name[:stop]
			}
			return name
		}
		_, rest, _ := strings.Cut(text, end)
		text = rest
	}
}
