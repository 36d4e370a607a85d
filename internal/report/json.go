package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// The types are report.schema.json in Go, which says what each field means.
// Whoever reads them may rely on that: fields are added, and none is taken away or
// given another meaning while jsonVersion stays.
type (
	jsonReport struct {
		Version int         `json:"version"`
		Checks  []jsonCheck `json:"checks"`
	}
	jsonCheck struct {
		Name      string         `json:"name"`
		Outcome   string         `json:"outcome"`
		Passed    *bool          `json:"passed"`
		PassedAt  *string        `json:"passed_at"`
		From      []string       `json:"from"`
		Counts    jsonCounts     `json:"counts"`
		Complete  bool           `json:"complete"`
		Endpoints []jsonEndpoint `json:"endpoints"`
	}
	jsonCounts struct {
		Failed       int `json:"failed"`
		Inconclusive int `json:"inconclusive"`
		Waived       int `json:"waived"`
		Passed       int `json:"passed"`
		Closed       int `json:"closed"`
	}
	jsonEndpoint struct {
		Key      string  `json:"key"`
		Endpoint string  `json:"endpoint"`
		Scheme   string  `json:"scheme"`
		Host     string  `json:"host"`
		Port     int     `json:"port"`
		From     string  `json:"from"`
		Outcome  string  `json:"outcome"`
		Declared *string `json:"declared"`
		State    string  `json:"state"`
		Reason   *string `json:"reason"`
		Cause    *string `json:"cause"`
		// Of the waiver, if there is one.
		WaivedUntil  *string `json:"waived_until"`
		WaiverReason *string `json:"waiver_reason"`
	}
)

const jsonVersion = 1

// The outcomes of checks and endpoints in JSON.
const (
	jsonPassed       = "passed"
	jsonFailed       = "failed"
	jsonInconclusive = "inconclusive"
	jsonWaived       = "waived"     // of endpoints
	jsonNotProbed    = "not_probed" // of checks
	jsonUncertain    = "uncertain"  // of endpoints
)

// JSON writes the results of checks for programs: all that a Check has. Texts are
// as the check has them; what is more than text to a terminal or in a page is
// escaped.
func JSON(checks []Check) string {
	all := jsonReport{Version: jsonVersion, Checks: []jsonCheck{}}
	for _, c := range checks {
		all.Checks = append(all.Checks, c.json())
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(all) // strings and numbers can always be written
	return escapedUnseen(b.String())
}

// escapedUnseen escapes the invisible characters that encoding/json leaves as they
// are. They are in strings only, but for the ends of lines.
func escapedUnseen(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\n' || unicode.IsGraphic(r):
			b.WriteRune(r)
		case r > 0xffff:
			first, second := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, first, second)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

func (c Check) json() jsonCheck {
	j := c.judge()
	n := c.counts(j)
	one := jsonCheck{
		Name: c.Name, PassedAt: orNull(c.PassedAt), From: c.From, Endpoints: c.endpointsInJSON(j),
		Counts:   jsonCounts{Failed: n.failed, Inconclusive: n.untested, Waived: n.waived, Passed: len(j.passed), Closed: n.closed()},
		Complete: c.Results != nil && len(j.unsure) == 0 && !c.cut(),
	}
	if c.Probed {
		one.Passed = &c.Passed
	}
	if len(one.From) == 0 {
		one.From = []string{endpoint.Local}
	}
	switch kind, _ := outcome(c); kind {
	case passed:
		one.Outcome = jsonPassed
	case inconclusive:
		one.Outcome = jsonInconclusive
	case unprobed:
		one.Outcome = jsonNotProbed
	default:
		one.Outcome = jsonFailed
	}
	return one
}

// endpointsInJSON are the endpoints that are listed: failures, then what is waived,
// then the others.
func (c Check) endpointsInJSON(j judged) []jsonEndpoint {
	all := []jsonEndpoint{}
	for _, f := range j.failures {
		outcome := jsonFailed
		if f.Inconclusive() {
			outcome = jsonInconclusive
		}
		all = append(all, endpointInJSON(f, outcome))
	}
	for _, f := range j.waived {
		all = append(all, endpointInJSON(f, jsonWaived))
	}
	for _, k := range j.passed {
		all = append(all, endpointInJSON(verdict.Recorded(k, verdict.Record{State: c.Results[k]}), jsonPassed))
	}
	for _, k := range j.unsure {
		all = append(all, endpointInJSON(verdict.Recorded(k, verdict.Record{State: c.Results[k]}), jsonUncertain))
	}
	return all
}

func endpointInJSON(f verdict.Finding, outcome string) jsonEndpoint {
	e := jsonEndpoint{
		Key: f.Key(), Endpoint: f.Endpoint.String(), Scheme: string(f.Endpoint.Scheme), Host: string(f.Endpoint.Host), Port: int(f.Endpoint.Port),
		From: f.From, Outcome: outcome, Declared: orNull(f.Want), State: string(f.Last.State), Reason: orNull(f.Last.Reason), Cause: orNull(f.Cause),
	}
	if e.From == "" {
		e.From = endpoint.Local
	}
	if f.Waiver != nil {
		e.WaivedUntil, e.WaiverReason = orNull(until(f)), orNull(f.Waiver.Reason)
	}
	return e
}

// orNull is nil for an empty text.
func orNull[S ~string](text S) *string {
	if text == "" {
		return nil
	}
	s := string(text)
	return &s
}
