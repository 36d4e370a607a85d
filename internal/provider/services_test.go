package provider

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
		{"none", "ca.pem", "it has none"},
		{"empty", "", "it has none"},
		{"key", strings.ReplaceAll(one, "CERTIFICATE", "PRIVATE KEY"), "it has none"},
		{"damaged", damaged, "certificate 1 of 1 cannot be read: x509: malformed certificate"},
		{"damaged among good ones", one + damaged + two, "certificate 2 of 3 cannot be read: x509: malformed certificate"},
		{"cut off", one + two[:len(two)/2], "certificate 2 of 2 is cut off or damaged"},
		{"not base64", strings.Replace(one, "M", "*", 1) + two, "certificate 1 of 2 is cut off or damaged"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			pool, err := authorities([]byte(tt.text))
			if err == nil && pool == nil || err != nil && err.Error() != tt.want || err == nil && tt.want != "" {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}
