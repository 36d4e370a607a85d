package provider_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// estate records the lab's first server, and holds it to that.
func estate(arguments string) string {
	return recorded(arguments) + `
resource "portcheck_check" "web" {
  baseline = portcheck_baseline.estate.open
  closed   = ["1-100", "8080-8090"]
  timeouts = { create = "1s", update = "1s" }
}
`
}

// recorded records the lab's first server and nothing else.
func recorded(arguments string) string {
	if !strings.Contains(arguments, "hosts") {
		arguments = `hosts = ["198.51.100.1"]
  ` + arguments
	}
	return fast + fmt.Sprintf(`
resource "portcheck_baseline" "estate" {
  ports = ["1-100", "8080-8090"]
  %s
}
`, arguments)
}

func (w *workspace) recorded() map[string]any {
	w.t.Helper()
	return w.state("portcheck_baseline", "estate")
}

// holds compares what is recorded as open.
func (w *workspace) holds(want map[string]any) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.recorded()["open"]); diff != "" {
		w.t.Errorf("open (-want +got)\n%s", diff)
	}
}

func ports(specs ...any) []any { return append([]any{}, specs...) }

// TestAccBaselineStory: record, hold to it, notice what changes, accept it.
func TestAccBaselineStory(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		servers := w.serve(22, 80, 81, 8080)
		w.write(estate("triggers = 1"))
		w.run("validate").exits(0)
		w.plan().exits(2).says("+ open = (known after apply)", "+ recorded_at = (known after apply)", "+ unreachable = (known after apply)")
		w.apply().exits(0).saysNot("Warning:")
		w.holds(map[string]any{"198.51.100.1": ports("22", "80-81", "8080")})
		if got := w.check(); got["passed"] != true {
			t.Errorf("the check has %v", got)
		}
		w.plan().exits(0).says("No changes.").saysNot("Warning:")

		if err := servers[3].Close(); err != nil {
			t.Fatal(err)
		}
		w.serve(8081)
		w.plan().exits(2).says(
			"Port drift: tcp://198.51.100.1:8080 is closed, declared open (and 1 more)",
			"tcp://198.51.100.1:8080 open closed conn-refused service-down",
			"tcp://198.51.100.1:8081 closed open syn-ack unexpected-open",
			"0 to add, 1 to change",
		).saysNot("portcheck_baseline.estate will be")
		w.apply().exits(1)

		w.write(estate("triggers = 2"))
		w.plan().exits(2).says("portcheck_baseline.estate will be updated in-place", "~ triggers = 1 -> 2", "~ open = {", "-> (known after apply)",
			"portcheck_check.web will be updated in-place", "~ baseline = {", "0 to add, 2 to change")
		before := w.recorded()["recorded_at"]
		time.Sleep(time.Second) // recorded_at has whole seconds
		w.apply().exits(0).says(
			"Warning: Baseline changed: 198.51.100.1 +8081 -8080",
			"198.51.100.1 8081 8080",
			"with portcheck_baseline.estate",
		)
		w.holds(map[string]any{"198.51.100.1": ports("22", "80-81", "8081")})
		if after := w.recorded()["recorded_at"]; after == before {
			t.Errorf("recorded anew at %v as before", after)
		}
		w.plan().exits(0).saysNot("Warning:")

		// The other way to accept a change, and a scan that finds nothing new.
		w.firewall(22, porttest.Drop)
		w.plan().exits(2).says("Port drift: tcp://198.51.100.1:22 is filtered")
		w.apply("-replace=portcheck_baseline.estate").exits(0)
		w.holds(map[string]any{"198.51.100.1": ports("80-81", "8081")})
		w.write(estate("triggers = 3"))
		w.apply().exits(0).saysNot("Warning:")
		w.plan().exits(0)
		w.destroy().exits(0).says("2 destroyed")
	})
}

// TestAccBaselineScansOnlyWhenToldTo: neither refresh nor a change of how to
// scan nor destroy sends anything, and what refers to open stays known.
func TestAccBaselineScansOnlyWhenToldTo(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		server := w.serve(80)[0]
		config := func(arguments string) string {
			return recorded(arguments) + `
resource "terraform_data" "after" { input = portcheck_baseline.estate.open }`
		}
		w.write(config(""))
		w.apply().exits(0)
		before, probed := w.recorded(), server.Accepted()
		w.plan().exits(0)
		w.apply("-refresh-only").exits(0)
		w.write(config(`require_all = true
  rechecks = 2
  checks_read_timeout = "1s"`))
		w.plan().exits(2).says("+ rechecks = 2", "0 to add, 1 to change").saysNot("(known after apply)", "terraform_data.after will be")
		w.apply().exits(0)
		w.plan().exits(0)
		after := w.recorded()
		for _, name := range []string{"open", "unreachable", "recorded_at"} {
			if diff := cmp.Diff(before[name], after[name]); diff != "" {
				t.Errorf("%s (-before +after)\n%s", name, diff)
			}
		}
		w.destroy().exits(0)
		if n := server.Accepted() - probed; n != 0 {
			t.Errorf("%d probes", n)
		}
	})
}

// TestAccBaselineTwoLooks: what is open is looked at twice, whatever rechecks
// says.
func TestAccBaselineTwoLooks(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		server := w.serve(80)[0]
		w.write(recorded("rechecks = 0"))
		w.apply().exits(0)
		if n := server.Accepted(); n != 2 {
			t.Errorf("an open port was looked at %d times", n)
		}
	})
}

const gapTable = `
  HOST                          WHY
  198.51.100.3                  no answer
  198.51.100.200-198.51.100.201 (2)  no answer
`

func TestAccBaselineUnreachable(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80)
		w.lab.SetAll(porttest.Router, porttest.ServerAddr(3), porttest.Drop)
		hosts := `hosts = ["198.51.100.1", "198.51.100.2", "198.51.100.3", "198.51.100.200/31"]
  `
		w.write(recorded(hosts + "require_all = true"))
		w.apply().exits(1).says("Error: Baseline not recorded: 198.51.100.3: no answer (and 2 more hosts)", gapTable,
			"require_all is true, so nothing was recorded of any host.", "on main.tf line", `hosts = ["198.51.100.1"`)
		if got := w.recorded(); got != nil {
			t.Errorf("a refused create wrote state: %v", got)
		}

		w.write(recorded(hosts))
		w.apply().exits(0).says("Warning: Nothing recorded of 198.51.100.3: no answer (and 2 more hosts)", gapTable, "With require_all = true this is an error.").
			saysNot("No host answered")
		w.holds(map[string]any{"198.51.100.1": ports("80"), "198.51.100.2": ports()})
		if diff := cmp.Diff([]any{"198.51.100.3", "198.51.100.200", "198.51.100.201"}, w.recorded()["unreachable"]); diff != "" {
			t.Errorf("unreachable (-want +got)\n%s", diff)
		}
		w.plan().exits(0).saysNot("Warning:")

		// An update that is refused leaves what was recorded, and is planned again.
		before := w.recorded()
		w.write(recorded(hosts + "require_all = true\n triggers = 1"))
		w.apply().exits(1).says("Error: Baseline not recorded: 198.51.100.3", fmt.Sprintf("and what was recorded at %s stays", before["recorded_at"]))
		if diff := cmp.Diff(before, w.recorded()); diff != "" {
			t.Errorf("a refused update changed state (-before +after)\n%s", diff)
		}
		w.plan().exits(2).says("+ triggers = 1")

		w.lab.SetAll(porttest.Router, porttest.ServerAddr(3), porttest.Accept)
		w.lab.SetAll(porttest.Router, porttest.ServerAddr(1), porttest.Drop)
		w.write(recorded(`hosts = ["198.51.100.1", "198.51.100.3"]`))
		w.apply().exits(0).says("Warning: Nothing recorded of 198.51.100.1: no answer", "Warning: Baseline changed: 198.51.100.1 -80 (unreachable) (and 2 more hosts)",
			"198.51.100.1 - 80 unreachable", "198.51.100.2 - - no longer scanned", "198.51.100.3 - - new")

		w.lab.SetAll(porttest.Router, porttest.ServerAddr(3), porttest.Drop)
		w.apply("-replace=portcheck_baseline.estate").exits(0).says("No host answered, so open is empty")
		w.holds(map[string]any{})
	})
}

// TestAccBaselineUntested: what cannot be tested is never recorded as having
// nothing open.
func TestAccBaselineUntested(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80)
		w.lab.Unroute()
		w.write(recorded(`hosts = ["198.51.100.1", "127.0.0.1"]`))
		w.apply().exits(0).says("Warning: Nothing recorded of 198.51.100.1: prober-offline (no-route)", "prober-offline: the machine that runs this has no route to the host")
		w.holds(map[string]any{"127.0.0.1": ports()})
		w.lab.Reroute()
		w.apply("-replace=portcheck_baseline.estate").exits(0).saysNot("Warning:")
		w.holds(map[string]any{"198.51.100.1": ports("80"), "127.0.0.1": ports()})
	})
}

// TestAccBaselineOfAnIntrusionPreventionSystem: a host that blocks the prober
// in the middle of a scan is not recorded in part.
func TestAccBaselineOfAnIntrusionPreventionSystem(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(22, 80)
		w.lab.SetAll(porttest.Router, porttest.ServerAddr(1), porttest.Ban(30, 10*time.Minute))
		w.write(recorded(""))
		w.apply().exits(0).says("Nothing recorded of 198.51.100.1: stopped-answering (no-response)")
		w.holds(map[string]any{})
	})
}

func TestAccBaselineErrors(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		for arguments, want := range map[string]string{
			`hosts = ["10.0.0.5/24"]`:           `Element 0 of hosts: "10.0.0.5/24" has host bits set.`,
			`hosts = []`:                        "hosts is empty, so nothing would be scanned.",
			`hosts = ["10.0.0.0/16"]`:           "Hosts times ports makes 7274274 endpoints. Expected at most 1000000 in one object",
			`checks_read_timeout = "5"`:         `checks_read_timeout is "5". Expected a duration`,
			`require_all = "maybe"`:             "a bool is required",
			`open = {}`:                         "open",
			`timeouts = { create = "1m" }`:      "timeouts",
			"ip_version = 6\n addresses = \"\"": `addresses is "". Expected one of "all", "any".`,
		} {
			w.write(recorded(arguments))
			w.run("validate").exits(1).says(want)
		}
		w.write(strings.Replace(recorded(""), `"8080-8090"`, `"8090-8080"`, 1))
		w.run("validate").exits(1).says(`Element 1 of ports: "8090-8080" is a range the wrong way round. Expected "8080-8090".`, `ports = ["1-100", "8090-8080"]`)
		w.write(recorded(""))
		w.run("import", "portcheck_baseline.estate", "x").exits(1)
	})
}
