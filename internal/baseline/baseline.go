// Package baseline reads the files that the scanners Nmap, Nessus, OpenVAS,
// masscan and naabu write. Each becomes a [Baseline]: the ports of each host that were
// open.
//
// It is pure: it opens no file and sends nothing. The parsers stream: besides
// the text they need memory for their result and for the largest single element
// or record of the text.
//
// They end when the context does, with its error.
//
// Errors are for the person who gave the wrong file: they quote the input, name
// its line, and say what was expected.
package baseline

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// Baseline maps each host to its open ports, in a list as [endpoint.ByScheme.Specs] writes it. A
// host with an empty list answered, and had no open port.
type Baseline map[endpoint.Host][]string

// maxElement is how many bytes one element, text or comment of a file may have, or one
// record: it is in memory several times. The largest known is a Nessus file's list of
// plugins, with some 2 MiB.
const maxElement = 16 << 20

// Key says by what a file's hosts are called. Each reader that offers a choice
// lists its keys as constants.
type Key string

// found collects the open ports of each host, in the order of the file. It takes
// little memory: a file may have a million hosts.
type found map[endpoint.Host][]openPort

// openPort is a TCP or UDP port.
type openPort struct {
	udp    bool
	number uint16
}

// answered notes that host answered, even if no open port follows.
func (f found) answered(host endpoint.Host) {
	if _, known := f[host]; !known {
		f[host] = nil
	}
}

// open notes an open port.
func (f found) open(host endpoint.Host, scheme endpoint.Scheme, port uint16) {
	f[host] = append(f[host], openPort{scheme == endpoint.UDP, port})
}

// baseline returns what was found. Hosts with the same ports share a list.
func (f found) baseline() Baseline {
	b := make(Baseline, len(f))
	lists := map[string][]string{}
	var key []byte
	for host, ports := range f {
		slices.SortFunc(ports, openPort.compare)
		key = key[:0]
		for _, p := range ports {
			key = binary.BigEndian.AppendUint16(append(key, p.scheme()[0]), p.number)
		}
		list, known := lists[string(key)]
		if !known {
			list = specsOf(ports)
			lists[string(key)] = list
		}
		b[host] = list
	}
	return b
}

func (p openPort) scheme() endpoint.Scheme {
	if p.udp {
		return endpoint.UDP
	}
	return endpoint.TCP
}

func (p openPort) compare(q openPort) int {
	return cmp.Or(strings.Compare(string(p.scheme()), string(q.scheme())), cmp.Compare(p.number, q.number))
}

func specsOf(ports []openPort) []string {
	ranges := map[endpoint.Scheme][]endpoint.Range{}
	for _, p := range ports {
		ranges[p.scheme()] = append(ranges[p.scheme()], endpoint.Range{First: p.number, Last: p.number})
	}
	return endpoint.NewByScheme(ranges).Specs()
}

// schemeOf returns the scheme for a scanner's protocol. It is false for SCTP,
// ICMP, ARP and IP, whose ports, if any, cannot be declared.
func schemeOf(protocol string) (endpoint.Scheme, bool) {
	switch strings.ToLower(protocol) {
	case "tcp":
		return endpoint.TCP, true
	case "udp":
		return endpoint.UDP, true
	}
	return "", false
}

// parsePort reads a port from 0 to 65535. Port 0 can be scanned but not
// declared; the parsers leave it out.
func parsePort(s string) (uint16, error) {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil {
		return 0, fmt.Errorf("%s is not a port. Expected a number from 1 to 65535", quote(s))
	}
	return uint16(n), nil
}

func parseHost(s string) (endpoint.Host, error) {
	host, err := endpoint.ParseHost(s)
	if err != nil {
		return "", fmt.Errorf("%s is not a host: %w. Expected an address or a host name", quote(s), err)
	}
	return host, nil
}

// firstName returns the first of candidates that is a host, or else address. A name
// in a scanner's file may be any text, such as "printer (2nd floor)".
func firstName(address endpoint.Host, candidates ...string) endpoint.Host {
	for _, name := range candidates {
		if host, err := endpoint.ParseHost(name); err == nil {
			return host
		}
	}
	return address
}

const maxNamed = 5 // hosts that an error names

// names lists hosts for an error.
func names(hosts []endpoint.Host) string {
	var list []string
	for _, host := range hosts[:min(len(hosts), maxNamed)] {
		list = append(list, cut(string(host), endpoint.MaxQuoted))
	}
	text := strings.Join(list, ", ")
	if more := len(hosts) - maxNamed; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// quote puts text of a user's file into an error: in quotes, with escapes, cut
// to [endpoint.MaxQuoted] characters.
func quote(s string) string { return endpoint.Quote(s) }

// plain puts the message of a library, which may repeat its input, into an
// error: escaped like quote, without the quotes, cut to twice the length.
func plain(s string) string {
	quoted := strconv.Quote(cut(s, 2*endpoint.MaxQuoted))
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}

// cut shortens s to length characters and an ellipsis.
func cut(s string, length int) string {
	if len(s) > utf8.UTFMax*length { // so that []rune does not copy all of a large text
		s = s[:utf8.UTFMax*length]
	}
	if runes := []rune(s); len(runes) > length {
		return string(runes[:length]) + "…"
	}
	return s
}

// atLine puts the line, counted from 1, before err.
func atLine(line int, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("line %d: %w", line, err)
}

var errCutOff = errors.New("the scan was interrupted, or the file is cut. Give the file of a scan that finished")

// cutOff returns the error for a text that ends too early, after number
// complete things, such as "hosts".
func cutOff(number int, things string) error {
	return fmt.Errorf("the text ends here and is not complete (whole %s before: %d): %w", things, number, errCutOff)
}
