package option

import (
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// TestAuthorities: each certificate of a bundle is taken, or an error.
func TestAuthorities(t *testing.T) {
	one, two := porttest.NewCA(t).PEM, porttest.NewCA(t).PEM
	const damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
	tests := []struct{ name, text, want string }{
		{"one", one, ""},
		{"with comments", "# first\n" + one + "\r\n# second\n" + strings.ReplaceAll(two, "\n", "\r\n"), ""},
		{"none", "ca.pem", "has no certificate"},
		{"empty", "", "has no certificate"},
		{"key", strings.ReplaceAll(one, "CERTIFICATE", "PRIVATE KEY"), "has no certificate; its first block is \"PRIVATE KEY\""},
		{"damaged", damaged, "has a certificate that cannot be read (1 of 1): x509: malformed certificate"},
		{"damaged among good ones", one + damaged + two, "has a certificate that cannot be read (2 of 3): x509: malformed certificate"},
		{"cut off", one + two[:len(two)/2], "has a certificate that is cut off or damaged (2 of 2)"},
		{"not base64", strings.Replace(one, "M", "*", 1) + two, "has a certificate that is cut off or damaged (1 of 2)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			pool, err := Authorities([]byte(tt.text))
			if err == nil && pool == nil || err != nil && err.Error() != tt.want || err == nil && tt.want != "" {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}
