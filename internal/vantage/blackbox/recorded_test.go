package blackbox

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/httpapi"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// recordedTimeout is what the probes of testdata were given.
const recordedTimeout = 1500 * time.Millisecond

// versions are the folders of testdata.
var versions = []string{"0.23.0", "0.26.0", "0.27.0", "0.28.0", "0.28.0-json"}

// truths are the files of each version but config.txt and unknown-module.txt, with
// the look that asks for them and what it is to see. silent is what the exporter
// tells without a log, "" if that is the same.
var truths = []struct {
	name   string
	scheme endpoint.Scheme
	module string
	want   string // state and reason
	silent string
}{
	{"open", endpoint.TCP, "tcp_connect", "open syn-ack", ""},
	{"refused", endpoint.TCP, "tcp_connect", "closed conn-refused", "closed|filtered not-told"},
	{"port-unreachable", endpoint.TCP, "tcp_connect", "closed conn-refused", "closed|filtered not-told"},
	{"dropped", endpoint.TCP, "tcp_connect", "filtered no-response", ""},
	{"host-unreachable", endpoint.TCP, "tcp_connect", "filtered host-unreach", "closed|filtered not-told"},
	{"admin-prohibited", endpoint.TCP, "tcp_connect", "filtered host-unreach", "closed|filtered not-told"},
	{"net-unreachable", endpoint.TCP, "tcp_connect", "unknown no-route", "closed|filtered not-told"},
	{"no-route", endpoint.TCP, "tcp_connect", "unknown no-route", "closed|filtered not-told"},
	{"nxdomain", endpoint.TCP, "tcp_connect", "unknown no-such-host", "closed|filtered not-told"},
	{"servfail", endpoint.TCP, "tcp_connect", "unknown resolver-failure", "closed|filtered not-told"},
	{"resolver-silent", endpoint.TCP, "tcp_connect", "unknown resolver-timeout", "closed|filtered not-told"},
	{"tls-not-tls", endpoint.TLS, "tls_connect", "unresponsive wrong-protocol", "closed|filtered not-told"},
	{"banner-silent", endpoint.SSH, "ssh_banner", "unresponsive no-greeting", "closed|filtered not-told"},
	{"banner-lies", endpoint.SSH, "ssh_banner", "unresponsive no-greeting", "closed|filtered not-told"},
	{"http-200", endpoint.HTTP, "http_2xx", "open service-response", ""},
	{"http-503", endpoint.HTTP, "http_2xx", "unresponsive status-503", ""},
	{"http-refused", endpoint.HTTP, "http_2xx", "closed conn-refused", "closed|filtered not-told"},
	{"http-dropped", endpoint.HTTP, "http_2xx", "filtered no-response", ""},
}

// TestRecorded: each answer of each version is read as what the truth was, as far as
// the version tells it.
func TestRecorded(t *testing.T) {
	for _, version := range versions {
		all := recordedModules(t, version)
		files, err := os.ReadDir(filepath.Join("testdata", version))
		if err != nil || len(files) != len(truths)+2 {
			t.Errorf("%s: %d files, and %d are tested: %v", version, len(files), len(truths)+2, err)
		}
		for _, truth := range truths {
			want := truth.want
			switch {
			case version == "0.27.0" && truth.silent != "":
				want = truth.silent
			case version == "0.23.0" && truth.name == "banner-lies": // whose log has what was read
				want = "unresponsive wrong-protocol"
			}
			a, err := parse(recorded(t, version, truth.name))
			if err != nil {
				t.Errorf("%s, %s: %v", version, truth.name, err)
				continue
			}
			q := question{module: all[truth.module], asked: look.Target{Scheme: truth.scheme}}
			var r look.Result
			q.judge(a, recordedTimeout, &r)
			if got := fmt.Sprintf("%s %s", r.State, r.Reason); got != want {
				t.Errorf("%s, %s: %s, want %s (%s)", version, truth.name, got, want, r.Detail)
			}
			if len(r.Detail) > httpapi.MaxPrinted {
				t.Errorf("%s, %s: the detail is too long: %s", version, truth.name, r.Detail)
			}
			if r.State == look.ClosedFiltered && !strings.Contains(r.Detail, "--log.prober=info") {
				t.Errorf("%s, %s: nothing says what to do: %q", version, truth.name, r.Detail)
			}
		}
	}
}

// TestRecordedModules: the modules of all versions are found, whatever they have
// more.
func TestRecordedModules(t *testing.T) {
	for _, version := range versions {
		all, err := parseModules([]byte(recorded(t, version, "config")))
		if err != nil {
			t.Fatal(err)
		}
		found, err := (&Exporter{}).choose(all)
		if err != nil || found[endpoint.TCP].Name != "tcp_connect" || found[endpoint.HTTP].Name != "http_2xx" || found[endpoint.HTTPS].Name != "http_2xx" || len(found) != 3 {
			t.Errorf("%s: %v %v", version, found, err)
		}
		if got := found[endpoint.TCP].Timeout; got != 2*time.Second {
			t.Errorf("%s: the time-out is %s", version, got)
		}
	}
}

// TestRecordedTimes: what a probe took is in all answers; the time-out that held is
// in those with a log of all levels, and the module's own in the others.
func TestRecordedTimes(t *testing.T) {
	held := map[string]time.Duration{
		"0.23.0":      recordedTimeout,
		"0.26.0":      recordedTimeout,
		"0.27.0":      2 * time.Second,
		"0.28.0":      2 * time.Second,
		"0.28.0-json": 2 * time.Second,
	}
	for _, version := range versions {
		a, err := parse(recorded(t, version, "dropped"))
		if err != nil || a.held != held[version] || a.took < recordedTimeout || a.took > 2*recordedTimeout {
			t.Errorf("%s: held %s, took %s: %v", version, a.held, a.took, err)
		}
	}
}

// TestUnknownModule: the text of a 400 is no answer to a probe.
func TestUnknownModule(t *testing.T) {
	for _, version := range versions {
		if a, err := parse(recorded(t, version, "unknown-module")); err == nil {
			t.Errorf("%s: %+v", version, a)
		}
	}
}

func recorded(tb testing.TB, version, name string) string {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", version, name+".txt"))
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

func recordedModules(t *testing.T, version string) map[string]module {
	t.Helper()
	all, err := parseModules([]byte(recorded(t, version, "config")))
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]module{}
	for _, m := range all {
		byName[m.Name] = m
	}
	return byName
}

// FuzzParse: reading ends whatever comes, and the result is fit to be shown.
func FuzzParse(f *testing.F) {
	for _, version := range versions {
		for _, truth := range truths {
			f.Add(recorded(f, version, truth.name))
		}
		f.Add(recorded(f, version, "config"))
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, _ = parseModules([]byte(text)) // it does not panic
		a, err := parse(text)
		if err != nil {
			return
		}
		for _, scheme := range []endpoint.Scheme{endpoint.TCP, endpoint.HTTP, endpoint.HTTPS, endpoint.SSH, endpoint.DNS} {
			for _, prober := range []string{"", proberTCP, proberHTTP, proberDNS} {
				r := look.Result{}
				question{module: module{Name: "m", Prober: prober}, asked: look.Target{Scheme: scheme}}.judge(a, recordedTimeout, &r)
				if r.State == "" || r.Reason == "" || len(r.Detail) > httpapi.MaxPrinted || httpapi.Printable(r.Detail) != r.Detail && !strings.Contains(r.Detail, `\`) {
					t.Errorf("%s by %q: %+v", scheme, prober, r)
				}
				if (r.State == look.Open) != a.success && r.State == look.Open && len(a.entries) == 0 {
					t.Errorf("%s by %q is open, and nothing says so: %+v", scheme, prober, a)
				}
			}
		}
	})
}
