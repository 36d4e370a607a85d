package baseline

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// The keys that [Nmap] can give a host, the default first.
const (
	// NmapAddress is the address that was scanned.
	NmapAddress Key = "address"
	// NmapHostname is the name that the user gave to Nmap, or else the one that
	// Nmap resolved the address to (PTR), or the address if it has no name.
	NmapHostname Key = "hostname"
)

// Nmap reads Nmap's XML (nmap -oX), one scan or several in one file. masscan
// -oX writes the same elements.
//
// A <port> counts if it is TCP or UDP and its <state> is "open". The state
// "open|filtered" does not count, nor do ports of SCTP and IP protocols. Hosts
// with the same key are merged.
//
// A host that answered is in the result even if it had no open port. It
// answered if a TCP or UDP port was closed or unfiltered, or if it answered
// host discovery and its TCP or UDP ports were scanned. With -Pn every address
// is "up" for the reason "user-set", which is not an answer.
//
// The elements and attributes are those of nmap.dtd as Nmap 7.93 installs it.
// If any signal interrupts Nmap, its XML stays open (measured, 7.93). If Nmap
// gives up, it closes its XML, but <finished> has the error or is missing. If it
// gives up on a host (--host-timeout), the host is marked timedout. Each of the
// three is an error: ports may be missing.
func Nmap(ctx context.Context, text string, key Key) (Baseline, error) {
	text, err := nmapReader.open(text)
	if err != nil {
		return nil, err
	}
	n := nmapFile{xmlReader: newXMLReader(ctx, nmapReader, text), key: key, found: found{}}
	if err := n.roots(n.run, "nmaprun"); err != nil {
		return nil, err
	}
	if len(n.timedOut) > 0 {
		return nil, fmt.Errorf("Nmap gave up on %s (--host-timeout, which -T5 sets too): not all of the ports were scanned."+
			" Scan again with a longer --host-timeout, or without it", names(n.timedOut))
	}
	return n.found.baseline(), nil
}

type nmapFile struct {
	*xmlReader
	key      Key
	found    found
	timedOut []endpoint.Host
}

func (n *nmapFile) run() error {
	finished := false
	err := n.each(func(element xml.StartElement) error {
		switch element.Name.Local {
		case "host":
			return n.host(attribute(element, "timedout") == "true")
		case "runstats":
			return n.each(func(element xml.StartElement) error {
				if element.Name.Local == "finished" {
					finished = true
					if err := ended(element); err != nil {
						return n.fail(err)
					}
				}
				return n.skip()
			})
		case "nmaprun":
			return n.fail(fmt.Errorf("another scan begins before the one before it ends: %w", errCutOff))
		}
		return n.skip() // such as <hosthint>, which Nmap writes before it scans
	})
	if err == nil && !finished {
		err = n.fail(fmt.Errorf("this scan has no <finished>: %w", errCutOff))
	}
	return err
}

// ended returns the error with which Nmap ended, as <finished> has it. Older
// versions, and masscan, have no attribute exit.
func ended(finished xml.StartElement) error {
	exit, message := attribute(finished, "exit"), attribute(finished, "errormsg")
	if message == "" && (exit == "" || exit == "success") {
		return nil
	}
	if message == "" {
		message = "exit=" + exit
	}
	return fmt.Errorf("Nmap ended with an error, %s, and not all was scanned. Give the file of a scan that finished", quote(message))
}

// nmapHost is one <host>.
type nmapHost struct {
	address  endpoint.Host
	names    map[string]string // type, "user" or "PTR", -> the first name of it
	up       bool              // it answered host discovery
	scanned  bool              // there is a result for some TCP or UDP port
	answered bool              // one of these was open, closed or unfiltered
	open     []endpoint.Endpoint
}

func (n *nmapFile) host(timedOut bool) error {
	h := nmapHost{names: map[string]string{}}
	line := n.line()
	if err := n.each(func(element xml.StartElement) error { return n.part(&h, element) }); err != nil {
		return err
	}
	if h.address == "" {
		return atLine(line, errors.New("this <host> has no address. Expected <address addr=\"…\" addrtype=\"ipv4\"/> or one of type ipv6"))
	}
	if timedOut {
		n.timedOut = append(n.timedOut, h.address)
	}
	host := h.address
	if n.key == NmapHostname {
		host = firstName(host, h.names["user"], h.names["PTR"])
	}
	for _, e := range h.open {
		n.found.open(host, e.Scheme, e.Port)
	}
	if h.answered || h.up && h.scanned {
		n.found.answered(host)
	}
	n.hosts++
	return nil
}

// part reads one child of a <host>.
func (n *nmapFile) part(h *nmapHost, element xml.StartElement) error {
	switch element.Name.Local {
	case "status":
		h.status(element)
	case "address":
		if err := h.scannedAt(element); err != nil {
			return n.fail(err)
		}
	case "hostnames":
		return n.each(func(element xml.StartElement) error {
			if kind := attribute(element, "type"); h.names[kind] == "" {
				h.names[kind] = attribute(element, "name")
			}
			return n.skip()
		})
	case "ports":
		return n.ports(h)
	}
	return n.skip()
}

func (h *nmapHost) status(element xml.StartElement) {
	reason := attribute(element, "reason")
	h.up = attribute(element, "state") == "up" && reason != "" && reason != "user-set"
}

// scannedAt takes the host's address from an <address>. The first address is the
// one that was scanned; one of type mac may follow.
func (h *nmapHost) scannedAt(element xml.StartElement) error {
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
