package rules_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/rules"
)

// portsOf reads what a function returned. It is an error if that is not the
// shortest list of ports in order, TCP first.
func portsOf(ports []string) (map[endpoint.Scheme]endpoint.Ports, error) {
	of := map[endpoint.Scheme]endpoint.Ports{}
	var again []string
	for _, text := range ports {
		r, scheme, err := endpoint.ParsePortRange(text)
		if err != nil {
			return nil, err
		}
		of[scheme] = of[scheme].Union(endpoint.Ports{r})
	}
	for _, scheme := range []endpoint.Scheme{endpoint.TCP, endpoint.UDP} {
		for _, r := range of[scheme] {
			again = append(again, endpoint.Spec(r, scheme))
		}
	}
	if !slices.Equal(ports, again) {
		return nil, fmt.Errorf("%q instead of %q", ports, again)
	}
	return of, nil
}

// sound tells what is wrong with the answer to given and options.
func sound(of read, given any, options []string) error {
	ports, err := of(given, options...)
	if err != nil {
		text := err.Error()
		if ports != nil || text == "" || len(text) > 1000 || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsGraphic(r) }) {
			return fmt.Errorf("with %q the error %q", ports, text)
		}
		return nil
	}
	narrow, err := portsOf(ports)
	if err != nil {
		return err
	}
	if all, ok := given.([]any); ok {
		turned := slices.Clone(all)
		slices.Reverse(turned)
		if again, err := of(turned, options...); err != nil || !slices.Equal(again, ports) {
			return fmt.Errorf("%q in another order than %q: %w", again, ports, err)
		}
	}
	everything, err := of(given)
	if err != nil {
		if errors.Is(err, rules.ErrUnknown) || strings.Contains(err.Error(), "priority") {
			return nil
		}
		return fmt.Errorf("without options %w", err)
	}
	wide, err := portsOf(everything)
	if err != nil {
		return err
	}
	for scheme, ports := range narrow {
		if more := ports.Minus(wide[scheme]); more.Len() > 0 {
			return fmt.Errorf("from a source %s ports %s more than from any", scheme, more)
		}
	}
	return nil
}

// fuzz has JSON, in which "unknown" stands for what is not known, and options with
// commas between them.
func fuzz(f *testing.F, of read) {
	f.Helper()
	f.Fuzz(func(t *testing.T, text, options string) {
		var given any
		if json.Unmarshal([]byte(text), &given) != nil {
			return
		}
		var words []string
		if options != "" {
			words = strings.Split(options, ",")
		}
		if err := sound(of, withUnknown(given), words); err != nil {
			t.Fatalf("%s, %q: %v", text, words, err)
		}
	})
}

func FuzzAWSIngress(f *testing.F) {
	for _, options := range []string{"", "tcp", "10.0.0.0/8,sg-0a1b", "::/0", "self", "pl-0c2d,udp", "x", "10.0.0.5/8"} {
		f.Add(awsGroup, options)
	}
	f.Add(`{"a": {"ip_protocol": "-1", "from_port": null, "referenced_security_group_id": "sg-1"}, "b": {"ip_protocol": "udp", "from_port": "1", "to_port": 2, "cidr_ipv6": "::/0"}}`, "sg-1")
	f.Add(`["unknown", {"protocol": "6", "from_port": "unknown", "to_port": 70000, "cidr_blocks": ["unknown", "10.0.0.0/8", "::ffff:10.0.0.0/104"]}]`, "10.0.0.1")
	fuzz(f, rules.AWSIngress)
}

func FuzzGoogleFirewallAllow(f *testing.F) {
	f.Add(`[{"protocol": "tcp", "ports": ["443", "22", "8000-8010"]}, {"protocol": "UDP", "ports": ["53"]}, {"protocol": "icmp", "ports": []}]`, "tcp")
	f.Add(`[{"protocol": "all"}, {"ip_protocol": 17, "ports": [1, "0-0", "unknown"]}]`, "")
	f.Add(`{"allow": [], "name": "x"}`, "10.0.0.1")
	fuzz(f, rules.GoogleFirewallAllow)
}

func FuzzAzureRulePorts(f *testing.F) {
	allow := azure(`, "destination_port_ranges": ["80", "443", "8000-8010"], "source_address_prefix": "*"`)
	deny := azure(`, "access": "Deny", "priority": 100, "protocol": "*", "destination_port_range": "*", "source_address_prefixes": ["10.0.0.0/8", "Internet", "unknown"]`)
	for _, options := range []string{"", "tcp", "10.0.0.0/7,Internet", "VirtualNetwork,udp", "/subscriptions/0", "::1"} {
		f.Add("["+allow+","+deny+"]", options)
		f.Add(`{"a": `+strings.Replace(deny, `"unknown"`, `"::/1"`, 1)+`, "b": `+allow+`}`, options)
	}
	fuzz(f, rules.AzureRulePorts)
}

// TestFuzzSees: what the fuzzer calls sound has bounds.
func TestFuzzSees(t *testing.T) {
	for name, of := range map[string]read{
		"another order":   func(given any, _ ...string) ([]string, error) { return []string{given.([]any)[0].(string)}, nil },
		"not sorted":      func(any, ...string) ([]string, error) { return []string{"80", "22"}, nil },
		"touching":        func(any, ...string) ([]string, error) { return []string{"80", "81"}, nil },
		"no port":         func(any, ...string) ([]string, error) { return []string{"0"}, nil },
		"more by options": func(_ any, options ...string) ([]string, error) { return options, nil },
		"a long error":    func(any, ...string) ([]string, error) { return nil, errors.New(strings.Repeat("x", 2000)) },
	} {
		if sound(of, []any{"1", "2"}, []string{"3"}) == nil {
			t.Errorf("%s is sound", name)
		}
	}
	if diff := cmp.Diff(error(nil), sound(rules.AWSIngress, []any{}, nil)); diff != "" {
		t.Error(diff)
	}
}
