package baseline

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// The keys that [OpenVAS] can give a host, the default first: each is the name of
// an element of a report.
const (
	// OpenVASIP is the address that was scanned.
	OpenVASIP Key = "ip"
	// OpenVASHostname is the name that OpenVAS has for the address, or the address
	// if it has none that can be declared.
	OpenVASHostname Key = "hostname"
)

// OpenVAS reads reports of OpenVAS, Greenbone's scanner, in the format XML: a
// <report>, alone, in another one or in a <get_reports_response>. Hosts with the
// same key are merged.
//
// A port counts if it is TCP or UDP and a <port> of the report or one of its
// results has it. Results about a host as a whole, "general/tcp", do not count. A
// host without a port that counts is left out: the report does not tell whether
// its ports were scanned, and may be filtered.
//
// A report of a scan that is not done is an error, as is one without any port.
//
// The elements are those of the Greenbone Management Protocol 22.7, get_reports.
// A port is written "443/tcp", before 2012 "https (443/tcp)"; the host stands
// before or after it.
func OpenVAS(ctx context.Context, text string, key Key) (Baseline, error) {
	text, err := openvasReader.open(text)
	if err != nil {
		return nil, err
	}
	o := openvasFile{xmlReader: newXMLReader(ctx, openvasReader, text), found: found{}, names: map[endpoint.Host]string{}}
	if err := o.roots(o.report, "report", "get_reports_response"); err != nil {
		return nil, err
	}
	if len(o.found) == 0 {
		return nil, errors.New("no port is in this report: it was exported with a filter or without its results, or the scan found nothing." +
			" Expected a report with all results, those of the level Log too")
	}
	if key == OpenVASHostname {
		return o.named().baseline(), nil
	}
	return o.found.baseline(), nil
}

type openvasFile struct {
	*xmlReader
	found found // by address
	names map[endpoint.Host]string
}

// report reads a <report>, or what has reports in it.
func (o *openvasFile) report() error {
	return o.each(func(element xml.StartElement) error {
		switch element.Name.Local {
		case "report":
			return o.report()
		case "delta":
			return o.fail(errors.New("this is a delta report, the difference between two scans. Expected the report of one"))
		case "scan_run_status":
			return o.status()
		case "ports":
			return o.each(o.port)
		case "results":
			return o.each(o.result)
		case "host":
			return o.host()
		}
		return o.skip()
	})
}

// status reads <scan_run_status>, one of gvmd's run_status_name.
func (o *openvasFile) status() error {
	line := o.line()
	status, err := o.content()
	if err == nil && status != "" && !strings.EqualFold(status, "Done") {
		err = atLine(line, fmt.Errorf("the scan of this report is not done, but %s. Give the report of a scan that is done", quote(status)))
	}
	return err
}

// port reads a <port> of <ports>: 443/tcp<host>192.0.2.1</host>.
func (o *openvasFile) port(element xml.StartElement) error {
	if element.Name.Local != "port" {
		return o.skip() // <count>
	}
	line, address := o.line(), ""
	port, err := o.contentAnd(func(element xml.StartElement) (err error) {
		if element.Name.Local != "host" {
			return o.skip()
		}
		address, _, err = o.place()
		return err
	})
	if err == nil {
		err = atLine(line, o.open(address, "", port))
	}
	return err
}

// result reads a <result>: <host>192.0.2.1<hostname>web</hostname></host>
// <port>443/tcp</port>.
func (o *openvasFile) result(element xml.StartElement) error {
	if element.Name.Local != "result" {
		return o.skip()
	}
	line, address, name, port := o.line(), "", "", ""
	err := o.each(func(element xml.StartElement) (err error) {
		switch element.Name.Local {
		case "host":
			address, name, err = o.place()
		case "port":
			port, err = o.content()
		default:
			err = o.skip()
		}
		return err
	})
	if err == nil {
		err = atLine(line, o.open(address, name, port))
	}
	return err
}

// place reads the <host> of a port or result.
func (o *openvasFile) place() (address, name string, err error) {
	address, err = o.contentAnd(func(element xml.StartElement) (err error) {
		if element.Name.Local != "hostname" {
			return o.skip()
		}
		name, err = o.content()
		return err
	})
	return address, name, err
}

// host reads a <host> of the report for its name:
// <ip>192.0.2.1</ip><detail><name>hostname</name><value>web</value></detail>.
func (o *openvasFile) host() error {
	var address, name string
	err := o.each(func(element xml.StartElement) (err error) {
		switch element.Name.Local {
		case "ip":
			address, err = o.content()
		case "detail":
			var key, value string
			key, value, err = o.detail()
			if key == "hostname" {
				name = value
			}
		default:
			err = o.skip()
		}
		return err
	})
	if host, wrong := endpoint.ParseHost(address); err == nil && wrong == nil && o.names[host] == "" {
		o.names[host] = name
	}
	o.hosts++
	return err
}

func (o *openvasFile) detail() (key, value string, err error) {
	err = o.each(func(element xml.StartElement) (err error) {
		switch element.Name.Local {
		case "name":
			key, err = o.content()
		case "value":
			value, err = o.content()
		default:
			err = o.skip()
		}
		return err
	})
	return key, value, err
}

// open notes the port of a result, such as "443/tcp" or "general/tcp". Older
// versions have its name before or after it, "https (443/tcp)".
func (o *openvasFile) open(address, name, text string) error {
	number, scheme, found := portIn(text)
	if !found {
		return nil
	}
	port, err := parsePort(number)
	if err != nil || port == 0 {
		return err
	}
	host, err := parseHost(address)
	if err != nil {
		return err
	}
	o.found.open(host, scheme, port)
	if o.names[host] == "" {
		o.names[host] = name
	}
	return nil
}

// portIn finds the first "443/tcp" in text.
func portIn(text string) (number string, scheme endpoint.Scheme, found bool) {
	for word := range strings.FieldsFuncSeq(text, func(c rune) bool { return unicode.IsSpace(c) || c == '(' || c == ')' }) {
		number, protocol, _ := strings.Cut(word, "/")
		if scheme, known := schemeOf(protocol); known && number != "" && number[0] >= '0' && number[0] <= '9' {
			return number, scheme, true
		}
	}
	return "", "", false
}

// named returns the ports that were found, with names as keys where hosts have one.
func (o *openvasFile) named() found {
	result := found{}
	for address, ports := range o.found {
		host := firstName(address, o.names[address])
		result[host] = append(result[host], ports...)
	}
	return result
}
