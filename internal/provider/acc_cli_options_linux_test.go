package provider_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// TestAccOptionSecrets: values that are not known at plan are asked for at apply,
// plans converge, and no secret is in what a CLI prints, whether an answer or an
// option is wrong.
func TestAccOptionSecrets(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		ca := porttest.NewCA(t)
		lb := haproxy(t, ca)
		const secret = "s3cr3t"
		_, key := ca.Issue(t, time.Now(), time.Now(), "localhost")
		base64 := strings.Split(key, "\n")[1]
		with := func(http, tls string) string {
			arguments := strings.NewReplacer("PORT", fmt.Sprint(lb.Addr.Port()), "HTTP", http, "TLS", tls).Replace(`
  hosts    = ["localhost"]
  open     = ["PORT/https"]
  http     = { "PORT/https" = { status = "503", HTTP } }
  tls      = { "https://localhost:PORT" = { TLS } }`)
			return fast + `
variable "token" {
  default   = "` + secret + `"
  sensitive = true
}
resource "terraform_data" "late" {
  input = "late"
}
data "portcheck" "web" {` + arguments + `
}
resource "portcheck_check" "web" {` + arguments + `
  timeouts {
    create = "1s"
    update = "1s"
  }
}
`
		}
		trusted := `ca_pem = <<-EOT
` + ca.PEM + `EOT
`
		silent := func(r result) result {
			t.Helper()
			r.saysNot(secret, base64)
			return r
		}
		w.write(with(`request_headers = "Authorization: Bearer ${var.token}\nX-Late: ${terraform_data.late.output}", contains = "503"`, trusted))
		silent(w.plan().exits(2))
		silent(w.apply().exits(0))
		silent(w.plan().exits(0))
		// An answer that is not as it should be.
		w.write(with(`contains = var.token`, trusted))
		silent(w.apply().exits(1)).says("unexpected-answer", "the service answers, but not what the options of the endpoint")
		// Options that are wrong.
		w.put(filepath.Join(w.Dir, "key.pem"), key)
		w.write(with(`contains = "503"`, `ca_pem = file("key.pem")`))
		silent(w.plan().exits(1)).says(`ca_pem has no certificate; its first block is "PRIVATE KEY". Expected certificates in PEM, such as file("ca.pem") gives.`)
		w.write(with(`path = var.token`, trusted))
		silent(w.plan().exits(1)).says(`path does not begin with "/". Expected a path with a query, if any, such as "/healthz".`)
	})
}
