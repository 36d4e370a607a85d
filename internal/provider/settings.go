package provider

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/scan"
)

// settings are the provider's attributes with their values, some of which an
// object may override.
type settings struct {
	timeout             time.Duration
	rechecks            int
	recheckInterval     time.Duration
	ipVersion           int // 0 is any
	oneIsEnough         bool
	limits              scan.Limits
	source              netip.Addr
	control             []endpoint.Endpoint
	assumeSilentUDPOpen bool
	enabled             bool
	tls                 tlsSettings
}

// defaultSettings hold where neither configuration nor environment say otherwise.
var defaultSettings = settings{
	timeout:         5 * time.Second,
	rechecks:        1,
	recheckInterval: time.Second,
	limits:          scan.DefaultLimits,
	enabled:         true,
}

// setting is an attribute of the provider. Its value has one textual form,
// which configuration, environment and validation share.
type setting struct {
	attribute
	// fallback is the default, in words.
	fallback string
	// scope says whose attribute it is.
	scope scope
	// set takes in a value; the error says what was expected.
	set func(s *settings, text string) error
}

// scope says which objects have a setting of their own.
type scope int

const (
	ofProvider scope = iota // the provider alone
	ofScans                 // whatever probes
	ofServices              // whatever probes services: all but baselines
)

// within tells whether an object that has the settings of a scope has this one.
func (s setting) within(of scope) bool { return s.scope != ofProvider && s.scope <= of }

// settingsTable is the one list of the provider's attributes.
var settingsTable = []setting{
	{
		attribute: attribute{"checks_read_timeout", kindString, "How long one probe waits for an answer, such as `\"5s\"` or `\"500ms\"`. In five seconds the system sends a lost packet again several times. A time below about one second works only if no packet is lost."},
		fallback:  "`\"5s\"`",
		scope:     ofScans,
		set: func(s *settings, text string) (err error) {
			s.timeout, err = duration(text, time.Millisecond, 10*time.Minute)
			return
		},
	}, {
		attribute: attribute{"rechecks", kindInt64, "How many times an endpoint that is not as declared is re-checked, each time with twice the previous timeout and at a low pace. `0` reports it after a single probe."},
		fallback:  "`1`",
		scope:     ofScans,
		set:       func(s *settings, text string) (err error) { s.rechecks, err = integer(text, 0, 5); return },
	}, {
		attribute: attribute{"recheck_interval", kindString, "The pause before a re-check, such as `\"1s\"`."},
		fallback:  "`\"1s\"`",
		scope:     ofScans,
		set: func(s *settings, text string) (err error) {
			s.recheckInterval, err = duration(text, 0, 10*time.Minute)
			return
		},
	}, {
		attribute: attribute{"ip_version", kindString, "Which addresses are probed: `any`, `4` or `6`. With `any`, addresses of an IP version that this machine has no route for are skipped if the name also has addresses of the other version."},
		fallback:  "`any`",
		scope:     ofScans,
		set: func(s *settings, text string) error {
			i, err := oneOf(text, "any", "4", "6")
			s.ipVersion = []int{0, 4, 6}[i]
			return err
		},
	}, {
		attribute: attribute{"addresses", kindString, "`all`: every address that a name resolves to must be as declared. `any`: one address that is as declared is enough, for ports declared open and for ports declared closed."},
		fallback:  "`all`",
		scope:     ofScans,
		set: func(s *settings, text string) error {
			i, err := oneOf(text, "all", "any")
			s.oneIsEnough = i == 1
			return err
		},
	}, {
		attribute: attribute{"tls_verify", kindBool, "Whether the certificate of a TLS service must be valid and match the host as declared, or `server_name`. Unset: verified for hosts declared by name; for hosts declared by address only if `server_name` is set. `true`: always verified. `false`: never."},
		fallback:  "verifying hosts declared by name",
		scope:     ofServices,
		set: func(s *settings, text string) error {
			verify, err := boolean(text)
			s.tls.verify = look.VerifyNever
			if verify {
				s.tls.verify = look.VerifyAlways
			}
			return err
		},
	}, {
		attribute: attribute{"tls_min_days", kindInt64, "For how many days the certificate of a TLS service must still be valid."},
		fallback:  "`0`",
		scope:     ofServices,
		set:       func(s *settings, text string) (err error) { s.tls.minDays, err = integer(text, 0, 3650); return },
	}, {
		attribute: attribute{attrCAFile, kindString, "A PEM file of certificate authorities. TLS services are verified against these instead of the system's. The file is read each time it is used. Conflicts with `ca_pem`."},
		fallback:  "the system's authorities",
		scope:     ofServices,
		set: func(s *settings, text string) error {
			if text == "" {
				return fmt.Errorf("the name of a file")
			}
			s.tls.caFile, s.tls.caPEM = text, ""
			return nil
		},
	}, {
		attribute: attribute{attrCAPEM, kindString, "The certificate authorities themselves, as PEM text, such as `file(\"ca.pem\")`. Conflicts with `ca_file`."},
		fallback:  "the system's authorities",
		scope:     ofServices,
		set:       setCAPEM,
	}, {
		attribute: attribute{"max_checks", kindInt64, "How many probes are in flight at once against one address. All objects of this provider share the limit."},
		fallback:  fmt.Sprintf("`%d`", scan.DefaultLimits.MaxChecks),
		set:       func(s *settings, text string) (err error) { s.limits.MaxChecks, err = integer(text, 1, 65535); return },
	}, {
		attribute: attribute{"max_hosts", kindInt64, "How many addresses are probed at once. All objects of this provider share the limit."},
		fallback:  fmt.Sprintf("`%d`", scan.DefaultLimits.MaxHosts),
		set:       func(s *settings, text string) (err error) { s.limits.MaxHosts, err = integer(text, 1, 65535); return },
	}, {
		attribute: attribute{"max_rate", kindInt64, "How many new probes a second are sent. All objects of this provider share the limit; `0` is no limit. Intrusion-prevention systems count new connections: lower `max_rate` if one is on the path."},
		fallback:  fmt.Sprintf("`%g`", scan.DefaultLimits.MaxRate),
		set: func(s *settings, text string) error {
			n, err := integer(text, 0, 1_000_000)
			s.limits.MaxRate = float64(n)
			return err
		},
	}, {
		attribute: attribute{"source_address", kindString, "The local address to probe from. Hosts of the other IP version are not affected."},
		fallback:  "the system's choice",
		set: func(s *settings, text string) (err error) {
			source, err := netip.ParseAddr(text)
			if err != nil {
				return fmt.Errorf("an address of this machine, such as \"192.0.2.1\"")
			}
			s.source = source.Unmap()
			return nil
		},
	}, {
		attribute: attribute{"control", kindStrings, "Endpoints that are known to be up, such as `[\"tcp://192.0.2.53:53\"]`. They are probed when no declared endpoint answers. If none of them answers either, this machine is cut off and the result is inconclusive. In the environment variable, separate them with commas."},
		fallback:  "none",
		set:       setControl,
	}, {
		attribute: attribute{"assume_silent_udp_open", kindBool, "Whether a UDP port that never answers counts as open. Many UDP services ignore requests that they do not expect, and a firewall that drops the request looks the same. The state is `open\\|filtered` in both cases; this setting decides whether it passes."},
		fallback:  "`false`",
		set:       func(s *settings, text string) (err error) { s.assumeSilentUDPOpen, err = boolean(text); return },
	}, {
		attribute: attribute{"enabled", kindBool, "`false` probes nothing and keeps what is in state. Use it during maintenance and for plans without a network. Outputs that have no value yet are null."},
		fallback:  "`true`",
		set:       func(s *settings, text string) (err error) { s.enabled, err = boolean(text); return },
	},
}

func setControl(s *settings, text string) error {
	s.control = nil
	if text == "" { // an empty list
		return nil
	}
	for part := range strings.SplitSeq(text, ",") {
		e, err := endpoint.ParseEndpoint(strings.TrimSpace(part))
		if err != nil {
			return fmt.Errorf("endpoints such as \"tcp://192.0.2.53:53\"; %w", err)
		}
		s.control = append(s.control, e)
	}
	return nil
}

func duration(text string, lowest, highest time.Duration) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d < lowest || d > highest {
		return 0, fmt.Errorf("a duration from %s to %s, such as \"5s\" or \"500ms\"", lowest, highest)
	}
	return d, nil
}

func integer(text string, lowest, highest int) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < lowest || n > highest {
		return 0, fmt.Errorf("a whole number from %d to %d", lowest, highest)
	}
	return n, nil
}

func boolean(text string) (bool, error) {
	b, err := strconv.ParseBool(text)
	if err != nil {
		return false, fmt.Errorf("true or false")
	}
	return b, nil
}

// oneOf returns the index of text among values, 0 if it is not one of them.
func oneOf(text string, values ...string) (int, error) {
	i := slices.Index(values, text)
	if i < 0 {
		return 0, fmt.Errorf("one of %s", strings.Join(quoted(values), ", "))
	}
	return i, nil
}

func quoted(values []string) []string {
	q := make([]string, len(values))
	for i, v := range values {
		q[i] = strconv.Quote(v)
	}
	return q
}

// variable is the environment variable for a setting.
func (s setting) variable() string { return "PORTCHECK_" + strings.ToUpper(s.name) }

// configure fills settings from the environment and then, since it outweighs
// that, from the provider's configuration. It also returns the names of
// attributes whose values are not known yet.
func (s *settings) configure(ctx context.Context, config values) (unknown []string, diags diag.Diagnostics) {
	var configured []func()
	for _, entry := range settingsTable {
		take := func(text, origin string) {
			if err := entry.set(s, text); err != nil {
				diags.AddAttributeError(path.Root(entry.name), invalidSetting, fmt.Sprintf("%s is %s. Expected %s.", origin, quote(text), err))
			}
		}
		text, state, d := entry.text(ctx, config)
		diags.Append(d...)
		switch {
		case d.HasError():
		case state == isUnknown:
			unknown = append(unknown, entry.name)
		case state == isKnown:
			configured = append(configured, func() { take(text, entry.name) })
		case os.Getenv(entry.variable()) != "":
			take(os.Getenv(entry.variable()), "The environment variable "+entry.variable())
		}
	}
	for _, take := range configured { // of two that exclude each other, the last one counts
		take()
	}
	return unknown, diags
}

// quote quotes a value for a message; of a long one, as of PEM, the beginning.
func quote(text string) string {
	if len(text) > maxQuoted {
		return strconv.Quote(text[:30]) + "…"
	}
	return strconv.Quote(text)
}

const maxQuoted = 200

// override returns settings with the values that an object has of its own; of
// says which those are.
func (s settings) override(ctx context.Context, object values, of scope) (settings, diag.Diagnostics) {
	var diags diag.Diagnostics
	for _, entry := range settingsTable {
		if !entry.within(of) {
			continue
		}
		text, state, d := entry.text(ctx, object)
		diags.Append(d...)
		if d.HasError() || state != isKnown {
			continue
		}
		if err := entry.set(&s, text); err != nil {
			diags.AddAttributeError(path.Root(entry.name), invalidSetting, fmt.Sprintf("%s is %s. Expected %s.", entry.name, quote(text), err))
		}
	}
	return s, diags
}

const invalidSetting = "Invalid value"

// options are the settings of one run that ends at until, or after the
// re-checks if that is zero.
func (s settings) options(until time.Time) scan.Options {
	return scan.Options{
		Timeout:         s.timeout,
		Rechecks:        s.rechecks,
		RecheckInterval: s.recheckInterval,
		IPVersion:       s.ipVersion,
		OneIsEnough:     s.oneIsEnough,
		SilentUDPIsOpen: s.assumeSilentUDPOpen,
		Until:           until,
	}
}
