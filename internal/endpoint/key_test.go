package endpoint_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

func TestParseKey(t *testing.T) {
	db := endpoint.Endpoint{Scheme: endpoint.TCP, Host: "10.0.3.7", Port: 5432}
	for text, want := range map[string]endpoint.Key{
		"tcp://10.0.3.7:5432":                                  {Endpoint: db},
		"tcp://10.0.3.7:5432 from vpc-a":                       {Endpoint: db, From: "vpc-a"},
		"tcp://10.0.3.7:5432 from local":                       {Endpoint: db},
		"tcp://10.0.3.7:5432 from EU_1.b":                      {Endpoint: db, From: "EU_1.b"},
		"TCP://10.0.3.7:5432 from vpc-a":                       {},
		"tcp://10.0.3.7:5432 from ":                            {},
		"tcp://10.0.3.7:5432 from a b":                         {},
		"tcp://10.0.3.7:5432 from a from b":                    {},
		"tcp://10.0.3.7:5432  from a":                          {},
		"tcp://10.0.3.7:5432 from ä":                           {},
		"tcp://10.0.3.7 from a":                                {},
		" from a":                                              {},
		"tcp://10.0.3.7:5432 from " + strings.Repeat("a", 101): {},
	} {
		got, err := endpoint.ParseKey(text)
		if got != want || (err == nil) != (want != endpoint.Key{}) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
		if err != nil && !strings.Contains(err.Error(), "Expected ") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestKeyOrder(t *testing.T) {
	in := []string{"tcp://a:2", "tcp://a:1 from b", "udp://a:1", "tcp://a:1 from a", "tcp://a:1"}
	var keys []endpoint.Key
	for _, text := range in {
		k, err := endpoint.ParseKey(text)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, k)
	}
	slices.SortFunc(keys, endpoint.Key.Compare)
	var got []string
	for _, k := range keys {
		got = append(got, k.String())
	}
	if want := []string{"tcp://a:1", "tcp://a:1 from a", "tcp://a:1 from b", "tcp://a:2", "udp://a:1"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func FuzzParseKey(f *testing.F) {
	for _, s := range []string{"tcp://a:1", "tcp://[::1]:22 from a", "tcp://a:1 from local", "tcp://a:1 from a from b", "tcp://a:1 from ", "tcp://[fe80::1% from a]:1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		k, err := endpoint.ParseKey(s)
		if err != nil {
			return
		}
		if again, err := endpoint.ParseKey(k.String()); err != nil || again != k {
			t.Fatalf("%q gives %s, then %v, %v", s, k, again, err)
		}
		if k.From != "" && (!endpoint.IsPlace(k.From) || k.From == endpoint.Local) {
			t.Fatalf("%q is from %q", s, k.From)
		}
	})
}
