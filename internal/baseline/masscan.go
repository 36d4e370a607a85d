package baseline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Masscan reads masscan's JSON (-oJ), its JSON lines (-oD) and its list (-oL).
// [Nmap] reads masscan's XML.
//
// A port counts if it is TCP or UDP and has the status "open" or a banner,
// which only an open port sends. A host with only closed ports in the file
// (masscan --show closed) answered: it has an empty list.
//
// The formats are those of masscan's out-json.c, out-ndjson.c and out-text.c,
// also of older versions: from 2014 to July 2018 a comma followed each record,
// even the last one; until March 2017 a line {finished: 1} stood in place of
// the array's end. masscan 1.3.2 leaves an empty file if it finds nothing. If
// it is interrupted it completes its file, which then looks like the file of a
// whole scan (measured).
func Masscan(ctx context.Context, text string) (Baseline, error) {
	text, err := masscanReader.open(text)
	if err != nil {
		return nil, err
	}
	f := masscanFile{found{}}
	if strings.HasPrefix(strings.TrimSpace(text), "[") || strings.HasPrefix(strings.TrimSpace(text), "{") {
		err = objects(ctx, masscanReader, text, f.record)
	} else {
		err = f.list(ctx, text)
	}
	if err != nil {
		return nil, err
	}
	return f.found.baseline(), nil
}

type masscanFile struct{ found found }

// masscanPort is one port of a record.
type masscanPort struct {
	Port    scalar           `json:"port"`
	Proto   string           `json:"proto"`
	Status  string           `json:"status"`
	Service *json.RawMessage `json:"service"` // present if the record is a banner
}

var masscanFinished = regexp.MustCompile(`\A\{\s*"?finished"?\s*:\s*1\s*\}\z`)

func (f masscanFile) record(object string) error {
	if masscanFinished.MatchString(object) {
		return nil
	}
	var record struct {
		IP      string        `json:"ip"`
		Ports   []masscanPort `json:"ports"`
		RecType string        `json:"rec_type"` // only in -oD, whose record is itself one port
		masscanPort
		Data struct {
			Status string `json:"status"`
		} `json:"data"`
	}
	if err := masscanReader.decode(object, &record); err != nil {
		return err
	}
	if record.RecType != "" {
		record.Status = record.Data.Status
		if record.RecType == "banner" {
			record.Status = "banner"
		}
		record.Ports = append(record.Ports, record.masscanPort)
	}
	if record.IP == "" || record.Ports == nil {
		return fmt.Errorf("an object has no ip or no ports. Expected %s", masscanReader.expected)
	}
	for _, p := range record.Ports {
		if p.Service != nil {
			p.Status = "banner"
		}
		if err := f.add(record.IP, p.Proto, string(p.Port), p.Status); err != nil {
			return err
		}
	}
	return nil
}

// add notes one port of a record or line.
func (f masscanFile) add(ip, proto, number, status string) error {
	host, err := parseHost(ip)
	if err != nil {
		return err
	}
	scheme, known := schemeOf(proto)
	if !known {
		return nil
	}
	port, err := parsePort(number)
	if err != nil {
		return err
	}
	switch {
	case port != 0 && (status == "open" || status == "banner"):
		f.found.open(host, scheme, port)
	case status == "closed":
		f.found.answered(host)
	}
	return nil
}

const linesAtOnce = 1 << 10 // between two questions whether the call was interrupted

// list reads a line such as "open tcp 80 192.0.2.1 1600000000" for each port,
// between "#masscan" and "# end". Lines that somebody cut out of a list,
// without these two, are accepted too.
func (f masscanFile) list(ctx context.Context, text string) error {
	number, records, begun := 0, 0, false
	for line := range strings.Lines(text) {
		if number++; number%linesAtOnce == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		fields := strings.Fields(line)
		switch {
		case len(fields) == 0:
		case fields[0] == "#masscan":
			begun = true
		case strings.Join(fields, " ") == "# end":
			begun = false
		case strings.HasPrefix(line, "#"):
		case len(fields) < 5:
			return atLine(number, errors.New("this is not a line of masscan's list. Expected one such as \"open tcp 80 192.0.2.1 1600000000\""))
		default:
			if err := f.add(fields[3], fields[1], fields[2], fields[0]); err != nil {
				return atLine(number, err)
			}
			records++
		}
	}
	if begun {
		return atLine(number, cutOff(records, "records"))
	}
	return nil
}
