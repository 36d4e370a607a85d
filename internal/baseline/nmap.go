package baseline

import (
	"encoding/xml"
	"errors"
	"fmt"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// Nmap reads Nmap's XML (nmap -oX), one scan or several in one file. masscan
// -oX writes the same elements.
//
// A <port> counts if it is TCP or UDP and its <state> is "open". The state
// "open|filtered" does not count, nor do ports of SCTP and IP protocols. The
// key is the host's address, never a name. Hosts that occur several times are
// merged.
//
// A host that answered is in the result even if it had no open port. It
// answered if a TCP or UDP port was closed or unfiltered, or if it answered
// host discovery and its TCP or UDP ports were scanned. With -Pn every address
// is "up" for the reason "user-set", which is not an answer.
//
// The elements and attributes are those of nmap.dtd as Nmap 7.93 installs it.
// If any signal interrupts Nmap, its XML stays open (measured, 7.93). This is
// an error, and it says how far the file goes.
func Nmap(text string) (Baseline, error) {
	text, err := nmapReader.open(text)
	if err != nil {
		return nil, err
	}
	n := nmapFile{newXMLReader(nmapReader, text), found{}}
	if err := n.roots("nmaprun", n.run); err != nil {
		return nil, err
	}
	return n.found.baseline(), nil
}

type nmapFile struct {
	*xmlReader
	found found
}

func (n *nmapFile) run() error {
	return n.each(func(element xml.StartElement) error {
		switch element.Name.Local {
		case "host":
			return n.host()
		case "nmaprun":
			return n.fail(fmt.Errorf("another scan begins before the one before it ends: %w", errCutOff))
		}
		return n.skip() // such as <hosthint>, which Nmap writes before it scans
	})
}

// nmapHost is one <host>.
type nmapHost struct {
	address  endpoint.Host
	up       bool // it answered host discovery
	scanned  bool // there is a result for some TCP or UDP port
	answered bool // one of these was open, closed or unfiltered
	open     []endpoint.Endpoint
}

func (n *nmapFile) host() error {
	var h nmapHost
	line := n.line()
	err := n.each(func(element xml.StartElement) error {
		switch element.Name.Local {
		case "status":
			h.status(element)
		case "address":
			if err := h.name(element); err != nil {
				return n.fail(err)
			}
		case "ports":
			return n.ports(&h)
		}
		return n.skip()
	})
	if err != nil {
		return err
	}
	if h.address == "" {
		return atLine(line, errors.New("this <host> has no address. Expected <address addr=\"…\" addrtype=\"ipv4\"/> or one of type ipv6"))
	}
	for _, e := range h.open {
		n.found.open(h.address, e.Scheme, e.Port)
	}
	if h.answered || h.up && h.scanned {
		n.found.answered(h.address)
	}
	n.hosts++
	return nil
}

func (h *nmapHost) status(element xml.StartElement) {
	reason := attribute(element, "reason")
	h.up = attribute(element, "state") == "up" && reason != "" && reason != "user-set"
}

// name takes the host's name from an <address>. The first address is the one
// that was scanned; one of type mac may follow.
func (h *nmapHost) name(element xml.StartElement) error {
	if h.address != "" || attribute(element, "addrtype") == "mac" {
		return nil
	}
	host, err := parseHost(attribute(element, "addr"))
	h.address = host
	return err
}

func (n *nmapFile) ports(h *nmapHost) error {
	return n.each(func(element xml.StartElement) error {
		switch element.Name.Local {
		case "extraports":
			return n.extraports(h, attribute(element, "state"))
		case "port":
			return n.port(h, element)
		}
		return n.skip()
	})
}

// extraports reads <extraports>: the number of ports that share a state, by
// reason and, in newer versions of Nmap, by protocol.
func (n *nmapFile) extraports(h *nmapHost, state string) error {
	ours, others := 0, 0
	err := n.each(func(element xml.StartElement) error {
		protocol := attribute(element, "proto")
		if _, known := schemeOf(protocol); known || protocol == "" {
			ours++
		} else {
			others++
		}
		return n.skip()
	})
	if ours > 0 || others == 0 {
		h.add(state)
	}
	return err
}

func (n *nmapFile) port(h *nmapHost, element xml.StartElement) error {
	scheme, known := schemeOf(attribute(element, "protocol"))
	var port uint16
	if known {
		var err error
		if port, err = parsePort(attribute(element, "portid")); err != nil {
			return n.fail(err)
		}
	}
	return n.each(func(element xml.StartElement) error {
		if element.Name.Local == "state" && known {
			state := attribute(element, "state")
			h.add(state)
			if state == "open" && port != 0 {
				h.open = append(h.open, endpoint.Endpoint{Scheme: scheme, Port: port})
			}
		}
		return n.skip()
	})
}

// add notes that a TCP or UDP port has this state.
func (h *nmapHost) add(state string) {
	h.scanned = true
	if state == "open" || state == "closed" || state == "unfiltered" {
		h.answered = true
	}
}
