package tunnel

import (
	"errors"
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/guard"
)

// denying are an operator's rules.
func denying(t *testing.T, deny string) guard.Policy {
	t.Helper()
	rules, errs := guard.FromEnvironment(func(name string) (string, bool) { return deny, name == guard.Deny })
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return rules
}

// TestGuard: the operator's rules are about the places too. What is known is an error
// of the argument; what a name resolves to is one when the place is opened.
func TestGuard(t *testing.T) {
	rules := denying(t, "127.0.0.1 ::1")
	const said = ` is denied by "127.0.0.1" in the environment variable PORTCHECK_DENY`
	for want, c := range map[string]SOCKS5Config{
		"address is refused: 127.0.0.1" + said: {Address: "127.0.0.1:1"},
		"address is refused: proxy.example is resolved by another machine, which does not tell its address, and the environment variable PORTCHECK_DENY has addresses (127.0.0.1)": {Address: "proxy.example:1", Via: here{}},
	} {
		c.Guard = rules
		if _, err := NewSOCKS5(c); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if _, err := NewHTTPProxy(HTTPProxyConfig{URL: "http://127.0.0.1:1", Guard: rules}); err == nil || err.Error() != "url is refused: 127.0.0.1"+said {
		t.Error(err)
	}
	if _, err := NewSSH(SSHConfig{Host: "127.0.0.1", Guard: rules}); err == nil || err.Error() != "host is refused: 127.0.0.1"+said {
		t.Error(err)
	}
	place, err := NewSOCKS5(SOCKS5Config{Address: "localhost:1", Guard: rules})
	if err != nil {
		t.Fatal(err)
	}
	_, err = place.Open(t.Context())
	if _, ok := errors.AsType[guard.Refusal](err); !ok || !strings.Contains(err.Error(), "localhost resolves to ") {
		t.Errorf("opened: %v", err)
	}
}
