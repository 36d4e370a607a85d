package provider_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// spelling is one thing written in two ways. Its name is the resource's, and begins
// with the arguments that are written differently.
type spelling struct{ name, one, other string }

var spellings = []spelling{
	{"open-order", `open = ["80", "443"]`, `open = ["443", "80"]`},
	{"open-twice", `open = ["80"]`, `open = ["80", "80", "80-80"]`},
	{"open-scheme", `open = ["80", "443/tcp"]`, `open = ["80/tcp", "443"]`},
	{"open-range", `open = ["80-82"]`, `open = ["82", "80", "81"]`},
	{"closed-order", `closed = ["22-23", "25"]`, `closed = ["25/tcp", "23", "22"]`},
	{"closed-beside-open", "open = [\"80\"]\n  closed = [\"22\"]", "open = [\"80\"]\n  closed = [\"80\", \"22\"]"},
	{"hosts-order", "hosts = [\"198.51.100.1\", \"198.51.100.2\"]\n  open = [\"80\"]", "hosts = [\"198.51.100.2\", \"198.51.100.1\"]\n  open = [\"80\"]"},
	{"hosts-cidr", "hosts = [\"198.51.100.0/30\"]\n  open = [\"80\"]", "hosts = [\"198.51.100.1\", \"198.51.100.2\"]\n  open = [\"80\"]"},
	{"hosts-name", "hosts = [\"nowhere.invalid\"]\n  open = [\"80\"]", "hosts = [\"NoWhere.Invalid\"]\n  open = [\"80\"]"},
	{"hosts-ipv6", "hosts = [\"2001:db8::1\"]\n  open = [\"80\"]", "hosts = [\"2001:DB8:0:0::0001\"]\n  open = [\"80\"]"},
	{"hosts-mapped", "hosts = [\"198.51.100.1\"]\n  open = [\"80\"]", "hosts = [\"::ffff:198.51.100.1\"]\n  open = [\"80\"]"},
	{"baseline-ports", "hosts = null\n  baseline = { \"198.51.100.1\" = [\"80\", \"443\"] }", "hosts = null\n  baseline = { \"198.51.100.1\" = [\"443/tcp\", \"80\"] }"},
	{"baseline-hosts", "hosts = null\n  baseline = { \"nowhere.invalid\" = [\"80\"], \"198.51.100.2\" = [] }", "hosts = null\n  baseline = { \"NOWHERE.invalid\" = [\"80\"] }"},
	{"baseline-hosts-open-moved", `open = ["80"]`, "hosts = null\n  baseline = { \"198.51.100.1\" = [\"80\"] }"},
	{"from-default", `open = ["80"]`, "open = [\"80\"]\n  from = [\"local\"]"},
	{"server_name-case", "open = [\"443/https\"]\n  server_name = \"www.example.com\"", "open = [\"443/https\"]\n  server_name = \"WWW.example.com.\""},
	{"http-key", "open = [\"80-81/http\"]\n  http = { \"80-81/http\" = { path = \"/a\" } }", "open = [\"80-81/http\"]\n  http = { \"http://198.51.100.1:80\" = { path = \"/a\", host = null }, \"81/http\" = { path = \"/a\" } }"},
	{"checks_read_timeout-unit", "open = [\"80\"]\n  checks_read_timeout = \"300ms\"", "open = [\"80\"]\n  checks_read_timeout = \"0.3s\""},
}

// sweepSpellings are those of a baseline.
var sweepSpellings = []spelling{
	{"ports-order", `ports = ["80-81", "443"]`, `ports = ["443/tcp", "81", "80"]`},
	{"hosts-cidr", "hosts = [\"198.51.100.1/32\"]\n  ports = [\"80\"]", "hosts = [\"198.51.100.1\"]\n  ports = [\"80\"]"},
	{"from-default", `ports = ["80"]`, "ports = [\"80\"]\n  from = [\"local\"]"},
}

// spelt has a resource for each spelling, written in one way or the other.
func spelt(other bool) string {
	config := fast
	write := func(typ string, s spelling, rest string) {
		text := s.one
		if other {
			text = s.other
		}
		if !strings.Contains(text, "hosts") {
			text = "hosts = [\"198.51.100.1\"]\n  " + text
		}
		config += fmt.Sprintf("\nresource %q %q {\n  %s\n  %s\n}\n", typ, s.name, text, rest)
	}
	for _, s := range spellings {
		write("portcheck_check", s, "on_failure = \"warning\"\n  rechecks = 0\n  timeouts {\n    create = \"1s\"\n    update = \"1s\"\n  }")
	}
	for _, s := range sweepSpellings {
		write("portcheck_baseline", s, "")
	}
	return config
}

// planFile is what a saved plan changes, by address.
func (w *workspace) planFile(name string) map[string][]string {
	w.t.Helper()
	var plan struct {
		Changes []struct {
			Address string
			Change  struct {
				Before, After any
				Unknown       any `json:"after_unknown"`
			}
		} `json:"resource_changes"`
	}
	text := w.run("show", "-json", name).exits(0).out
	if err := json.Unmarshal([]byte(text[strings.Index(text, "{"):]), &plan); err != nil {
		w.t.Fatal(err)
	}
	changed := map[string][]string{}
	for _, c := range plan.Changes {
		changed[c.Address] = changedPaths(c.Change.Before, c.Change.After, c.Change.Unknown)
	}
	return changed
}

// TestAccSpelling: what is written in another way is written into state, and nothing
// else happens: no probe, and no output changes.
func TestAccSpelling(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		servers := w.serve(80, 443)
		outputs := func() map[string]any {
			all := map[string]any{}
			for _, s := range spellings {
				check := w.state("portcheck_check", s.name)
				all[s.name] = []any{check["passed"], check["passed_at"], check["results"], check["failures"]}
			}
			for _, s := range sweepSpellings {
				baseline := w.state("portcheck_baseline", s.name)
				all["baseline "+s.name] = []any{baseline["open"], baseline["unreachable"], baseline["recorded_at"]}
			}
			return all
		}
		w.write(spelt(false))
		w.apply().exits(0)
		before := outputs()
		// An accepted port is drift once more if it is looked at anew.
		w.firewall(443, porttest.RejectAdmin)
		accepted := servers[0].Accepted()
		w.write(spelt(true))
		w.plan("-refresh=false", "-out=next.tfplan").exits(2).says(fmt.Sprintf("Plan: 0 to add, %d to change", len(spellings)+len(sweepSpellings)))
		for address, changed := range w.planFile("next.tfplan") {
			_, name, _ := strings.Cut(address, ".")
			for _, path := range changed {
				argument, _, _ := strings.Cut(path, "[")
				if !slices.Contains(strings.Split(name, "-"), argument) {
					t.Errorf("%s: the plan changes %s", address, path)
				}
			}
		}
		w.apply("next.tfplan").exits(0)
		if n := servers[0].Accepted() - accepted; n != 0 {
			t.Errorf("%d probes for another way of writing", n)
		}
		if diff := cmp.Diff(before, outputs()); diff != "" {
			t.Errorf("outputs changed (-before +after)\n%s", diff)
		}
		w.plan("-refresh=false").exits(0)
	})
}

// TestAccSpellingIsNoFix: what is only written in another way does not let drift
// through, and a change of meaning is looked at.
func TestAccSpellingIsNoFix(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80, 443, 8443)
		strict := web(`on_drift = "error"`)
		w.write(strict)
		w.apply().exits(0)
		w.firewall(443, porttest.RejectAdmin)
		w.write(strings.Replace(strict, `["80", "443"]`, `["443/tcp", "80"]`, 1))
		w.plan().exits(1).says(driftRefused)
		w.write(strings.Replace(strict, `["80", "443"]`, `["80", "8443"]`, 1))
		w.plan("-out=next.tfplan").exits(2)
		w.apply("next.tfplan").exits(0)
	})
}
