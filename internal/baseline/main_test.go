package baseline_test

import (
	"context"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/baseline"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

func TestMain(m *testing.M) { os.Exit(porttest.Main(m)) }

type parser func(context.Context, string) (baseline.Baseline, error)

func nmapByAddress(ctx context.Context, text string) (baseline.Baseline, error) {
	return baseline.Nmap(ctx, text, baseline.NmapAddress)
}

func nmapByName(ctx context.Context, text string) (baseline.Baseline, error) {
	return baseline.Nmap(ctx, text, baseline.NmapHostname)
}

func nessusByIP(ctx context.Context, text string) (baseline.Baseline, error) {
	return baseline.Nessus(ctx, text, baseline.NessusIP, false)
}

// nessusByName leaves enumerated hosts out.
func nessusByName(ctx context.Context, text string) (baseline.Baseline, error) {
	return baseline.Nessus(ctx, text, baseline.NessusFQDN, true)
}

func openvasByIP(ctx context.Context, text string) (baseline.Baseline, error) {
	return baseline.OpenVAS(ctx, text, baseline.OpenVASIP)
}

func openvasByName(ctx context.Context, text string) (baseline.Baseline, error) {
	return baseline.OpenVAS(ctx, text, baseline.OpenVASHostname)
}

// is holds what parse makes of text to want.
func (parse parser) is(t *testing.T, text string, want baseline.Baseline) {
	t.Helper()
	got, err := parse(t.Context(), text)
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
	got, err := parse(t.Context(), text)
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
