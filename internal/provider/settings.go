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

	"github.com/portcheck/terraform-provider-portcheck/internal/scan"
	"github.com/portcheck/terraform-provider-portcheck/internal/target"
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
	control             []target.Endpoint
	assumeSilentUDPOpen bool
	enabled             bool
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
	// overridable settings are attributes of data sources and resources too.
	overridable bool
	// set takes in a value; the error says what was expected.
	set func(s *settings, text string) error
}

// settingsTable is the one list of the provider's attributes.
var settingsTable = []setting{
	{
		attribute:   attribute{"checks_read_timeout", kindString, "How long one probe waits for an answer, such as `\"5s\"` or `\"500ms\"`. In five seconds a lost packet is sent again several times; a time below about one second bets on no packet being lost."},
		fallback:    "`\"5s\"`",
		overridable: true,
		set: func(s *settings, text string) (err error) {
			s.timeout, err = duration(text, time.Millisecond, 10*time.Minute)
			return
		},
	}, {
		attribute:   attribute{"rechecks", kindInt64, "How many further looks are taken at an endpoint that is not as declared, each with twice the timeout before and at a low pace. `0` accuses after a single look."},
		fallback:    "`1`",
		overridable: true,
		set:         func(s *settings, text string) (err error) { s.rechecks, err = integer(text, 0, 5); return },
	}, {
		attribute:   attribute{"recheck_interval", kindString, "The pause before a re-check, such as `\"1s\"`."},
		fallback:    "`\"1s\"`",
		overridable: true,
		set: func(s *settings, text string) (err error) {
			s.recheckInterval, err = duration(text, 0, 10*time.Minute)
			return
		},
	}, {
		attribute:   attribute{"ip_version", kindString, "Which addresses are probed: `any`, `4` or `6`. With `any`, a family for which this machine has no route is left out if the name has addresses of the other."},
		fallback:    "`any`",
		overridable: true,
		set: func(s *settings, text string) error {
			i, err := oneOf(text, "any", "4", "6")
			s.ipVersion = []int{0, 4, 6}[i]
			return err
		},
	}, {
		attribute:   attribute{"addresses", kindString, "`all`: every address that a name resolves to must be as declared. `any`: one address that is as declared is enough, be it declared open or closed."},
		fallback:    "`all`",
		overridable: true,
		set: func(s *settings, text string) error {
			i, err := oneOf(text, "all", "any")
			s.oneIsEnough = i == 1
			return err
		},
	}, {
		attribute: attribute{"max_checks", kindInt64, "How many probes are in flight at once against one address, over all that runs in this provider."},
		fallback:  fmt.Sprintf("`%d`", scan.DefaultLimits.MaxChecks),
		set:       func(s *settings, text string) (err error) { s.limits.MaxChecks, err = integer(text, 1, 65535); return },
	}, {
		attribute: attribute{"max_hosts", kindInt64, "How many addresses are probed at once, over all that runs in this provider."},
		fallback:  fmt.Sprintf("`%d`", scan.DefaultLimits.MaxHosts),
		set:       func(s *settings, text string) (err error) { s.limits.MaxHosts, err = integer(text, 1, 65535); return },
	}, {
		attribute: attribute{"max_rate", kindInt64, "How many new probes a second are sent, over all that runs in this provider; `0` is no limit. This is what intrusion-prevention systems count: lower it where one is in the way."},
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
		attribute: attribute{"control", kindStrings, "Endpoints that are known to be up, such as `[\"tcp://192.0.2.53:53\"]`. When nothing of what is declared answers, they are probed too; if none of them answers either, it is this machine that is cut off, and the outcome is inconclusive. In the environment separated by commas."},
		fallback:  "none",
		set:       setControl,
	}, {
		attribute: attribute{"assume_silent_udp_open", kindBool, "Whether a UDP port that never answers counts as open. Many UDP services do not answer what they were not asked for, so their silence looks like that of a firewall: the state is `open\\|filtered` either way, and this decides whether it passes."},
		fallback:  "`false`",
		set:       func(s *settings, text string) (err error) { s.assumeSilentUDPOpen, err = boolean(text); return },
	}, {
		attribute: attribute{"enabled", kindBool, "`false` probes nothing and keeps what is in state: the switch for maintenance, and for plans without a network. Outputs that have no value yet are null."},
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
		endpoint, err := target.ParseEndpoint(strings.TrimSpace(part))
		if err != nil {
			return fmt.Errorf("endpoints such as \"tcp://192.0.2.53:53\"; %w", err)
		}
		s.control = append(s.control, endpoint)
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

// configure fills settings from the provider's configuration and, where that
// is silent, from the environment. It also returns the names of attributes
// whose values are not known yet.
func (s *settings) configure(ctx context.Context, config values) (unknown []string, diags diag.Diagnostics) {
	for _, entry := range settingsTable {
		text, state, d := entry.text(ctx, config)
		diags.Append(d...)
		origin := fmt.Sprintf("%s is %q.", entry.name, text)
		switch {
		case d.HasError():
			continue
		case state == isUnknown:
			unknown = append(unknown, entry.name)
			continue
		case state == isNull:
			if text = os.Getenv(entry.variable()); text == "" {
				continue
			}
			origin = fmt.Sprintf("The environment variable %s is %q.", entry.variable(), text)
		}
		if err := entry.set(s, text); err != nil {
			diags.AddAttributeError(path.Root(entry.name), invalidSetting, fmt.Sprintf("%s Expected %s.", origin, err))
		}
	}
	return unknown, diags
}

// override returns settings with the values that an object has of its own.
func (s settings) override(ctx context.Context, object values) (settings, diag.Diagnostics) {
	var diags diag.Diagnostics
	for _, entry := range settingsTable {
		if !entry.overridable {
			continue
		}
		text, state, d := entry.text(ctx, object)
		diags.Append(d...)
		if d.HasError() || state != isKnown {
			continue
		}
		if err := entry.set(&s, text); err != nil {
			diags.AddAttributeError(path.Root(entry.name), invalidSetting, fmt.Sprintf("%s is %q. Expected %s.", entry.name, text, err))
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
