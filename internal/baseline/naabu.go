package baseline

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Naabu reads naabu's JSON lines (naabu -json): every record is an open port.
//
// The key is ip, the address that was scanned, or host if the record has no ip.
// A record without a port, or of protocol arp, does not count: it says that a
// host is up, not that a port is open. A text in which no record has a port is an
// error.
//
// The fields are those of jsonResult in naabu's pkg/runner/output.go, also of
// older versions: until November 2022 there was no protocol; from then until
// July 2023 port was an object with port and protocol.
func Naabu(ctx context.Context, text string) (Baseline, error) {
	text, err := naabuReader.open(text)
	if err != nil {
		return nil, err
	}
	f := naabuFile{found: found{}}
	if err := objects(ctx, naabuReader, text, f.record); err != nil {
		return nil, err
	}
	if !f.scanned {
		return nil, errors.New("no record has a port: naabu only looked for hosts (-sn), or another program wrote this file. Expected " + naabuReader.expected)
	}
	return f.found.baseline(), nil
}

type naabuFile struct {
	found   found
	scanned bool // a record has a port
}

// naabuPort is a number, or in some versions an object.
type naabuPort struct {
	number   scalar
	protocol scalar
}

// UnmarshalJSON implements [json.Unmarshaler].
func (p *naabuPort) UnmarshalJSON(text []byte) error {
	if !strings.HasPrefix(string(text), "{") {
		return p.number.UnmarshalJSON(text)
	}
	var object struct{ Port, Protocol scalar }
	err := naabuReader.decode(string(text), &object)
	p.number, p.protocol = object.Port, object.Protocol
	return err
}

func (f *naabuFile) record(object string) error {
	var record struct {
		Host     string    `json:"host"`
		IP       string    `json:"ip"`
		Port     naabuPort `json:"port"`
		Protocol scalar    `json:"protocol"`
	}
	if err := naabuReader.decode(object, &record); err != nil {
		return err
	}
	name := record.IP
	if name == "" {
		name = record.Host
	}
	if name == "" {
		return fmt.Errorf("an object has neither ip nor host. Expected %s", naabuReader.expected)
	}
	host, err := parseHost(name)
	if err != nil {
		return err
	}
	if record.Port.number == "" {
		return nil
	}
	f.scanned = true
	port, err := parsePort(string(record.Port.number))
	if err != nil {
		return err
	}
	protocol := string(record.Protocol) + string(record.Port.protocol)
	switch protocol { // naabu numbered its protocols before it named them
	case "", "0":
		protocol = "tcp"
	case "1":
		protocol = "udp"
	}
	if scheme, known := schemeOf(protocol); known && port != 0 {
		f.found.open(host, scheme, port)
	}
	return nil
}
