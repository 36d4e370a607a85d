package service_test

import (
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// TestWider: a server that takes only what crypto/tls has not may be well, and is
// told from one that has nothing in common with anybody.
func TestWider(t *testing.T) {
	t.Parallel()
	serve := func(t *testing.T, key, more string) *porttest.Running {
		t.Helper()
		return porttest.Daemon{
			Setup:   []string{"openssl req -x509 -newkey " + key + " -nodes -keyout DIR/key -out DIR/cert -days 2 -subj /CN=localhost"},
			Command: "openssl s_server -accept 127.0.0.1:PORT -key DIR/key -cert DIR/cert -quiet " + more,
			Ready:   "",
		}.Start(t)
	}
	const (
		rsa = "rsa:2048"
		pss = "rsa-pss -pkeyopt rsa_keygen_bits:2048"
		ec  = "ec -pkeyopt ec_paramgen_curve:P-256"
	)
	for name, tt := range map[string]struct{ key, more, want string }{
		"DHE":                   {rsa, "-tls1_2 -cipher DHE-RSA-AES256-GCM-SHA384", "it takes DHE-RSA-AES256-GCM-SHA384 in TLS 1.2, which we lack"},
		"CBC with SHA384":       {rsa, "-tls1_2 -cipher ECDHE-RSA-AES256-SHA384", "it takes ECDHE-RSA-AES256-SHA384 in TLS 1.2, which we lack"},
		"CBC with SHA384, EC":   {ec, "-tls1_2 -cipher ECDHE-ECDSA-AES256-SHA384", "it takes ECDHE-ECDSA-AES256-SHA384 in TLS 1.2, which we lack"},
		"X448":                  {rsa, "-groups X448", "it takes the group X448 in TLS 1.3, which we lack"},
		"X448 in 1.2":           {rsa, "-tls1_2 -groups X448 -cipher ECDHE", "it takes the group X448 in TLS 1.2, which we lack"},
		"ffdhe":                 {rsa, "-tls1_3 -groups ffdhe2048", "it takes the group ffdhe2048 in TLS 1.3, which we lack"},
		"CCM":                   {rsa, "-tls1_3 -ciphersuites TLS_AES_128_CCM_SHA256", "it takes TLS_AES_128_CCM_SHA256 in TLS 1.3, which we lack"},
		"RSA-PSS":               {pss, "-tls1_3", "it takes a signature with RSA-PSS or Ed448 in TLS 1.3, which we lack"},
		"RSA-PSS in 1.2":        {pss, "-tls1_2", "it takes a signature with RSA-PSS in TLS 1.2, which we lack"},
		"Ed448":                 {"ed448", "-tls1_3", "it takes a signature with RSA-PSS or Ed448 in TLS 1.3, which we lack"},
		"nothing in common":     {rsa, "-tls1_2 -cipher ARIA128-GCM-SHA256", "alert: handshake failure"},
		"nothing in common, EC": {ec, "-tls1_2 -cipher ECDHE-ARIA128-GCM-SHA256@SECLEVEL=0", "alert: handshake failure"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := serve(t, tt.key, tt.more)
			for _, scheme := range []endpoint.Scheme{endpoint.TLS, endpoint.HTTPS} {
				at := look.Target{Scheme: scheme, Addr: server.Addr, TLS: &look.TLS{Verify: look.VerifyNever}}
				if got := lookAsked(t, at); !strings.HasPrefix(got, "unresponsive tls-handshake-failure "+tt.want) {
					t.Errorf("%s: %s, want %s", scheme, got, tt.want)
				}
			}
		})
	}
}
