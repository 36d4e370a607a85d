package provider

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/scan"
)

// settings has the values of the provider's attributes, some of which an object
// may override.
type settings struct {
	timeout             time.Duration
	rechecks            int
	recheckInterval     time.Duration
	ipVersion           int // 0 is any
	oneIsEnough         bool
	limits              scan.Limits
	source              netip.Addr
	control             []endpoint.Control
	assumeSilentUDPOpen bool
	enabled             bool
	pausedUntil         time.Time // zero: not paused
	tls                 tlsSettings
}

// defaultSettings apply where neither configuration nor environment has a
// value.
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
	// ofObject is the description in objects, if it is another there.
	ofObject string
	// show writes the value in Markdown; the description has that of the
	// default.
	show func(s settings) string
	// scope says which objects have the attribute too.
	scope scope
	// set takes in a value; the error says what was expected.
	set func(s *settings, text string) error
	// lower lowers the value to most, if it is higher, and tells whether it was. It is
	// nil where the operator sets no ceiling; highest is that of the ceiling.
	lower   func(s *settings, most int) bool
	highest int
}

// lowered sets value to most if it is higher, and tells whether it was.
func lowered[N int | float64](value *N, most int) bool {
	if *value <= N(most) {
		return false
	}
	*value = N(most)
	return true
}

// scope says which objects have a setting of their own.
type scope int

const (
	ofProvider scope = iota // the provider alone
	ofScans                 // every object that probes
	ofServices              // every object that probes services: all but baselines
)

// within tells whether objects of this scope have the setting too.
func (s setting) within(of scope) bool { return s.scope != ofProvider && s.scope <= of }

func setControl(s *settings, text string) error {
	s.control = nil
	if text == "" { // an empty list
		return nil
	}
	for part := range strings.SplitSeq(text, ",") {
		c, err := endpoint.ParseControl(strings.TrimSpace(part))
		if err != nil {
			return fmt.Errorf("endpoints such as \"tcp://192.0.2.53:53\"; %w", err)
		}
		s.control = append(s.control, c)
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

// rfc3339 is stricter than [time.Parse], which takes hours of one digit, a comma before
// fractions, and zones of a day and more.
var rfc3339 = regexp.MustCompile(`^[0-9-]{10}T[0-9:]{8}(\.[0-9]+)?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`)

// moment reads a time in UTC; the zero time if text is none.
func moment(text string) (time.Time, error) {
	text = strings.ToUpper(text) // RFC 3339 section 5.6: t and z are as good
	at, err := time.Parse(time.RFC3339, text)
	if err != nil || !rfc3339.MatchString(text) {
		return time.Time{}, fmt.Errorf("a time as in RFC 3339, such as \"2026-12-01T06:00:00Z\"")
	}
	return at.UTC(), nil
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

// oneOf returns the index of text among values; 0 and an error if it is not
// among them.
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

const (
	attrEnabled     = "enabled"
	attrPausedUntil = "paused_until"
)

// variable returns the name of the environment variable for a setting.
func (s setting) variable() string { return "PORTCHECK_" + strings.ToUpper(s.name) }

// configure fills settings from the environment and then from the provider's
// configuration, which wins. It also returns the names of attributes whose
// values are not known yet.
//
// The whole environment comes first because some settings exclude each other: a
// ca_pem in the configuration must beat PORTCHECK_CA_FILE.
func (s *settings) configure(ctx context.Context, config values) (unknown []string, diags diag.Diagnostics) {
	for _, entry := range settingsTable {
		_, state, d := entry.text(ctx, config)
		diags.Append(d...)
		text := os.Getenv(entry.variable())
		if !d.HasError() && state == isNull && text != "" {
			diags.Append(s.take(entry, text, "The environment variable "+entry.variable())...)
		}
	}
	for _, entry := range settingsTable {
		text, state, d := entry.text(ctx, config)
		switch {
		case d.HasError(): // reported above
		case state == isUnknown:
			unknown = append(unknown, entry.name)
		case state == isKnown:
			diags.Append(s.take(entry, text, entry.name)...)
		}
	}
	return unknown, diags
}

// take sets entry to text. origin says in a message where text comes from.
func (s *settings) take(entry setting, text, origin string) (diags diag.Diagnostics) {
	if err := entry.set(s, text); err != nil {
		diags.AddAttributeError(path.Root(entry.name), invalidSetting, entry.refusal(origin, text, err))
	}
	return diags
}

// refusal is the message about a value that set did not take; origin says where it
// comes from.
func (s setting) refusal(origin, text string, expected error) string {
	if s.unquoted {
		return fmt.Sprintf("%s is wrong. Expected %s.", origin, expected)
	}
	return fmt.Sprintf("%s is %s. Expected %s.", origin, endpoint.Quote(text), expected)
}

// override returns settings with the values that object has of its own; of is
// the scope of the object.
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
			diags.AddAttributeError(path.Root(entry.name), invalidSetting, entry.refusal(entry.name, text, err))
		}
	}
	return s, diags
}

const invalidSetting = "Invalid value"

// options returns the options of one run. It ends at until or, if that is zero,
// after the re-checks.
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
