package baseline

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

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
	{"a report of Qualys", nil, begins(`<(SCAN|ASSET_DATA_REPORT|HOST_LIST_VM_DETECTION_OUTPUT)\z`)},
	{"HTML, a report for people", nil, begins(`(?i)<html\z`)},
	{"another kind of XML", nil, begins(`<\w`)},
	{"XML that ends before its first element", nil, begins(`<\z`)},
	{"Shodan's JSON", nil, begins(`[\[\s]*\{(?s:.*)"ip_str"\s*:`)},
	{"ZMap's JSON", nil, begins(`[\[\s]*\{[^{}]*"saddr"\s*:`)},
	{"ZGrab's JSON", nil, begins(`[\[\s]*\{[^{}]*"data"\s*:\s*\{\s*"[\w-]+"\s*:\s*\{\s*"status"\s*:`)},
	{"masscan's JSON", []string{"masscan_parse"}, begins(`[\[\s]*\{[^{}]*("ports"\s*:\s*\[\s*\{|"rec_type"\s*:)`)},
	{"naabu's JSON", []string{"naabu_parse"}, begins(`[\[\s]*\{[^{}]*"port"\s*:`)},
	{"naabu's plain output", nil, begins(`([\w.-]+|\[[\da-fA-F:.]+\]):\d+(\s|\z)`)},
	{"naabu's log", nil, begins(`\[(DBG|ERR|FTL|INF|VER|WRN)\] `)},
	{"RustScan's output", nil, begins(ansi + `*Open ` + ansi + `*\S+:\d+|\S+ -> \[\d|\.----\. \.-\. \.-\.`)},
	{"JSON", []string{"masscan_parse", "naabu_parse"}, begins(`[\[{]`)},
	{"Nmap's normal output", nil, begins(`(# Nmap |Starting Nmap )(?s:.*)Nmap scan report for `)},
	{"Nmap's grepable output", nil, begins(`# Nmap .* -oG |(?s:.*)\nHost: \S+ \([^)]*\)\t|Host: \S+ \([^)]*\)\t`)},
	{"Nmap's normal output", nil, begins(`# Nmap |Starting Nmap |(?s:.*)Nmap scan report for `)},
	{"masscan's grepable output", nil, begins(`# ?Masscan |Timestamp: \d+\s+Host: `)},
	{"masscan's binary output", nil, begins(`masscan/1\.`)},
	{"what masscan prints while it scans", nil, begins(`Discovered open port `)},
	{"masscan's list", []string{"masscan_parse"}, begins(`#masscan|(open|closed|banner) [a-z]+ \d+ `)},
	{"the CSV export of Nessus", nil, begins(`"?Plugin( ID)?"?,`)},
	{"the CSV export of OpenVAS", nil, begins(`"?IP"?,"?Hostname"?,`)},
	{"naabu's CSV output", nil, begins(`host,ip,`)},
	{"ZMap's output", nil, begins(`saddr\b`)},
	{"a list of addresses", nil, begins(`(\d+\.\d+\.\d+\.\d+(\s+|\z))+\z`)}, // ZMap's too
	{"another kind of CSV", nil, begins(`("[^"\n]*"|[\w.:-]+)(,("[^"\n]*"|[\w.: -]*))+\r?\n`)},
	// ss, netstat and lsof
	{"a list of a machine's own sockets", nil, begins(`(Netid\s+)?State\s+Recv-Q|Active (Internet c|C)onnections|Proto\s+Recv-Q|COMMAND\s+PID\s`)},
	// These two as bytes, which some readers replace by U+FFFD, or in base64.
	{"compressed with gzip", nil, begins(`\x1f(\x8b|\x{FFFD}|\x08)|H4sI[\w+/]{8,}`)},
	{"a ZIP archive", nil, begins(`PK\x03\x04|UEsDB[\w+/]{8,}`)},
	{"base64", nil, begins(base64XML)},
	{"a PDF, a report for people", nil, begins(`%PDF-`)},
}

const (
	ansi = `(?:\x1b\[[\d;]*m)` // sets a colour on a terminal
	// base64XML is "<?xml" or "<nmaprun" in base64, alone or after a byte order mark of
	// UTF-8, and "<?" in UTF-16.
	base64XML = `(?:PD94bW|PG5tYXBy|77u/PD94|//48AD8A|/v8APAA/)[\w+/]{8,}`
)

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
	case inUTF16(head):
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

// inUTF16 tells whether text begins as UTF-16 does: with its byte order mark, whose
// bytes some readers replace by U+FFFD each, or with an ASCII character.
func inUTF16(text string) bool {
	text = strings.TrimLeft(text, string(utf8.RuneError))
	return strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff") || strings.Contains(text[:min(len(text), 2)], "\x00")
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
