package provider

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/portcheck/terraform-provider-portcheck/internal/scan"
)

// environment is what os.LookupEnv finds.
type environment map[string]string

func (e environment) lookup(name string) (string, bool) {
	text, set := e[name]
	return text, set
}

func textsOf(diags diag.Diagnostics) (texts []string) {
	for _, d := range diags {
		texts = append(texts, d.Summary()+": "+d.Detail())
	}
	return texts
}

func TestCeilings(t *testing.T) {
	all := func(most string) environment {
		return environment{"PORTCHECK_MAX_CHECKS_CEILING": most, "PORTCHECK_MAX_HOSTS_CEILING": most, "PORTCHECK_MAX_RATE_CEILING": most}
	}
	low := all("7")
	low["PORTCHECK_MAX_RATE"] = "5000"
	for _, tt := range []struct {
		name   string
		env    environment
		limits scan.Limits
		want   scan.Limits
		says   []string
	}{
		{name: "none", limits: scan.DefaultLimits, want: scan.DefaultLimits},
		{name: "defaults", env: all("5"), limits: scan.DefaultLimits, want: scan.Limits{MaxChecks: 5, MaxHosts: 5, MaxRate: 5}},
		{name: "no limit", env: all("1000"), limits: scan.Limits{MaxChecks: 1, MaxHosts: 1001}, want: scan.Limits{MaxChecks: 1, MaxHosts: 1000, MaxRate: 1000}},
		{name: "at the ceiling", env: all("7"), limits: scan.Limits{MaxChecks: 7, MaxHosts: 7, MaxRate: 7}, want: scan.Limits{MaxChecks: 7, MaxHosts: 7, MaxRate: 7}},
		{name: "asked for", env: low, limits: scan.Limits{MaxChecks: 7, MaxHosts: 7, MaxRate: 5000}, want: scan.Limits{MaxChecks: 7, MaxHosts: 7, MaxRate: 7}, says: []string{
			"max_rate is lowered to 7: max_rate is 5000, and the environment variable PORTCHECK_MAX_RATE_CEILING allows at most 7, which is used instead.",
		}},
		{name: "no limit is asked for", env: environment{"PORTCHECK_MAX_RATE_CEILING": "1000000", "PORTCHECK_MAX_RATE": "0"}, want: scan.Limits{MaxRate: 1e6}, says: []string{
			"max_rate is lowered to 1000000: max_rate is 0 (no limit), and the environment variable PORTCHECK_MAX_RATE_CEILING allows at most 1000000, which is used instead.",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			by, diags := operatorOf(tt.env.lookup)
			s := defaultSettings
			s.limits = tt.limits
			diags.Append(by.lower(t.Context(), &s, nothing{}, tt.env.lookup)...)
			if diff := cmp.Diff(tt.want, s.limits); diff != "" {
				t.Errorf("limits (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(tt.says, textsOf(diags)); diff != "" {
				t.Errorf("says (-want +got)\n%s", diff)
			}
		})
	}
}

// TestOperatorErrors: a malformed variable is an error, and so is one that is empty.
func TestOperatorErrors(t *testing.T) {
	const rules = ` Expected networks, addresses, names and suffixes of names with commas or spaces between them, such as "10.0.0.0/8, 2001:db8::1, .corp.example.com".`
	for _, tt := range []struct{ name, value, want string }{
		{"PORTCHECK_MAX_RATE_CEILING", "", `is "". Expected a whole number from 1 to 1000000.`},
		{"PORTCHECK_MAX_RATE_CEILING", "0", `is "0". Expected a whole number from 1 to 1000000.`},
		{"PORTCHECK_MAX_CHECKS_CEILING", "1e3", `is "1e3". Expected a whole number from 1 to 65535.`},
		{"PORTCHECK_MAX_HOSTS_CEILING", "65536", `is "65536". Expected a whole number from 1 to 65535.`},
		{"PORTCHECK_ALLOW", "", "is set and has no rule: unset it, or give it some." + rules},
		{"PORTCHECK_DENY", "10.0.0.0/8;::1", `has "10.0.0.0/8;::1": it is not a CIDR.` + rules},
	} {
		_, diags := operatorOf(environment{tt.name: tt.value}.lookup)
		want := []string{"Invalid environment variable: The environment variable " + tt.name + " " + tt.want}
		if diff := cmp.Diff(want, textsOf(diags)); diff != "" || !diags.HasError() {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
}
