package baseline

import (
	"encoding/xml"
	"fmt"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// NessusKey is the tag of HostProperties that names a host of a Nessus file.
type NessusKey string

// The tags that can name a host.
const (
	// NessusIP is the address that was scanned.
	NessusIP NessusKey = "host-ip"
	// NessusFQDN is the name that Nessus resolved the address to, or the
	// address if it has no name.
	NessusFQDN NessusKey = "host-fqdn"
)

// NessusKeys returns the keys, the default first.
func NessusKeys() []NessusKey { return []NessusKey{NessusIP, NessusFQDN} }

// The plugins of Nessus that report open ports, one ReportItem for each port
// (https://www.tenable.com/plugins/nessus and the number).
const (
	networkScanner = iota + 1 // found the port from the network
	enumerator                // asked the host itself: the port may not be reachable
)

var portPlugins = map[string]int{
	"11219": networkScanner, // Nessus SYN scanner
	"10335": networkScanner, // Nessus TCP scanner
	"34277": networkScanner, // Nessus UDP scanner
	"14272": enumerator,     // Netstat portscanner (SSH)
	"34220": enumerator,     // Netstat portscanner (WMI)
	"14274": enumerator,     // Nessus SNMP scanner
	"64582": enumerator,     // Netstat connection information
}

// Nessus reads a scan as Nessus exports it, NessusClientData_v2. The key is one
// of [NessusKeys]; hosts with the same key are merged.
//
// A port counts if a port scanner found it over the network: plugins 11219,
// 10335 and 34277. Ports that were enumerated on the host itself (plugins
// 14272, 34220, 14274 and 64582) do not count, nor do ports that only other
// plugins name. A host without a port that counts is left out: the file does
// not tell whether its ports were scanned. A file in which all ports are
// enumerated is an error.
func Nessus(text string, key NessusKey) (Baseline, error) {
	text, err := nessusReader.open(text)
	if err != nil {
		return nil, err
	}
	n := nessusFile{xmlReader: newXMLReader(nessusReader, text), key: key, found: found{}}
	if err := n.roots("NessusClientData_v2", n.data); err != nil {
		return nil, err
	}
	if len(n.found) == 0 && n.enumerated > 0 {
		return nil, fmt.Errorf("all %d open ports in this file were enumerated on the hosts themselves (netstat, SNMP),"+
			" which does not show that they can be reached. Expected a scan with a network port scanner (SYN, TCP or UDP)", n.enumerated)
	}
	return n.found.baseline(), nil
}

type nessusFile struct {
	*xmlReader
	key        NessusKey
	found      found
	enumerated int
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
	tags := map[NessusKey]string{}
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
	if len(open) == 0 {
		return nil
	}
	for _, candidate := range []string{tags[n.key], tags[NessusIP], name} {
		if candidate != "" {
			name = candidate
			break
		}
	}
	host, err := parseHost(name)
	if err != nil {
		return atLine(line, err)
	}
	for _, e := range open {
		n.found.open(host, e.Scheme, e.Port)
	}
	return nil
}

// properties reads HostProperties: <tag name="host-ip">192.0.2.1</tag> ….
func (n *nessusFile) properties(tags map[NessusKey]string) error {
	return n.each(func(element xml.StartElement) error {
		name := NessusKey(attribute(element, "name"))
		if element.Name.Local != "tag" || name != NessusIP && name != NessusFQDN {
			return n.skip()
		}
		text, err := n.text()
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
