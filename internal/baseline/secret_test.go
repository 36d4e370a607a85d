package baseline

import (
	"context"
	"strings"
	"testing"
)

// TestNothingIsQuoted gives what may be a secret in place of a scanner's file, and in
// one.
func TestNothingIsQuoted(t *testing.T) {
	const secret = "s3cr3t"
	texts := []string{
		secret, "abc/" + secret + "+x==", "/" + secret + "\n", secret + "\nmore", "password = " + secret, "open " + secret,
		`{"password": "` + secret + `"}`, `{"ip": "192.0.2.1", "ports": "` + secret + `"}`, `{"ip": 1, "x": "` + secret + `"}`,
		`[{"` + secret + `": 1}]`, `[` + secret, `{"a": ` + secret + `}`, "[\n{\"ip\": \"192.0.2.1\"}\n" + secret,
		"#masscan\nopen tcp " + secret, "<nmaprun>" + secret + "</nmaprun>" + secret, "<report>" + secret, secret + "<nmaprun/>",
		"-----BEGIN PRIVATE KEY-----\n" + secret + "\n-----END PRIVATE KEY-----\n",
	}
	for name, read := range map[string]func(context.Context, string) (Baseline, error){
		"masscan": Masscan, "naabu": Naabu,
		"nmap":    func(ctx context.Context, text string) (Baseline, error) { return Nmap(ctx, text, "") },
		"nessus":  func(ctx context.Context, text string) (Baseline, error) { return Nessus(ctx, text, "", false) },
		"openvas": func(ctx context.Context, text string) (Baseline, error) { return OpenVAS(ctx, text, "") },
	} {
		for _, text := range texts {
			if _, err := read(t.Context(), text); err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("%s of %q: %v", name, text, err)
			}
		}
	}
}
