package baseline

import (
	"context"
	"encoding/xml"
	"fmt"
	"slices"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// The keys that [Nessus] can give a host, the default first: each is the name of a
// tag of HostProperties.
const (
	// NessusIP is the address that was scanned.
	NessusIP Key = "host-ip"
	// NessusFQDN is the name that Nessus resolved the address to, or the
	// address if it has no name that can be declared.
	NessusFQDN Key = "host-fqdn"
)

// The plugins of Nessus that report open ports, one ReportItem for each port
// (https://www.tenable.com/plugins/nessus and the number).
const (
	networkScanner = iota + 1 // found the port from the network
	enumerator                // asked the host itself: the port may not be reachable
)

var portPlugins = map[string]int{
	"0":     networkScanner, // Nessus 4 numbered its port scanners 0
	"11219": networkScanner, // Nessus SYN scanner
	"10335": networkScanner, // Nessus TCP scanner
	"34277": networkScanner, // Nessus UDP scanner
	"14272": enumerator,     // Netstat portscanner (SSH)
	"34220": enumerator,     // Netstat portscanner (WMI)
	"14274": enumerator,     // Nessus SNMP scanner
	"64582": enumerator,     // Netstat connection information
}

// Nessus reads a scan as Nessus exports it, NessusClientData_v2. Hosts with the
// same key are merged.
//
// A port counts if a port scanner found it over the network: plugins 11219,
// 10335 and 34277, and 0 in files of Nessus 4. Ports that were enumerated on the
// host itself (plugins 14272, 34220, 14274 and 64582) do not count, nor do ports
// that only other plugins name. A host without a port that counts is left out:
// the file does not tell whether its ports were scanned.
//
// A file without any finding of a port scanner is an error, and one in which all
// are enumerated. Hosts that have only enumerated ports beside others are an
// error unless skipEnumerated leaves them out.
func Nessus(ctx context.Context, text string, key Key, skipEnumerated bool) (Baseline, error) {
	text, err := nessusReader.open(text)
	if err != nil {
		return nil, err
	}
	n := nessusFile{xmlReader: newXMLReader(ctx, nessusReader, text), key: key, found: found{}}
	if err := n.roots(n.data, "NessusClientData_v2"); err != nil {
		return nil, err
	}
	const expected = "Expected a scan with a network port scanner (SYN, TCP or UDP)"
	switch {
	case len(n.found) == 0 && n.enumerated > 0:
		return nil, fmt.Errorf("all %d open ports in this file were enumerated on the hosts themselves (netstat, SNMP),"+
			" which does not show that they can be reached. "+expected, n.enumerated)
	case len(n.found) == 0:
		return nil, fmt.Errorf("no port scanner found an open port in this file (hosts in it: %d). The scan was exported with a filter,"+
			" had no port scanner (such as a scan of web applications), or found nothing. "+expected, n.hosts)
	}
	// A host can occur twice in a file, and its ports be found the second time.
	inside := slices.DeleteFunc(n.inside, func(host endpoint.Host) bool { return n.found[host] != nil })
	if len(inside) > 0 && !skipEnumerated {
		return nil, fmt.Errorf("the open ports of %s were only enumerated on the host itself (netstat, SNMP), which does not show that they"+
			` can be reached. Scan them with a network port scanner too, or leave such hosts out with "skip-enumerated"`, names(inside))
	}
	return n.found.baseline(), nil
}

type nessusFile struct {
	*xmlReader
	key        Key
	found      found
	enumerated int             // ports
	inside     []endpoint.Host // hosts with enumerated ports alone
}

func (n *nessusFile) data() error {
	return n.each(func(element xml.StartElement) error {
		if element.Name.Local != "Report" {
			return n.skip() // <Policy>
		}
		return n.each(func(element xml.StartElement) error {
			if element.Name.Local != "ReportHost" {
				return n.skip()
			}
			return n.host(attribute(element, "name"))
		})
	})
}

// host reads one ReportHost; name is what the user of Nessus called the host.
func (n *nessusFile) host(name string) error {
	line := n.line()
	tags, enumerated := map[Key]string{}, n.enumerated
	var open []endpoint.Endpoint
	err := n.each(func(element xml.StartElement) error {
		switch element.Name.Local {
		case "HostProperties":
			return n.properties(tags)
		case "ReportItem":
			endpoint, ok, err := n.item(element)
			if err != nil {
				return n.fail(err)
			}
			if ok {
				open = append(open, endpoint)
			}
		}
		return n.skip()
	})
	if err != nil {
		return err
	}
	n.hosts++
	if len(open) == 0 && n.enumerated == enumerated {
		return nil
	}
	host, err := n.called(name, tags)
	if err != nil {
		return atLine(line, err)
	}
	if len(open) == 0 {
		n.inside = append(n.inside, host)
	}
	for _, e := range open {
		n.found.open(host, e.Scheme, e.Port)
	}
	return nil
}

// called returns what the key calls a host.
func (n *nessusFile) called(name string, tags map[Key]string) (endpoint.Host, error) {
	if n.key == NessusFQDN {
		if host := firstName("", tags[NessusFQDN]); host != "" {
			return host, nil
		}
	}
	if tags[NessusIP] != "" {
		name = tags[NessusIP]
	}
	return parseHost(name)
}

// properties reads HostProperties: <tag name="host-ip">192.0.2.1</tag> ….
func (n *nessusFile) properties(tags map[Key]string) error {
	return n.each(func(element xml.StartElement) error {
		name := Key(attribute(element, "name"))
		if element.Name.Local != "tag" || name != NessusIP && name != NessusFQDN {
			return n.skip()
		}
		text, err := n.content()
		tags[name] = text
		return err
	})
}

// item returns the open port of a ReportItem; false means that it is not a port
// that counts.
func (n *nessusFile) item(element xml.StartElement) (endpoint.Endpoint, bool, error) {
	kind := portPlugins[attribute(element, "pluginID")]
	scheme, known := schemeOf(attribute(element, "protocol"))
	if kind == 0 || !known {
		return endpoint.Endpoint{}, false, nil
	}
	port, err := parsePort(attribute(element, "port"))
	if err != nil || port == 0 { // 0: the plugin speaks of the host as a whole
		return endpoint.Endpoint{}, false, err
	}
	if kind == enumerator {
		n.enumerated++
		return endpoint.Endpoint{}, false, nil
	}
	return endpoint.Endpoint{Scheme: scheme, Port: port}, true, nil
}
