package baseline_test

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/baseline"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

func TestMain(m *testing.M) { os.Exit(porttest.Main(m)) }

type parser func(string) (baseline.Baseline, error)

func nmapByAddress(text string) (baseline.Baseline, error) {
	return baseline.Nmap(text, baseline.NmapAddress)
}

func nmapByName(text string) (baseline.Baseline, error) {
	return baseline.Nmap(text, baseline.NmapHostname)
}

func nessusByIP(text string) (baseline.Baseline, error) {
	return baseline.Nessus(text, baseline.NessusIP, false)
}

// nessusByName leaves enumerated hosts out.
func nessusByName(text string) (baseline.Baseline, error) {
	return baseline.Nessus(text, baseline.NessusFQDN, true)
}

func openvasByIP(text string) (baseline.Baseline, error) {
	return baseline.OpenVAS(text, baseline.OpenVASIP)
}

func openvasByName(text string) (baseline.Baseline, error) {
	return baseline.OpenVAS(text, baseline.OpenVASHostname)
}

// is holds what parse makes of text to want.
func (parse parser) is(t *testing.T, text string, want baseline.Baseline) {
	t.Helper()
	got, err := parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// fails holds the error that parse makes of text to being want, all of it.
func (parse parser) fails(t *testing.T, text, want string) {
	t.Helper()
	got, err := parse(text)
	if err == nil {
		t.Fatalf("no error, but %v", got)
	}
	if err.Error() != want {
		t.Errorf("\n got: %s\nwant: %s", err, want)
	}
}

func read(tb testing.TB, name string) string {
	tb.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}
