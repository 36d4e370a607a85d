package blackbox

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/guard"
)

// TestGuard: the operator's rules are about the exporter too. What is known is an error
// of url; what its name resolves to is one when the place is opened.
func TestGuard(t *testing.T) {
	rules, errs := guard.FromEnvironment(func(name string) (string, bool) { return "127.0.0.1 ::1", name == guard.Deny })
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	through := func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("not to be reached") }
	for want, c := range map[string]Config{
		`url is refused: 127.0.0.1 is denied by "127.0.0.1" in the environment variable PORTCHECK_DENY`:                                                                           {URL: "http://127.0.0.1:1"},
		"url is refused: exporter.example is resolved by another machine, which does not tell its address, and the environment variable PORTCHECK_DENY has addresses (127.0.0.1)": {URL: "http://exporter.example", Dial: through},
	} {
		c.Guard = rules
		if _, err := New(c); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	place, err := New(Config{URL: "http://localhost:1", Guard: rules})
	if err != nil {
		t.Fatal(err)
	}
	_, err = place.Open(t.Context())
	if _, ok := errors.AsType[guard.Refusal](err); !ok || !strings.Contains(err.Error(), "localhost resolves to ") {
		t.Errorf("opened: %v", err)
	}
}
