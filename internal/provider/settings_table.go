package provider

import (
	"cmp"
	"fmt"
	"net/netip"
	"strconv"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// ipVersions are the words for the values of settings.ipVersion.
var ipVersions = map[int]string{0: "any", 4: "4", 6: "6"}

// code writes a value as Markdown does code.
func code(v any) string { return fmt.Sprintf("`%v`", v) }

// highestRate is the highest value of max_rate.
const highestRate = 1_000_000

// settingsTable is the one list of the provider's attributes.
var settingsTable = []setting{
	{
		attribute: attribute{
			name: "checks_read_timeout", kind: kindString,
			description: "How long one probe waits for an answer, such as `\"5s\"` or `\"500ms\"`. In five seconds the system sends a lost packet again several times. A time below about one second works only if no packet is lost.",
		},
		show:  func(s settings) string { return code(strconv.Quote(s.timeout.String())) },
		scope: ofScans,
		set: func(s *settings, text string) (err error) {
			s.timeout, err = duration(text, time.Millisecond, 10*time.Minute)
			return
		},
	}, {
		attribute: attribute{
			name: "rechecks", kind: kindNumber,
			description: "How many times an endpoint that is not as declared is re-checked, each time with twice the previous timeout and at a low pace. `0` reports it after a single probe.",
		},
		show:  func(s settings) string { return code(s.rechecks) },
		scope: ofScans,
		set:   func(s *settings, text string) (err error) { s.rechecks, err = integer(text, 0, 5); return },
	}, {
		attribute: attribute{
			name: "recheck_interval", kind: kindString,
			description: "The pause before a re-check, such as `\"1s\"`.",
		},
		show:  func(s settings) string { return code(strconv.Quote(s.recheckInterval.String())) },
		scope: ofScans,
		set: func(s *settings, text string) (err error) {
			s.recheckInterval, err = duration(text, 0, 10*time.Minute)
			return
		},
	}, {
		attribute: attribute{
			name: "ip_version", kind: kindString,
			description: "Which addresses are probed: `any`, `4` or `6`. With `any`, addresses of an IP version that this machine cannot send with are skipped if the name also has addresses of the other version: it has no route for them, or IPv6 is switched off.",
		},
		show:  func(s settings) string { return code(ipVersions[s.ipVersion]) },
		scope: ofScans,
		set: func(s *settings, text string) error {
			i, err := oneOf(text, ipVersions[0], ipVersions[4], ipVersions[6])
			s.ipVersion = []int{0, 4, 6}[i]
			return err
		},
	}, {
		attribute: attribute{
			name: "addresses", kind: kindString,
			description: "`all`: every address that a name resolves to must be as declared. `any`: one address that is as declared is enough, for ports declared open and for ports declared closed.",
		},
		show:  func(s settings) string { return code(map[bool]string{false: "all", true: "any"}[s.oneIsEnough]) },
		scope: ofScans,
		set: func(s *settings, text string) error {
			i, err := oneOf(text, "all", "any")
			s.oneIsEnough = i == 1
			return err
		},
	}, {
		attribute: attribute{
			name: "tls_verify", kind: kindBool,
			description: "Whether the certificate of a TLS service must be valid and match the host as declared, or `server_name`. Unset: verified for hosts declared by name; for hosts declared by address only if `server_name` is set. `true`: always verified. `false`: never.",
		},
		show: func(s settings) string {
			return map[look.Verify]string{look.VerifyDefault: "verifying hosts declared by name", look.VerifyAlways: code(true), look.VerifyNever: code(false)}[s.tls.verify]
		},
		scope: ofServices,
		set: func(s *settings, text string) error {
			verify, err := boolean(text)
			s.tls.verify = look.VerifyNever
			if verify {
				s.tls.verify = look.VerifyAlways
			}
			return err
		},
	}, {
		attribute: attribute{
			name: "tls_min_days", kind: kindNumber,
			description: "For how many days the certificate of a TLS service, and its chain where that is verified, must still be valid.",
		},
		show:  func(s settings) string { return code(s.tls.minDays) },
		scope: ofServices,
		set:   func(s *settings, text string) (err error) { s.tls.minDays, err = integer(text, 0, 3650); return },
	}, {
		attribute: attribute{
			name: attrCAFile, kind: kindString,
			description: "A PEM file of certificate authorities. TLS services are verified against these instead of the system's. It is a regular file of at most 16 MiB, which is read each time it is used. Conflicts with `ca_pem`.",
		},
		show:  func(s settings) string { return cmp.Or(s.tls.caFile, "the system's authorities") },
		scope: ofServices,
		set: func(s *settings, text string) error {
			if text == "" {
				return fmt.Errorf("the name of a file")
			}
			s.tls.caFile, s.tls.caPEM = text, ""
			return nil
		},
	}, {
		attribute: attribute{
			name: attrCAPEM, kind: kindString, unquoted: true,
			description: "The certificate authorities themselves, as PEM text, such as `file(\"ca.pem\")`. Conflicts with `ca_file`.",
		},
		show:  func(s settings) string { return cmp.Or(s.tls.caPEM, "the system's authorities") },
		scope: ofServices,
		set:   setCAPEM,
	}, {
		attribute: attribute{
			name: "max_checks", kind: kindNumber,
			description: "How many probes are in flight at once against one address. All objects of this provider share the limit, which holds for each place to look from. An alias of the provider has a limit of its own.",
		},
		show:    func(s settings) string { return code(s.limits.MaxChecks) },
		set:     func(s *settings, text string) (err error) { s.limits.MaxChecks, err = integer(text, 1, 65535); return },
		highest: 65535,
		lower:   func(s *settings, most int) bool { return lowered(&s.limits.MaxChecks, most) },
	}, {
		attribute: attribute{
			name: "max_hosts", kind: kindNumber,
			description: "How many addresses are probed at once. All objects of this provider share the limit, which holds for each place to look from. An address that shows nothing of itself for a quarter of a second is only waited for and does not count, up to eight times as many; it counts again as soon as it answers. An alias of the provider has a limit of its own.",
		},
		show:    func(s settings) string { return code(s.limits.MaxHosts) },
		set:     func(s *settings, text string) (err error) { s.limits.MaxHosts, err = integer(text, 1, 65535); return },
		highest: 65535,
		lower:   func(s *settings, most int) bool { return lowered(&s.limits.MaxHosts, most) },
	}, {
		attribute: attribute{
			name: "max_rate", kind: kindNumber,
			description: "How many new probes a second are sent. All objects of this provider share the limit, which holds for each place to look from; an alias of the provider has a limit of its own, and `0` is no limit. Where 64 answers come only after a packet was sent again, the limit is 10,000 from then on, if it was higher. Intrusion-prevention systems count new connections: lower `max_rate` if one is on the path.",
		},
		show: func(s settings) string { return code(s.limits.MaxRate) },
		set: func(s *settings, text string) error {
			n, err := integer(text, 0, highestRate)
			s.limits.MaxRate = float64(n)
			return err
		},
		highest: highestRate,
		lower: func(s *settings, most int) bool {
			if s.limits.MaxRate == 0 { // no limit
				s.limits.MaxRate = highestRate + 1
			}
			return lowered(&s.limits.MaxRate, most)
		},
	}, {
		attribute: attribute{
			name: "source_address", kind: kindString,
			description: "The local address to probe from. Hosts of the other IP version are not affected.",
		},
		show: func(s settings) string {
			if s.source.IsValid() {
				return code(s.source)
			}
			return "the system's choice"
		},
		set: func(s *settings, text string) (err error) {
			source, err := netip.ParseAddr(text)
			if err != nil {
				return fmt.Errorf("an address of this machine, such as \"192.0.2.1\"")
			}
			s.source = source.Unmap()
			return nil
		},
	}, {
		attribute: attribute{
			name: "control", kind: kindStrings,
			description: "Endpoints that are known to be up, such as `[\"tcp://192.0.2.53:53\"]`. They are probed when no declared endpoint answers. If none of them answers either, this machine is cut off and the result is inconclusive. In the environment variable, separate them with commas.",
		},
		show: func(s settings) string {
			if len(s.control) > 0 {
				return code(s.control)
			}
			return "none"
		},
		set: setControl,
	}, {
		attribute: attribute{
			name: "assume_silent_udp_open", kind: kindBool,
			description: "Whether a UDP port that never answers counts as open. Many UDP services ignore requests that they do not expect, and a firewall that drops the request looks the same. The state is `open\\|filtered` in both cases; this setting decides whether it passes.",
		},
		show: func(s settings) string { return code(s.assumeSilentUDPOpen) },
		set:  func(s *settings, text string) (err error) { s.assumeSilentUDPOpen, err = boolean(text); return },
	}, {
		attribute: attribute{
			name: attrEnabled, kind: kindBool,
			description: "`false` probes nothing and keeps what is in state. Use it during maintenance and for plans without a network. Outputs that have no value yet are null.",
		},
		show: func(s settings) string { return code(s.enabled) },
		set:  func(s *settings, text string) (err error) { s.enabled, err = boolean(text); return },
	}, {
		attribute: attribute{
			name: attrPausedUntil, kind: kindString,
			description: "Until when nothing is probed, such as `\"2026-12-01T06:00:00Z\"` (RFC 3339): as with `enabled = false` until then. An object may have a `paused_until` of its own, and rests while either time has not come.",
		},
		ofObject: "Until when nothing is probed for this object, such as `\"2026-12-01T06:00:00Z\"` (RFC 3339). What is in state stays until then, and outputs that have no value yet are null. A warning says so. The object also rests while the provider does.",
		show: func(s settings) string {
			if s.pausedUntil.IsZero() {
				return "no pause"
			}
			return code(strconv.Quote(s.pausedUntil.Format(time.RFC3339)))
		},
		scope: ofScans,
		set:   func(s *settings, text string) (err error) { s.pausedUntil, err = moment(text); return },
	},
}
