package provider

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/scan"
)

// nothing is a configuration without any attribute.
type nothing struct{}

func (nothing) GetAttribute(context.Context, path.Path, any) diag.Diagnostics { return nil }

var compareSettings = cmp.Options{cmp.AllowUnexported(settings{}, tlsSettings{}), cmpopts.EquateComparable(netip.Addr{})}

func TestEnvironment(t *testing.T) {
	for variable, value := range map[string]string{
		"PORTCHECK_CHECKS_READ_TIMEOUT":    "250ms",
		"PORTCHECK_RECHECKS":               "3",
		"PORTCHECK_RECHECK_INTERVAL":       "0s",
		"PORTCHECK_IP_VERSION":             "6",
		"PORTCHECK_ADDRESSES":              "any",
		"PORTCHECK_MAX_CHECKS":             "5",
		"PORTCHECK_MAX_HOSTS":              "7",
		"PORTCHECK_MAX_RATE":               "0",
		"PORTCHECK_SOURCE_ADDRESS":         "192.0.2.1",
		"PORTCHECK_CONTROL":                "tcp://192.0.2.53:53, tcp://[2001:db8::53]:53",
		"PORTCHECK_ASSUME_SILENT_UDP_OPEN": "true",
		"PORTCHECK_ENABLED":                "false",
		"PORTCHECK_PAUSED_UNTIL":           "2026-12-01T07:00:00+01:00",
		"PORTCHECK_TLS_VERIFY":             "true",
		"PORTCHECK_TLS_MIN_DAYS":           "14",
		"PORTCHECK_CA_FILE":                "ca.pem",
	} {
		t.Setenv(variable, value)
	}
	got := defaultSettings
	unknown, diags := got.configure(t.Context(), nothing{})
	if len(unknown) > 0 || diags.HasError() {
		t.Fatal(unknown, diags)
	}
	want := settings{
		timeout: 250 * time.Millisecond, rechecks: 3, ipVersion: 6, oneIsEnough: true,
		limits: scan.Limits{MaxChecks: 5, MaxHosts: 7}, source: netip.MustParseAddr("192.0.2.1"),
		control: []endpoint.Control{
			{Endpoint: endpoint.Endpoint{Scheme: "tcp", Host: "192.0.2.53", Port: 53}, Query: "192.0.2.53"},
			{Endpoint: endpoint.Endpoint{Scheme: "tcp", Host: "2001:db8::53", Port: 53}, Query: "2001:db8::53"},
		},
		assumeSilentUDPOpen: true,
		pausedUntil:         time.Date(2026, 12, 1, 6, 0, 0, 0, time.UTC),
		tls:                 tlsSettings{verify: look.VerifyAlways, minDays: 14, caFile: "ca.pem"},
	}
	if diff := cmp.Diff(want, got, compareSettings); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestEnvironmentErrors(t *testing.T) {
	tests := map[string]struct{ value, want string }{
		"PORTCHECK_CHECKS_READ_TIMEOUT":    {"5", `is "5". Expected a duration from 1ms to 10m0s, such as "5s" or "500ms".`},
		"PORTCHECK_RECHECKS":               {"-1", `is "-1". Expected a whole number from 0 to 5.`},
		"PORTCHECK_RECHECK_INTERVAL":       {"11m", `is "11m". Expected a duration from 0s to 10m0s, such as "5s" or "500ms".`},
		"PORTCHECK_IP_VERSION":             {"v4", `is "v4". Expected one of "any", "4", "6".`},
		"PORTCHECK_ADDRESSES":              {"one", `is "one". Expected one of "all", "any".`},
		"PORTCHECK_TLS_VERIFY":             {"maybe", `is "maybe". Expected true or false.`},
		"PORTCHECK_TLS_MIN_DAYS":           {"-1", `is "-1". Expected a whole number from 0 to 3650.`},
		"PORTCHECK_CA_PEM":                 {"ca.pem", `is wrong. Expected certificates in PEM, such as file("ca.pem") gives, but it has no certificate.`},
		"PORTCHECK_MAX_CHECKS":             {"0", `is "0". Expected a whole number from 1 to 65535.`},
		"PORTCHECK_MAX_HOSTS":              {"many", `is "many". Expected a whole number from 1 to 65535.`},
		"PORTCHECK_MAX_RATE":               {"1e3", `is "1e3". Expected a whole number from 0 to 1000000.`},
		"PORTCHECK_SOURCE_ADDRESS":         {"eth0", `is "eth0". Expected an address of this machine, such as "192.0.2.1".`},
		"PORTCHECK_CONTROL":                {"a:53", `is "a:53". Expected endpoints such as "tcp://192.0.2.53:53"; "a:53" is not an endpoint: it has no scheme. Expected SCHEME://HOST:PORT, such as "tcp://web.example.com:443".`},
		"PORTCHECK_ASSUME_SILENT_UDP_OPEN": {"yes", `is "yes". Expected true or false.`},
		"PORTCHECK_ENABLED":                {"off", `is "off". Expected true or false.`},
		"PORTCHECK_PAUSED_UNTIL":           {"2026-12-01", `is "2026-12-01". Expected a time as in RFC 3339, such as "2026-12-01T06:00:00Z".`},
	}
	if len(tests) != len(settingsTable)-1 { // any text may name a ca_file
		t.Errorf("%d settings are tested, there are %d", len(tests), len(settingsTable)-1)
	}
	for variable, tt := range tests {
		t.Run(variable, func(t *testing.T) {
			t.Setenv(variable, tt.value)
			s := defaultSettings
			_, diags := s.configure(t.Context(), nothing{})
			if len(diags) != 1 {
				t.Fatal(diags)
			}
			want := "The environment variable " + variable + " " + tt.want
			if diff := cmp.Diff(want, diags[0].Detail()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			withPath, ok := diags[0].(diag.DiagnosticWithPath)
			if !ok || !strings.EqualFold("PORTCHECK_"+withPath.Path().String(), variable) {
				t.Errorf("points at %v", diags[0])
			}
		})
	}
}

// TestDefaults: the default in a description is the value of the setting, and
// setting that value changes nothing.
func TestDefaults(t *testing.T) {
	for _, setting := range settingsTable {
		shown := setting.show(defaultSettings)
		value, isCode := strings.CutPrefix(shown, "`")
		if !isCode {
			continue // words for what has no value
		}
		value = strings.Trim(strings.TrimSuffix(value, "`"), `"`)
		s := defaultSettings
		if err := setting.set(&s, value); err != nil {
			t.Errorf("%s: the default %s is refused: %v", setting.name, shown, err)
		}
		if diff := cmp.Diff(defaultSettings, s, cmp.AllowUnexported(settings{}, tlsSettings{}), cmpopts.EquateComparable(netip.Addr{})); diff != "" {
			t.Errorf("%s: %s is not the default (-default +set)\n%s", setting.name, shown, diff)
		}
	}
}
